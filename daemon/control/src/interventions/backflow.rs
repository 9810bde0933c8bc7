// SPDX-License-Identifier: MIT OR Apache-2.0
//! Blood runs backwards: the speed is raised until it does not. It never lowers anything.
//!
//! Confirmed by the flow that speed and head give. Where that says that blood runs forwards the flow meter is the one
//! that is wrong (turned round, for example), and nothing is done. How far it raises is bounded too.

use super::context::{Context, Sensed};
use super::episode::{Ending, Push};
use super::{Corroboration, Inhibit, Sign};
use crate::control::FlowController;
use crate::estimators::Held;
use crate::signals::usable;
use crate::{LimitKind, Role};
use ecmod_quantities::{LitresPerMinute, Rpm, Span};

/// For how long it must run backwards, without the mode raising the speed.
const DELAY: Span = Span::from_millis(500);
/// It is over when the mode asks for at least as much for so long.
const CALM: Span = Span::from_secs(2);
/// A model that says more than this contradicts, less than the other confirms.
const FORWARD: LitresPerMinute = LitresPerMinute(1.0);
const CONFIRMED: LitresPerMinute = LitresPerMinute(0.5);
/// What is no rise.
const NOTICEABLE: Rpm = Rpm(1.0);
/// No higher than this part of the floor.
const HIGHEST: f64 = 1.3;

/// What is remembered.
#[derive(Debug, Clone)]
pub(super) struct Backflow {
    backward: Held,
    /// Whether the mode leaves the speed where it is.
    helps: Held,
    needless: Held,
    regulator: Option<FlowController>,
    raised: Option<Rpm>,
}

impl Backflow {
    pub(super) const fn new() -> Self {
        Self { backward: Held::NEW, helps: Held::NEW, needless: Held::NEW, regulator: None, raised: None }
    }

    /// Looks at the flow.
    pub(super) fn sense(&mut self, context: &Context<'_>) -> Sensed {
        let Some(reading) = context.view.signal(Role::BloodFlow) else {
            return Sensed::inhibited(Some(Inhibit::NoSignal));
        };
        let flow = match usable(&reading) {
            Ok(flow) => LitresPerMinute(flow),
            Err(cause) => {
                self.backward = Held::NEW;
                return Sensed::inhibited(Some(Inhibit::SignalBad(cause)));
            }
        };
        let Some(limit) = context.limits.get(LimitKind::Backflow).map(LitresPerMinute) else {
            return Sensed::inhibited(None);
        };
        let present = self.backward.for_at_least(flow < limit, DELAY, context.now);
        let model = context.view.flow_estimate.value().map(LitresPerMinute);
        let contradicted = present && model.is_some_and(|model| model > FORWARD);
        let mut signs = Corroboration::NONE;
        if present {
            signs = signs.with(Sign::Persistence);
        }
        if present && model.is_some_and(|model| model < CONFIRMED) {
            signs = signs.with(Sign::ModelFlow);
        }
        let needless = self.raised.is_none_or(|raised| context.target >= raised);
        let over = self.needless.for_at_least(needless, CALM, context.now);
        // Where the mode raises the speed already, as at every start, there is nothing to add.
        let helps = context.target < Self::highest(context) && context.target <= context.applied + NOTICEABLE;
        let helps = self.helps.for_at_least(helps, DELAY, context.now);
        Sensed {
            push: match (present && !contradicted && helps, self.raised.is_some() && !over) {
                (true, _) => Push::Wanted,
                (false, true) => Push::Present,
                (false, false) if present => Push::Present,
                (false, false) => Push::Calm,
            },
            ending: Ending::Returns,
            present,
            value: flow.value(),
            limit: limit.value(),
            corroboration: signs,
            inhibit: contradicted.then_some(Inhibit::Contradicted),
            off: false,
        }
    }

    /// The speed that must not be undercut while it acts. Without a flow the one there was.
    pub(super) fn act(&mut self, context: &Context<'_>) -> Rpm {
        let minimum = context.situation.settings.speed.minimum;
        let begin = || FlowController::begin(context.applied, minimum, context.floor);
        let regulator = self.regulator.get_or_insert_with(begin);
        let (speed, ..) = regulator.step(LitresPerMinute::ZERO, context.applied, context.situation);
        let raised = speed.min(Self::highest(context));
        self.raised = Some(raised);
        raised
    }

    /// It does not act.
    pub(super) fn rest(&mut self) {
        (self.regulator, self.raised, self.needless) = (None, None, Held::NEW);
    }

    fn highest(context: &Context<'_>) -> Rpm {
        (context.floor * HIGHEST).min(context.situation.settings.speed.maximum)
    }
}
