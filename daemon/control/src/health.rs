// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the drivers are: what the daemon knows of the processes around the core.

/// How a driver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DriverHealth {
    /// There is no driver with this index.
    #[default]
    NotConfigured,
    /// It runs.
    Running,
    /// Its host is not there, or does not move.
    Absent,
    /// Its host is there, and the driver does not run: it could not be opened, or it failed.
    Faulted,
    /// It runs or does not, and was restarted more than three times in ten minutes.
    Failing,
}

impl DriverHealth {
    /// Every value.
    pub const ALL: [Self; 5] =
        [Self::NotConfigured, Self::Running, Self::Absent, Self::Faulted, Self::Failing];

    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Running => "running",
            Self::Absent => "absent",
            Self::Faulted => "faulted",
            Self::Failing => "failing",
        }
    }
}
