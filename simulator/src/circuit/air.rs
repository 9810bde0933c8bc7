// SPDX-License-Identifier: MIT OR Apache-2.0
//! Air in the circuit: what it does to the pump's head and to the flow meter's signal, and where it goes.
//!
//! Three places hold air: the housing of the pump, where it takes the head away; the top of the membrane, which keeps most
//! of what arrives and lets the rest through; and the return line, where it weakens the ultrasound of the flow meter. All
//! numbers are engineering estimates `[C]`; that gas costs a centrifugal pump its head and a flow meter its signal is
//! documented `[S48, S17]`.

use super::Site;
use ecmod_quantities::LitresPerMinute;

/// mL/s in one L/min.
const ML_PER_S: f64 = 1000.0 / 60.0;

/// Air on its way, in mL.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Air {
    pump: f64,
    back: f64,
}

impl Air {
    /// Of the pump's housing, mL.
    const HOUSING: f64 = 32.0;
    /// Gas of a third of the housing and the pump delivers next to nothing.
    const HEAD_PER_GAS: f64 = 3.0;
    /// What is left of the head of a pump full of air.
    const LEAST_HEAD: f64 = 0.05;
    /// Between membrane and patient, mL.
    const RETURN_LINE: f64 = 120.0;
    /// The membrane keeps this much of the air that arrives in a second and passes this part of it on.
    const PASSED_ON: f64 = 0.02;
    /// So much air at the flow meter takes two thirds of its signal, mL.
    const ATTENUATION: f64 = 0.5;

    /// Air enters the line before the pump, or behind the membrane.
    pub(super) fn enter(&mut self, site: Site, ml: f64) {
        match site {
            Site::Drainage => self.pump += ml.max(0.0),
            Site::Return => self.back += ml.max(0.0),
        }
    }

    /// Blood carries it on for `dt_s` seconds. What stands stays.
    pub(super) fn step(&mut self, dt_s: f64, flow: LitresPerMinute) {
        if self.pump <= 0.0 && self.back <= 0.0 {
            return;
        }
        let washed = flow.value().abs() * ML_PER_S * dt_s;
        let leaves = self.pump * (washed / Self::HOUSING).min(1.0);
        self.pump -= leaves;
        self.back += leaves * Self::PASSED_ON;
        self.back -= self.back * (washed / Self::RETURN_LINE).min(1.0);
        // What cannot be seen any more is gone.
        if self.pump < 1e-6 {
            self.pump = 0.0;
        }
        if self.back < 1e-6 {
            self.back = 0.0;
        }
    }

    /// What is left of the pump's head, 0 to 1.
    pub(super) fn head_factor(&self) -> f64 {
        (1.0 - Self::HEAD_PER_GAS * self.pump / Self::HOUSING).clamp(Self::LEAST_HEAD, 1.0)
    }

    /// What is left of the flow meter's signal, 0 to 1.
    pub(super) fn signal_factor(&self) -> f64 {
        (-self.back / Self::ATTENUATION).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn washed(mut air: Air, seconds: u32, flow: f64) -> Air {
        for _ in 0..seconds * 1000 {
            air.step(0.001, LitresPerMinute(flow));
        }
        air
    }

    #[test]
    fn air_before_the_pump_costs_head_and_is_washed_out_by_flow_alone() {
        let mut air = Air::default();
        assert!(
            (air.head_factor() - 1.0).abs() < f64::EPSILON
                && (air.signal_factor() - 1.0).abs() < f64::EPSILON
        );
        air.enter(Site::Drainage, 5.0);
        assert!((air.head_factor() - 0.53).abs() < 0.01);
        assert_eq!(washed(air, 10, 0.0), air);
        assert!(washed(air, 10, 4.0).head_factor() > 0.99);
    }

    #[test]
    fn air_behind_the_membrane_weakens_the_flow_meters_signal_and_not_the_head() {
        let mut air = Air::default();
        air.enter(Site::Return, 2.0);
        assert!(air.signal_factor() < 0.05 && (air.head_factor() - 1.0).abs() < f64::EPSILON);
        assert!(washed(air, 20, 4.0).signal_factor() > 0.95);
    }

    #[test]
    fn the_membrane_keeps_most_of_the_air() {
        let mut air = Air::default();
        air.enter(Site::Drainage, 5.0);
        assert!(washed(air, 3, 4.0).signal_factor() > 0.8);
    }
}
