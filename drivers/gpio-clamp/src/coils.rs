// SPDX-License-Identifier: MIT OR Apache-2.0
//! The two coils: never both, and a cycle without current between them.

use crate::motion::Position;
use ecmod_plugin::{Error, Host, LineLevel, OutputLine};

/// Both coils.
#[derive(Debug)]
pub struct Coils {
    open: Coil,
    close: Coil,
}

#[derive(Debug)]
struct Coil {
    line: OutputLine,
    driven: Driven,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driven {
    /// Never driven: it has the level that the port gave it.
    Never,
    Off,
    On,
    /// The last attempt failed.
    Unknown,
}

impl Coils {
    /// The lines of both. Nothing is driven.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name with a NUL.
    pub fn new(host: &Host, open: &str, close: &str) -> Result<Self, Error> {
        let coil = |name| Ok::<_, Error>(Coil { line: host.output_line(name)?, driven: Driven::Never });
        Ok(Self { open: coil(open)?, close: coil(close)? })
    }

    /// Energises the coil towards a position, or none. If the other one may have current, this call only ends that; the next
    /// one goes on.
    ///
    /// # Errors
    /// What the host says. Whatever it says, no coil was switched on beside another.
    pub fn energise(&mut self, towards: Option<Position>) -> Result<(), Error> {
        let (wanted, other) = match towards {
            None => return self.off(),
            Some(Position::Open) => (&mut self.open, &mut self.close),
            Some(Position::Closed) => (&mut self.close, &mut self.open),
        };
        if other.driven != Driven::Off {
            return other.drive(LineLevel::Low);
        }
        wanted.drive(LineLevel::High)
    }

    /// Ends all current; both coils are tried, whatever one of them says.
    ///
    /// # Errors
    /// What the host says.
    pub fn off(&mut self) -> Result<(), Error> {
        let open = self.open.off();
        open.and(self.close.off())
    }
}

impl Coil {
    /// Off, unless it was never driven at all.
    fn off(&mut self) -> Result<(), Error> {
        if self.driven == Driven::Never { Ok(()) } else { self.drive(LineLevel::Low) }
    }

    fn drive(&mut self, level: LineLevel) -> Result<(), Error> {
        let driven = if level == LineLevel::High { Driven::On } else { Driven::Off };
        if self.driven == driven {
            return Ok(());
        }
        self.driven = Driven::Unknown;
        self.line.set(level)?;
        self.driven = driven;
        Ok(())
    }
}
