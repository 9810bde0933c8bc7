// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers and hosts that are gone, fail, or come back too often. One alarm names the cause, not one for each signal.

use crate::matrix::{all, wanted};
use crate::words::{Pump, Row};
use ecmod_control::AlarmKind as Kind;
use ecmod_control::Priority::{High, Medium};
use ecmod_control::{DriverHealth, Fact, Role};
use ecmod_sim::harness::{Lie, Part};
use ecmod_sim::line::names;
use ecmod_sim::scenario::Fault;

pub const ROWS: &[Row] = &[
    Row {
        name: "The host of the pressures dies",
        origin: "HOST_LOST",
        play: |bed| {
            bed.driver(Part::Transmitter, DriverHealth::Absent);
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::HostLost, Medium, 0.2)],
        also: &[],
    },
    Row {
        name: "The host of bubbles, level and keys dies",
        origin: "HOST_LOST",
        play: |bed| {
            bed.driver(Part::Panel, DriverHealth::Absent);
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::HostLost, Medium, 0.2)],
        also: &[],
    },
    Row {
        name: "The driver of the clamps fails",
        origin: "DRIVER_FAULT",
        play: |bed| {
            bed.driver(Part::Clamps, DriverHealth::Faulted);
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::DriverFault, Medium, 3.0)],
        also: &[],
    },
    Row {
        name: "The host of mains and battery dies",
        origin: "HOST_LOST",
        play: |bed| {
            bed.driver(Part::Power, DriverHealth::Absent);
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::HostLost, Medium, 0.2)],
        also: &[],
    },
    Row {
        name: "The host of lamps and sounder dies",
        origin: "HOST_LOST: the annunciator is silent until it is back",
        play: |bed| {
            bed.driver(Part::Annunciator, DriverHealth::Absent);
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::HostLost, Medium, 0.2)],
        also: &[Kind::SounderFault],
    },
    Row {
        name: "The flow meter's driver was restarted more than three times in ten minutes",
        origin: "PLUGIN_DEAD",
        play: |bed| {
            bed.driver(Part::Flow, DriverHealth::Failing);
            bed.run(5.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::PluginDead, Medium, 0.2)],
        also: &[],
    },
    Row {
        name: "The blood monitor's driver was restarted more than three times in ten minutes",
        origin: "PLUGIN_DEAD",
        play: |bed| {
            bed.driver(Part::Monitor, DriverHealth::Failing);
            bed.run(5.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::PluginDead, Medium, 0.2)],
        also: &[],
    },
    Row {
        name: "A host hangs, says the supervisor",
        origin: "HOST_HUNG; R9",
        play: |bed| {
            bed.fact(Fact::HostHung, true);
            bed.run(5.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::HostHung, Medium, 2.0)],
        also: &[],
    },
    Row {
        name: "The sounder is dead",
        origin: "SOUNDER_FAULT",
        play: |bed| {
            bed.fault(Fault::SounderDead {});
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SounderFault, Medium, 3.2)],
        also: &[],
    },
    Row {
        name: "The annunciator hears no heartbeat and sounds by itself",
        origin: "CTRL_LOSS",
        play: |bed| {
            bed.lie(Role::AlarmHeartbeatLost, Lie::Always(1.0));
            bed.run(5.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::ControlLost, High, 0.5)],
        also: &[],
    },
    Row {
        name: "The pump's cable gets loose: from one in fifty to one in ten exchanges fail within ten minutes",
        origin: "LINK_DEGRADED; R17: incident 6",
        play: |bed| {
            let mut loose = None;
            for (minutes, probability) in [(2.0, 0.02), (3.0, 0.05), (5.0, 0.1)] {
                let silence = Fault::Silence { line: names::PUMP.into(), probability };
                let worse = bed.fault(silence);
                if let Some(before) = loose.replace(worse) {
                    bed.clear(before);
                }
                bed.run(60.0 * minutes);
            }
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::LinkDegraded, Medium, 480.0)],
        also: &[],
    },
    Row {
        name: "A tenth of the flow meter's lines is lost for a minute, and then none",
        origin: "LINK_DEGRADED must not come of a single burst",
        play: |bed| {
            let burst = bed.fault(Fault::Silence { line: names::FLOW.into(), probability: 0.1 });
            bed.run(60.0);
            bed.clear(burst);
            bed.run(60.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[],
        also: &[],
    },
];
