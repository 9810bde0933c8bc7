// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a restarted core has to know of the interventions: so that it finishes what runs within its bound.

use super::InterventionKind;
use ecmod_quantities::Monotonic;

/// What the state journal keeps of the interventions. Times are of the monotonic clock of this boot; what cannot be, after
/// a reboot for example, counts as over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterventionMemory {
    /// In the order of [`InterventionKind::ALL`].
    pub kept: [Kept; InterventionKind::ALL.len()],
}

/// What is kept of one intervention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kept {
    /// Nothing.
    #[default]
    Idle,
    /// It began, and must not act beyond its end; also between two times of acting that share one end.
    Begun {
        /// When.
        since: Monotonic,
        /// Its end at the latest.
        ends: Monotonic,
    },
    /// Its longest duration is over.
    Expired,
    /// An operator has switched it off.
    Overridden {
        /// Until when.
        until: Monotonic,
    },
}

impl InterventionMemory {
    /// Nothing of any.
    pub const NOTHING: Self = Self { kept: [Kept::Idle; InterventionKind::ALL.len()] };

    /// What is kept of one.
    #[must_use]
    pub fn of(&self, kind: InterventionKind) -> Kept {
        self.kept.get(kind.index()).copied().unwrap_or_default()
    }
}

impl Default for InterventionMemory {
    fn default() -> Self {
        Self::NOTHING
    }
}
