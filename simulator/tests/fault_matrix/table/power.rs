// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mains and battery. Nothing of it touches the pump.

use crate::matrix::{all, wanted};
use crate::words::{Pump, Row};
use ecmod_control::AlarmKind as Kind;
use ecmod_control::Priority::{High, Low, Medium};
use ecmod_control::Request;
use ecmod_sim::scenario::Fault;

pub const ROWS: &[Row] = &[
    Row {
        name: "Mains are lost",
        origin: "MAINS_LOST",
        play: |bed| {
            bed.fault(Fault::MainsLost {});
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::MainsLost, Medium, 3.5)],
        also: &[],
    },
    Row {
        name: "Mains are taken away in a planned transport",
        origin: "MAINS_LOST (low in transport)",
        play: |bed| {
            bed.ask(Request::SetTransport(true));
            bed.fault(Fault::MainsLost {});
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::MainsLost, Low, 3.5)],
        also: &[],
    },
    Row {
        name: "On battery, 20 minutes are left",
        origin: "BATT_LOW",
        play: |bed| {
            bed.fault(Fault::BatteryCharge { percent: 22.0 });
            bed.fault(Fault::MainsLost {});
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::BatteryLow, Medium, 12.0), wanted(Kind::MainsLost, Medium, 3.5)],
        also: &[],
    },
    Row {
        name: "On battery, 5 minutes are left",
        origin: "BATT_CRIT",
        play: |bed| {
            bed.fault(Fault::BatteryCharge { percent: 5.0 });
            bed.fault(Fault::MainsLost {});
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::BatteryCritical, High, 12.0), wanted(Kind::MainsLost, Medium, 3.5)],
        also: &[Kind::BatteryLow],
    },
    Row {
        name: "The battery says that it must not be used, whatever its charge",
        origin: "BATT_FAULT; incident 16",
        play: |bed| {
            bed.fault(Fault::BatteryFailed {});
            bed.run(40.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::BatteryFault, Medium, 33.0)],
        also: &[Kind::BatteryNotCharging],
    },
    Row {
        name: "There is no battery in its bay",
        origin: "BATT_FAULT",
        play: |bed| {
            bed.fault(Fault::BatteryMissing {});
            bed.run(40.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::BatteryFault, Medium, 33.0)],
        also: &[Kind::BatteryNotCharging, Kind::SensorBad],
    },
    Row {
        name: "The charger gives nothing to a battery that is not full",
        origin: "BATT_NOT_CHARGING",
        play: |bed| {
            bed.fault(Fault::BatteryCharge { percent: 60.0 });
            bed.fault(Fault::ChargerFailed {});
            bed.run(40.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::BatteryNotCharging, Medium, 33.0)],
        also: &[],
    },
];
