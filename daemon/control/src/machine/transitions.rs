// SPDX-License-Identifier: MIT OR Apache-2.0
//! The arrows of the diagram: one function each, which records its cause and then changes the phase.

use super::Core;
use super::phase::{Drive, Link, Phase, Standby, StopRequest, Stopping, Support, plausible};
use crate::control::Controllers;
use crate::estimators::Estimators;
use crate::interventions::Interventions;
use crate::{Mode, PumpLink, Resume, Transition, TransitionCause};
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Monotonic, Rpm, Span};

/// A pump that turns faster than this runs; slower ones may be coasting down or turned by backflow.
const RUNNING: Rpm = Rpm(200.0);
/// How long a resumed core waits for the pump's speed once the pump's host is there.
const WAIT_FOR_SPEED: Span = Span::from_secs(2);

impl Core {
    pub(super) fn record(&mut self, cause: TransitionCause, at: Monotonic) {
        let count = self.outputs.transition.count.wrapping_add(1);
        self.outputs.transition = Transition { cause, at, count };
    }

    /// What the journal knows, brought into what is possible now.
    pub(super) fn recall(&mut self, resume: &Resume) {
        self.recall_alarms(&resume.alarms);
        self.outputs.mode = resume.mode;
        if resume.speed.is_finite() {
            // Not raised to the lowest setpoint: a slow pump that was taken over goes on at its speed.
            self.outputs.speed_setpoint = resume.speed.within(Rpm::ZERO, self.settings.speed.maximum);
        }
        if resume.flow.is_finite() {
            self.outputs.flow_setpoint =
                resume.flow.within(LitresPerMinute::ZERO, self.settings.flow.maximum);
        }
        self.outputs.sweep_gas_flow = resume
            .sweep_gas_flow
            .filter(|flow| flow.is_finite())
            .map(|flow| flow.within(GasLitresPerMinute::ZERO, self.settings.sweep_gas_maximum));
        self.estimators = Estimators::new(&self.settings, &resume.estimators);
        self.interventions = Interventions::new(&self.settings, &resume.interventions);
        if resume.supporting {
            let fallback = plausible(resume.speed).unwrap_or(self.outputs.speed_setpoint);
            let drive = Drive::Awaiting { mode: resume.mode, fallback };
            self.phase = Phase::Support(Support { drive, stop: None });
        }
    }

    /// Notices when the pump's host comes or goes.
    pub(super) fn note_link(&mut self, pump: PumpLink, now: Monotonic) {
        match (self.link, pump) {
            (Link::Absent, PumpLink::Present { held, local }) => {
                let held = held.and_then(plausible);
                self.link = Link::Present { held, since: now, by_keys: local };
                match held.filter(|_| local) {
                    Some(held) => self.note_local_control(held, now),
                    None => self.pump_back(now),
                }
            }
            (Link::Present { .. }, PumpLink::Absent) => {
                self.link = Link::Absent;
                self.pump_lost(now);
            }
            // Another connection in place of the one before, within a tick: this core stood still, and keys were pressed meanwhile.
            (Link::Present { by_keys: false, .. }, PumpLink::Present { held, local: true }) => {
                let held = held.and_then(plausible);
                self.link = Link::Present { held, since: now, by_keys: true };
                if let Some(held) = held {
                    self.note_local_control(held, now);
                }
            }
            (Link::Present { held, since, .. }, PumpLink::Present { local, .. }) => {
                self.link = Link::Present { held, since, by_keys: local };
            }
            (Link::Absent, PumpLink::Absent) => {}
        }
    }

    /// Finds out whether the pump runs, as soon as its host is there. What the host last demanded counts more than
    /// a speed: a pump that coasts down after a stop still turns.
    pub(super) fn watch(&mut self, now: Monotonic) {
        let Link::Present { held, .. } = self.link else { return };
        match (held, self.measured_speed()) {
            (Some(held), _) if held > Rpm::ZERO => self.take_over(held, now),
            (Some(_), _) => self.settle(),
            (None, Some(speed)) if speed > RUNNING => self.take_over(speed, now),
            (None, Some(_)) => self.settle(),
            (None, None) => {}
        }
    }

    /// A resumed core meets its pump: it goes on from what the host holds, or the speed the pump has. If the host
    /// is there and nobody knows the speed, from what the journal says.
    pub(super) fn await_pump(&mut self, now: Monotonic) {
        let (
            Phase::Support(Support { drive: Drive::Awaiting { mode, fallback }, .. }),
            Link::Present { held, since, .. },
        ) = (&self.phase, self.link)
        else {
            return;
        };
        let (mode, fallback) = (*mode, *fallback);
        let waited = now.since(since) >= WAIT_FOR_SPEED;
        let known = held.or(self.measured_speed()).or(waited.then_some(fallback));
        if let Some(speed) = known {
            self.take_up(mode, speed, now);
        }
    }

    /// A running pump is found: support goes on in Speed mode, at exactly its speed.
    fn take_over(&mut self, speed: Rpm, now: Monotonic) {
        self.record(TransitionCause::TakenOver, now);
        self.outputs.speed_setpoint = speed;
        self.drive(Mode::Speed, speed);
    }

    /// The pump is seen again after a restart: support goes on as the journal says.
    fn take_up(&mut self, mode: Mode, speed: Rpm, now: Monotonic) {
        self.record(TransitionCause::Resumed, now);
        self.drive(mode, speed);
    }

    /// The pump stands.
    fn settle(&mut self) {
        self.phase = Phase::Standby(Standby::Idle);
    }

