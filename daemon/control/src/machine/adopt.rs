// SPDX-License-Identifier: MIT OR Apache-2.0
//! Taking up the case of another console, before a case begins: everything at once, or nothing.

use super::Core;
use super::phase::Phase;
use super::requests::in_range;
use crate::{Adoption, Refusal};
use ecmod_quantities::Quantity;

impl Core {
    /// Nothing moves by it: in standby mode and setpoints are what the next start will use. Limits that this console has
    /// switched off by its configuration stay off.
    pub(super) fn decide_adopt(&mut self, case: &Adoption) -> Result<(), Refusal> {
        match &self.phase {
            Phase::Standby(_) => {}
            Phase::Support(_) | Phase::Stopping(_) => return Err(self.not_now()),
        }
        let speed = &self.settings.speed;
        in_range(case.speed.value(), Quantity::Speed, speed.minimum.value(), speed.maximum.value())?;
        in_range(case.flow.value(), Quantity::BloodFlow, 0.0, self.settings.flow.maximum.value())?;
        let mut limits = self.settings.first_limits(case.class);
        for kind in crate::LimitKind::ALL {
            if limits.get(kind).is_some() && case.limits.get(kind).is_some() {
                limits.put(kind, case.limits.get(kind));
            }
        }
        if let Some((limit, with)) = limits.conflict() {
            return Err(Refusal::LimitsCross { limit, with });
        }
        if let Some(kind) = case.off.kinds().find(|kind| !kind.definition().may_be_off) {
            return Err(Refusal::AlarmStaysOn(kind));
        }
        let out = &mut self.outputs;
        (out.mode, out.speed_setpoint, out.flow_setpoint) = (case.mode, case.speed, case.flow);
        (out.class, out.limits) = (case.class, limits);
        out.alarms.transport = case.transport;
        for kind in crate::AlarmKind::ALL.into_iter().filter(|kind| kind.definition().may_be_off) {
            self.alarms.switch_off(kind, case.off.has(kind))?;
        }
        self.estimators.adopt(&self.settings, &case.learnt);
        Ok(())
    }
}
