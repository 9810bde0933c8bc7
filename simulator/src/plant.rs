// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plant: circuit, devices and active faults, advanced together in steps of one millisecond.
//!
//! It is pure: time is passed in, noise is seeded. The real-time simulator and the harness both own one; they differ
//! in who talks to the devices.

use crate::chips::board::{self, Connection, Happening, Transducer};
use crate::circuit::{Circuit, Condition, Drives, Settings, Signals};
use crate::devices::blv::StartAfterDip;
use crate::devices::{Alicat, Analyser, Barometer, BioProTt, Blv, Generation, Power, Transmitter};
use crate::line::LineFaults;
use crate::random::Noise;
use crate::scenario::{Due, Effects, Fault, PatientChange};
use ecmod_quantities::{LitresPerMinute, MmHg, Rpm, Span};
use std::collections::BTreeMap;

/// Extremes of true speed and flow over some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extremes {
    /// Number of 1 ms steps.
    pub steps: u64,
    /// Lowest and highest pump speed.
    pub speed: (Rpm, Rpm),
    /// Lowest and highest flow.
    pub flow: (LitresPerMinute, LitresPerMinute),
    /// Lowest venous pressure.
    pub venous_low: MmHg,
}

impl Extremes {
    /// Of no time at all.
    pub const NONE: Self = Self {
        steps: 0,
        speed: (Rpm(f64::INFINITY), Rpm(f64::NEG_INFINITY)),
        flow: (LitresPerMinute(f64::INFINITY), LitresPerMinute(f64::NEG_INFINITY)),
        venous_low: MmHg(f64::INFINITY),
    };

    /// With one more step.
    pub fn add(&mut self, truth: &Signals) {
        self.join(&Self {
            steps: 1,
            speed: (truth.pump_speed, truth.pump_speed),
            flow: (truth.flow, truth.flow),
            venous_low: truth.venous,
        });
    }

    /// With some more time.
    pub fn join(&mut self, other: &Self) {
        self.steps += other.steps;
        self.speed = (self.speed.0.min(other.speed.0), self.speed.1.max(other.speed.1));
        self.flow = (self.flow.0.min(other.flow.0), self.flow.1.max(other.flow.1));
        self.venous_low = self.venous_low.min(other.venous_low);
    }
}

/// Pressure ports of the circuit that are connected to something else. Transducer and transmitter share a port.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Sources {
    venous: Option<MmHg>,
    pre_membrane: Option<MmHg>,
    arterial: Option<MmHg>,
}

impl Sources {
    fn of(faults: &board::Faults) -> Self {
        let source = |transducer| match faults.transducers.get(&transducer).map(|fault| fault.connection) {
            Some(Connection::Source { pressure, .. }) => Some(pressure),
            Some(Connection::Circuit) | None => None,
        };
        Self {
            venous: source(Transducer::Venous),
            pre_membrane: source(Transducer::PreMembrane),
            arterial: source(Transducer::Arterial),
        }
    }

    /// What is at the ports when this is true in the circuit.
    fn at_ports(&self, truth: Signals) -> Signals {
        Signals {
            venous: self.venous.unwrap_or(truth.venous),
            pre_membrane: self.pre_membrane.unwrap_or(truth.pre_membrane),
            arterial: self.arterial.unwrap_or(truth.arterial),
            ..truth
        }
    }
}

/// Names a fault that was injected.
pub type FaultId = u64;

/// Circuit, devices, faults.
#[derive(Debug, Clone)]
pub struct Plant {
    /// Patient and circuit.
    pub circuit: Circuit,
    /// The pump's drive.
    pub drive: Blv,
    /// The flow meter.
    pub flow_meter: BioProTt,
    /// The gas controller.
    pub gas: Alicat,
    /// The pressure and temperature transmitter.
    pub transmitter: Transmitter,
    /// The monitor of gas and blood.
    pub analyser: Analyser,
    /// Mains and battery.
    pub power: Power,
    /// The weather's pressure.
    pub barometer: Barometer,
    truth: Signals,
    noise: Noise,
    faults: BTreeMap<FaultId, Fault>,
    from_scenario: BTreeMap<usize, FaultId>,
    next_fault: FaultId,
    settings: Settings,
    steps: u64,
    /// Of the circuit by faults alone; the console's clamps come on top.
    condition: Condition,
    clamped: [f64; 2],
    /// What is wrong with the board, until somebody who has a board takes it.
    board: Option<board::Faults>,
    sources: Sources,
    happenings: Vec<Happening>,
}

impl Plant {
    /// One step.
    pub const STEP: Span = Span::from_millis(1);
    /// Amplitude of the pump's own speed ripple, rpm `[C]`.
    pub const RIPPLE: Rpm = Rpm(1.5);
    /// Frequency of that ripple, Hz `[C]`.
    const RIPPLE_HZ: f64 = 7.0;
    /// Noise of the flow sensor in 1 ms, one standard deviation, L/min: 10 mL/min in a 100 ms mean `[C]`.
    const FLOW_NOISE: f64 = 0.1;