    /// An operator starts: from the speed the pump has.
    pub(super) fn start(&mut self, from: Standby, now: Monotonic) {
        self.record(TransitionCause::Started, now);
        let demanded = match from {
            Standby::Watching | Standby::Idle => self.link.held(),
            Standby::Stopped => None,
        };
        let speed = &self.settings.speed;
        self.outputs.speed_setpoint = self.outputs.speed_setpoint.within(speed.minimum, speed.maximum);
        self.drive(self.outputs.mode, self.measured_speed().or(demanded).unwrap_or(Rpm::ZERO));
    }

    /// An operator sets the mode while supporting: the setpoint is what there is, so that nothing moves.
    pub(super) fn change_mode(&mut self, mode: Mode, applied: Rpm, flow: LitresPerMinute, now: Monotonic) {
        self.record(TransitionCause::ModeSet, now);
        // What an intervention has lowered for a while is not what is wanted afterwards.
        let before = self.interventions.undisturbed();
        self.interventions.forget_eased();
        let wanted = before.map_or(applied, |before| before.speed);
        let flow = before.and_then(|before| before.flow).unwrap_or(flow);
        match mode {
            Mode::Speed => self.outputs.speed_setpoint = wanted,
            Mode::Flow => {
                self.outputs.flow_setpoint = flow.within(LitresPerMinute::ZERO, self.settings.flow.maximum);
            }
            Mode::ZeroFlow => {}
        }
        let next = match self.link {
            Link::Absent => Drive::Lost { mode, applied },
            Link::Present { .. } => {
                Drive::Driving { applied, controllers: Controllers::begin(mode, applied, &self.settings) }
            }
        };
        if let Phase::Support(support) = &mut self.phase {
            support.drive = next;
        }
    }

    /// First step of a stop.
    pub(super) fn request_stop(&mut self, now: Monotonic) {
        self.record(TransitionCause::StopRequested, now);
        self.stops = self.stops.wrapping_add(1);
        let request = StopRequest::new(self.stops, now);
        if let Phase::Support(support) = &mut self.phase {
            support.stop = Some(request);
        }
    }

    /// The stop is withdrawn before it began.
    pub(super) fn withdraw_stop(&mut self, now: Monotonic) {
        self.record(TransitionCause::StopCancelled, now);
        if let Phase::Support(support) = &mut self.phase {
            support.stop = None;
        }
    }

    /// Second step of a stop: the speed runs down.
    pub(super) fn confirm_stop(&mut self, applied: Rpm, now: Monotonic) {
        self.record(TransitionCause::StopConfirmed, now);
        self.phase = Phase::Stopping(Stopping { applied });
    }

    /// The stop is withdrawn, or support started again, while the speed runs down: back to mode and setpoint.
    pub(super) fn go_on(&mut self, applied: Rpm, cause: TransitionCause, now: Monotonic) {
        self.record(cause, now);
        let mode = self.outputs.mode;
        match self.link {
            Link::Present { .. } => self.drive(mode, applied),
            Link::Absent => {
                self.phase = Phase::Support(Support { drive: Drive::Lost { mode, applied }, stop: None });
            }
        }
    }

    /// The speed has run down.
    pub(super) fn finish_stop(&mut self, now: Monotonic) {
        self.record(TransitionCause::Stopped, now);
        self.phase = Phase::Standby(Standby::Stopped);
    }

    /// The pump's host is gone: hold the demand. (A stop that runs down waits; so does everything in standby.)
    fn pump_lost(&mut self, now: Monotonic) {
        self.record(TransitionCause::PumpLost, now);
        if let Phase::Support(support) = &mut self.phase
            && let Drive::Driving { applied, controllers } = &support.drive
        {
            support.drive = Drive::Lost { mode: controllers.mode(), applied: *applied };
        }
    }

    /// The pump's host is there: go on from what it holds, which may not be what we demanded last. A new host
    /// holds nothing, and the drive still has our last demand.
    fn pump_back(&mut self, now: Monotonic) {
        self.record(TransitionCause::PumpBack, now);
        let held = self.link.held();
        match &mut self.phase {
            Phase::Support(support) => {
                if let Drive::Lost { mode, applied } = support.drive {
                    let applied = held.unwrap_or(applied);
                    let controllers = Controllers::begin(mode, applied, &self.settings);
                    support.drive = Drive::Driving { applied, controllers };
                }
            }
            Phase::Stopping(stopping) => stopping.applied = held.unwrap_or(stopping.applied),
            Phase::Standby(Standby::Stopped) => {
                // It missed the end of the stop: run down from there, not in one step.
                if let Some(applied) = held.filter(|held| *held > Rpm::ZERO) {
                    self.phase = Phase::Stopping(Stopping { applied });
                }
            }
            // Another host may bring another pump, and that one may run.
            Phase::Standby(Standby::Watching | Standby::Idle) => {
                self.phase = Phase::Standby(Standby::Watching)
            }
        }
    }

    /// Keys at the pump's host changed the speed while this core was away: somebody wanted that speed, and it stays, in
    /// Speed mode. A stop that ran down is over then as well.
    fn note_local_control(&mut self, held: Rpm, now: Monotonic) {
        self.record(TransitionCause::LocalControl, now);
        self.outputs.speed_setpoint = held;
        if held > Rpm::ZERO {
            self.drive(Mode::Speed, held);
        } else {
            self.phase = Phase::Standby(Standby::Idle);
        }
    }

    /// Support by this mode's controllers, from this speed.
    fn drive(&mut self, mode: Mode, applied: Rpm) {
        self.outputs.mode = mode;
        let controllers = Controllers::begin(mode, applied, &self.settings);
        let stop = match &self.phase {
            Phase::Support(support) => support.stop,
            Phase::Standby(_) | Phase::Stopping(_) => None,
        };
        self.phase = Phase::Support(Support { drive: Drive::Driving { applied, controllers }, stop });
    }
}
