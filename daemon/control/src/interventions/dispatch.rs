// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which trigger and which action belong to which intervention.

use super::context::{Context, Sensed};
use super::episode::Push;
use super::limit::PressureLimit;
use super::{InterventionKind, Interventions};
use crate::LimitKind;
use ecmod_quantities::{MmHg, Rpm};

impl Interventions {
    /// What one finds.
    pub(super) fn sense(&mut self, kind: InterventionKind, context: &Context<'_>) -> Sensed {
        let limit = |limit| context.limits.get(limit).map(MmHg);
        match kind {
            InterventionKind::GrossAir => self.air.sense(context),
            InterventionKind::Suction => self.suction.sense(context),
            InterventionKind::VenousPressureLow => {
                self.venous.sense(limit(LimitKind::VenousPressureLow), context)
            }
            InterventionKind::PreMembranePressureHigh => {
                self.pre_membrane.sense(limit(LimitKind::PreMembranePressureHigh), context)
            }
            InterventionKind::ArterialPressureHigh => {
                self.arterial.sense(limit(LimitKind::ArterialPressureHigh), context)
            }
            InterventionKind::Backflow => self.backflow.sense(context),
            InterventionKind::LevelLow => self.watches.level(context),
            InterventionKind::ClampMismatch => self.watches.clamps(context),
            InterventionKind::SweepGasLost => self.watches.sweep_gas(context),
        }
    }

    /// The bound of one that acts.
    pub(super) fn act(&mut self, kind: InterventionKind, sensed: &Sensed, context: &Context<'_>) -> Rpm {
        match kind {
            InterventionKind::GrossAir => self.air.act(context),
            InterventionKind::Suction => self.suction.act(context),
            InterventionKind::Backflow => self.backflow.act(context),
            InterventionKind::VenousPressureLow
            | InterventionKind::PreMembranePressureHigh
            | InterventionKind::ArterialPressureHigh => {
                let ceiling = self.limit_of(kind).and_then(|limit| limit.ceiling(context));
                // Without its pressure it holds the speed there is, until its episode lets it go.
                let without = if sensed.push == Push::Blind { context.applied } else { context.target };
                ceiling.unwrap_or(without.max(context.floor))
            }
            InterventionKind::LevelLow | InterventionKind::ClampMismatch | InterventionKind::SweepGasLost => {
                context.floor
            }
        }
    }

    pub(super) fn rest(&mut self, kind: InterventionKind) {
        match kind {
            InterventionKind::GrossAir => self.air.rest(),
            InterventionKind::Suction => self.suction.rest(),
            InterventionKind::Backflow => self.backflow.rest(),
            InterventionKind::VenousPressureLow
            | InterventionKind::PreMembranePressureHigh
            | InterventionKind::ArterialPressureHigh
            | InterventionKind::LevelLow
            | InterventionKind::ClampMismatch
            | InterventionKind::SweepGasLost => {}
        }
    }

    pub(super) fn limit_of(&self, kind: InterventionKind) -> Option<&PressureLimit> {
        [&self.venous, &self.pre_membrane, &self.arterial].into_iter().find(|limit| limit.kind() == kind)
    }
}
