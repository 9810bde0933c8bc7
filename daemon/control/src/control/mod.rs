// SPDX-License-Identifier: MIT OR Apache-2.0
//! From setpoints and readings to the next applied speed: the mode's controller, the limiters over it, the slew.
//!
//! ```text
//!  mode controller --target--> lowest wins <--ceilings-- override controllers (raised to the floor)
//!                                   |
//!                              slew, rate of intervention
//!                                   |
//!  all controllers <---tracking-- applied
//! ```
//!
//! Every controller computes its output *from the applied speed* (incremental form), so nothing winds up, whoever
//! is in charge, and every change of hands is bumpless. What else may lower the speed one day (interventions)
//! enters as one more ceiling beside the limiters, above the same floor.

mod estimate;
mod flow;
mod limiter;
mod suction;

pub(crate) use estimate::estimate_flow;

use crate::{ActiveLimit, LimitKind, LimiterStatus, Limiters, Limits, Mode, PumpPreset, Settings};
use ecmod_quantities::{LitresPerMinute, MmHg, Monotonic, Reading, Rpm, Seconds, Span};
use flow::{Condition, FlowController};
use limiter::{Limiter, Side};

/// How fast a limiter may lower the speed, as part of the speed per second: 10 %/s.
const INTERVENTION_RATE: f64 = 0.1;
/// The longest step that one tick makes, however late it comes: a gap must not become a jump.
pub(crate) const LONGEST_STEP: Span = Span::from_millis(100);

/// What the controllers see of one tick.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) limits: &'a Limits,
    pub(crate) speed_setpoint: Rpm,
    pub(crate) flow_setpoint: LitresPerMinute,
    pub(crate) flow: Reading,
    /// The pressures; `None` where the console has no such signal.
    pub(crate) venous: Option<Reading>,
    pub(crate) pre_membrane: Option<Reading>,
    pub(crate) arterial: Option<Reading>,
    pub(crate) now: Monotonic,
    pub(crate) elapsed: Seconds,
}

/// What the controllers decide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) applied: Rpm,
    pub(crate) limit: ActiveLimit,
    pub(crate) limiters: Limiters,
    pub(crate) flow_event: Option<FlowEvent>,
}

/// A change of the flow controller that is worth recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowEvent {
    Lost,
    Back,
}

/// The controller of a mode, with the limiters over it.
#[derive(Debug, Clone)]
pub(crate) struct Controllers {
    mode: ModeController,
    venous: Limiter,
    pre_membrane: Limiter,
    arterial: Limiter,
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
        let scale = relative_sensitivity(settings);
        Self {
            mode: match mode {
                Mode::Speed => ModeController::Speed,
                Mode::Flow => ModeController::Flow(FlowController::begin(applied, floor, floor)),
                Mode::ZeroFlow => {
                    ModeController::ZeroFlow(FlowController::begin(applied, settings.speed.minimum, floor))
                }
            },
            venous: Limiter::new(Side::Low, limiter::VENOUS_GAIN / scale),
            pre_membrane: Limiter::new(Side::High, limiter::RETURN_GAIN / scale),
            arterial: Limiter::new(Side::High, limiter::RETURN_GAIN / scale),
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
    pub(crate) fn step(&mut self, applied: Rpm, situation: &Situation<'_>) -> Step {
        let (target, condition, flow_event) = self.mode.target(applied, situation);
        let floor = floor(situation.settings);
        let pressure = |kind| situation.limits.get(kind).map(MmHg);
        let follow = |limiter: &mut Limiter, limit: Option<MmHg>, reading: Option<&Reading>| {
            limiter.follow(limit, reading, applied).map(|ceiling| ceiling.max(floor))
        };
        let ceilings = [
            follow(&mut self.venous, pressure(LimitKind::VenousPressureLow), situation.venous.as_ref()),
            follow(
                &mut self.pre_membrane,
                pressure(LimitKind::PreMembranePressureHigh),
                situation.pre_membrane.as_ref(),
            ),
            follow(&mut self.arterial, pressure(LimitKind::ArterialPressureHigh), situation.arterial.as_ref()),
        ];
        let ceiling = ceilings.into_iter().flatten().fold(Rpm(f64::INFINITY), Rpm::min);
        let status = |limiter: &mut Limiter, own: Option<Rpm>| {
            let binds = own.is_some_and(|own| own <= ceiling && own + limiter::NOTICEABLE < target);
            limiter.report(binds, own.is_some_and(|own| own <= floor), situation.now)
        };
        let [venous, pre_membrane, arterial] = ceilings;
        let limiters = Limiters {
            venous: status(&mut self.venous, venous),
            pre_membrane: status(&mut self.pre_membrane, pre_membrane),
            arterial: status(&mut self.arterial, arterial),
        };
        Step {
            applied: slewed(applied, target, ceiling, situation),
            limit: active_limit(&limiters, condition),
            limiters,
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

/// The pump's sensitivity relative to the one that the limiters' gains are stated for.
fn relative_sensitivity(settings: &Settings) -> f64 {
    settings.preset.nominal_sensitivity() / PumpPreset::RotaflowLike.nominal_sensitivity()
}

/// The speed that neither a limiter nor a flow setpoint undercuts.
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

/// The lowest demand, reached no faster than the slew allows, and no faster than an intervention may go.
fn slewed(applied: Rpm, target: Rpm, ceiling: Rpm, situation: &Situation<'_>) -> Rpm {
    let step = slew_step(situation.settings, situation.elapsed);
    if ceiling >= target {
        return approach(applied, target, step);
    }
    let intervention = applied.abs() * (INTERVENTION_RATE * situation.elapsed.value());
    let limited = ceiling.within(applied - intervention.min(step), applied + step);
    // An operator who lowers the setpoint meanwhile gets there by the slew, not by the limiter's slower rate.
    if target < applied { limited.min(approach(applied, target, step)) } else { limited }
}

fn active_limit(limiters: &Limiters, condition: Condition) -> ActiveLimit {
    let acts = |status| matches!(status, LimiterStatus::Limiting | LimiterStatus::AtFloor);
    if acts(limiters.venous) {
        return ActiveLimit::VenousPressureLow;
    }
    if acts(limiters.pre_membrane) {
        return ActiveLimit::PreMembranePressureHigh;
    }
    if acts(limiters.arterial) {
        return ActiveLimit::ArterialPressureHigh;
    }
    match condition {
        Condition::Free => ActiveLimit::None,
        Condition::AtMaximum => ActiveLimit::MaximumSpeed,
        Condition::AtFloor => ActiveLimit::Floor,
        Condition::Suction => ActiveLimit::Suction,
        Condition::Lost => ActiveLimit::FlowLost,
    }
}
