// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a row of the catalogue says of a kind of alarm.

use super::{AlarmKind, Priority, SubjectKind};
use crate::{Fact, InterventionKind, LimitKind, Role};
use ecmod_quantities::Span;

/// The cause of an alarm that was present before a restart, until its condition is found again.
pub(super) const BEFORE_RESTART: &str = "before_restart";

/// A row of the catalogue: everything that is to be known of a kind of alarm besides the code that finds its condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Definition {
    /// Which one.
    pub kind: AlarmKind,
    /// What there is one alarm for.
    pub subject: SubjectKind,
    /// The condition in words.
    pub condition: &'static str,
    /// The limits that the condition goes by; their defaults are those of the presets.
    pub limits: &'static [LimitKind],
    /// How far a value must have come back from its limit for the condition to be gone, in the unit of the limit.
    pub hysteresis: f64,
    /// How long the condition must last until the alarm is announced.
    pub delay: Span,
    /// Whether what was there for less than the delay counts when it comes again: an absence takes away a hundredth of its length.
    pub adds_up: bool,
    /// How long it must be gone until the alarm is: what comes back earlier is the same alarm once more.
    pub clear: Span,
    /// How soon somebody has to act.
    pub priorities: Priorities,
    /// Whether it stays, once its condition is gone, until somebody resets it.
    pub latching: bool,
    /// Whether it may be switched off; at high priority it alarms all the same.
    pub may_be_off: bool,
    /// What the console does by itself.
    pub action: &'static str,
    /// What the operator should do.
    pub text: &'static str,
    /// Why it may be present: the word in [`crate::AlarmCause`], and the same for people. A word that is not among them is
    /// the name of the cause of a reading.
    pub causes: &'static [(&'static str, &'static str)],
    /// What the condition is found from.
    pub inputs: &'static [Source],
    /// The kinds that explain this one when they are present: they are dealt with first.
    pub explained_by: &'static [AlarmKind],
    /// The guided procedure that helps, by its name; the daemon offers it.
    pub procedure: Option<&'static str>,
}

/// The priority of an alarm, and another one in a case that is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priorities {
    /// As a rule.
    pub usual: Priority,
    /// In a case that the words state.
    pub special: Option<(Priority, &'static str)>,
}

/// What a condition is found from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The signal with this role.
    Role(Role),
    /// Every signal.
    AnySignal,
    /// What the daemon knows of itself.
    Fact(Fact),
    /// How the drivers are.
    Drivers,
    /// How the links of the ports are.
    Links,
    /// The connection to the pump's host.
    PumpLink,
    /// What the core demands: speed, flow, gas, clamps.
    Demand,
    /// The estimators.
    Estimates,
    /// An intervention.
    Intervention(InterventionKind),
    /// Every intervention.
    AnyIntervention,
    /// The other alarms.
    Alarms,
}

impl Priorities {
    /// Always the same.
    #[must_use]
    pub const fn always(usual: Priority) -> Self {
        Self { usual, special: None }
    }

    /// The priority, given whether the special case is present.
    #[must_use]
    pub const fn of(&self, special: bool) -> Priority {
        match self.special {
            Some((priority, _)) if special => priority,
            Some(_) | None => self.usual,
        }
    }

    /// The highest one it can have.
    #[must_use]
    pub fn highest(&self) -> Priority {
        self.special.map_or(self.usual, |(special, _)| special.max(self.usual))
    }
}

impl Definition {
    /// A cause for people; `None` for a word of a reading's cause.
    #[must_use]
    pub fn cause_text(&self, word: &str) -> Option<&'static str> {
        let own = self.causes.iter().find(|(known, _)| *known == word).map(|(_, text)| *text);
        own.or((word == BEFORE_RESTART).then_some("it was present before the console was restarted"))
    }
}
