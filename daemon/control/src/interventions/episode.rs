// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long an intervention may act: the one state machine that all of them share.
//!
//! ```text
//!            wanted, time left            longest duration over
//!   Armed -----------------------> Active ---------------------> Returning(expired) --back--> Expired
//!     ^  ^                         |    ^                                                        |
//!     |  '--------- eased ---------'    '-- wanted again, time left -- Returning(calm)           |
//!     |  '--------------------- back ----------------------------------'   ^                     |
//!     |                            '---------- calm or blind --------------'                     |
//!     '---------------- the condition was gone for the time of re-arming ------------------------'
//! ```
//!
//! The **budget** is what bounds it: it begins with the first action and has one end. It is forgotten only when the
//! condition was gone for the time of re-arming. However the condition comes and goes, between two such calms the
//! intervention acts within one budget: a sensor that flickers cannot hold the flow down.
//!
//! An operator's override ends it at once and keeps it from acting until the override is over.

use super::{InterventionPlan, InterventionState, Kept};
use ecmod_quantities::{Monotonic, Span};

/// An action holds for so long when what it goes by is not known any more: a restart, a lost frame. Then it ends.
const BLIND_HOLD: Span = Span::from_secs(1);

/// How long its action may last, and whether it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Episode {
    phase: Phase,
    budget: Option<Budget>,
    /// Since when the condition is gone.
    calm: Option<Monotonic>,
    /// Since when it is not known whether it is there.
    blind: Option<Monotonic>,
    overridden: Option<Monotonic>,
    count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Armed,
    Active,
    /// It acts no more, and the bound that it put on the speed is being taken back.
    Returning(Then),
    Expired,
}

/// What comes after the return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Armed,
    Expired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Budget {
    since: Monotonic,
    ends: Monotonic,
}

/// What one tick says to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Push {
    /// There is a reason to act.
    Wanted,
    /// The condition is there, and acting would change nothing.
    Present,
    /// The condition is gone.
    Calm,
    /// What it goes by is not known. That is neither a reason to act nor a calm.
    Blind,
}

/// What it is allowed to do in this tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// To bound the speed.
    Act,
    /// To take its bound back.
    Return,
    /// Nothing.
    Nothing,
}

/// How an action ends when its reason is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Its own regulation lets go by itself.
    Eases,
    /// Its bound is taken back along a ramp.
    Returns,
}

impl Episode {
    pub(super) const fn new() -> Self {
        Self { phase: Phase::Armed, budget: None, calm: None, blind: None, overridden: None, count: 0 }
    }

    /// Goes on with what was kept. Bounds are checked with the first tick, when it is known what time it is.
    pub(super) const fn recalled(kept: Kept) -> Self {
        let new = Self::new();
        match kept {
            Kept::Idle => new,
            Kept::Begun { since, ends } => {
                Self { phase: Phase::Active, budget: Some(Budget { since, ends }), ..new }
            }
            Kept::Eased { since, ends } => Self { budget: Some(Budget { since, ends }), ..new },
            Kept::Expired => Self { phase: Phase::Expired, ..new },
            Kept::Overridden { until } => Self { overridden: Some(until), ..new },
        }
    }

    /// What a restarted core has to know.
    pub(super) const fn keep(&self) -> Kept {
        match (self.overridden, self.phase, self.budget) {
            (Some(until), ..) => Kept::Overridden { until },
            (None, Phase::Expired | Phase::Returning(Then::Expired), _) => Kept::Expired,
            (None, Phase::Active | Phase::Returning(Then::Armed), Some(Budget { since, ends })) => {
                Kept::Begun { since, ends }
            }
            (None, Phase::Armed, Some(Budget { since, ends })) => Kept::Eased { since, ends },
            (None, Phase::Armed | Phase::Active | Phase::Returning(Then::Armed), None) => Kept::Idle,
        }
    }

    /// One tick. What it may do now.
    pub(super) fn step(
        &mut self,
        push: Push,
        ending: Ending,
        plan: InterventionPlan,
        now: Monotonic,
    ) -> Leave {
        self.check_times(plan, now);
        let gone = self.note_calm(push, plan, now);
        if self.overridden.is_some() {
            (self.phase, self.budget) = (Phase::Armed, None);
            return Leave::Nothing;
        }
        let over = self.budget.is_some_and(|budget| now >= budget.ends);
        self.phase = match self.phase {
            Phase::Active if over => Phase::Returning(Then::Expired),
            Phase::Armed if push == Push::Wanted && over => Phase::Expired,
            Phase::Returning(Then::Armed) if push == Push::Wanted && over => Phase::Returning(Then::Expired),
            Phase::Armed | Phase::Returning(Then::Armed) if push == Push::Wanted => {
                self.begin(plan, now);
                Phase::Active
            }
            Phase::Active => match (push, ending) {
                (Push::Wanted, _) => Phase::Active,
                (Push::Present | Push::Calm, Ending::Eases) => Phase::Armed,
                (Push::Present, Ending::Returns) => Phase::Active,
                (Push::Blind, _) if !self.blind_for_long(now) => Phase::Active,
                (Push::Calm, Ending::Returns) | (Push::Blind, _) => Phase::Returning(Then::Armed),
            },
            Phase::Expired if gone => Phase::Armed,
            Phase::Armed | Phase::Returning(_) | Phase::Expired => self.phase,
        };
        if gone {
            self.budget = None;
        }
        match self.phase {
            Phase::Active => Leave::Act,
            Phase::Returning(_) => Leave::Return,
            Phase::Armed | Phase::Expired => Leave::Nothing,
        }
    }

