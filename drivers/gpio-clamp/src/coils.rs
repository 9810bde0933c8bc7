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

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_plugin::testing::{Everywhere, FakeHost};

    #[test]
    fn no_coil_is_switched_on_while_the_other_one_could_not_be_switched_off() {
        let fake = FakeHost::new();
        for name in ["open", "close"] {
            fake.set_line(name, LineLevel::Low);
        }
        let on = || ["open", "close"].map(|name| fake.line(name) == Some(LineLevel::High));
        let mut coils = Coils::new(&fake.host(), "open", "close").unwrap();
        coils.off().unwrap();
        assert_eq!(fake.writes(), [], "what was never driven is left as it is");

        coils.energise(Some(Position::Closed)).unwrap();
        assert_eq!(on(), [false, false], "first it is made sure that the other one is off");
        coils.energise(Some(Position::Closed)).unwrap();
        assert_eq!(on(), [false, true]);

        fake.everywhere(Some(Everywhere::Silence));
        for _ in 0..5 {
            assert_eq!(coils.energise(Some(Position::Open)), Err(Error::Io));
            assert_eq!(on(), [false, true]);
        }
        fake.everywhere(None);
        coils.energise(Some(Position::Open)).unwrap();
        assert_eq!(on(), [false, false]);
        coils.energise(Some(Position::Open)).unwrap();
        assert_eq!(on(), [true, false]);
        coils.off().unwrap();
        assert_eq!(on(), [false, false]);
    }
}
