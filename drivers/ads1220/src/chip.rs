// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip as a pipeline: one conversion is under way, and fetching its result starts the next one.
//!
//! The chip has neither checksum nor status. In their place every result comes with the registers that it was made with: they
//! prove that chip and bus worked in that very transaction, and that the chip was not reset.

use crate::convert;
use crate::ready::{Ready, UnderWay, Waited};
use crate::registers::{AT_RESET, Frame, Registers, command};
use ecmod_plugin::quantities::{Cause, Monotonic, Span};
use ecmod_plugin::{Error, Host, Spi, SpiStep};

/// How long a reset may take; the data sheet has 0.1 ms.
const RESET_TIME: Span = Span::from_millis(1);

/// So many conversions with the same code, whatever they are of, and there are none: the noise is hundreds of codes.
const FROZEN: u32 = 12;

/// One chip and the conversion that it makes.
#[derive(Debug)]
pub struct Chip {
    host: Host,
    spi: Spi,
    ready: Ready,
    registers: Registers,
    under_way: UnderWay,
    last: i32,
    same: u32,
}

/// A conversion fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// Its code.
    pub code: i32,
    /// When it was ready.
    pub at: Monotonic,
}

/// Why there is no conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The host could not do it.
    Bus(Error),
    /// Nobody drives the data line, or it is stuck.
    Silent,
    /// The registers that came with the result are not those that it should have been made with.
    Damaged,
    /// No result in time.
    Late,
    /// The same result again and again: it does not convert.
    Frozen,
    /// All registers are as after a reset: the supply broke down, or the data line is stuck.
    Reset,
    /// The registers do not hold what is written: another chip, or a broken one.
    Stranger(Registers),
}

impl Fault {
    /// Why there is no value.
    #[must_use]
    pub const fn cause(self) -> Cause {
        match self {
            Self::Bus(error) => error.cause(),
            Self::Silent | Self::Damaged => Cause::Communication,
            Self::Late => Cause::Timeout,
            Self::Frozen => Cause::Frozen,
            Self::Reset => Cause::NotReady,
            Self::Stranger(_) => Cause::DeviceError,
        }
    }

    /// What `open` fails with.
    #[must_use]
    pub const fn error(self) -> Error {
        match self {
            Self::Bus(error) => error,
            Self::Silent | Self::Damaged => Error::Corrupt,
            Self::Late => Error::Timeout,
            Self::Frozen | Self::Reset | Self::Stranger(_) => Error::Device,
        }
    }
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Bus(error) => write!(f, "{error}"),
            Self::Silent => f.write_str("all bits are alike: it is not there, or its data line is stuck"),
            Self::Damaged => f.write_str("its registers arrive damaged"),
            Self::Late => f.write_str("no result in time"),
            Self::Frozen => f.write_str("its results never change: it does not convert"),
            Self::Reset => f.write_str("it was reset: look at its supply"),
            Self::Stranger(found) => write!(f, "its registers do not hold what is written: {found:02x?}"),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Bus(error)
    }
}

impl Chip {
    /// A chip that has not been spoken to yet.
    #[must_use]
    pub fn new(host: Host, spi: Spi, ready: Ready) -> Self {
        let now = host.now();
        let under_way = UnderWay { after: now, by: now, duration: Span::ZERO };
        Self { host, spi, ready, registers: AT_RESET, under_way, last: 0, same: 0 }
    }

