// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the conditions of the alarms see of one tick, and where they put what they find.

use super::instance::{Finding, Life, Times};
use super::slots::{SLOTS, slot};
use super::{Alarm, AlarmCause, AlarmKind, AlarmSet, Priority};
use crate::estimators::View;
use crate::{
    DriverHealth, Facts, InterventionKind, InterventionStatus, LimitKind, LinkHealth, Mode, Outputs, Role,
    Settings, State, StopState,
};
use ecmod_quantities::Monotonic;

/// What a tick is like, for an alarm.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) outputs: &'a Outputs,
    pub(crate) view: View<'a>,
    pub(crate) drivers: &'a [DriverHealth],
    pub(crate) links: &'a [LinkHealth],
    pub(crate) facts: Facts,
    /// Whether the pump's host is there.
    pub(crate) pump: bool,
    /// The pump's host is there, and nobody answers on the drive's line.
    pub(crate) drive_silent: bool,
    /// By signal index, a bit each: a key that has been pressed for too long.
    pub(crate) stuck_keys: u64,
    pub(crate) now: Monotonic,
}

/// How far the case has come: what concerns a patient is an alarm only when there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// None has begun: in standby, and this core has stopped no pump.
    None,
    /// Support is running.
    Running,
    /// A confirmed stop runs down, or has.
    Ended,
}

impl Scene<'_> {
    pub(super) const fn case(&self) -> Case {
        match (self.outputs.state, self.outputs.stop, self.outputs.pump_speed) {
            (State::Support(_), StopState::Ramping, _) | (State::Standby, _, Some(_)) => Case::Ended,
            (State::Support(_), StopState::None | StopState::Pending { .. }, _) => Case::Running,
            (State::Standby, _, None) => Case::None,
        }
    }

    /// Whether a pump that is demanded something cannot be reached, although its host can.
    pub(super) fn line_is_silent(&self) -> bool {
        self.drive_silent && self.case() != Case::None
    }

    pub(super) fn running(&self) -> bool {
        self.case() == Case::Running
    }

    /// The mode, while a case is running.
    pub(super) fn mode(&self) -> Option<Mode> {
        self.running().then_some(self.outputs.mode)
    }

    pub(super) fn limit(&self, kind: LimitKind) -> Option<f64> {
        self.outputs.limits.get(kind)
    }

    pub(super) fn value(&self, role: Role) -> Option<f64> {
        self.view.value(role)
    }

    pub(super) fn state(&self, role: Role) -> Option<bool> {
        self.view.state(role)
    }

    pub(super) fn intervention(&self, kind: InterventionKind) -> Option<&InterventionStatus> {
        self.outputs.interventions.iter().find(|status| status.kind == kind)
    }

    /// The signal index of a role.
    pub(super) fn signal(&self, role: Role) -> Option<u16> {
        self.view.pipeline.place(role).map(u16::from)
    }

    pub(super) fn health(&self, driver: u16) -> DriverHealth {
        self.drivers.get(usize::from(driver)).copied().unwrap_or_default()
    }
}

/// Where the findings of a tick go: to the lives of the alarms.
pub(super) struct Sink<'a> {
    pub(super) lives: &'a mut [Life; SLOTS],
    /// Which ones were found in this tick.
    pub(super) found: &'a mut [bool; SLOTS],
    pub(super) off: AlarmSet,
    pub(super) delay_percent: u8,
    pub(super) now: Monotonic,
    /// Counts what is announced.
    pub(super) announced: &'a mut u64,
}

/// Which case of its priority an alarm is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Usual,
    Special,
}

impl When {
    pub(super) const fn special(special: bool) -> Self {
        if special { Self::Special } else { Self::Usual }
    }
}

impl Sink<'_> {
    /// The condition of the only alarm of this kind is present.
    pub(super) fn find(&mut self, kind: AlarmKind, when: When, cause: AlarmCause) {
        self.about(Alarm::of(kind), when, cause);
    }

    /// The condition of this alarm is present. Found twice in a tick the first counts.
    pub(super) fn about(&mut self, alarm: Alarm, when: When, cause: AlarmCause) {
        let definition = alarm.kind.definition();
        let priority = definition.priorities.of(when == When::Special);
        if priority < Priority::High && self.off.has(alarm.kind) {
            return;
        }
        let Some(index) = slot(alarm) else { return };
        let (Some(life), Some(found)) = (self.lives.get_mut(index), self.found.get_mut(index)) else {
            return;
        };
        if *found {
            return;
        }
        *found = true;
        let times = Times::of(definition, self.delay_percent);
        if life.step(Some(Finding { priority, cause }), times, self.now) {
            *self.announced = self.announced.wrapping_add(1);
        }
    }

    /// Whether the condition was present in the last tick.
    pub(super) fn was(&self, kind: AlarmKind) -> bool {
        self.was_about(Alarm::of(kind))
    }

    fn was_about(&self, alarm: Alarm) -> bool {
        self.life(alarm).is_some_and(Life::is_present)
    }

    /// Whether the only alarm of this kind is announced and lasts.
    pub(super) fn is_active(&self, kind: AlarmKind) -> bool {
        self.life(Alarm::of(kind)).is_some_and(Life::is_active)
    }

    fn life(&self, alarm: Alarm) -> Option<&Life> {
        slot(alarm).and_then(|index| self.lives.get(index))
    }

    /// Whether a value is above a limit; if it was, it has to come back by the hysteresis.
    pub(super) fn above(&self, kind: AlarmKind, value: f64, limit: Option<f64>) -> bool {
        limit.is_some_and(|limit| value > limit - self.slack(kind))
    }

    /// Whether a value is below a limit; if it was, it has to come back by the hysteresis.
    pub(super) fn below(&self, kind: AlarmKind, value: f64, limit: Option<f64>) -> bool {
        limit.is_some_and(|limit| value < limit + self.slack(kind))
    }

    fn slack(&self, kind: AlarmKind) -> f64 {
        if self.was(kind) { kind.definition().hysteresis } else { 0.0 }
    }
}
