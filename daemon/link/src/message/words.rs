// SPDX-License-Identifier: MIT OR Apache-2.0
//! The closed vocabularies of the messages; D-Bus and logs use the same words.

use serde::{Deserialize, Serialize};

/// What a driver is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverState {
    /// Not loaded: its library is missing, damaged or of a wrong ABI.
    Absent,
    /// Loaded; its device has not answered yet.
    Opening,
    /// Cycling.
    Running,
    /// Failed; the host tries again.
    Fault,
}

impl DriverState {
    /// The word used on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Opening => "opening",
            Self::Running => "running",
            Self::Fault => "fault",
        }
    }
}

/// How a device behaves when the link to it is lost: what its driver says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// It has no output that matters.
    NotApplicable,
    /// Its output stops or changes.
    No,
    /// It should hold its output; nobody has looked at this device.
    Unverified,
    /// It holds its output; read back from the device.
    Verified,
}

impl Hold {
    /// The answer with this number of the driver ABI (`ECMOD_HOLD_*`), if there is one.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            0 => Some(Self::NotApplicable),
            1 => Some(Self::No),
            2 => Some(Self::Unverified),
            3 => Some(Self::Verified),
            _ => None,
        }
    }

    /// The word used on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::No => "no",
            Self::Unverified => "unverified",
            Self::Verified => "verified",
        }
    }
}
