// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's invented state and how it moves.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    alarm::MockAlarm, intervention, intervention::MockIntervention, limits, procedure,
    procedure::MockProcedure, self_test::MockSelfTest,
};
use crate::{Limit, LogRecord, Reading};

/// Drivers and their ports.
pub(super) const DRIVERS: [(&str, &str); 3] =
    [("pump", "pump_line"), ("flow_meter", "flow_line"), ("gas", "gas_network")];

/// Ports: name, kind, device.
pub(super) const PORTS: [(&str, &str, &str); 3] = [
    ("pump_line", "modbus-rtu", "/dev/ttyS1"),
    ("flow_line", "serial", "/dev/ttyS2"),
    ("gas_network", "modbus-tcp", "gas.example:502"),
];

/// How fast the invented pump changes its speed, in rpm/s.
const SLEW: f64 = 300.0;

/// Speeds that `SetSpeed` takes, in rpm.
pub(super) const SPEED_RANGE: (f64, f64) = (0.0, 4000.0);

/// Flows that `SetFlow` takes, in L/min.
pub(super) const FLOW_RANGE: (f64, f64) = (0.0, 8.0);
pub(super) const SWEEP_GAS_RANGE: (f64, f64) = (0.0, 15.0);

/// What is wrong with the mock on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// Every change is answered with `NotAuthorised`.
    NotAuthorised,
    /// Every change is answered with `Unavailable`.
    LoopStuck,
}

/// One invented signal.
#[derive(Debug, Clone)]
pub struct MockSignal {
    pub(super) label: &'static str,
    pub(super) quantity: &'static str,
    pub(super) unit: &'static str,
    pub(super) ucum: &'static str,
    pub(super) range: (f64, f64),
    pub(super) source: &'static str,
    /// What its transducer delivers at zero, and when that was taken (s since 1970).
    pub zero: Option<(f64, u64)>,
    /// What the signal shows, if a test has said so; else it follows the invented circuit.
    pub fixed: Option<Reading>,
    reading: Reading,
}

/// The invented state. Tests change it through [`super::Mock::with`].
#[derive(Debug, Clone)]
pub struct Model {
    /// What is wrong on purpose.
    pub trouble: Trouble,
    /// `standby` or `support`.
    pub state: &'static str,
    /// `speed`, `flow` or `zero_flow`.
    pub mode: &'static str,
    /// In rpm.
    pub speed_setpoint: f64,
    /// In L/min.
    pub flow_setpoint: f64,
    /// In L/min.
    pub sweep_gas_setpoint: Option<f64>,
    /// What is demanded of the clamps; the drainage clamp is not connected.
    pub clamps: BTreeMap<&'static str, &'static str>,
    /// A word of the contract.
    pub active_limit: &'static str,
    /// The token of a requested stop.
    pub stop: Option<u32>,
    /// The signals by name.
    pub signals: BTreeMap<&'static str, MockSignal>,
    /// The alarms that are present, in their order; [`super::Mock::raise`] puts one in.
    pub alarms: Vec<MockAlarm>,
    /// Alarms that have no object.
    pub more: u32,
    /// When a pause ends, in ns.
    pub audio_paused_until: u64,
    /// The kinds that are switched off.
    pub off: BTreeSet<String>,
    /// Whether a planned transport goes on.
    pub transport: bool,
    /// The alarm log, oldest record first.
    pub log: Vec<LogRecord>,
    /// The limits.
    pub limits: Vec<Limit>,
    /// A word of the contract.
    pub patient_class: &'static str,
    /// The interventions by name.
    pub interventions: BTreeMap<&'static str, MockIntervention>,
    /// The self-test.
    pub self_test: MockSelfTest,
    /// The procedures by name.
    pub procedures: BTreeMap<&'static str, MockProcedure>,
    pub(super) announced: u64,
    pub(super) speed: f64,
    /// The invented console's clock, in ns.
    pub monotonic: u64,
    pub(super) sequence: u64,
    pub(super) tokens: u32,
}

