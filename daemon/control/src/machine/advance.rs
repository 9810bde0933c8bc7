// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the phase goes on by the time that passed: controllers and interventions where the pump is driven, a ramp where a
//! stop runs down, and waiting where the pump is not there.

use super::Core;
use super::phase::{Drive, Link, Phase, Standby};
use crate::control::{self, FlowEvent, Situation, Step};
use crate::estimators::{Estimators, View};
use crate::interventions::{Interventions, Surroundings};
use crate::signals::Pipeline;
use crate::{
    ActiveLimit, Inhibit, InterventionKind, InterventionState, Outputs, Role, Settings, TransitionCause,
};
use ecmod_quantities::{Monotonic, Rpm, Seconds};

impl Core {
    /// Lets the phase go on by the time that passed.
    pub(super) fn advance(&mut self, elapsed: Seconds, now: Monotonic) {
        self.outputs.active_limit = ActiveLimit::None;
        let world = World {
            settings: &self.settings,
            pipeline: &self.pipeline,
            outputs: &self.outputs,
            estimators: &self.estimators,
            undisturbed: self.interventions.undisturbed().map(|before| before.speed),
            owed: self.interventions.owed(),
            drive_silent: self.line.is_silent(),
            elapsed,
            now,
        };
        match &mut self.phase {
            Phase::Standby(standby) => {
                self.interventions.stand_down(&self.settings, now);
                match standby {
                    Standby::Watching => self.watch(now),
                    Standby::Idle | Standby::Stopped => {}
                }
            }
            Phase::Support(support) => match &mut support.drive {
                Drive::Awaiting { fallback, .. } => {
                    world.wait(*fallback, &mut self.interventions);
                    self.outputs.active_limit = ActiveLimit::PumpLost;
                    self.await_pump(now);
                }
                Drive::Lost { applied, .. } => {
                    world.wait(*applied, &mut self.interventions);
                    self.outputs.active_limit = ActiveLimit::PumpLost;
                }
                Drive::Driving { applied, controllers } => {
                    let (situation, around) = (world.situation(), world.surroundings(None));
                    let step = controllers.step(*applied, &situation, &mut self.interventions, &around);
                    *applied = step.applied;
                    self.note_step(&step, now);
                }
            },
            Phase::Stopping(stopping) => {
                self.interventions.stand_down(&self.settings, now);
                match self.link {
                    Link::Absent => self.outputs.active_limit = ActiveLimit::PumpLost,
                    Link::Present { .. } => {
                        let step = control::slew_step(&self.settings, elapsed);
                        stopping.applied = control::approach(stopping.applied, Rpm::ZERO, step);
                        if stopping.applied <= Rpm::ZERO {
                            self.finish_stop(now);
                        }
                    }
                }
            }
        }
    }

    fn note_step(&mut self, step: &Step, now: Monotonic) {
        self.outputs.active_limit = step.limit;
        match step.flow_event {
            Some(FlowEvent::Lost) => self.record(TransitionCause::FlowLost, now),
            Some(FlowEvent::Back) => self.record(TransitionCause::FlowBack, now),
            None => {}
        }
    }
}

/// Everything of the core that is only looked at while the phase goes on.
struct World<'a> {
    settings: &'a Settings,
    pipeline: &'a Pipeline,
    outputs: &'a Outputs,
    estimators: &'a Estimators,
    undisturbed: Option<Rpm>,
    owed: Option<Rpm>,
    drive_silent: bool,
    elapsed: Seconds,
    now: Monotonic,
}

impl<'a> World<'a> {
    fn situation(&self) -> Situation<'a> {
        let suction = self.outputs.intervention(InterventionKind::Suction);
        Situation {
            settings: self.settings,
            speed_setpoint: self.outputs.speed_setpoint,
            flow_setpoint: self.outputs.flow_setpoint,
            flow: self.pipeline.reading(Role::BloodFlow, &self.outputs.readings),
            chatters: suction.present() && !suction.corroboration.is_empty(),
            pressed: self.pressed(),
            drive_silent: self.drive_silent,
            undisturbed: self.undisturbed,
            owed: self.owed,
            now: self.now,
            elapsed: self.elapsed,
        }
    }

    /// The pressure that is past its limit although its intervention has had its time.
    fn pressed(&self) -> Option<ActiveLimit> {
        [
            (InterventionKind::VenousPressureLow, ActiveLimit::VenousPressureLow),
            (InterventionKind::PreMembranePressureHigh, ActiveLimit::PreMembranePressureHigh),
            (InterventionKind::ArterialPressureHigh, ActiveLimit::ArterialPressureHigh),
        ]
        .into_iter()
        .find(|(kind, _)| {
            let status = self.outputs.intervention(*kind);
            let over = matches!(status.state, InterventionState::Returning | InterventionState::Expired);
            over && status.present()
        })
        .map(|(_, limit)| limit)
    }

    fn surroundings(&self, follows: Option<Inhibit>) -> Surroundings<'a> {
        Surroundings {
            view: view(self.pipeline, self.outputs),
            estimators: self.estimators,
            estimates: &self.outputs.estimates,
            limits: &self.outputs.limits,
            clamps: self.outputs.clamps,
            sweep_gas: self.outputs.sweep_gas_flow,
            floor: self.outputs.estimates.floor,
            follows,
        }
    }

    /// The pump is not there: nothing begins, and what runs comes to its end.
    fn wait(&self, applied: Rpm, interventions: &mut Interventions) {
        let around = self.surroundings(Some(Inhibit::PumpLost));
        interventions.step(applied, applied, &self.situation(), &around);
    }
}

/// What was read in this tick, by role.
pub(super) const fn view<'a>(pipeline: &'a Pipeline, outputs: &'a Outputs) -> View<'a> {
    View {
        now: outputs.now,
        pipeline,
        readings: &outputs.readings,
        flow_estimate: outputs.flow_estimate,
        demand: outputs.pump_speed,
    }
}
