// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interventions that go by one state for some time: the level, the clamps, the sweep gas.

use super::context::{Context, Sensed};
use super::episode::{Ending, Push};
use super::{Corroboration, Inhibit, Sign};
use crate::estimators::Held;
use crate::signals::usable;
use crate::{Clamp, LimitKind, Role};
use ecmod_quantities::{Cause, Span};

/// How long the level switch must say so: it is wet, and it moves.
const LEVEL: Span = Span::from_secs(1);
/// How long a clamp may take.
const CLAMP: Span = Span::from_millis(500);
/// How long gas may be missing.
const GAS: Span = Span::from_secs(5);

/// What is remembered of the three.
#[derive(Debug, Clone)]
pub(super) struct Watches {
    level: Held,
    clamps: [Held; 2],
    gas: Held,
}

impl Watches {
    pub(super) const fn new() -> Self {
        Self { level: Held::NEW, clamps: [Held::NEW; 2], gas: Held::NEW }
    }

    /// The level switch.
    pub(super) fn level(&mut self, context: &Context<'_>) -> Sensed {
        let low = match state_of(context, Role::LevelLow) {
            Ok(level) => level >= 0.5,
            Err(inhibit) => return Sensed::inhibited(Some(inhibit)),
        };
        let present = self.level.for_at_least(low, LEVEL, context.now);
        sensed(present, low, if low { 1.0 } else { 0.0 }, 0.5)
    }

    /// The clamps: what was demanded against what their switches say. The value is where it is, the limit where it
    /// was demanded to be.
    pub(super) fn clamps(&mut self, context: &Context<'_>) -> Sensed {
        // Nothing was demanded: there is nothing to compare.
        let mut found = Sensed::inhibited(None);
        let roles =
            [(Clamp::Return, Role::ReturnClampPosition), (Clamp::Drainage, Role::DrainageClampPosition)];
        for ((clamp, role), held) in roles.into_iter().zip(&mut self.clamps) {
            let Some(demand) = context.clamps.of(clamp) else { continue };
            let demanded = demand.position.value();
            match state_of(context, role) {
                Ok(position) => {
                    let differs = (position - demanded).abs() > 0.25;
                    let present = held.for_at_least(differs, CLAMP, context.now);
                    if !found.present || found.inhibit.is_some() {
                        found = sensed(present, differs, position, demanded);
                    }
                }
                Err(inhibit) if found.off => found = Sensed::inhibited(Some(inhibit)),
                Err(_) => {}
            }
        }
        found
    }

    /// The sweep gas against what was set.
    pub(super) fn sweep_gas(&mut self, context: &Context<'_>) -> Sensed {
        let Some(wanted) = context.sweep_gas.filter(|wanted| wanted.value() > 0.0) else {
            return Sensed::inhibited(None);
        };
        let flow = match state_of(context, Role::SweepGasFlow) {
            Ok(flow) => flow,
            Err(inhibit) => return Sensed::inhibited(Some(inhibit)),
        };
        let Some(part) = context.limits.get(LimitKind::SweepGasLowPart) else {
            return Sensed::inhibited(None);
        };
        let limit = 0.01 * part * wanted.value();
        let missing = flow < limit;
        sensed(self.gas.for_at_least(missing, GAS, context.now), missing, flow, limit)
    }
}

fn state_of(context: &Context<'_>, role: Role) -> Result<f64, Inhibit> {
    let reading = context.view.signal(role).ok_or(Inhibit::NoSignal)?;
    usable(&reading).map_err(|cause: Cause| Inhibit::SignalBad(cause))
}

fn sensed(present: bool, coming: bool, value: f64, limit: f64) -> Sensed {
    Sensed {
        push: match (present, coming) {
            (true, _) => Push::Wanted,
            (false, true) => Push::Present,
            (false, false) => Push::Calm,
        },
        ending: Ending::Returns,
        present,
        value,
        limit,
        corroboration: if present {
            Corroboration::NONE.with(Sign::Persistence)
        } else {
            Corroboration::NONE
        },
        inhibit: None,
        off: false,
    }
}
