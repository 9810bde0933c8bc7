// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every intervention sees of a tick, and what it says of it.

use super::episode::{Ending, Push};
use super::{Corroboration, Inhibit};
use crate::control::Situation;
use crate::estimators::{Estimators, View};
use crate::{ClampDemands, Estimates, Limits};
use ecmod_quantities::{GasLitresPerMinute, Monotonic, Rpm};

/// What every intervention sees of a tick.
pub(super) struct Context<'a> {
    pub(super) situation: &'a Situation<'a>,
    pub(super) view: &'a View<'a>,
    pub(super) estimators: &'a Estimators,
    pub(super) estimates: &'a Estimates,
    /// The limits in force.
    pub(super) limits: &'a Limits,
    /// What the operator demands of the clamps and of the gas controller.
    pub(super) clamps: ClampDemands,
    pub(super) sweep_gas: Option<GasLitresPerMinute>,
    /// The speed there is, and the one that the mode wants.
    pub(super) applied: Rpm,
    pub(super) target: Rpm,
    /// The floor in force.
    pub(super) floor: Rpm,
    pub(super) now: Monotonic,
}

/// What an intervention finds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sensed {
    /// To its episode.
    pub(super) push: Push,
    /// How its action ends when its reason is gone.
    pub(super) ending: Ending,
    /// Whether what sets it off is there.
    pub(super) present: bool,
    /// What is compared, and with what.
    pub(super) value: f64,
    pub(super) limit: f64,
    pub(super) corroboration: Corroboration,
    /// Why it cannot act.
    pub(super) inhibit: Option<Inhibit>,
    /// There is nothing to watch: no limit is set.
    pub(super) off: bool,
}

impl Sensed {
    /// It cannot see; without a reason there is nothing to see.
    pub(super) const fn inhibited(inhibit: Option<Inhibit>) -> Self {
        Self {
            push: Push::Blind,
            ending: Ending::Returns,
            present: false,
            value: 0.0,
            limit: 0.0,
            corroboration: Corroboration::NONE,
            inhibit,
            off: inhibit.is_none(),
        }
    }
}
