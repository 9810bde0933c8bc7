// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hydraulic circuit and the patient at its ends, as physics; it knows no sensor, register or fault *report*.
//!
//! ```text
//!  patient          P_ven               P_int            P_art                    patient
//!  vein --cannula--+-------> pump ------+----> membrane --+---- tubing -- cannula --> artery or vein
//!  (collapses)     compliance                             compliance     flow meter
//! ```
//!
//! Pure: `step(dt, drives)` advances it, `signals()` says what is true now. No clock, no randomness, no I/O. Positive
//! flow is towards the patient; pressures are gauge. The integrator and why it is stable stand in `solver.rs`; the presets
//! are in [`Settings`].
//!
//! # Words
//! - **Site**: which side of the pump something happens on: drainage or return.
//! - **Hand clamp**: the clamp on the return line with which a perfusionist keeps a slow pump from flowing backwards.

mod air;
mod exchange;
mod parts;
mod patient;
mod pump;
mod settings;
mod solver;
mod vein;

#[cfg(test)]
mod tests;

pub use exchange::{Exchange, Exchanged, GasSupply, Oxygen};
pub use parts::{DrainageCannula, Membrane, ReturnCannula};
pub use patient::{Patient, Support};
pub use pump::{Blood, HeadCurve, Motor, MotorDemand, PumpPreset};
pub use settings::{Condition, HandClamp, Settings, Site};

use air::Air;
use ecmod_quantities::{Celsius, GasLitresPerMinute, LitresPerMinute, MmHg, Rpm};
use parts::{Loss, TUBING};
use solver::{STORAGES, Storage};
use vein::Vein;

/// mL/s in one L/min.
const ML_PER_S: f64 = 1000.0 / 60.0;
/// Inertance of 3 m of 3/8 inch tubing, 0.33 mmHg s^2/mL (`rho l / A`, `[C]`), in mmHg s/(L/min).
const INERTANCE: f64 = 0.33 * ML_PER_S;
/// Compliance of half of the PVC tubing, 0.07 mL/mmHg/m `[K]`, in (L/min) s/mmHg.
const COMPLIANCE: f64 = 0.07 * 1.5 / ML_PER_S;

/// Temperature of the drive's heat sink without load, and how much full load warms it `[C]`.
const DRIVE_COLD: Celsius = Celsius(28.0);
const DRIVE_WARMING: Celsius = Celsius(25.0);

/// What the actuators do during a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drives {
    /// The pump's motor.
    pub motor: MotorDemand,
    /// The gas controller's setpoint.
    pub sweep_gas: GasLitresPerMinute,
}

impl Drives {
    /// Pump coasting, gas shut.
    pub const OFF: Self = Self { motor: MotorDemand::Coast, sweep_gas: GasLitresPerMinute(0.0) };
}

/// What is true in the circuit at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Signals {
    /// Flow in the return line, where the flow meter is clipped on.
    pub flow: LitresPerMinute,
    /// Before the pump.
    pub venous: MmHg,
    /// Between pump and membrane.
    pub pre_membrane: MmHg,
    /// After the membrane.
    pub arterial: MmHg,
    /// Of the pump's motor.
    pub pump_speed: Rpm,
    /// Of the pump's rotor: another one only where the coupling between them has let go.
    pub rotor_speed: Rpm,
    /// Blood before the membrane.
    pub venous_temperature: Celsius,
    /// Blood after the membrane.
    pub arterial_temperature: Celsius,
    /// Gas through the membrane.
    pub sweep_gas: GasLitresPerMinute,
    /// Shaft load as a fraction of the drive's rated torque.
    pub load: f64,
    /// Of the drive's heat sink.
    pub drive_temperature: Celsius,
    /// What is left of the flow meter's ultrasound, 0 to 1.
    pub flow_signal: f64,
    /// Pressure of the gas supply, bar.
    pub gas_supply: f64,
    /// Oxygen in the membrane's exhaust, %.
    pub exhaust_oxygen: f64,
    /// Saturation of the blood before the membrane, %.
    pub venous_saturation: f64,
}