    /// At rest. The same settings, gas controller and seed give the same run.
    #[must_use]
    pub fn new(settings: Settings, gas: Generation, seed: u64) -> Self {
        let circuit = Circuit::new(settings);
        let fastest = crate::words::i32_of(settings.pump.maximum_speed().value()).unsigned_abs();
        Self {
            truth: circuit.signals(),
            circuit,
            drive: Blv::new(fastest.max(Blv::MAXIMUM_RPM)),
            flow_meter: BioProTt::new(),
            gas: Alicat::new(gas),
            transmitter: Transmitter::new(),
            analyser: Analyser::new(seed.wrapping_add(20)),
            power: Power::new(),
            barometer: Barometer::new(),
            noise: Noise::seeded(seed),
            faults: BTreeMap::new(),
            from_scenario: BTreeMap::new(),
            next_fault: 1,
            settings,
            steps: 0,
            condition: Condition::default(),
            clamped: [0.0; 2],
            board: None,
            sources: Sources::default(),
            happenings: Vec::new(),
        }
    }

    /// Time of the simulation.
    #[must_use]
    pub const fn now(&self) -> Span {
        Span::from_millis(self.steps)
    }

    /// What is true now, with the pump's ripple.
    #[must_use]
    pub const fn truth(&self) -> &Signals {
        &self.truth
    }

    /// Advances to the last whole step before `now`; `each` sees the truth of every step.
    pub fn advance_to(&mut self, now: Span, mut each: impl FnMut(&Signals)) {
        while self.now().0 + Self::STEP.0 <= now.0 {
            self.step();
            each(&self.truth);
        }
    }

    /// Advances by one step.
    pub fn step(&mut self) {
        let dt = Self::STEP.seconds();
        let motor = self.drive.step(dt);
        self.power.step(dt);
        self.barometer.step(dt);
        self.circuit.step(dt, Drives { motor, sweep_gas: self.gas.demand() });
        self.steps += 1;
        self.truth = self.with_ripple(self.circuit.signals());

        let truth = self.truth;
        self.drive.observe(truth.pump_speed, truth.load);
        // Air in the tube costs the meter its signal, and what is left is noisier.
        self.flow_meter.set_signal(truth.flow_signal);
        let noise = Self::FLOW_NOISE * self.noise.normal() / truth.flow_signal.max(0.1);
        self.flow_meter.observe(LitresPerMinute(truth.flow.value() + noise));
        self.gas.observe(dt, truth.sweep_gas);
        if self.steps.is_multiple_of(u64::from(1000 / Transmitter::RATE_HZ)) {
            self.transmitter.convert(&self.sources.at_ports(truth), &mut self.noise);
        }
        if self.steps.is_multiple_of(u64::from(1000 / Analyser::RATE_HZ)) {
            self.analyser.measure(&truth);
        }
    }

    /// Something begins to be wrong.
    pub fn inject(&mut self, fault: Fault) -> FaultId {
        match fault {
            Fault::DriveReset {} => self.drive.power_cycle(StartAfterDip::Allowed),
            Fault::DriveStartInhibited {} => self.drive.power_cycle(StartAfterDip::Inhibited),
            Fault::ChipBrownOut { chip } => self.happenings.push(Happening::BrownOut(chip)),
            Fault::Bubble { site } => self.happenings.push(Happening::Bubble(site)),
            Fault::Air { site, ml } => {
                self.circuit.enter_air(site, ml);
                self.happenings.push(Happening::Bubble(site));
            }
            Fault::BatteryCharge { percent } => self.power.set_capacity(percent),
            _ => {}
        }
        let id = self.next_fault;
        self.next_fault += 1;
        self.faults.insert(id, fault);
        self.apply();
        id
    }

    /// It is no longer wrong. `false`: there was no such fault.
    pub fn clear(&mut self, id: FaultId) -> bool {
        let found = self.faults.remove(&id).is_some();
        self.apply();
        found
    }

    /// Nothing is wrong any more.
    pub fn clear_all(&mut self) {
        self.faults.clear();
        self.apply();
    }

    /// What is wrong now.
    pub fn faults(&self) -> impl Iterator<Item = (FaultId, &Fault)> {
        self.faults.iter().map(|(id, fault)| (*id, fault))
    }

    /// What is wrong with this line now.
    #[must_use]
    pub fn line_faults(&self, line: &str) -> LineFaults {
        LineFaults::of(line, self.faults.values())
    }

    /// The patient changes.
    pub fn change_patient(&mut self, change: &PatientChange) {
        change.apply(&mut self.circuit);
        if let Some(value) = change.venous_return_l_min {
            self.settings.patient.venous_return = LitresPerMinute(value);
        }
        self.apply();
    }

    /// Does what a scenario has due, except what the operator does: that is returned.
    pub fn perform(&mut self, due: Due) -> Option<crate::scenario::Action> {
        match due {
            Due::Begin { event, fault } => {
                let id = self.inject(fault);
                self.from_scenario.insert(event, id);
            }
            Due::End { event } => {
                if let Some(id) = self.from_scenario.remove(&event) {
                    self.clear(id);
                }
            }
            Due::Patient(change) => self.change_patient(&change),
            Due::Act(action) => return Some(action),
        }
        None
    }

