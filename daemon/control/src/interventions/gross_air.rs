// SPDX-License-Identifier: MIT OR Apache-2.0
//! Air in the return line: zero flow, closed loop, for a bounded time.
//!
//! The detector alone never lowers the flow: within [`estimators`](crate::estimators)' window a second sign must be
//! there. Zero flow is not zero speed, at which blood would run backwards. When the flow is not known - gas takes the
//! flow meter's signal away - the floor is as near to zero flow as can be had.
//!
//! It acts for [`LEAST`], in which somebody can clamp the line: what has passed the detector is on its way to the patient.
//! It ends when the detector has seen nothing for [`CLEAR`], or at its longest duration: then the flow comes back, also
//! with the detector still reporting, and the alarm goes on. No flow for minutes is no smaller harm (incident 1).

use super::context::{Context, Sensed};
use super::episode::{Ending, Push};
use super::{Corroboration, Inhibit};
use crate::control::FlowController;
use crate::signals::usable;
use crate::{Role, Settings};
use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm, Span};

/// A detection counts for so long.
const CLEAR: Span = Span::from_secs(3);
/// Once it acts, for at least so long.
const LEAST: Span = Span::from_secs(10);
/// No lower than this part of the floor, whatever the flow meter says: at 45 mmHg less pressure against the pump.
const LOWEST: f64 = 0.75;

/// What is remembered.
#[derive(Debug, Clone)]
pub(super) struct GrossAir {
    /// The latest detection.
    detected: Option<Monotonic>,
    counted: Option<f64>,
    corroborated: Corroboration,
    /// Since when it acts.
    acts: Option<Monotonic>,
    regulator: Option<FlowController>,
}

impl GrossAir {
    pub(super) const fn new() -> Self {
        Self { detected: None, counted: None, corroborated: Corroboration::NONE, acts: None, regulator: None }
    }

    /// Looks at the detector, and for second signs.
    pub(super) fn sense(&mut self, context: &Context<'_>) -> Sensed {
        let Some(reading) = context.view.signal(Role::ReturnBubble) else {
            return Sensed::inhibited(Some(Inhibit::NoSignal));
        };
        let now = context.now;
        let state = usable(&reading).map(|value| value >= 0.5);
        if state == Ok(true) || self.counted_more(context) {
            if self.clear(now) {
                self.corroborated = Corroboration::NONE;
            }
            self.detected = Some(now);
        }
        let present = !self.clear(now);
        if let (true, Some(detected)) = (present, self.detected) {
            for sign in context.estimators.air_around(detected, now).signs() {
                self.corroborated = self.corroborated.with(sign);
            }
        }
        let confirmed = !self.corroborated.is_empty();
        let inhibit = match state {
            Err(cause) => Some(Inhibit::SignalBad(cause)),
            Ok(_) if !(context.estimators.can_corroborate_air() || present && confirmed) => {
                Some(Inhibit::NothingToCorroborate)
            }
            Ok(_) => None,
        };
        let early = self.acts.is_some_and(|began| now.since(began) < LEAST);
        Sensed {
            push: match (present, confirmed, state) {
                (true, true, _) => Push::Wanted,
                (_, _, Err(_)) => Push::Blind,
                (true, false, Ok(_)) => Push::Present,
                (false, _, Ok(_)) if early => Push::Present,
                (false, _, Ok(_)) => Push::Calm,
            },
            ending: Ending::Returns,
            present,
            value: if present { 1.0 } else { 0.0 },
            limit: 0.5,
            corroboration: self.corroborated,
            inhibit,
            off: false,
        }
    }

    /// The ceiling while it acts.
    pub(super) fn act(&mut self, context: &Context<'_>) -> Rpm {
        let lowest = lowest(context.floor, context.situation.settings);
        self.acts.get_or_insert(context.now);
        if usable(&context.situation.flow).is_err() {
            self.regulator = None;
            return context.floor;
        }
        let begin = || FlowController::begin(context.applied, lowest, context.floor);
        let regulator = self.regulator.get_or_insert_with(begin);
        let (speed, ..) = regulator.step(LitresPerMinute::ZERO, context.applied, context.situation);
        speed.max(lowest)
    }

    /// It does not act.
    pub(super) const fn rest(&mut self) {
        (self.acts, self.regulator) = (None, None);
    }

    fn clear(&self, now: Monotonic) -> bool {
        self.detected.is_none_or(|detected| now.since(detected) >= CLEAR || detected > now)
    }

    /// Whether the detector's counter has moved: a bubble too short for the state.
    fn counted_more(&mut self, context: &Context<'_>) -> bool {
        let Some(count) = context.view.value(Role::ReturnBubbleCount) else { return false };
        self.counted.replace(count).is_some_and(|before| count > before)
    }
}

/// Below this it never goes.
pub(super) fn lowest(floor: Rpm, settings: &Settings) -> Rpm {
    (floor * LOWEST).max(settings.speed.minimum)
}
