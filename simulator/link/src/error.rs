// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong on a simulated bus.

use std::io;

use crate::errno;

/// Why something failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no simulator, or it has gone.
    #[error("the simulated device is not there: {0}")]
    Io(#[from] io::Error),
    /// The simulated device says no.
    #[error("{}{}", io::Error::from_raw_os_error(*errno), held(holder))]
    Refused {
        /// An error number of Linux.
        errno: i32,
        /// Who holds what was asked for; empty if that is not the reason.
        holder: String,
    },
    /// No answer in time.
    #[error("no answer in time")]
    Silent,
    /// What arrived is none of this protocol's messages.
    #[error("a malformed message: {0}")]
    Malformed(&'static str),
    /// More than fits into one message.
    #[error("{0} does not fit into one message")]
    TooLong(&'static str),
}

/// Shorthand.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The error number that a kernel driver would have answered with.
    #[must_use]
    pub fn errno(&self) -> i32 {
        match self {
            Self::Io(error) => error.raw_os_error().unwrap_or(errno::ENODEV),
            Self::Refused { errno, .. } => *errno,
            Self::Silent => errno::ETIMEDOUT,
            Self::Malformed(_) => errno::EPROTO,
            Self::TooLong(_) => errno::EINVAL,
        }
    }

    /// Whether the connection is of no further use.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Malformed(_))
    }
}

fn held(holder: &str) -> String {
    if holder.is_empty() { String::new() } else { format!(" (held by {holder})") }
}