/// The circuit with its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Circuit {
    settings: Settings,
    condition: Condition,
    motor: Motor,
    vein: Vein,
    exchange: Exchange,
    air: Air,
    /// `p_vein, q_drain, p_ven, q_pump, p_art, q_return`, as the solver wants them.
    states: [f64; STORAGES],
    clamp_open: bool,
    time_s: f64,
}

impl Circuit {
    /// Primed, at rest.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let (venous, back) = (settings.patient.venous.value(), settings.patient.back_pressure().value());
        let clamp_open = settings.clamp == HandClamp::Open;
        let arterial = if clamp_open { back } else { venous };
        Self {
            settings,
            condition: Condition::default(),
            motor: Motor::new(),
            vein: Vein::default(),
            exchange: Exchange::new(),
            air: Air::default(),
            states: [venous, 0.0, venous, 0.0, arterial, 0.0],
            clamp_open,
            time_s: 0.0,
        }
    }

    /// What it is built of.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The patient, to be changed.
    pub const fn patient_mut(&mut self) -> &mut Patient {
        &mut self.settings.patient
    }

    /// What is wrong with the circuit, replaced as a whole.
    pub const fn set_condition(&mut self, condition: Condition) {
        self.condition = condition;
    }

    /// Air enters a line, mL.
    pub fn enter_air(&mut self, site: Site, ml: f64) {
        self.air.enter(site, ml);
    }

    /// Moves the hand clamp.
    pub const fn set_clamp(&mut self, clamp: HandClamp) {
        self.settings.clamp = clamp;
    }

    /// Advances by `dt_s` seconds (1 ms is the design step; up to 5 ms is stable and close).
    pub fn step(&mut self, dt_s: f64, drives: Drives) {
        self.time_s += dt_s;
        self.motor.step(dt_s, drives.motor);
        self.move_clamp();
        let storages = self.linearised();
        solver::step(&mut self.states, &storages, dt_s);
        let [vein, ..] = self.states;
        self.vein.step(dt_s, vein, self.settings.patient.venous.value());
        let flow = self.states_flow();
        self.air.step(dt_s, flow);
        let Condition { gas, oxygen, .. } = self.condition;
        self.exchange.step(dt_s, Exchanged { flow, setpoint: drives.sweep_gas, supply: gas, oxygen });
    }

    /// What is true now.
    #[must_use]
    pub fn signals(&self) -> Signals {
        let [_, _, venous, through_pump, arterial, flow] = self.states;
        let head = self.head(through_pump);
        let load = self.load(through_pump);
        Signals {
            flow: LitresPerMinute(flow),
            venous: MmHg(venous),
            pre_membrane: MmHg(venous + head),
            arterial: MmHg(arterial),
            pump_speed: self.motor.speed(),
            rotor_speed: self.rotor(),
            venous_temperature: self.exchange.venous(),
            arterial_temperature: self.exchange.arterial(),
            sweep_gas: self.exchange.gas_flow(),
            load,
            drive_temperature: self.condition.drive_temperature.unwrap_or(DRIVE_COLD + DRIVE_WARMING * load),
            flow_signal: self.air.signal_factor(),
            gas_supply: self.exchange.supply(),
            exhaust_oxygen: self.exchange.exhaust_oxygen(),
            venous_saturation: self.exchange.venous_saturation(),
        }
    }

    /// Seconds since the start.
    #[must_use]
    pub const fn time_s(&self) -> f64 {
        self.time_s
    }

    const fn states_flow(&self) -> LitresPerMinute {
        let [.., flow] = self.states;
        LitresPerMinute(flow)
    }

    /// Speed of the rotor: a coupling that has let go leaves it standing.
    const fn rotor(&self) -> Rpm {
        if self.condition.decoupled { Rpm(0.0) } else { self.motor.speed() }
    }

    /// Head in mmHg; a pump that has drawn air gives next to none, a thrombus costs a part of it.
    fn head(&self, through_pump: f64) -> f64 {
        let head = self
            .settings
            .pump
            .curve()
            .head(self.rotor(), LitresPerMinute(through_pump), self.settings.blood)
            .value();
        let open = if self.condition.disconnected == Some(Site::Drainage) { 0.05 } else { 1.0 };
        head * open * self.air.head_factor() * (1.0 - 0.3 * self.condition.pump_thrombus)
    }

    /// Torque against rated torque: hydraulic torque (stagnation head and flow) and friction `[C]`.
    fn load(&self, through_pump: f64) -> f64 {
        let relative = self.motor.speed().value() / self.settings.pump.maximum_speed().value();
        let blood = if self.condition.decoupled { 0.0 } else { 0.30 + 0.06 * through_pump.max(0.0) };
        let thrombus = 1.0 + 2.0 * self.condition.pump_thrombus;
        (0.04 * relative.min(1.0).sqrt() + relative * relative * blood * self.air.head_factor()) * thrombus
    }

    /// A perfusionist opens the clamp once the pump holds the back pressure, and shuts it on a pump that has stopped.
    fn move_clamp(&mut self) {
        self.clamp_open = match self.settings.clamp {
            HandClamp::Open => true,
            HandClamp::Closed => false,
            HandClamp::ByPerfusionist if self.clamp_open => self.motor.speed().value() > 100.0,
            HandClamp::ByPerfusionist => {
                let [_, _, venous, ..] = self.states;
                venous + self.head(0.0) > self.settings.patient.back_pressure().value()
            }
        };
    }

    /// The chain of storages with every loss linearised at the present state.
    fn linearised(&self) -> [Storage; STORAGES] {
        let [vein, drain, _, through_pump, _, back] = self.states;
        let patient = &self.settings.patient;
        let condition = &self.condition;

        let inflow = patient.inflow_resistance();
        let vein_storage = Storage {
            capacity: Vein::COMPLIANCE_ML / ML_PER_S,
            source: (patient.venous.value() - vein) / inflow,
            resistance: 1.0 / inflow,
        };

        let line = settings::occlusion(condition.occluded_drainage);
        let mut drain_loss = line.drop(drain);
        let mut drain_slope = line.slope(drain);
        let mut drain_gain = 0.0;
        if condition.disconnected == Some(Site::Drainage) {
            drain_gain = -vein; // the open end sees atmosphere, not the vein
        } else {
            let cannula = self.settings.drainage.loss();
            drain_loss += cannula.drop(drain) + self.vein.resistance() * drain;
            drain_slope += cannula.slope(drain) + self.vein.resistance();
        }
        let drain_storage =
            Storage { capacity: INERTANCE / 2.0, source: drain_gain - drain_loss, resistance: drain_slope };

        let membrane = self.settings.membrane.loss(condition.clot);
        let curve = self.settings.pump.curve();
        let pump_storage = Storage {
            capacity: INERTANCE / 6.0,
            source: self.head(through_pump) - membrane.drop(through_pump),
            resistance: membrane.slope(through_pump)
                - curve.slope(LitresPerMinute(through_pump), self.settings.blood),
        };

        let clamp = if self.clamp_open { condition.occluded_return } else { 1.0 };
        let line = settings::occlusion(clamp);
        let mut back_loss = line.drop(back) + TUBING.drop(back);
        let mut back_slope = line.slope(back) + TUBING.slope(back);
        if condition.disconnected != Some(Site::Return) {
            let cannula = self.settings.back.loss();
            back_loss += cannula.drop(back) + patient.back_pressure_at(self.time_s);
            back_slope += cannula.slope(back);
        }
        let back_storage = Storage { capacity: INERTANCE / 2.0, source: -back_loss, resistance: back_slope };

        let line = Storage { capacity: COMPLIANCE, ..Storage::default() };
        [vein_storage, drain_storage, line, pump_storage, line, back_storage]
    }
}
