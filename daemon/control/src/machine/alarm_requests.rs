// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an operator asks for about alarms and limits. Nothing here changes what the pump does, but a limit that regulates.

use super::Core;
use crate::{Alarm, AlarmKind, LimitKind, PatientClass, Refusal};
use ecmod_quantities::Monotonic;

impl Core {
    pub(super) fn decide_limit(&mut self, limit: LimitKind, value: f64) -> Result<(), Refusal> {
        self.outputs.limits.set(limit, value)
    }

    /// The whole preset, at once; it is checked when the core is made.
    pub(super) fn decide_preset(&mut self, class: PatientClass) {
        self.outputs.limits = self.settings.first_limits(class);
        self.outputs.class = class;
    }

    pub(super) fn decide_acknowledge(&mut self, alarm: Option<Alarm>) -> Result<(), Refusal> {
        alarm.map_or(Ok(()), |alarm| Err(Refusal::NoSuchAlarm(alarm)))
    }

    pub(super) fn decide_pause(&mut self, _on: bool, _now: Monotonic) {}

    pub(super) fn decide_alarm_off(&mut self, kind: AlarmKind, _off: bool) -> Result<(), Refusal> {
        Err(Refusal::AlarmStaysOn(kind))
    }

    pub(super) fn decide_reset(&mut self, alarm: Option<Alarm>) -> Result<(), Refusal> {
        alarm.map_or(Ok(()), |alarm| Err(Refusal::NoSuchAlarm(alarm)))
    }
}
