// SPDX-License-Identifier: MIT OR Apache-2.0
//! Heat and gas, as far as sensors see them: temperatures of the blood, flow, supply and exhaust of the sweep gas,
//! saturations.
//!
//! Lags are engineering estimates `[C]`. Saturation follows from a balance of oxygen: what the patient uses, what pump and
//! heart carry; the membrane saturates what it is given oxygen for.

use ecmod_quantities::{Celsius, GasLitresPerMinute, LitresPerMinute};

/// Whether gas arrives at the gas controller, and which.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum GasSupply {
    /// At pressure.
    #[default]
    Present,
    /// Closed: the hose empties within a second.
    Lost,
    /// A cylinder that is nearly empty: its pressure falls this fast, bar per second.
    Emptying(f64),
}

/// Whether the sweep gas carries oxygen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Oxygen {
    /// As the blender is set.
    #[default]
    Present,
    /// The blender gives air.
    Lost,
}

/// What goes in during a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exchanged {
    /// Blood through the membrane.
    pub flow: LitresPerMinute,
    /// The gas controller's setpoint.
    pub setpoint: GasLitresPerMinute,
    /// The supply.
    pub supply: GasSupply,
    /// What is in it.
    pub oxygen: Oxygen,
}

/// State of heat and gas.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    venous: f64,
    arterial: f64,
    gas: f64,
    supply: f64,
    exhaust_oxygen: f64,
    arterial_saturation: f64,
    venous_saturation: f64,
}

impl Exchange {
    /// The patient's core.
    const CORE: f64 = 36.6;
    /// The heat exchanger's water.
    const WATER: f64 = 37.0;
    /// The room.
    const ROOM: f64 = 22.0;
    /// Blood volume of the circuit over 1 L/min is about this many seconds.
    const TRANSIT_S: f64 = 30.0;
    /// How fast standing blood takes room temperature, in seconds.
    const COOLING_S: f64 = 1800.0;
    /// Lag of the gas controller's valve, in seconds.
    const VALVE_S: f64 = 0.3;
    /// Of the gas supply, bar.
    const SUPPLY: f64 = 4.0;
    /// Below this the controller's valve cannot keep its flow, bar.
    const LEAST_SUPPLY: f64 = 1.0;
    /// How fast a closed hose empties, in seconds.
    const HOSE_S: f64 = 0.5;
    /// Volume of gas in membrane and hoses over 1 L/min, in seconds.
    const GAS_TRANSIT_S: f64 = 20.0;
    /// Oxygen in the exhaust with oxygen in the sweep gas, and with air, %.
    const EXHAUST: f64 = 88.0;
    const EXHAUST_OF_AIR: f64 = 19.0;
    /// What the patient uses, mL of oxygen per minute, and what a litre of blood at full saturation carries (haemoglobin
    /// 10 g/dL), mL.
    const USE: f64 = 200.0;
    const CAPACITY: f64 = 134.0;
    /// What the patient's own heart carries beside the pump, L/min.
    const NATIVE: f64 = 1.5;
    /// How fast the patient's blood mixes, in seconds.
    const MIXING_S: f64 = 40.0;

