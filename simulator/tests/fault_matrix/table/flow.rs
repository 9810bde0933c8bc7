// SPDX-License-Identifier: MIT OR Apache-2.0
//! The measurement of blood flow.

use crate::matrix::{all, by_mode, wanted};
use crate::words::{Pump, Row};
use ecmod_control::AlarmKind as Kind;
use ecmod_control::Priority::{self, High, Medium};
use ecmod_control::{DriverHealth, Role};
use ecmod_quantities::Cause;
use ecmod_sim::harness::{Lie, Part};
use ecmod_sim::scenario::Fault;

/// Without flow, Speed mode goes on, and the modes that control it hold the speed.
const HELD_WHERE_NEEDED: [Pump; 3] = [Pump::Undisturbed, Pump::Held, Pump::Held];
/// A lost flow matters more where it is controlled.
const MORE_WHERE_NEEDED: [Option<Priority>; 3] = [Some(Medium), Some(High), Some(High)];

pub const ROWS: &[Row] = &[
    Row {
        name: "The flow sensor loses its coupling",
        origin: "FLOW_SENSOR_BAD; incident 10",
        play: |bed| {
            bed.fault(Fault::FlowCouplingLost {});
            bed.run(20.0);
        },
        pump: HELD_WHERE_NEEDED,
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[],
    },
    Row {
        name: "The flow sensor is unplugged",
        origin: "FLOW_SENSOR_BAD",
        play: |bed| {
            bed.fault(Fault::FlowSensorDisconnected {});
            bed.run(20.0);
        },
        pump: HELD_WHERE_NEEDED,
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[],
    },
    Row {
        name: "The flow meter hangs",
        origin: "FLOW_SENSOR_BAD (stale)",
        play: |bed| {
            bed.fault(Fault::FlowMeterHang {});
            bed.run(20.0);
        },
        pump: HELD_WHERE_NEEDED,
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[],
    },
    Row {
        name: "The flow meter shows overflow",
        origin: "FLOW_SENSOR_BAD",
        play: |bed| {
            bed.fault(Fault::FlowOverflow {});
            bed.run(20.0);
        },
        pump: HELD_WHERE_NEEDED,
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[],
    },
    Row {
        name: "The flow meter's board is too hot",
        origin: "FLOW_SENSOR_BAD",
        play: |bed| {
            bed.fault(Fault::FlowMeterTooHot {});
            bed.run(20.0);
        },
        pump: HELD_WHERE_NEEDED,
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[],
    },
    Row {
        name: "Nobody answers on the flow meter's line",
        origin: "FLOW_SENSOR_BAD",
        play: |bed| {
            bed.fault(Fault::Silence { line: "flow_line".into(), probability: 1.0 });
            bed.run(20.0);
        },
        pump: HELD_WHERE_NEEDED,
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[],
    },
    Row {
        name: "The flow meter's host dies",
        origin: "FLOW_SENSOR_BAD, HOST_LOST",
        play: |bed| {
            bed.driver(Part::Flow, DriverHealth::Absent);
            bed.run(20.0);
        },
        pump: HELD_WHERE_NEEDED,
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[Kind::HostLost],
    },
    Row {
        name: "The flow is no number",
        origin: "FLOW_SENSOR_BAD",
        play: |bed| {
            bed.lie(Role::BloodFlow, Lie::Always(f64::NAN));
            bed.run(20.0);
        },
        pump: HELD_WHERE_NEEDED,
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[],
    },
    Row {
        name: "The flow meter says that its value is damaged",
        origin: "FLOW_SENSOR_BAD",
        play: |bed| {
            bed.lie(Role::BloodFlow, Lie::Bad(Cause::Communication));
            bed.run(20.0);
        },
        pump: HELD_WHERE_NEEDED,
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[],
    },
    Row {
        name: "The flow meter repeats its last value",
        origin: "SENSOR_FROZEN",
        play: |bed| {
            bed.lie(Role::BloodFlow, Lie::Frozen);
            bed.run(80.0);
        },
        pump: [Pump::Undisturbed, Pump::Controlled, Pump::Controlled],
        state: all(None),
        alarms: &[wanted(Kind::SensorFrozen, Medium, 63.0)],
        also: &[Kind::FlowSensorBad, Kind::FlowImplausible],
    },
    Row {
        name: "The flow meter shows half of the flow",
        origin: "FLOW_IMPLAUSIBLE; incident 10",
        play: |bed| {
            bed.lie(Role::BloodFlow, Lie::Factor(0.5));
            bed.run(30.0);
        },
        pump: [Pump::Undisturbed, Pump::NotLowered, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::FlowImplausible, [Some(Medium), Some(Medium), None], 14.0)],
        also: &[
            Kind::FlowLow,
            Kind::VenousPressureLow,
            Kind::PreMembranePressureHigh,
            Kind::ArterialPressureHigh,
            Kind::MembraneDropHigh,
            Kind::InterventionExpired,
        ],
    },
    Row {
        name: "The flow meter spikes now and then",
        origin: "R15: no alarm from a single damaged sample",
        play: |bed| {
            bed.lie(Role::BloodFlow, Lie::Spikes(5.0, 0.001));
            bed.run(120.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[],
        also: &[],
    },
    Row {
        name: "The flow meter's signal is weak",
        origin: "FLOW_SENSOR_BAD (quality)",
        play: |bed| {
            bed.lie(Role::FlowQuality, Lie::Offset(-80.0));
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[by_mode(Kind::FlowSensorBad, MORE_WHERE_NEEDED, 2.0)],
        also: &[],
    },
    Row {
        name: "The flow meter jumps about, again and again",
        origin: "SENSOR_BAD (erratic); incident 5, R17",
        play: |bed| {
            bed.lie(Role::BloodFlow, Lie::Spikes(5.0, 0.05));
            bed.run(60.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorBad, Medium, 12.0)],
        also: &[],
    },
];
