// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pressures and what they tell of the circuit: suction, kinks, clots, lines that come off; and sensors that lie.

use crate::bed::Bed;
use crate::matrix::{all, by_mode, wanted};
use crate::words::{Pump, Row};
use ecmod_control::AlarmKind as Kind;
use ecmod_control::Priority::{High, Low, Medium};
use ecmod_control::{Mode, Request, Role};
use ecmod_quantities::{LitresPerMinute, Rpm};
use ecmod_sim::circuit::{HandClamp, Site};
use ecmod_sim::devices::Channel;
use ecmod_sim::harness::Lie;
use ecmod_sim::scenario::{Fault, PatientChange};

/// What too little flow in a blocked circuit brings with it.
const BLOCKED: &[Kind] = &[
    Kind::FlowLow,
    Kind::FlowImplausible,
    Kind::VenousPressureLow,
    Kind::PreMembranePressureHigh,
    Kind::ArterialPressureHigh,
    Kind::Suction,
    Kind::OcclusionDownstream,
    Kind::OcclusionUpstream,
    Kind::Disconnect,
    Kind::Backflow,
    Kind::MembraneDropHigh,
    Kind::VenousSaturationLow,
    Kind::InterventionExpired,
    Kind::ReviewPending,
    Kind::SensorDisagrees,
];

/// Flow falls to a trickle before arterial pressure rises against it.
fn slow_pump(bed: &mut Bed) {
    match bed.mode() {
        Mode::Speed => bed.ask(Request::SetSpeed(Rpm(1800.0))),
        Mode::Flow => bed.ask(Request::SetFlow(LitresPerMinute(0.6))),
        Mode::ZeroFlow => {}
    }
    bed.prepare(40.0);
    bed.ask(Request::Acknowledge(None));
}

