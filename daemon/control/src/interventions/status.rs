// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is shown of an intervention: its state, why it began, what confirmed it, and what it makes of the speed.

use super::{Corroboration, InterventionKind};
use ecmod_quantities::{Cause, Monotonic, Rpm};

/// What one intervention does, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InterventionStatus {
    /// Which one.
    pub kind: InterventionKind,
    /// What it does.
    pub state: InterventionState,
    /// What set it off: of the condition that is present, or else of the latest one. `None` if there was none.
    pub trigger: Option<Trigger>,
    /// The signs that confirm the present or the latest trigger.
    pub corroboration: Corroboration,
    /// The speed below which it does not go; `None` while it is off, or if it has none to do with the speed.
    pub floor: Option<Rpm>,
    /// The bound that it puts on the speed: a ceiling, or for [`InterventionKind::Backflow`] what is not undercut.
    pub ceiling: Option<Rpm>,
    /// How often it has begun to act since the core was made.
    pub count: u32,
}

/// What set an intervention off. The unit is that of [`InterventionKind::quantity`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trigger {
    /// The value at the moment it was set off.
    pub value: f64,
    /// What it was compared with.
    pub limit: f64,
    /// When.
    pub at: Monotonic,
    /// Whether the condition is present now.
    pub present: bool,
}

/// What one intervention does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InterventionState {
    /// There is nothing to intervene in: no support, or no such limit.
    Off,
    /// It would act, and there is no reason to.
    Watching,
    /// It acts on the speed.
    Active {
        /// Since when.
        since: Monotonic,
        /// When it ends at the latest.
        ends: Monotonic,
    },
    /// It has ended, and the speed goes back to what the mode wants.
    Returning,
    /// Its longest duration is over and the condition is still there, or not gone for long enough: alarm only.
    Expired,
    /// It cannot act, and this is why: alarm only.
    Inhibited(Inhibit),
    /// An operator has switched it off for a while.
    Overridden {
        /// Until when.
        until: Monotonic,
    },
    /// The settings let it only alarm.
    AlarmOnly,
}

/// Why an intervention cannot act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inhibit {
    /// No signal has the role that it needs.
    NoSignal,
    /// The signal that it needs is not usable.
    SignalBad(Cause),
    /// None of the signals that could confirm it is usable: one detector alone does not act.
    NothingToCorroborate,
    /// Another estimate contradicts what set it off.
    Contradicted,
    /// The pump's host is lost: nobody would follow.
    PumpLost,
    /// A stop runs down.
    Stopping,
}

impl InterventionStatus {
    pub(crate) const fn off(kind: InterventionKind) -> Self {
        Self {
            kind,
            state: InterventionState::Off,
            trigger: None,
            corroboration: Corroboration::NONE,
            floor: None,
            ceiling: None,
            count: 0,
        }
    }

    /// Whether it bounds the speed now.
    #[must_use]
    pub const fn acts(&self) -> bool {
        self.state.acts()
    }

    /// Whether the condition that sets it off is present.
    #[must_use]
    pub const fn present(&self) -> bool {
        match self.trigger {
            Some(trigger) => trigger.present,
            None => false,
        }
    }

    /// All of them, off.
    #[must_use]
    pub(crate) fn all_off() -> [Self; InterventionKind::ALL.len()] {
        InterventionKind::ALL.map(Self::off)
    }
}

impl InterventionState {
    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Watching => "watching",
            Self::Active { .. } => "active",
            Self::Returning => "returning",
            Self::Expired => "expired",
            Self::Inhibited(_) => "inhibited",
            Self::Overridden { .. } => "overridden",
            Self::AlarmOnly => "alarm_only",
        }
    }

    /// Whether it bounds the speed.
    #[must_use]
    pub const fn acts(self) -> bool {
        match self {
            Self::Active { .. } => true,
            Self::Off
            | Self::Watching
            | Self::Returning
            | Self::Expired
            | Self::Inhibited(_)
            | Self::Overridden { .. }
            | Self::AlarmOnly => false,
        }
    }
}

impl Inhibit {
    /// The word on D-Bus and in logs; for a signal that is bad its cause stands beside it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoSignal => "no_signal",
            Self::SignalBad(_) => "signal_bad",
            Self::NothingToCorroborate => "nothing_to_corroborate",
            Self::Contradicted => "contradicted",
            Self::PumpLost => "pump_lost",
            Self::Stopping => "stopping",
        }
    }
}
