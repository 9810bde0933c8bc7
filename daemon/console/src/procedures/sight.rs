// SPDX-License-Identifier: MIT OR Apache-2.0
//! What procedures see of the console: the readings that their checks go by, and what to aim at by hand.

use ecmod_control::{AlarmPhase, Outputs, Priority, Role, State};
use ecmod_procedures::{Aim, ClampSeen, Sight};
use ecmod_quantities::{Fraction, GasLitresPerMinute, LitresPerMinute, Quantity, Rpm};

use crate::journal::zeros::Zeros;
use crate::plan::Plan;

/// A zero that was taken longer ago is not that of this case, in seconds.
const ZERO_COUNTS: u64 = 24 * 3600;
/// Less flow than this is nothing to aim at.
const NO_FLOW: LitresPerMinute = LitresPerMinute(0.2);

/// What is seen of the readings. What is uncertain is not seen: a person has to say it.
#[must_use]
pub fn sight(plan: &Plan, outputs: &Outputs) -> Sight {
    let of = |role: Role| good(plan, outputs, role);
    Sight {
        flow: of(Role::BloodFlow).map(LitresPerMinute),
        speed: of(Role::PumpSpeed).map(Rpm),
        sweep_gas: of(Role::SweepGasFlow).map(GasLitresPerMinute),
        return_clamp: of(Role::ReturnClampPosition).map(clamp),
        drainage_clamp: of(Role::DrainageClampPosition).map(clamp),
        battery: of(Role::BatteryCharge).map(Fraction),
        mains: of(Role::Mains).map(|state| state >= 0.5),
        transport: Some(outputs.alarms.transport),
        high_alarm: Some(has_high_alarm(outputs)),
        self_test: None,
        zeroed: None,
    }
}

/// Whether every pressure was zeroed within a day; `None` without pressures.
#[must_use]
pub fn zeroed(plan: &Plan, zeros: &Zeros, wall_seconds: u64) -> Option<bool> {
    let mut pressures = plan.sources.iter().filter(|source| source.quantity == Quantity::Pressure).peekable();
    pressures.peek()?;
    let counts = |taken: u64| wall_seconds.saturating_sub(taken) <= ZERO_COUNTS;
    Some(
        pressures.all(|source| zeros.of(&source.endpoint.to_string()).is_some_and(|zero| counts(zero.taken))),
    )
}

/// Speed and flow as they were in support, before any alarm of high priority.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before {
    speed: Option<Rpm>,
    flow: Option<LitresPerMinute>,
}

impl Before {
    /// Looks once more, while there is no trouble.
    pub fn look(&mut self, plan: &Plan, outputs: &Outputs) {
        let is_supporting = matches!(outputs.state, State::Support(_));
        if !is_supporting || has_high_alarm(outputs) {
            return;
        }
        self.speed = outputs.pump_speed.or(self.speed);
        let flow = good(plan, outputs, Role::BloodFlow).map(LitresPerMinute);
        self.flow = flow.filter(|flow| *flow >= NO_FLOW).or(self.flow);
    }

    /// What to aim at; before there was anything, what is set.
    #[must_use]
    pub fn aim(&self, outputs: &Outputs) -> Aim {
        let (speed, flow) = (outputs.speed_setpoint, outputs.flow_setpoint);
        Aim {
            speed: self.speed.or((speed > Rpm::ZERO).then_some(speed)),
            flow: self.flow.or((flow > LitresPerMinute::ZERO).then_some(flow)),
            class: outputs.class.name(),
        }
    }
}

fn has_high_alarm(outputs: &Outputs) -> bool {
    outputs
        .alarms
        .iter()
        .any(|status| status.priority == Priority::High && status.phase == AlarmPhase::Active)
}

fn good(plan: &Plan, outputs: &Outputs, role: Role) -> Option<f64> {
    let mut signals = plan.settings.signals.iter();
    let index = signals.position(|signal| signal.as_ref().is_some_and(|signal| signal.role == role))?;
    outputs.readings.get(index)?.good_value()
}

/// By the code of a position switch.
fn clamp(code: f64) -> ClampSeen {
    if code.abs() < 0.25 {
        ClampSeen::Open
    } else if (code - 1.0).abs() < 0.25 {
        ClampSeen::Closed
    } else {
        ClampSeen::Between
    }
}