    /// The bound that it put on the speed is taken back.
    pub(super) fn returned(&mut self) {
        self.phase = match self.phase {
            Phase::Returning(Then::Armed) => Phase::Armed,
            Phase::Returning(Then::Expired) => Phase::Expired,
            Phase::Armed | Phase::Active | Phase::Expired => self.phase,
        };
    }

    /// An operator switches it off for a while.
    pub(super) const fn overrule(&mut self, until: Monotonic) {
        (self.phase, self.budget, self.overridden) = (Phase::Armed, None, Some(until));
    }

    /// An operator lets it act again.
    pub(super) const fn release(&mut self) {
        self.overridden = None;
    }

    /// There is nothing to intervene in any more; an override stays.
    pub(super) const fn rest(&mut self, plan: InterventionPlan, now: Monotonic) {
        self.check_times(plan, now);
        (self.phase, self.budget, self.calm, self.blind) = (Phase::Armed, None, None, None);
    }

    /// Nobody would follow now: time goes on, and nothing new begins.
    pub(super) fn wait(&mut self, plan: InterventionPlan, now: Monotonic) {
        self.check_times(plan, now);
        (self.calm, self.blind) = (None, None);
        if self.phase == Phase::Active && self.budget.is_none_or(|budget| now >= budget.ends) {
            self.phase = Phase::Expired;
        }
        self.returned();
    }

    pub(super) const fn is_armed(&self) -> bool {
        matches!(self.phase, Phase::Armed) && self.overridden.is_none()
    }

    pub(super) const fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Active)
    }

    /// Whether it has acted, and its condition has not been gone for the time of re-arming since.
    pub(super) const fn has_budget(&self) -> bool {
        self.budget.is_some()
    }

    /// While it acts: when that ends at the latest.
    pub(super) const fn ends(&self) -> Option<Monotonic> {
        match (self.phase, self.budget) {
            (Phase::Active, Some(budget)) => Some(budget.ends),
            (Phase::Active, None) | (Phase::Armed | Phase::Returning(_) | Phase::Expired, _) => None,
        }
    }

    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// What is shown while it is neither off nor inhibited.
    pub(super) const fn state(&self) -> InterventionState {
        match (self.overridden, self.phase, self.budget) {
            (Some(until), ..) => InterventionState::Overridden { until },
            (None, Phase::Active, Some(budget)) => {
                InterventionState::Active { since: budget.since, ends: budget.ends }
            }
            (None, Phase::Active | Phase::Armed, _) => InterventionState::Watching,
            (None, Phase::Returning(_), _) => InterventionState::Returning,
            (None, Phase::Expired, _) => InterventionState::Expired,
        }
    }

    const fn begin(&mut self, plan: InterventionPlan, now: Monotonic) {
        if self.budget.is_none() {
            self.budget = Some(Budget { since: now, ends: now.plus(plan.longest) });
            self.count = self.count.saturating_add(1);
        }
    }

    /// Times that cannot be (of another boot, or of a clock that went back) are over: they must not bind.
    const fn check_times(&mut self, plan: InterventionPlan, now: Monotonic) {
        if let Some(budget) = self.budget {
            let possible = budget.since.0 <= now.0 && budget.ends.0 <= budget.since.plus(plan.longest).0;
            if !possible {
                self.budget = Some(Budget { since: now, ends: now });
            }
        }
        if matches!(self.phase, Phase::Active) && self.budget.is_none() {
            self.phase = Phase::Armed;
        }
        if let Some(until) = self.overridden
            && (until.0 <= now.0 || until.since(now).0 > super::INTERVENTION_REARM.1.0)
        {
            self.overridden = None;
        }
    }

    fn blind_for_long(&self, now: Monotonic) -> bool {
        self.blind.is_none_or(|since| now.since(since) >= BLIND_HOLD)
    }

    /// Whether the condition has been gone for the time of re-arming.
    fn note_calm(&mut self, push: Push, plan: InterventionPlan, now: Monotonic) -> bool {
        self.blind = (push == Push::Blind).then(|| self.blind.unwrap_or(now));
        match push {
            Push::Wanted | Push::Present | Push::Blind => {
                self.calm = None;
                false
            }
            Push::Calm => {
                let since = *self.calm.get_or_insert(now);
                now.since(since) >= plan.rearm
            }
        }
    }
}

/// How long an override counts, whatever the settings say.
pub(super) fn override_until(now: Monotonic, lasts: Span) -> Monotonic {
    now.plus(lasts.min(super::INTERVENTION_REARM.1))
}

#[cfg(test)]
mod tests;
