// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pump, its drive, and what measures its speed.

use crate::bed::FLOW;
use crate::matrix::{all, by_mode, wanted};
use crate::words::{Pump, Row};
use ecmod_control::AlarmKind as Kind;
use ecmod_control::Priority::{High, Low, Medium};
use ecmod_control::{DriverHealth, Mode, Request, Role};
use ecmod_quantities::{LitresPerMinute, Rpm};
use ecmod_sim::harness::{Lie, Part};
use ecmod_sim::scenario::{Fault, PatientChange};

/// What follows from a pump that stands or slows, besides the cause.
const STANDING: &[Kind] = &[
    Kind::FlowLow,
    Kind::Backflow,
    Kind::PumpSpeedDeviation,
    Kind::FlowImplausible,
    Kind::VenousSaturationLow,
    Kind::Disconnect,
    Kind::SensorDisagrees,
    Kind::ReviewPending,
    Kind::MembraneDropHigh,
    Kind::InterventionExpired,
    // Nothing flows, however fast the drive is told to turn.
    Kind::Suction,
];

/// What follows from one that stands again and again: the flow jumps faster than blood does.
const DIPPING: &[Kind] = &[
    Kind::SensorBad,
    Kind::FlowSensorBad,
    Kind::FlowLow,
    Kind::Backflow,
    Kind::VenousSaturationLow,
    // The flow swings at a speed that is demanded steadily.
    Kind::Suction,
];

