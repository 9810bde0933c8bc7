// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with chip and bus, and what that makes of the signals. Pure.

use crate::conversion::Damage;
use crate::registers::Difference;
use ecmod_plugin::Error;
use ecmod_plugin::quantities::Cause;

/// Why there is no conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The host could not do it.
    Bus(Error),
    /// Nobody drives the data line, or it is stuck.
    Silent,
    /// The same, or there is no result at all.
    Zeros,
    /// The result was damaged on its way.
    Damaged,
    /// The chip answered, but had no new result.
    Late,
    /// The chip lost its settings: its supply broke down.
    Reset,
    /// A register does not hold what was written.
    Register(Difference),
    /// It is another chip; this is its ID.
    Stranger(u8),
    /// It has no second converter, and is configured to use it.
    NoSecond,
}

impl Fault {
    /// Why there is no value.
    #[must_use]
    pub const fn cause(self) -> Cause {
        match self {
            Self::Bus(error) => error.cause(),
            Self::Silent | Self::Zeros | Self::Damaged => Cause::Communication,
            Self::Late => Cause::Timeout,
            Self::Reset => Cause::NotReady,
            Self::Register(_) | Self::Stranger(_) | Self::NoSecond => Cause::DeviceError,
        }
    }

    /// What `open` fails with.
    #[must_use]
    pub const fn error(self) -> Error {
        match self {
            Self::Bus(error) => error,
            Self::Silent | Self::Zeros | Self::Damaged => Error::Corrupt,
            Self::Late => Error::Timeout,
            Self::Reset | Self::Register(_) | Self::Stranger(_) | Self::NoSecond => Error::Device,
        }
    }
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Bus(error) => write!(f, "{error}"),
            Self::Silent | Self::Zeros => {
                f.write_str("all bits are alike: it is not there, or its data line is stuck")
            }
            Self::Damaged => f.write_str("its results arrive damaged"),
            Self::Late => f.write_str("no result in time"),
            Self::Reset => f.write_str("it was reset: look at its supply"),
            Self::Register(Difference { register, expected, found }) => {
                write!(f, "register {register} is {found:#04x}, not {expected:#04x}")
            }
            Self::Stranger(id) => write!(f, "its ID is {id:#04x}: neither an ADS1262 nor an ADS1263"),
            Self::NoSecond => f.write_str("it is an ADS1262, which has no second converter"),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Bus(error)
    }
}

impl From<Damage> for Fault {
    fn from(damage: Damage) -> Self {
        match damage {
            Damage::Ones => Self::Silent,
            Damage::Zeros => Self::Zeros,
            Damage::Crc => Self::Damaged,
            Damage::Reset => Self::Reset,
        }
    }
}
