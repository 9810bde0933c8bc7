// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether an operator's request is granted: analysis first, then at most one transition.

use super::Core;
use super::phase::{Drive, Link, Phase, Standby};
use crate::signals::usable;
use crate::{Clamp, ClampPosition, Mode, Refusal, Request, Role, State, TransitionCause};
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Monotonic, Quantity, Rpm};

/// What the phase is, for a request: only what decides about it.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Standby(super::phase::Standby),
    /// The pump is not there, after a restart or because its host is lost; the speed held, if known.
    WithoutPump {
        mode: Mode,
        applied: Option<Rpm>,
    },
    Driving {
        mode: Mode,
        applied: Rpm,
    },
    Stopping {
        applied: Rpm,
    },
}

impl Core {
    pub(super) fn decide(&mut self, request: Request, now: Monotonic) -> Result<(), Refusal> {
        match request {
            Request::Start => self.decide_start(now),
            Request::RequestStop => self.decide_request_stop(now),
            Request::ConfirmStop { token } => self.decide_confirm_stop(token, now),
            Request::CancelStop => self.decide_cancel_stop(now),
            Request::SetMode(mode) => self.decide_mode(mode, now),
            Request::SetSpeed(speed) => self.decide_speed(speed),
            Request::SetFlow(flow) => self.decide_flow(flow),
            Request::SetSweepGasFlow(flow) => self.decide_sweep_gas(flow),
            Request::SetClamp { clamp, position } => self.decide_clamp(clamp, position, now),
            Request::Zero { signal } => self.decide_zero(signal, now),
            Request::Acknowledge(alarm) => self.alarms.acknowledge(alarm),
            Request::PauseAudio(on) => {
                self.alarms.pause(on, &self.settings.alarms, now);
                Ok(())
            }
            Request::AlarmOff { kind, off } => self.alarms.switch_off(kind, off),
            Request::ResetAlarm(alarm) => self.alarms.reset(alarm),
            Request::SetLimit { limit, value } => self.decide_limit(limit, value),
            Request::ApplyPreset(class) => {
                self.decide_preset(class);
                Ok(())
            }
            Request::Override { intervention, on } => {
                self.interventions.overrule(intervention, on, &self.settings, now);
                Ok(())
            }
            Request::SetTransport(on) => {
                self.outputs.alarms.transport = on;
                Ok(())
            }
            Request::Adopt(case) => self.decide_adopt(&case),
        }
    }

    fn decide_start(&mut self, now: Monotonic) -> Result<(), Refusal> {
        match self.stage() {
            Stage::Standby(_) if self.link == Link::Absent => Err(Refusal::PumpAbsent),
            // A new case. Whoever stopped the pump may start it again.
            Stage::Standby(Standby::Watching | Standby::Idle) if self.is_unfit => {
                Err(Refusal::SelfTestFailed)
            }
            Stage::Standby(standby) => {
                self.flow_for(self.outputs.mode)?;
                self.start(standby, now);
                Ok(())
            }
            Stage::Stopping { applied } => {
                self.go_on(applied, TransitionCause::Started, now);
                Ok(())
            }
            Stage::WithoutPump { .. } | Stage::Driving { .. } => Err(self.not_now()),
        }
    }

    fn decide_request_stop(&mut self, now: Monotonic) -> Result<(), Refusal> {
        match self.stage() {
            Stage::Driving { .. } => {
                self.request_stop(now);
                Ok(())
            }
            Stage::WithoutPump { .. } => Err(Refusal::PumpAbsent),
            Stage::Standby(_) | Stage::Stopping { .. } => Err(self.not_now()),
        }
    }

    fn decide_confirm_stop(&mut self, token: u32, now: Monotonic) -> Result<(), Refusal> {
        let pending = match &self.phase {
            Phase::Support(support) => support.stop.ok_or(Refusal::NoStopRequested)?,
            Phase::Standby(_) => return Err(Refusal::NoStopRequested),
            Phase::Stopping(_) => return Err(self.not_now()),
        };
        if pending.token != token {
            return Err(Refusal::WrongToken);
        }
        if !pending.counts(now) {
            return Err(Refusal::StopExpired);
        }
        match self.stage() {
            Stage::Driving { applied, .. } => {
                self.confirm_stop(applied, now);
                Ok(())
            }
            Stage::WithoutPump { .. } | Stage::Standby(_) | Stage::Stopping { .. } => {
                Err(Refusal::PumpAbsent)
            }
        }
    }

    fn decide_cancel_stop(&mut self, now: Monotonic) -> Result<(), Refusal> {
        match &self.phase {
            Phase::Standby(_) => Err(Refusal::NoStopRequested),
            Phase::Support(support) if support.stop.is_some_and(|stop| stop.counts(now)) => {
                self.withdraw_stop(now);
                Ok(())
            }
            Phase::Support(_) => Err(Refusal::NoStopRequested),
            Phase::Stopping(stopping) => {
                self.go_on(stopping.applied, TransitionCause::StopCancelled, now);
                Ok(())
            }
        }
    }