    /// The noise of lines, from the same seed.
    pub const fn noise(&mut self) -> &mut Noise {
        &mut self.noise
    }

    /// How much of the drainage and of the return tube the console's own clamps close, 0 to 1.
    pub fn set_clamped(&mut self, clamped: [f64; 2]) {
        self.clamped = clamped;
        self.squeeze();
    }

    /// How much of the drainage and of the return tube they close.
    #[must_use]
    pub const fn clamped(&self) -> [f64; 2] {
        self.clamped
    }

    /// What is wrong with the board, if that has changed since the last call.
    pub const fn take_board_faults(&mut self) -> Option<board::Faults> {
        self.board.take()
    }

    /// What happened to the board since the last call.
    pub fn take_happenings(&mut self) -> Vec<Happening> {
        core::mem::take(&mut self.happenings)
    }

    fn squeeze(&mut self) {
        let [drainage, back] = self.clamped;
        self.circuit.set_condition(Condition {
            occluded_drainage: self.condition.occluded_drainage.max(drainage),
            occluded_return: self.condition.occluded_return.max(back),
            ..self.condition
        });
    }

    fn apply(&mut self) {
        let effects = Effects::of(self.faults.values());
        let own = self.settings.patient.venous_return;
        self.circuit.patient_mut().venous_return = effects.venous_return.unwrap_or(own);
        self.condition = effects.circuit;
        self.squeeze();
        self.power.set_fault(effects.power);
        self.sources = Sources::of(&effects.board);
        self.board = Some(effects.board);
        self.drive.set_fault(effects.drive);
        self.flow_meter.set_fault(effects.flow_meter);
        self.transmitter.set_fault(effects.transmitter);
        self.analyser.set_fault(effects.analyser);
    }

    fn with_ripple(&self, signals: Signals) -> Signals {
        let turning = (signals.pump_speed.value() / 500.0).min(1.0);
        let phase = core::f64::consts::TAU * Self::RIPPLE_HZ * self.now().seconds();
        Signals { pump_speed: signals.pump_speed + Self::RIPPLE * (turning * phase.sin()), ..signals }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::PumpPreset;
    use crate::devices::Registers;

    fn running() -> Plant {
        let mut plant = Plant::new(Settings::va(PumpPreset::RotaflowLike), Generation::One, 1);
        plant.drive.write(0x0480, &[0, 3600]).unwrap();
        plant.drive.write(0x007D, &[0x28]).unwrap();
        plant.advance_to(Span::from_secs(10), |_| {});
        plant
    }

    #[test]
    fn devices_measure_what_is_true() {
        let plant = running();
        let flow = plant.flow_meter.mean_100ms().unwrap();
        assert!((flow - plant.truth().flow).abs() < LitresPerMinute(0.05), "{flow}");
        let venous = plant.transmitter.value(crate::devices::Channel::Venous).unwrap();
        assert!((venous - plant.truth().venous.value()).abs() < 3.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let (mut a, mut b) = (running(), running());
        assert_eq!(a.truth(), b.truth());
        assert_eq!(a.flow_meter.take_output(), b.flow_meter.take_output());
        assert_eq!(a.transmitter, b.transmitter);
    }

    #[test]
    fn an_undisturbed_pump_keeps_within_its_ripple() {
        let mut plant = running();
        let mut extremes = Extremes::NONE;
        plant.advance_to(Span::from_secs(20), |truth| extremes.add(truth));
        let (low, high) = extremes.speed;
        assert_eq!(extremes.steps, 10_000);
        assert!((low - Rpm(3600.0)).abs() <= Rpm(1.6) && (high - Rpm(3600.0)).abs() <= Rpm(1.6));
    }

    #[test]
    fn a_cleared_fault_leaves_nothing_behind() {
        let mut plant = running();
        let before = plant.truth().flow;
        let dry = plant.inject(Fault::Hypovolaemia { venous_return_l_min: 2.0 });
        let clot = plant.inject(Fault::Clot { fraction: 0.5 });
        plant.advance_to(Span::from_secs(20), |_| {});
        assert!(plant.truth().flow < LitresPerMinute(3.0));
        assert!(plant.clear(dry) && plant.clear(clot) && !plant.clear(clot));
        plant.advance_to(Span::from_secs(40), |_| {});
        assert!((plant.truth().flow - before).abs() < LitresPerMinute(0.02));
    }

    #[test]
    fn a_dip_of_the_drives_supply_stops_the_pump_and_an_alarm_lets_it_coast() {
        let mut plant = running();
        plant.inject(Fault::DriveReset {});
        plant.advance_to(Span::from_secs(15), |_| {});
        assert!(plant.truth().pump_speed < Rpm(100.0));
        let mut plant = running();
        plant.inject(Fault::DriveAlarm { code: 0x30 });
        plant.advance_to(Span::from_millis(11_200), |_| {});
        let speed = plant.truth().pump_speed;
        assert!(speed < Rpm(1500.0) && speed > Rpm(1100.0), "{speed}");
    }
}