pub const ROWS: &[Row] = &[
    Row {
        name: "The drive reports an alarm and stops",
        origin: "PUMP_STOP, DRIVE_FAULT; incident 5",
        play: |bed| {
            bed.fault(Fault::DriveAlarm { code: 0x30 });
            bed.run(20.0);
        },
        pump: all(Pump::Fails),
        state: all(None),
        alarms: &[wanted(Kind::DriveFault, High, 0.2), wanted(Kind::PumpStop, High, 1.5)],
        also: STANDING,
    },
    Row {
        name: "The drive's supply dips; it comes up and inhibits the start",
        origin: "DRIVE_FAULT; incident 6",
        play: |bed| {
            bed.fault(Fault::DriveStartInhibited {});
            bed.run(20.0);
        },
        pump: all(Pump::Fails),
        state: all(None),
        alarms: &[wanted(Kind::DriveFault, High, 0.2), wanted(Kind::PumpStop, High, 1.5)],
        also: STANDING,
    },
    Row {
        name: "The drive's supply dips again and again, every six seconds; it is up to speed between",
        origin: "PUMP_SPEED_DEV; incident 6",
        play: |bed| {
            for _ in 0..10 {
                let dip = bed.fault(Fault::DriveReset {});
                bed.run(6.0);
                bed.clear(dip);
            }
        },
        // At zero flow the pump turns slowly, and each dip is over before it has fallen by half.
        pump: [Pump::Fails, Pump::Fails, Pump::NotLowered],
        state: all(None),
        alarms: &[
            wanted(Kind::PumpSpeedDeviation, High, 35.0),
            by_mode(Kind::PumpStop, [Some(High), Some(High), None], 20.0),
        ],
        also: DIPPING,
    },
    Row {
        name: "The drive does not reach its speed",
        origin: "PUMP_SPEED_DEV; incident 5",
        play: |bed| {
            bed.fault(Fault::DriveWeak { fraction: 0.12 });
            bed.run(20.0);
        },
        pump: [Pump::NotLowered, Pump::NotLowered, Pump::NotLowered],
        state: all(None),
        alarms: &[wanted(Kind::PumpSpeedDeviation, High, 2.5)],
        also: STANDING,
    },
    Row {
        name: "The coupling lets go: the motor turns, the rotor stands",
        origin: "PUMP_STOP (second speed sensor); incident 10",
        play: |bed| {
            bed.fault(Fault::PumpDecoupled {});
            bed.run(20.0);
        },
        pump: all(Pump::NotLowered),
        state: all(None),
        alarms: &[wanted(Kind::PumpStop, High, 1.0)],
        also: STANDING,
    },
    Row {
        name: "The motor's load is far too high",
        origin: "MOTOR_CURRENT_TREND",
        play: |bed| {
            bed.lie(Role::PumpLoad, Lie::Always(130.0));
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::MotorCurrentTrend, Medium, 11.0)],
        also: &[Kind::SensorFrozen],
    },
    Row {
        name: "The drive is too hot",
        origin: "DRIVE_OVERTEMP",
        play: |bed| {
            bed.lie(Role::DriveTemperature, Lie::Always(95.0));
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::DriveOvertemperature, Medium, 12.0)],
        also: &[],
    },
    Row {
        name: "The drive says that it stands, and the second sensor says that it turns",
        origin: "PUMP_STOP, SENSOR_DISAGREES; incident 5",
        play: |bed| {
            bed.lie(Role::PumpSpeed, Lie::Always(0.0));
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::PumpStop, High, 1.0)],
        also: STANDING,
    },
    Row {
        name: "The second speed sensor is silent",
        origin: "SENSOR_STALE",
        play: |bed| {
            bed.lie(Role::Tacho, Lie::Silent);
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorStale, Low, 1.5)],
        also: &[],
    },
    Row {
        name: "The drive's speed stands still in its reports",
        origin: "SENSOR_FROZEN; incident 5",
        play: |bed| {
            // What the drive's ripple is like is learnt in the first minute.
            bed.prepare(30.0);
            bed.lie(Role::PumpSpeed, Lie::Frozen);
            bed.run(80.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorFrozen, Medium, 63.0)],
        also: &[],
    },
    Row {
        name: "Nobody answers on the pump's line",
        origin: "PUMP_LINK_LOST: nobody can read or command the drive; incident 6",
        play: |bed| {
            bed.fault(Fault::Silence { line: "pump_line".into(), probability: 1.0 });
            bed.run(20.0);
        },
        // Until it is known, 600 ms, the flow controller goes on.
        pump: [Pump::Held, Pump::NotLowered, Pump::NotLowered],
        state: all(None),
        alarms: &[wanted(Kind::PumpLinkLost, High, 1.0)],
        also: &[],
    },
    Row {
        name: "The drive is set to another speed while its reports stand still",
        origin: "SENSOR_FROZEN: the demand moved and the report did not; incident 5",
        play: |bed| {
            bed.lie(Role::PumpSpeed, Lie::Frozen);
            bed.run(5.0);
            match bed.mode() {
                Mode::Speed => bed.ask(Request::SetSpeed(Rpm(bed.before - 80.0))),
                Mode::Flow => bed.ask(Request::SetFlow(LitresPerMinute(FLOW - 0.3))),
                Mode::ZeroFlow => {
                    bed.patient(PatientChange { arterial_mmhg: Some(105.0), ..PatientChange::default() })
                }
            }
            bed.run(25.0);
        },
        pump: all(Pump::Controlled),
        state: all(None),
        alarms: &[wanted(Kind::SensorFrozen, Medium, 25.0)],
        also: &[Kind::PumpSpeedDeviation, Kind::FlowImplausible, Kind::SensorDisagrees, Kind::Backflow],
    },
    Row {
        name: "A fifth of what the pump's line says is lost or garbled",
        origin: "R15: no alarm from a single damaged sample",
        play: |bed| {
            bed.fault(Fault::Silence { line: "pump_line".into(), probability: 0.1 });
            bed.fault(Fault::WrongCrc { line: "pump_line".into(), probability: 0.1 });
            bed.run(60.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[],
        also: &[],
    },
    Row {
        name: "The pump's host dies and is away for 5 s",
        origin: "PUMP_LINK_LOST; R14, R22",
        play: |bed| {
            let held = bed.outputs().pump_speed;
            bed.driver(Part::Pump, DriverHealth::Absent);
            bed.run(5.0);
            bed.harness().return_pump_host(held);
            bed.run(15.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::PumpLinkLost, High, 0.1)],
        also: &[Kind::HostLost],
    },
    Row {
        name: "The pump's driver fails and stays away",
        origin: "PUMP_LINK_LOST, DRIVER_FAULT",
        play: |bed| {
            bed.driver(Part::Pump, DriverHealth::Faulted);
            bed.run(20.0);
        },
        pump: all(Pump::Held),
        state: all(None),
        alarms: &[wanted(Kind::PumpLinkLost, High, 0.2)],
        also: &[Kind::DriverFault],
    },
    Row {
        name: "The pump's driver was restarted too often",
        origin: "PLUGIN_DEAD",
        play: |bed| {
            bed.driver(Part::Pump, DriverHealth::Failing);
            bed.run(5.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::PluginDead, High, 0.2)],
        also: &[],
    },
    Row {
        name: "While the daemon was away the pump's own keys have lowered the speed",
        origin: "LOCAL_CONTROL",
        play: |bed| {
            bed.driver(Part::Pump, DriverHealth::Absent);
            bed.run(2.0);
            let before = bed.before;
            bed.harness().return_pump_host_from_keys(Rpm(before - 100.0));
            bed.run(10.0);
        },
        pump: all(Pump::Controlled),
        state: all(Some(Mode::Speed)),
        alarms: &[wanted(Kind::LocalControl, Medium, 3.0)],
        also: &[Kind::PumpLinkLost, Kind::HostLost, Kind::Backflow, Kind::FlowLow],
    },
];
