// SPDX-License-Identifier: MIT OR Apache-2.0
//! Heat and sweep gas, as far as sensors see them: temperatures of the blood, flow of the gas.
//!
//! Lags are engineering estimates `[C]`; gas *exchange* is not modelled here.

use ecmod_quantities::{Celsius, GasLitresPerMinute, LitresPerMinute};

/// Whether gas arrives at the gas controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GasSupply {
    /// At pressure.
    #[default]
    Present,
    /// Closed or empty.
    Lost,
}

/// State of heat and gas.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    venous: f64,
    arterial: f64,
    gas: f64,
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

    /// Primed at room temperature, gas shut.
    #[must_use]
    pub const fn new() -> Self {
        Self { venous: Self::ROOM, arterial: Self::ROOM, gas: 0.0 }
    }

    /// Advances by `dt_s` seconds.
    pub fn step(
        &mut self,
        dt_s: f64,
        flow: LitresPerMinute,
        setpoint: GasLitresPerMinute,
        supply: GasSupply,
    ) {
        let washing = flow.value().max(0.0) / Self::TRANSIT_S;
        let toward = |now: f64, source: f64| {
            now + dt_s * (washing * (source - now) + (Self::ROOM - now) / Self::COOLING_S)
        };
        self.venous = toward(self.venous, Self::CORE);
        self.arterial = toward(self.arterial, Self::WATER);
        let target = match supply {
            GasSupply::Present => setpoint.value().max(0.0),
            GasSupply::Lost => 0.0,
        };
        self.gas += (target - self.gas) * dt_s / (Self::VALVE_S + dt_s);
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
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}
