// SPDX-License-Identifier: MIT OR Apache-2.0
//! The centrifugal pump: head curve of the pump head, lag of the motor.
//!
//! The curves are engineering fits (domain physics 4.1 `[C]`), to be replaced by bench data; the affinity law behind
//! them (head grows with the square of speed) is what published simulators use `[S27]`.

use ecmod_quantities::{LitresPerMinute, MmHg, Rpm};
use serde::{Deserialize, Serialize};

/// Which pump head is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PumpPreset {
    /// Rotaflow and HLS class: 350 mmHg at 5 L/min and about 3750 rpm.
    #[default]
    RotaflowLike,
    /// CentriMag class: 711 mmHg shut off at 5500 rpm.
    CentrimagLike,
    /// DP3 class, small and fast: 630 mmHg shut off at 10 000 rpm.
    Dp3Like,
}

impl PumpPreset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::RotaflowLike, Self::CentrimagLike, Self::Dp3Like];

    /// The name in configuration and scenario files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RotaflowLike => "rotaflow_like",
            Self::CentrimagLike => "centrimag_like",
            Self::Dp3Like => "dp3_like",
        }
    }

    /// The preset of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The fastest the pump may turn.
    #[must_use]
    pub const fn maximum_speed(self) -> Rpm {
        match self {
            Self::RotaflowLike => Rpm(5000.0),
            Self::CentrimagLike => Rpm(5500.0),
            Self::Dp3Like => Rpm(10_000.0),
        }
    }

    /// Its head curve.
    #[must_use]
    pub const fn curve(self) -> HeadCurve {
        let (a, b, c) = match self {
            Self::RotaflowLike => (31.0e-6, 5.0, 2.4),
            Self::CentrimagLike => (23.5e-6, 3.0, 1.8),
            Self::Dp3Like => (6.3e-6, 10.0, 2.0),
        };
        HeadCurve { a, b, c }
    }
}

/// What is pumped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blood {
    /// Dynamic viscosity in mPa.s; the curves hold at 3.0.
    pub viscosity: f64,
    /// Density in kg/L; the curves hold at 1.05.
    pub density: f64,
}

impl Default for Blood {
    fn default() -> Self {
        Self { viscosity: 3.0, density: 1.05 }
    }
}

impl Blood {
    /// Blood of this haematocrit (0.0 to 0.6) at 37 degC: `mu = 1.25 exp(2.31 Hct)` mPa.s `[K]`.
    #[must_use]
    pub fn of_haematocrit(haematocrit: f64) -> Self {
        Self { viscosity: 1.25 * (2.31 * haematocrit).exp(), ..Self::default() }
    }
}

/// `H = (a N^2 - b Q - c Q |Q|)`, head in mmHg, N in rpm, Q in L/min.
///
/// `b` grows with viscosity, the whole with density. At reverse flow the loss terms change sign with Q; the
/// stagnation head `a N^2` stays, so that at standstill only the passive loss `-(b Q + c Q |Q|)` is left, and the head
/// is continuous through Q = 0, where the zero-flow mode has to regulate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadCurve {
    a: f64,
    b: f64,
    c: f64,
}

impl HeadCurve {
    /// Pressure gained from inlet to outlet.
    #[must_use]
    pub fn head(&self, speed: Rpm, flow: LitresPerMinute, blood: Blood) -> MmHg {
        let (n, q) = (speed.value(), flow.value());
        let b = self.b * blood.viscosity / 3.0;
        MmHg((self.a * n * n - b * q - self.c * q * q.abs()) * blood.density / 1.05)
    }

    /// How head changes with flow, in mmHg per L/min: never positive.
    pub(super) fn slope(&self, flow: LitresPerMinute, blood: Blood) -> f64 {
        let b = self.b * blood.viscosity / 3.0;
        -(b + 2.0 * self.c * flow.value().abs()) * blood.density / 1.05
    }
}

/// What the drive does with the motor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MotorDemand {
    /// Turn at this speed.
    Run(Rpm),
    /// No current: the rotor runs down by itself.
    Coast,
}

/// The motor with its speed loop: first-order lag of the loop (0.1 to 0.2 s, domain physics 4.5 `[C]`).
#[derive(Debug, Clone, PartialEq)]
pub struct Motor {
    speed: f64,
}

impl Motor {
    /// Time constant of the speed loop.
    pub const LAG_S: f64 = 0.12;
    /// Time constant of running down without current `[C]`.
    pub const COAST_S: f64 = 1.2;

    /// Standing still.
    #[must_use]
    pub const fn new() -> Self {
        Self { speed: 0.0 }
    }

    /// Turns for `dt_s` seconds.
    pub fn step(&mut self, dt_s: f64, demand: MotorDemand) {
        let (target, lag) = match demand {
            MotorDemand::Run(speed) => (speed.value().max(0.0), Self::LAG_S),
            MotorDemand::Coast => (0.0, Self::COAST_S),
        };
        self.speed += (target - self.speed) * (dt_s / (lag + dt_s));
    }

    /// The mean speed now, without ripple.
    #[must_use]
    pub const fn speed(&self) -> Rpm {
        Rpm(self.speed)
    }

    /// Set at once (for starting a test at an operating point).
    pub const fn spin(&mut self, speed: Rpm) {
        self.speed = speed.value();
    }
}

impl Default for Motor {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotaflow_like_head_meets_its_design_points() {
        let curve = PumpPreset::RotaflowLike.curve();
        let blood = Blood::default();
        assert!((curve.head(Rpm(4000.0), LitresPerMinute(0.0), blood).value() - 496.0).abs() < 0.5);
        assert!((curve.head(Rpm(3750.0), LitresPerMinute(5.0), blood).value() - 350.0).abs() < 2.0);
    }

    #[test]
    fn a_standing_pump_only_resists_reverse_flow() {
        let head = PumpPreset::Dp3Like.curve().head(Rpm(0.0), LitresPerMinute(-2.0), Blood::default());
        assert!((head.value() - (10.0 * 2.0 + 2.0 * 4.0)).abs() < 1e-9);
    }

    #[test]
    fn thicker_blood_costs_head_and_denser_blood_gives_it() {
        let curve = PumpPreset::RotaflowLike.curve();
        let at = |blood| curve.head(Rpm(3000.0), LitresPerMinute(4.0), blood).value();
        let thick = Blood { viscosity: 4.5, ..Blood::default() };
        assert!((at(Blood::default()) - at(thick) - 0.5 * 5.0 * 4.0).abs() < 1e-9);
        let dense = Blood { density: 1.155, ..Blood::default() };
        assert!((at(dense) / at(Blood::default()) - 1.1).abs() < 1e-9);
        assert!((Blood::of_haematocrit(0.40).viscosity - 3.15).abs() < 0.02);
    }

    #[test]
    fn motor_reaches_63_percent_within_its_lag() {
        let mut motor = Motor::new();
        for _ in 0..120 {
            motor.step(0.001, MotorDemand::Run(Rpm(1000.0)));
        }
        assert!((motor.speed().value() - 632.0).abs() < 5.0, "{}", motor.speed());
    }
}