    /// Resets it, looks whether its registers hold what is written, and starts a conversion.
    ///
    /// # Errors
    /// What is wrong.
    pub fn bring_up(&mut self, first: Registers, duration: Span) -> Result<(), Fault> {
        self.same = 0;
        self.send(&mut [command::RESET])?;
        self.host.delay(RESET_TIME);
        // Every bit of the four registers once 0 and once 1, as far as they may be.
        for pattern in [first, first.map(|register| !register)] {
            let [r0, r1, r2, r3] = safe(pattern);
            self.send(&mut [command::WRITE_ALL, r0, r1, r2, r3])?;
            match self.read_back()? {
                found if found == safe(pattern) => {}
                [0, 0, 0, 0] | [0xFF, 0xFF, 0xFF, 0xFF] => return Err(Fault::Silent),
                found => return Err(Fault::Stranger(found)),
            }
        }
        self.start(first, duration)?;
        if self.ready.has_line() {
            return Ok(());
        }
        // No edge says that the chip converts at all; two results that differ do.
        let one = self.patient_fetch(first, duration)?;
        let other = self.patient_fetch(first, duration)?;
        if one == other && !convert::is_clipped(one) { Err(Fault::Frozen) } else { Ok(()) }
    }

    /// Waits for the end of the conversion under way, but no longer than `until`; `None` if it may be under way still.
    ///
    /// # Errors
    /// What the host says of the data-ready line.
    pub fn wait(&mut self, until: Monotonic) -> Result<Option<Waited>, Fault> {
        let waited = self.ready.wait(&self.host, self.under_way, until)?;
        Ok((waited != Waited::NotYet).then_some(waited))
    }

    /// Fetches the result and starts the next conversion, whatever came of this one.
    ///
    /// # Errors
    /// Why there is no result.
    pub fn fetch(&mut self, waited: Waited, next: Registers, duration: Span) -> Result<Fetched, Fault> {
        let expected = self.registers;
        let frame = self.start(next, duration)?;
        match (frame.read_back(), waited) {
            (found, Waited::Since(at)) if found == expected => {
                self.moving(Fetched { code: frame.code(), at })
            }
            (found, Waited::NotYet | Waited::Overdue) if found == expected => Err(Fault::Late),
            (AT_RESET, _) => Err(Fault::Reset),
            ([0xFF, 0xFF, 0xFF, 0xFF], _) => Err(Fault::Silent),
            _ => Err(Fault::Damaged),
        }
    }

    /// Whether the registers hold what was written. Disturbs nothing.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify(&self) -> Result<(), Fault> {
        let found = self.read_back()?;
        if found == self.registers { Ok(()) } else { Err(Fault::Stranger(found)) }
    }

    /// The conversion, unless it is one too many of the same.
    fn moving(&mut self, fetched: Fetched) -> Result<Fetched, Fault> {
        let is_same = fetched.code == self.last && !convert::is_clipped(fetched.code);
        (self.last, self.same) = (fetched.code, if is_same { self.same.saturating_add(1) } else { 0 });
        if self.same < FROZEN { Ok(fetched) } else { Err(Fault::Frozen) }
    }

    fn patient_fetch(&mut self, next: Registers, duration: Span) -> Result<i32, Fault> {
        let until = self.under_way.by.plus(Span(2 * self.under_way.duration.0));
        let waited = self.wait(until)?.ok_or(Fault::Late)?;
        Ok(self.fetch(waited, next, duration)?.code)
    }

    fn start(&mut self, next: Registers, duration: Span) -> Result<Frame, Fault> {
        let after = self.host.now();
        let mut frame = Frame::new(next);
        let exchanged = frame.exchange(&self.spi);
        self.under_way = UnderWay { after, by: self.host.now(), duration };
        exchanged?;
        self.registers = next;
        Ok(frame)
    }

    fn read_back(&self) -> Result<Registers, Fault> {
        let mut bytes = [command::READ_ALL, 0, 0, 0, 0];
        self.send(&mut bytes)?;
        let [_, registers @ ..] = bytes;
        Ok(registers)
    }

    fn send(&self, bytes: &mut [u8]) -> Result<(), Fault> {
        Ok(self.spi.transaction(&mut [SpiStep::TransferInPlace(bytes)])?)
    }
}

/// A pattern that may stand in the registers for a moment: no continuous conversions, no currents out of the pins, no low-side switch,
/// no reserved input.
const fn safe([r0, r1, r2, _]: Registers) -> Registers {
    [r0 & 0b0111_1111, r1 & 0b1110_0011, r2 & 0b1111_0000, 0]
}
