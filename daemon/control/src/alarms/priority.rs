// SPDX-License-Identifier: MIT OR Apache-2.0
//! How soon somebody has to act (IEC 60601-1-8).

use crate::Annunciation;

/// How soon somebody has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// To be known.
    Low,
    /// Prompt action is needed.
    Medium,
    /// Immediate action is needed.
    High,
}

impl Priority {
    /// Every priority, the lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The priority with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.name() == name)
    }

    /// What lamp and sounder show for it.
    #[must_use]
    pub const fn annunciation(self) -> Annunciation {
        match self {
            Self::Low => Annunciation::Low,
            Self::Medium => Annunciation::Medium,
            Self::High => Annunciation::High,
        }
    }
}
