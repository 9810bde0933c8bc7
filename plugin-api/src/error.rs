// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong at the edge between driver and host, one variant per number of the ABI.

use crate::abi;
use crate::quantities::Cause;

/// The result of a host function or of a driver's call, without success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    /// The bus or the device failed.
    #[error("the bus or the device failed")]
    Io,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// An answer came, but damaged or of the wrong length.
    #[error("the answer was damaged or of the wrong length")]
    Corrupt,
    /// This port has no such bus; this driver has no such function.
    #[error("not supported here")]
    Unsupported,
    /// An argument is out of range.
    #[error("an argument is out of range")]
    Invalid,
    /// The configuration is wrong; the log says where.
    #[error("the configuration is wrong")]
    Config,
    /// The device answered, and it is the wrong device or in a fault state.
    #[error("the device is the wrong one or in a fault state")]
    Device,
    /// No such key, line or device.
    #[error("no such key, line or device")]
    NotFound,
    /// Does not fit into the buffer.
    #[error("does not fit into the buffer")]
    TooLong,
    /// Not in this state, for example after a panic or after `close`.
    #[error("not in this state")]
    State,
    /// The host's configuration forbids this access.
    #[error("forbidden by the host's configuration")]
    Denied,
    /// The device answered with this Modbus exception code.
    #[error("Modbus exception {0}")]
    Modbus(u8),
}

impl Error {
    /// The number of the ABI (`ECMOD_E_*`).
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::Io => abi::ECMOD_E_IO,
            Self::Timeout => abi::ECMOD_E_TIMEOUT,
            Self::Corrupt => abi::ECMOD_E_CORRUPT,
            Self::Unsupported => abi::ECMOD_E_UNSUPPORTED,
            Self::Invalid => abi::ECMOD_E_INVALID,
            Self::Config => abi::ECMOD_E_CONFIG,
            Self::Device => abi::ECMOD_E_DEVICE,
            Self::NotFound => abi::ECMOD_E_NOT_FOUND,
            Self::TooLong => abi::ECMOD_E_TOO_LONG,
            Self::State => abi::ECMOD_E_STATE,
            Self::Denied => abi::ECMOD_E_DENIED,
            Self::Modbus(0) => abi::ECMOD_E_IO, // there is no exception 0
            Self::Modbus(exception) => abi::ECMOD_E_MODBUS_EXCEPTION - exception as i32,
        }
    }

    /// The error with this number. A number that is none of the ABI's counts as [`Error::Io`], as the header says.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the arm's range is 1..=255
    pub const fn from_code(code: i32) -> Self {
        match code {
            abi::ECMOD_E_TIMEOUT => Self::Timeout,
            abi::ECMOD_E_CORRUPT => Self::Corrupt,
            abi::ECMOD_E_UNSUPPORTED => Self::Unsupported,
            abi::ECMOD_E_INVALID => Self::Invalid,
            abi::ECMOD_E_CONFIG => Self::Config,
            abi::ECMOD_E_DEVICE => Self::Device,
            abi::ECMOD_E_NOT_FOUND => Self::NotFound,
            abi::ECMOD_E_TOO_LONG => Self::TooLong,
            abi::ECMOD_E_STATE => Self::State,
            abi::ECMOD_E_DENIED => Self::Denied,
            -511..=-257 => Self::Modbus((abi::ECMOD_E_MODBUS_EXCEPTION - code) as u8),
            _ => Self::Io,
        }
    }

    /// What a result of the ABI means: 0 is success, anything else an error.
    ///
    /// # Errors
    /// The error that `code` stands for.
    pub const fn check(code: i32) -> Result<(), Self> {
        match code {
            abi::ECMOD_OK => Ok(()),
            _ => Err(Self::from_code(code)),
        }
    }

    /// Why a signal is bad when reading it failed like this.
    #[must_use]
    pub const fn cause(self) -> Cause {
        match self {
            Self::Timeout => Cause::Timeout,
            Self::Io | Self::Corrupt => Cause::Communication,
            Self::Device | Self::Modbus(_) => Cause::DeviceError,
            Self::Unsupported
            | Self::Invalid
            | Self::Config
            | Self::NotFound
            | Self::TooLong
            | Self::State
            | Self::Denied => Cause::DriverFault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_goes_there_and_back() {
        for code in -600..0 {
            let error = Error::from_code(code);
            if error != Error::Io {
                assert_eq!(error.code(), code);
            }
        }
        assert_eq!(Error::from_code(-257), Error::Modbus(1));
        assert_eq!(Error::from_code(-511), Error::Modbus(255));
    }

    #[test]
    fn an_unknown_number_is_an_io_error_and_only_zero_is_success() {
        for code in [i32::MIN, -512, -256, -71, -12, -1, 1, i32::MAX] {
            assert_eq!(Error::check(code), Err(Error::Io), "{code}");
        }
        assert_eq!(Error::check(0), Ok(()));
    }
}