pub const ROWS: &[Row] = &[
    Row {
        name: "The patient has too little volume: the vein collapses on the cannula",
        origin: "SUCTION, PVEN_LOW; incident 2",
        play: |bed| {
            bed.fault(Fault::Hypovolaemia { venous_return_l_min: 2.5 });
            bed.run(60.0);
        },
        pump: [Pump::Controlled, Pump::Controlled, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::Suction, [Some(Medium), Some(Medium), None], 4.5)],
        also: BLOCKED,
    },
    Row {
        name: "The drainage line is kinked",
        origin: "PVEN_LOW; R5, R7",
        play: |bed| {
            bed.fault(Fault::Occlusion { site: Site::Drainage, fraction: 0.55 });
            bed.run(110.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::VenousPressureLow, [Some(Medium), Some(Medium), None], 3.0)],
        also: BLOCKED,
    },
    Row {
        name: "The drainage line is shut",
        origin: "OCCLUSION_UP",
        play: |bed| {
            bed.fault(Fault::Occlusion { site: Site::Drainage, fraction: 1.0 });
            bed.run(110.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::OcclusionUpstream, [Some(High), Some(High), None], 3.5)],
        also: BLOCKED,
    },
    Row {
        name: "The return line is kinked",
        origin: "PART_HIGH",
        play: |bed| {
            bed.fault(Fault::Occlusion { site: Site::Return, fraction: 0.8 });
            bed.run(60.0);
        },
        pump: [Pump::Controlled, Pump::Limited, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::ArterialPressureHigh, [None, Some(Medium), None], 2.0)],
        also: BLOCKED,
    },
    Row {
        name: "The return line is shut",
        origin: "OCCLUSION_DOWN; incident 12",
        play: |bed| {
            bed.fault(Fault::Occlusion { site: Site::Return, fraction: 1.0 });
            bed.run(110.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::OcclusionDownstream, [Some(High), Some(High), None], 2.0)],
        also: BLOCKED,
    },
    Row {
        name: "The return line is kinked, and its pressures are lost for 0.8 s when that has lowered the speed",
        origin: "an intervention that lets go in between; R1, R6",
        play: |bed| {
            bed.fault(Fault::Occlusion { site: Site::Return, fraction: 0.85 });
            bed.run(2.0);
            for role in [Role::ArterialPressure, Role::PreMembranePressure] {
                bed.lie(role, Lie::Silent);
            }
            bed.run(0.8);
            for role in [Role::ArterialPressure, Role::PreMembranePressure] {
                bed.honest(role);
            }
            bed.run(110.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::ArterialPressureHigh, [Some(Medium), Some(Medium), None], 2.0)],
        also: BLOCKED,
    },
    Row {
        name: "The return line comes off",
        origin: "DISCONNECT",
        play: |bed| {
            bed.fault(Fault::Disconnection { site: Site::Return });
            bed.run(20.0);
        },
        pump: [Pump::Controlled, Pump::Controlled, Pump::Controlled],
        state: all(None),
        alarms: &[by_mode(Kind::Disconnect, [Some(High), Some(High), None], 2.0)],
        also: BLOCKED,
    },
    Row {
        name: "The drainage line comes off and the pump draws air",
        origin: "DISCONNECT",
        play: |bed| {
            bed.fault(Fault::Disconnection { site: Site::Drainage });
            bed.run(20.0);
        },
        pump: [Pump::Controlled, Pump::Controlled, Pump::Controlled],
        state: all(None),
        alarms: &[by_mode(Kind::Disconnect, [Some(High), Some(High), None], 3.0)],
        also: BLOCKED,
    },
    Row {
        name: "Arterial pressure rises above what a slow pump can hold",
        origin: "BACKFLOW",
        play: |bed| {
            slow_pump(bed);
            let change = PatientChange {
                arterial_mmhg: Some(150.0),
                clamp: Some(HandClamp::Open),
                ..PatientChange::default()
            };
            bed.patient(change);
            bed.run(30.0);
        },
        pump: all(Pump::Raised),
        state: all(None),
        alarms: &[wanted(Kind::Backflow, High, 1.5)],
        also: BLOCKED,
    },
    Row {
        name: "A clot in the membrane",
        origin: "DP_HIGH",
        play: |bed| {
            bed.prepare(720.0);
            bed.fault(Fault::Clot { fraction: 0.4 });
            bed.run(120.0);
        },
        pump: [Pump::Controlled, Pump::Controlled, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::MembraneDropHigh, [Some(Medium), Some(Medium), None], 75.0)],
        also: BLOCKED,
    },
    Row {
        name: "The venous pressure sensor breaks",
        origin: "SENSOR_BAD",
        play: |bed| {
            bed.fault(Fault::TransmitterInvalid { channel: Channel::Venous });
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorBad, Medium, 1.5)],
        also: &[],
    },
    Row {
        name: "Nobody answers on the line of the pressures",
        origin: "SENSOR_STALE: one alarm for the cause",
        play: |bed| {
            bed.fault(Fault::Silence { line: "monitor".into(), probability: 1.0 });
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorStale, Medium, 1.5)],
        also: &[],
    },
    Row {
        name: "The transmitter answers, but its values stand still",
        origin: "SENSOR_FROZEN",
        play: |bed| {
            bed.fault(Fault::TransmitterFrozen {});
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorFrozen, Medium, 1.5)],
        also: &[],
    },
    Row {
        name: "The arterial pressure repeats its last value, and says that it is new",
        origin: "SENSOR_FROZEN",
        play: |bed| {
            bed.lie(Role::ArterialPressure, Lie::Frozen);
            bed.run(80.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorFrozen, Medium, 63.0)],
        also: &[],
    },
    Row {
        name: "The arterial pressure sensor shows 250 mmHg too much",
        origin: "PART_HIGH, SENSOR_DISAGREES: a sensor that lies lowers the flow for a bounded time only; R1, R5",
        play: |bed| {
            bed.lie(Role::ArterialPressure, Lie::Offset(250.0));
            bed.run(90.0);
        },
        pump: [Pump::Controlled, Pump::Controlled, Pump::Controlled],
        state: all(None),
        alarms: &[
            wanted(Kind::SensorDisagrees, Medium, 8.5),
            by_mode(Kind::ArterialPressureHigh, [Some(High), Some(High), Some(Medium)], 1.5),
        ],
        also: BLOCKED,
    },
    Row {
        name: "The venous pressure sensor shows -180 mmHg whatever is true",
        origin: "PVEN_LOW; incident 2, R5, R7",
        play: |bed| {
            bed.lie(Role::VenousPressure, Lie::Offset(-130.0));
            bed.run(90.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Controlled],
        state: all(None),
        alarms: &[by_mode(Kind::VenousPressureLow, [Some(High), Some(High), Some(Medium)], 2.5)],
        also: BLOCKED,
    },
    Row {
        name: "The pressure before the membrane drifts",
        origin: "SENSOR_DISAGREES",
        play: |bed| {
            bed.lie(Role::PreMembranePressure, Lie::Drift(-2.0));
            bed.run(120.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorDisagrees, Medium, 45.0)],
        also: &[Kind::FlowImplausible, Kind::MembraneDropHigh, Kind::MembraneDropTrend],
    },
    Row {
        name: "A pressure spikes now and then",
        origin: "R15: no alarm from a single damaged sample",
        play: |bed| {
            bed.lie(Role::PreMembranePressure, Lie::Spikes(400.0, 0.003));
            bed.run(60.0);
        },
        pump: [Pump::Undisturbed, Pump::Undisturbed, Pump::Undisturbed],
        state: all(None),
        alarms: &[],
        also: &[],
    },
    Row {
        name: "The membrane clots slowly",
        origin: "DP_TREND",
        play: |bed| {
            bed.prepare(600.0);
            for part in 1..=12_u32 {
                bed.fault(Fault::Clot { fraction: 0.015 * f64::from(part) });
                bed.run(300.0);
            }
        },
        pump: [Pump::Controlled, Pump::Controlled, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::MembraneDropTrend, [Some(Low), Some(Low), None], 2900.0)],
        also: BLOCKED,
    },
];
