// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pump and its drive.

use super::super::{AlarmKind, Definition, Priority, Source};
use super::{HIGH, except, row};
use crate::{LimitKind, Role};
use ecmod_quantities::Span;

pub(super) const STOP: Definition = Definition {
    delay: Span::from_millis(500),
    adds_up: true,
    priorities: HIGH,
    latching: true,
    action: "the demand stays, so that a drive that comes back goes on",
    text: "Clamp the return line. Look at the drive. If the pump does not start again, use the hand crank or the spare drive.",
    causes: &[
        ("drive", "the drive says that the pump turns at less than half of what is demanded"),
        ("tacho", "the second sensor says that the pump turns at less than half of what is demanded"),
        ("speed_unknown", "nobody knows the speed, and the blood does not flow"),
    ],
    inputs: &[
        Source::Role(Role::PumpSpeed),
        Source::Role(Role::Tacho),
        Source::Role(Role::BloodFlow),
        Source::Demand,
    ],
    explained_by: &[AlarmKind::DriveFault, AlarmKind::PumpLinkLost],
    procedure: Some("change_console"),
    ..row(
        AlarmKind::PumpStop,
        "the pump turns at less than half of the speed that is demanded, or its speed is unknown and nothing flows",
    )
};

pub(super) const SPEED_DEVIATION: Definition = Definition {
    delay: Span::from_secs(2),
    adds_up: true,
    priorities: HIGH,
    text: "Look at the drive and the pump head. Prepare the spare drive.",
    causes: &[
        ("too_slow", "the pump is slower than demanded"),
        ("too_fast", "the pump is faster than demanded"),
    ],
    inputs: &[Source::Role(Role::PumpSpeed), Source::Demand],
    explained_by: &[AlarmKind::DriveFault, AlarmKind::PumpStop],
    procedure: Some("change_motor"),
    ..row(AlarmKind::PumpSpeedDeviation, "the speed is off by more than 5 % and 100 rpm")
};

pub(super) const LINK_LOST: Definition = Definition {
    priorities: except(Priority::High, Priority::Medium, "in standby"),
    action: "the demand stands still, and the pump's host holds the last speed; where the drive is silent, an operator's speed and interventions are demanded all the same",
    text: "The pump goes on at its last speed. Change it with the keys at the pump's port, or at the drive; look at the drive's plug. Stay with the patient.",
    causes: &[
        ("absent", "the process that drives the pump is gone or does not move, or its driver does not run"),
        ("silent", "nobody answers on the drive's line: the pump can be neither seen nor changed"),
    ],
    inputs: &[Source::PumpLink, Source::Role(Role::PumpSpeed)],
    procedure: Some("change_console"),
    ..row(
        AlarmKind::PumpLinkLost,
        "the process that drives the pump is gone, or has stood still for 150 ms beyond what the control bears, or during support the drive has not answered for 600 ms",
    )
};

pub(super) const DRIVE_FAULT: Definition = Definition {
    priorities: except(Priority::High, Priority::Medium, "in standby"),
    latching: true,
    action: "none; the drive's driver resets those codes that its list allows",
    text: "Read the code at the drive. If the pump stands, clamp the return line and use the hand crank or the spare drive.",
    causes: &[("code", "the drive reports this alarm code")],
    inputs: &[Source::Role(Role::DriveAlarm)],
    procedure: Some("change_console"),
    ..row(AlarmKind::DriveFault, "the drive reports an alarm code")
};

pub(super) const DRIVE_OVERTEMPERATURE: Definition = Definition {
    limits: &[LimitKind::DriveTemperatureHigh],
    hysteresis: 3.0,
    delay: Span::from_secs(10),
    may_be_off: false,
    text: "Clear the air inlet of the console and of the motor. Prepare the spare drive.",
    causes: &[("too_hot", "temperature of the drive")],
    inputs: &[Source::Role(Role::DriveTemperature)],
    procedure: Some("change_motor"),
    ..row(AlarmKind::DriveOvertemperature, "the drive is hotter than its limit")
};

pub(super) const MOTOR_CURRENT_TREND: Definition = Definition {
    limits: &[LimitKind::PumpLoadHigh],
    hysteresis: 5.0,
    delay: Span::from_secs(10),
    text: "Listen to the pump head and look for clots in it. Prepare a new pump head.",
    causes: &[
        ("overload", "load of the motor"),
        ("risen", "at this speed the motor has half as much more to do as before, in percent of before"),
    ],
    inputs: &[Source::Role(Role::PumpLoad), Source::Role(Role::PumpSpeed)],
    procedure: Some("change_pump_head"),
    ..row(
        AlarmKind::MotorCurrentTrend,
        "the load of the pump's motor is above its limit, or by half above what it was at this speed",
    )
};
