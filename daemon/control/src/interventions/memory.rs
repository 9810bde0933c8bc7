// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a restarted core has to know of the interventions: so that it finishes what runs within its bound.

use super::InterventionKind;
use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm};

/// What the state journal keeps of the interventions. Times are of the monotonic clock of this boot; what cannot be, after
/// a reboot for example, counts as over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InterventionMemory {
    /// In the order of [`InterventionKind::ALL`].
    pub kept: [Kept; InterventionKind::ALL.len()],
    /// What the pump did before the interventions that lower it now; `None` if none does.
    pub undisturbed: Option<Undisturbed>,
    /// The same of those that have let go and may act again within the budget that they have; `None` once the pump is there again.
    pub eased: Option<Undisturbed>,
}

/// What the pump did before an intervention lowered it. It is what support goes back to where nothing else says: a mode
/// chosen meanwhile, a flow signal lost meanwhile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Undisturbed {
    /// The speed.
    pub speed: Rpm,
    /// The flow, if it was known.
    pub flow: Option<LitresPerMinute>,
}

/// What is kept of one intervention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kept {
    /// Nothing.
    #[default]
    Idle,
    /// It acts, and must not beyond its end.
    Begun {
        /// When.
        since: Monotonic,
        /// Its end at the latest.
        ends: Monotonic,
    },
    /// It has acted and does not now; if it acts again before its condition was gone for long enough, to the same end.
    Eased {
        /// When it began.
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
    pub const NOTHING: Self =
        Self { kept: [Kept::Idle; InterventionKind::ALL.len()], undisturbed: None, eased: None };

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
