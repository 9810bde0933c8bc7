// SPDX-License-Identifier: MIT OR Apache-2.0
//! From setpoints and readings to the next applied speed: the mode's controller, the interventions over it, the slew.
//!
//! ```text
//!  mode controller --target--> lowest wins <--ceilings-- interventions (at least the floor)
//!                                   |
//!                             highest wins <--what is raised-- intervention against backflow
//!                                   |
//!                              slew, rate of intervention
//!                                   |
//!  all controllers <---tracking-- applied
//! ```
//!
//! Every controller computes its output *from the applied speed* (incremental form), so nothing winds up, whoever
//! is in charge, and every change of hands is bumpless.

mod flow;
mod given;
mod pace;
mod suction;

pub(crate) use flow::FlowController;

use crate::interventions::{Interventions, Surroundings};
use crate::{ActiveLimit, Mode, Settings};
use ecmod_quantities::{LitresPerMinute, Monotonic, Reading, Rpm, Seconds, Span};
use flow::Condition;

/// The longest step that one tick makes, however late it comes: a gap must not become a jump.
pub(crate) const LONGEST_STEP: Span = Span::from_millis(100);

/// What the controllers see of one tick.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) speed_setpoint: Rpm,
    pub(crate) flow_setpoint: LitresPerMinute,
    pub(crate) flow: Reading,
    /// The vein chatters on the cannula: no flow controller raises the speed.
    pub(crate) chatters: bool,
    /// A pressure is past its limit and its intervention is over: no flow controller goes on against it.
    pub(crate) pressed: Option<ActiveLimit>,
    /// Nobody answers on the drive's line.
    pub(crate) drive_silent: bool,
    /// What the speed was before an intervention lowered it, if one does: what is held when the flow is lost now.
    pub(crate) undisturbed: Option<Rpm>,
    /// The same, and after that what is not given back yet of it: how far the flow controller goes up whether it gains flow or not.
    pub(crate) owed: Option<Rpm>,
    pub(crate) now: Monotonic,
    pub(crate) elapsed: Seconds,
}

/// What the controllers decide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) applied: Rpm,
    pub(crate) limit: ActiveLimit,
    pub(crate) flow_event: Option<FlowEvent>,
}

/// A change of the flow controller that is worth recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowEvent {
    Lost,
    Back,
}

/// The controller of a mode.
#[derive(Debug, Clone)]
pub(crate) struct Controllers {
    mode: ModeController,
}

#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // there is no heap to put the flow controller on, and only one of these exists
enum ModeController {
    Speed,
    Flow(FlowController),
    ZeroFlow(FlowController),
}

impl Controllers {
    /// Controllers that go on from this speed.
    pub(crate) fn begin(mode: Mode, applied: Rpm, settings: &Settings) -> Self {
        let floor = floor(settings);
        Self {
            mode: match mode {
                Mode::Speed => ModeController::Speed,
                Mode::Flow => ModeController::Flow(FlowController::begin(applied, floor, floor)),
                Mode::ZeroFlow => {
                    ModeController::ZeroFlow(FlowController::begin(applied, settings.speed.minimum, floor))
                }
            },
        }
    }

    pub(crate) const fn mode(&self) -> Mode {
        match self.mode {
            ModeController::Speed => Mode::Speed,
            ModeController::Flow(_) => Mode::Flow,
            ModeController::ZeroFlow(_) => Mode::ZeroFlow,
        }
    }

    /// The next applied speed.
    pub(crate) fn step(
        &mut self,
        applied: Rpm,
        situation: &Situation<'_>,
        interventions: &mut Interventions,
        around: &Surroundings<'_>,
    ) -> Step {
        let (target, condition, flow_event) = self.mode.target(applied, situation);
        let bounds = interventions.step(applied, target, situation, around);
        let slew = slew_step(situation.settings, situation.elapsed);
        Step {
            applied: bounds.apply(applied, target, slew, situation.elapsed),
            limit: bounds.limit.unwrap_or(match condition {
                Condition::Free => ActiveLimit::None,
                Condition::AtMaximum => ActiveLimit::MaximumSpeed,
                Condition::AtFloor => ActiveLimit::Floor,
                Condition::Suction => ActiveLimit::Suction,
                Condition::Pressed(limit) => limit,
                Condition::Lost => ActiveLimit::FlowLost,
                Condition::DriveSilent => ActiveLimit::PumpLost,
            }),
            flow_event,
        }
    }
}

impl ModeController {
    fn target(&mut self, applied: Rpm, situation: &Situation<'_>) -> (Rpm, Condition, Option<FlowEvent>) {
        let (controller, goal) = match self {
            // Requests are checked against the limits; a speed that was taken over counts as it is.
            Self::Speed => return (situation.speed_setpoint, Condition::Free, None),
            Self::Flow(controller) => (controller, situation.flow_setpoint),
            Self::ZeroFlow(controller) => (controller, LitresPerMinute::ZERO),
        };
        controller.step(goal, applied, situation)
    }
}

/// The speed of the settings that neither a pressure limit nor a flow setpoint undercuts.
pub(crate) fn floor(settings: &Settings) -> Rpm {
    settings.limits.floor.max(settings.speed.minimum)
}

/// From `from` towards `to` by at most `step`.
pub(crate) fn approach(from: Rpm, to: Rpm, step: Rpm) -> Rpm {
    to.within(from - step, from + step)
}

/// How far the speed may move by slew in the time that passed.
pub(crate) fn slew_step(settings: &Settings, elapsed: Seconds) -> Rpm {
    settings.speed.slew * elapsed.value()
}