    fn decide_mode(&mut self, mode: Mode, now: Monotonic) -> Result<(), Refusal> {
        match self.stage() {
            Stage::Standby(_) => {
                self.outputs.mode = mode;
                Ok(())
            }
            Stage::Driving { mode: same, .. } | Stage::WithoutPump { mode: same, .. } if same == mode => {
                Ok(())
            }
            Stage::Driving { applied, .. } | Stage::WithoutPump { applied: Some(applied), .. } => {
                let flow = self.flow_for(mode)?;
                self.change_mode(mode, applied, flow, now);
                Ok(())
            }
            Stage::WithoutPump { applied: None, .. } => Err(Refusal::PumpAbsent),
            Stage::Stopping { .. } => Err(self.not_now()),
        }
    }

    fn decide_speed(&mut self, speed: Rpm) -> Result<(), Refusal> {
        let limits = &self.settings.speed;
        in_range(speed.value(), Quantity::Speed, limits.minimum.value(), limits.maximum.value())?;
        self.require_setpoint_of(Mode::Speed)?;
        self.outputs.speed_setpoint = speed;
        Ok(())
    }

    fn decide_flow(&mut self, flow: LitresPerMinute) -> Result<(), Refusal> {
        in_range(flow.value(), Quantity::BloodFlow, 0.0, self.settings.flow.maximum.value())?;
        self.require_setpoint_of(Mode::Flow)?;
        self.outputs.flow_setpoint = flow;
        Ok(())
    }

    fn decide_sweep_gas(&mut self, flow: GasLitresPerMinute) -> Result<(), Refusal> {
        in_range(flow.value(), Quantity::GasFlow, 0.0, self.settings.sweep_gas_maximum.value())?;
        self.outputs.sweep_gas_flow = Some(flow);
        Ok(())
    }

    /// Clamps are the operator's alone: no state forbids one.
    const fn decide_clamp(
        &mut self,
        clamp: Clamp,
        position: ClampPosition,
        now: Monotonic,
    ) -> Result<(), Refusal> {
        if !self.clamps.has(clamp) {
            return Err(Refusal::ClampAbsent(clamp));
        }
        self.outputs.clamps.set(clamp, position, now);
        Ok(())
    }

    fn decide_zero(&mut self, signal: u16, now: Monotonic) -> Result<(), Refusal> {
        let settings = self.settings.signals.get(usize::from(signal)).and_then(Option::as_ref);
        let quantity = settings.ok_or(Refusal::NoSuchSignal)?.quantity;
        if quantity != Quantity::Pressure {
            return Err(Refusal::NotAPressure(quantity));
        }
        if self.outputs.zeroing.running.is_some() {
            return Err(Refusal::ZeroingRuns);
        }
        self.begin_zero(signal, now);
        Ok(())
    }

    /// A setpoint may be chosen in standby, or in the mode that uses it; elsewhere it would be overwritten unseen.
    fn require_setpoint_of(&self, wanted: Mode) -> Result<(), Refusal> {
        match self.stage() {
            Stage::Standby(_) => Ok(()),
            Stage::Driving { mode, .. } | Stage::WithoutPump { mode, .. } if mode == wanted => Ok(()),
            Stage::Driving { mode, .. } | Stage::WithoutPump { mode, .. } => {
                Err(Refusal::NotInThisMode(mode))
            }
            Stage::Stopping { .. } => Err(self.not_now()),
        }
    }

    /// The flow there is, which the modes that control it need; zero for Speed mode, which does not.
    fn flow_for(&self, mode: Mode) -> Result<LitresPerMinute, Refusal> {
        match mode {
            Mode::Speed => Ok(LitresPerMinute::ZERO),
            Mode::Flow | Mode::ZeroFlow => {
                usable(&self.reading(Role::BloodFlow)).map(LitresPerMinute).map_err(Refusal::FlowSignalBad)
            }
        }
    }

    fn stage(&self) -> Stage {
        match &self.phase {
            Phase::Standby(standby) => Stage::Standby(*standby),
            Phase::Stopping(stopping) => Stage::Stopping { applied: stopping.applied },
            Phase::Support(support) => match &support.drive {
                Drive::Driving { applied, controllers } => {
                    Stage::Driving { mode: controllers.mode(), applied: *applied }
                }
                Drive::Awaiting { mode, .. } => Stage::WithoutPump { mode: *mode, applied: None },
                Drive::Lost { mode, applied } => Stage::WithoutPump { mode: *mode, applied: Some(*applied) },
            },
        }
    }

    pub(super) fn not_now(&self) -> Refusal {
        Refusal::NotInThisState(match &self.phase {
            Phase::Standby(_) => State::Standby,
            Phase::Support(support) => State::Support(support.drive.mode()),
            Phase::Stopping(_) => State::Support(self.outputs.mode),
        })
    }
}

pub(super) fn in_range(value: f64, quantity: Quantity, minimum: f64, maximum: f64) -> Result<(), Refusal> {
    if !value.is_finite() {
        Err(Refusal::NotFinite)
    } else if (minimum..=maximum).contains(&value) {
        Ok(())
    } else {
        Err(Refusal::OutOfRange { quantity, minimum, maximum })
    }
}
