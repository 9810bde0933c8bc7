// SPDX-License-Identifier: MIT OR Apache-2.0
//! The vein chatters on the cannula: a dip of the speed lets it fill, then the speed comes back slowly.
//!
//! Set off by the drainage pressure's index, confirmed by that of the flow or by a low drainage pressure: a patient who
//! coughs shakes the pressure and does neither for long. Alarm only, unless the settings let it act.

use super::context::{Context, Sensed};
use super::episode::{Ending, Push};
use super::{Corroboration, Inhibit, Sign};
use crate::estimators::Held;
use crate::signals::usable;
use crate::{LimitKind, Role};
use ecmod_quantities::{LitresPerMinute, MmHg, Rpm, Span};

/// An index of the flow that confirms: a standard deviation between 1 and 8 Hz `[C]`.
const FLOW_CHATTER: LitresPerMinute = LitresPerMinute(0.15);
/// It is over below this part of it.
const OVER: f64 = 0.6;
/// A drainage pressure that confirms.
const LOW: MmHg = MmHg(-60.0);
/// How long it must have lasted.
const DELAY: Span = Span::from_secs(2);
/// How far the speed dips, as a part, and for how long at least.
const DIP: f64 = 0.08;
const DIPS_FOR: Span = Span::from_secs(3);

/// What is remembered.
#[derive(Debug, Clone)]
pub(super) struct Suction {
    chatters: bool,
    held: Held,
    dip: Option<Rpm>,
    dipped: Held,
}

impl Suction {
    pub(super) const fn new() -> Self {
        Self { chatters: false, held: Held::NEW, dip: None, dipped: Held::NEW }
    }

    /// Looks at the indices.
    pub(super) fn sense(&mut self, context: &Context<'_>) -> Sensed {
        let Some(reading) = context.view.signal(Role::VenousPressure) else {
            return Sensed::inhibited(Some(Inhibit::NoSignal));
        };
        let (pressure, chatter) = match (usable(&reading), context.estimates.venous_chatter) {
            (Ok(pressure), Some(chatter)) => (MmHg(pressure), chatter),
            (Ok(_), None) => {
                return Sensed::inhibited(Some(Inhibit::SignalBad(ecmod_quantities::Cause::NotReady)));
            }
            (Err(cause), _) => return Sensed::inhibited(Some(Inhibit::SignalBad(cause))),
        };
        let Some(limit) = context.limits.get(LimitKind::SuctionChatter).map(MmHg) else {
            return Sensed::inhibited(None);
        };
        self.chatters = chatter >= if self.chatters { limit * OVER } else { limit };
        let present = self.held.for_at_least(self.chatters, DELAY, context.now);
        let flow = context.estimates.flow_chatter.is_some_and(|chatter| chatter >= FLOW_CHATTER);
        let mut signs = Corroboration::NONE;
        if present && flow {
            signs = signs.with(Sign::FlowChatter);
        }
        if present && pressure <= LOW {
            signs = signs.with(Sign::LowPressure);
        }
        let dips = self.dip.is_some() && !self.dipped.for_at_least(self.dip.is_some(), DIPS_FOR, context.now);
        Sensed {
            push: match (present && !signs.is_empty(), self.chatters || dips) {
                (true, _) => Push::Wanted,
                (false, true) => Push::Present,
                (false, false) => Push::Calm,
            },
            ending: Ending::Returns,
            present,
            value: chatter.value(),
            limit: limit.value(),
            corroboration: signs,
            inhibit: None,
            off: false,
        }
    }

    /// The ceiling while it acts.
    pub(super) fn act(&mut self, context: &Context<'_>) -> Rpm {
        (*self.dip.get_or_insert(context.applied * (1.0 - DIP))).max(context.floor)
    }

    /// It does not act.
    pub(super) const fn rest(&mut self) {
        (self.dip, self.dipped) = (None, Held::NEW);
    }
}
