// SPDX-License-Identifier: MIT OR Apache-2.0
//! One intervention as an object: its episode, what set it off, and the bound that it puts on the speed.

use super::context::{Context, Sensed};
use super::episode::{Episode, Leave, Push};
use super::{
    Corroboration, Inhibit, InterventionAction, InterventionKind, InterventionPolicy, InterventionState,
    InterventionStatus, Kept, Trigger,
};
use crate::Settings;
use crate::estimators::Held;
use ecmod_quantities::{Monotonic, Rpm, Seconds, Span};

/// How fast a bound is taken back, as a part of the slew: slower than an operator, and slowest after suction.
pub(super) const RETURN: f64 = 0.5;
pub(super) const SLOW_RETURN: f64 = 0.1;
/// A bound that has not held the speed for so long is back.
const BACK: Span = Span::from_secs(2);

/// One intervention.
#[derive(Debug, Clone)]
pub(super) struct Item {
    kind: InterventionKind,
    pub(super) episode: Episode,
    trigger: Option<Trigger>,
    corroboration: Corroboration,
    inhibit: Option<Inhibit>,
    off: bool,
    /// What it bounds the speed by, while it acts or returns.
    bound: Option<Rpm>,
    back: Held,
    leave: Leave,
}

impl Item {
    pub(super) const fn new(kind: InterventionKind, kept: Kept) -> Self {
        Self {
            kind,
            episode: Episode::recalled(kept),
            trigger: None,
            corroboration: Corroboration::NONE,
            inhibit: None,
            off: true,
            bound: None,
            back: Held::NEW,
            leave: Leave::Nothing,
        }
    }

    /// Takes what was found, and says what it may do.
    pub(super) fn decide(
        &mut self,
        sensed: &Sensed,
        follows: Option<Inhibit>,
        context: &Context<'_>,
    ) -> Leave {
        self.note(sensed, context.now);
        let plan = context.situation.settings.interventions.of(self.kind);
        (self.inhibit, self.off) = (sensed.inhibit.or(follows), sensed.off);
        self.leave = match (plan.policy, follows) {
            (InterventionPolicy::AlarmOnly, _) => {
                self.episode.rest(plan, context.now);
                Leave::Nothing
            }
            (InterventionPolicy::Act, Some(_)) => {
                self.episode.wait(plan, context.now);
                Leave::Nothing
            }
            (InterventionPolicy::Act, None) if sensed.off => {
                // A limit that is taken away while it acts is no reason for a jump.
                self.episode.step(Push::Blind, sensed.ending, plan, context.now)
            }
            (InterventionPolicy::Act, None) => {
                self.episode.step(sensed.push, sensed.ending, plan, context.now)
            }
        };
        self.leave
    }

    /// It acts: this is its bound.
    pub(super) const fn act(&mut self, bound: Rpm) {
        (self.bound, self.back) = (Some(bound), Held::NEW);
    }

    /// It does nothing.
    pub(super) const fn rest(&mut self) {
        (self.bound, self.back) = (None, Held::NEW);
    }

    /// It takes its bound back, by the time that passed.
    pub(super) fn go_back(&mut self, context: &Context<'_>) {
        let settings = context.situation.settings;
        let part = if self.kind == InterventionKind::Suction { SLOW_RETURN } else { RETURN };
        let step = settings.speed.slew * (part * context.situation.elapsed.value());
        let from = self.bound.unwrap_or(context.applied);
        let (bound, free) = if matches!(self.kind.action(), InterventionAction::Raise) {
            let bound = from - step;
            (bound, bound <= context.target || bound <= settings.speed.minimum)
        } else {
            let bound = from + step;
            (bound, bound >= settings.speed.maximum)
        };
        let holds = match self.kind.action() {
            InterventionAction::Raise => bound > context.target,
            _ => bound < context.target,
        };
        self.bound = Some(bound);
        if free || self.back.for_at_least(!holds, BACK, context.now) {
            self.rest();
            self.episode.returned();
        }
    }

    /// Nothing is to be intervened in.
    pub(super) fn stand_down(&mut self, settings: &Settings, now: Monotonic) {
        self.episode.rest(settings.interventions.of(self.kind), now);
        if let Some(trigger) = &mut self.trigger {
            trigger.present = false;
        }
        (self.inhibit, self.off, self.leave) = (None, true, Leave::Nothing);
        self.rest();
    }

    pub(super) const fn kind(&self) -> InterventionKind {
        self.kind
    }

    /// Its bound, while it acts or returns.
    pub(super) const fn bound(&self) -> Option<Rpm> {
        self.bound
    }

    pub(super) const fn acts(&self) -> bool {
        matches!(self.leave, Leave::Act)
    }

    /// What is shown.
    pub(super) fn status(&self, settings: &Settings, floor: Option<Rpm>) -> InterventionStatus {
        let policy = settings.interventions.of(self.kind).policy;
        let state = match (self.episode.state(), self.off, self.inhibit, policy) {
            (overridden @ InterventionState::Overridden { .. }, ..) => overridden,
            (
                state @ (InterventionState::Active { .. }
                | InterventionState::Returning
                | InterventionState::Expired),
                ..,
            ) => state,
            (_, true, None, _) => InterventionState::Off,
            (_, _, Some(inhibit), _) => InterventionState::Inhibited(inhibit),
            (_, false, None, InterventionPolicy::AlarmOnly) => InterventionState::AlarmOnly,
            (state, false, None, InterventionPolicy::Act) => state,
        };
        let speed = !matches!(self.kind.action(), InterventionAction::AlarmOnly);
        InterventionStatus {
            kind: self.kind,
            state,
            trigger: self.trigger,
            corroboration: self.corroboration,
            floor: floor.filter(|_| speed && !self.off),
            ceiling: self.bound,
            count: self.episode.count(),
        }
    }

    fn note(&mut self, sensed: &Sensed, now: Monotonic) {
        let before = self.trigger.filter(|trigger| trigger.present);
        if sensed.present && before.is_none() {
            let Sensed { value, limit, .. } = *sensed;
            self.trigger = Some(Trigger { value, limit, at: now, present: true });
            // While it acts, what confirmed it stays said: a condition that flickers is the same one.
            if !self.acts() {
                self.corroboration = Corroboration::NONE;
            }
        } else if let Some(trigger) = &mut self.trigger {
            trigger.present = sensed.present;
        }
        if sensed.present {
            for sign in sensed.corroboration.signs() {
                self.corroboration = self.corroboration.with(sign);
            }
        }
    }
}

/// How far a speed may fall in the time that passed when an intervention lowers it: 10 %/s.
pub(super) fn gentle(applied: Rpm, elapsed: Seconds) -> Rpm {
    applied.abs() * (0.1 * elapsed.value())
}