impl Model {
    pub(super) fn new(now: u64) -> Self {
        let mut signals = BTreeMap::new();
        let rows = [
            ("blood_flow", "Blood flow", "blood_flow", "L/min", "L/min", (-10.0, 10.0), "flow_meter.flow"),
            ("pump_speed", "Pump speed", "speed", "rpm", "{rpm}", (0.0, 5000.0), "pump.speed"),
            (
                "venous_pressure",
                "Venous pressure",
                "pressure",
                "mmHg",
                "mm[Hg]",
                (-500.0, 300.0),
                "flow_meter.p1",
            ),
            (
                "pre_membrane_pressure",
                "Pre-membrane pressure",
                "pressure",
                "mmHg",
                "mm[Hg]",
                (-100.0, 900.0),
                "flow_meter.p2",
            ),
            (
                "arterial_pressure",
                "Arterial pressure",
                "pressure",
                "mmHg",
                "mm[Hg]",
                (-100.0, 900.0),
                "flow_meter.p3",
            ),
            ("sweep_gas_flow", "Sweep gas flow", "gas_flow", "L/min", "L/min", SWEEP_GAS_RANGE, "gas.flow"),
            (
                "venous_temperature",
                "Venous temperature",
                "temperature",
                "degC",
                "Cel",
                (10.0, 45.0),
                "gas.t1",
            ),
            (
                "arterial_temperature",
                "Arterial temperature",
                "temperature",
                "degC",
                "Cel",
                (10.0, 45.0),
                "gas.t2",
            ),
        ];
        for (name, label, quantity, unit, ucum, range, source) in rows {
            let reading = Reading::bad("no_data", now, 0);
            signals.insert(
                name,
                MockSignal { label, quantity, unit, ucum, range, source, zero: None, fixed: None, reading },
            );
        }
        let mut model = Self {
            trouble: Trouble::None,
            state: "standby",
            mode: "flow",
            speed_setpoint: 2000.0,
            flow_setpoint: 4.0,
            sweep_gas_setpoint: None,
            clamps: BTreeMap::from([("return", "none"), ("drainage", "none")]),
            active_limit: "none",
            stop: None,
            signals,
            alarms: Vec::new(),
            more: 0,
            audio_paused_until: 0,
            off: BTreeSet::new(),
            transport: false,
            log: Vec::new(),
            limits: limits::preset("adult"),
            patient_class: "adult",
            interventions: intervention::KINDS
                .into_iter()
                .map(|(name, action)| (name, MockIntervention::idle(action)))
                .collect(),
            self_test: MockSelfTest::new(now),
            procedures: procedure::all().into_iter().collect(),
            announced: 0,
            speed: 0.0,
            monotonic: now,
            sequence: 0,
            tokens: 0,
        };
        model.step(now, Duration::ZERO);
        model.sequence = 0;
        model
    }

    /// Every signal's reading now.
    #[must_use]
    pub fn readings(&self) -> BTreeMap<String, Reading> {
        self.signals.iter().map(|(name, signal)| ((*name).to_owned(), signal.reading.clone())).collect()
    }

    /// Makes the next frame's number jump, as if so many had been lost on the way.
    pub fn skip_frames(&mut self, count: u64) {
        self.sequence = self.sequence.saturating_add(count);
    }

    pub(super) fn reading(&self, name: &str) -> Reading {
        match self.signals.get(name) {
            Some(signal) => signal.reading.clone(),
            None => Reading::bad("no_data", self.monotonic, 0),
        }
    }

    /// Lets `period` of invented time pass, which ends at `now`.
    pub(super) fn step(&mut self, now: u64, period: Duration) {
        let wanted = match (self.state, self.mode) {
            ("support", "speed") => self.speed_setpoint,
            ("support", "flow") => 1000.0 + 500.0 * self.flow_setpoint,
            ("support", _) => 1000.0,
            _ => 0.0,
        };
        let step = SLEW * period.as_secs_f64();
        self.speed += (wanted - self.speed).clamp(-step, step);
        self.monotonic = now;
        self.sequence += 1;

        let flow = ((self.speed - 1000.0) / 500.0).max(0.0);
        let pulse = if self.sequence.is_multiple_of(2) { 0.02 } else { -0.02 };
        let values = [
            ("blood_flow", flow + if flow > 0.0 { pulse } else { 0.0 }),
            ("pump_speed", self.speed),
            ("venous_pressure", 8.0 - 17.0 * flow),
            ("pre_membrane_pressure", 60.0 + 42.0 * flow),
            ("arterial_pressure", 60.0 + 30.0 * flow),
            ("sweep_gas_flow", self.sweep_gas_setpoint.unwrap_or(0.0)),
            ("venous_temperature", 36.4),
        ];
        for (name, value) in values {
            if let Some(signal) = self.signals.get_mut(name) {
                signal.reading = Reading::good(value, now, self.sequence);
            }
        }
        if let Some(signal) = self.signals.get_mut("arterial_temperature") {
            signal.reading = Reading::bad("disconnected", now, self.sequence);
        }
        for signal in self.signals.values_mut() {
            if let Some(fixed) = &signal.fixed {
                signal.reading = fixed.clone();
            }
        }
    }
}