    /// Primed at room temperature, gas shut.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            venous: Self::ROOM,
            arterial: Self::ROOM,
            gas: 0.0,
            supply: Self::SUPPLY,
            exhaust_oxygen: 21.0,
            arterial_saturation: 98.0,
            venous_saturation: 70.0,
        }
    }

    /// Advances by `dt_s` seconds.
    pub fn step(&mut self, dt_s: f64, exchanged: Exchanged) {
        let flow = exchanged.flow.value().max(0.0);
        let washing = flow / Self::TRANSIT_S;
        let toward = |now: f64, source: f64| {
            now + dt_s * (washing * (source - now) + (Self::ROOM - now) / Self::COOLING_S)
        };
        self.venous = toward(self.venous, Self::CORE);
        self.arterial = toward(self.arterial, Self::WATER);
        self.supply = match exchanged.supply {
            GasSupply::Present => Self::SUPPLY,
            GasSupply::Lost => self.supply * (1.0 - dt_s / Self::HOSE_S).max(0.0),
            GasSupply::Emptying(bar_per_s) => (self.supply - bar_per_s * dt_s).max(0.0),
        };
        let target =
            if self.supply >= Self::LEAST_SUPPLY { exchanged.setpoint.value().max(0.0) } else { 0.0 };
        self.gas += (target - self.gas) * dt_s / (Self::VALVE_S + dt_s);
        self.saturate(dt_s, flow, exchanged.oxygen);
    }

    fn saturate(&mut self, dt_s: f64, flow: f64, oxygen: Oxygen) {
        let exhaust = match oxygen {
            Oxygen::Present => Self::EXHAUST,
            Oxygen::Lost => Self::EXHAUST_OF_AIR,
        };
        self.exhaust_oxygen +=
            (exhaust - self.exhaust_oxygen) * (self.gas * dt_s / Self::GAS_TRANSIT_S).min(1.0);
        // Without gas, or with air alone, the membrane gives hardly any oxygen.
        let gives = if self.gas > 0.2 && self.exhaust_oxygen > 30.0 { 99.0 } else { self.venous_saturation };
        self.arterial_saturation += (gives - self.arterial_saturation) * dt_s / (3.0 + dt_s);
        let carried = flow + Self::NATIVE;
        let extracted = 100.0 * Self::USE / (Self::CAPACITY * carried);
        let mixed = (self.arterial_saturation * flow + 95.0 * Self::NATIVE) / carried - extracted;
        self.venous_saturation += (mixed.max(20.0) - self.venous_saturation) * dt_s / Self::MIXING_S;
    }

    /// Blood before the membrane.
    #[must_use]
    pub const fn venous(&self) -> Celsius {
        Celsius(self.venous)
    }

    /// Blood after the membrane and its heat exchanger.
    #[must_use]
    pub const fn arterial(&self) -> Celsius {
        Celsius(self.arterial)
    }

    /// Gas through the membrane.
    #[must_use]
    pub const fn gas_flow(&self) -> GasLitresPerMinute {
        GasLitresPerMinute(self.gas)
    }

    /// Pressure of the gas supply, bar.
    #[must_use]
    pub const fn supply(&self) -> f64 {
        self.supply
    }

    /// Oxygen in the membrane's exhaust, %.
    #[must_use]
    pub const fn exhaust_oxygen(&self) -> f64 {
        self.exhaust_oxygen
    }

    /// Saturation of the blood before the membrane, %.
    #[must_use]
    pub const fn venous_saturation(&self) -> f64 {
        self.venous_saturation
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(exchange: &mut Exchange, seconds: u32, supply: GasSupply, oxygen: Oxygen) {
        let setpoint = GasLitresPerMinute(3.0);
        for _ in 0..seconds * 100 {
            exchange.step(0.01, Exchanged { flow: LitresPerMinute(4.0), setpoint, supply, oxygen });
        }
    }

    #[test]
    fn a_supported_patient_has_a_usual_saturation_and_loses_it_without_gas() {
        let mut exchange = Exchange::new();
        after(&mut exchange, 300, GasSupply::Present, Oxygen::Present);
        let usual = exchange.venous_saturation();
        assert!((65.0..80.0).contains(&usual) && exchange.exhaust_oxygen() > 80.0, "{usual}");
        after(&mut exchange, 2, GasSupply::Lost, Oxygen::Present);
        assert!(exchange.gas_flow().value() < 0.1 && exchange.supply() < 0.2, "{exchange:?}");
        after(&mut exchange, 120, GasSupply::Lost, Oxygen::Present);
        assert!(exchange.venous_saturation() < 55.0, "{exchange:?}");
    }

    #[test]
    fn a_cylinder_that_empties_tells_by_its_pressure_before_the_flow_ends() {
        let mut exchange = Exchange::new();
        after(&mut exchange, 25, GasSupply::Emptying(0.1), Oxygen::Present);
        assert!((exchange.supply() - 1.5).abs() < 0.05 && exchange.gas_flow().value() > 2.9);
        after(&mut exchange, 10, GasSupply::Emptying(0.1), Oxygen::Present);
        assert!(exchange.gas_flow().value() < 0.1);
    }

    #[test]
    fn air_instead_of_oxygen_shows_in_the_exhaust() {
        let mut exchange = Exchange::new();
        after(&mut exchange, 120, GasSupply::Present, Oxygen::Present);
        after(&mut exchange, 30, GasSupply::Present, Oxygen::Lost);
        assert!(exchange.exhaust_oxygen() < 22.0 && exchange.gas_flow().value() > 2.9, "{exchange:?}");
    }
}
