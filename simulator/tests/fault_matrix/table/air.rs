// SPDX-License-Identifier: MIT OR Apache-2.0
//! Air in the lines, and the level.

use crate::matrix::{all, by_mode, wanted};
use crate::words::{Pump, Row};
use ecmod_control::AlarmKind as Kind;
use ecmod_control::Priority::{High, Medium};
use ecmod_sim::circuit::Site;
use ecmod_sim::scenario::Fault;

/// What air does besides setting off its own alarm.
const OF_AIR: &[Kind] = &[
    Kind::FlowLow,
    Kind::FlowSensorBad,
    Kind::FlowImplausible,
    Kind::BubbleUnconfirmed,
    Kind::ReviewPending,
    Kind::VenousSaturationLow,
    Kind::Backflow,
    Kind::InterventionExpired,
    Kind::SensorDisagrees,
    // The pressures swing while the pump has air in it.
    Kind::Suction,
];

pub const ROWS: &[Row] = &[
    Row {
        name: "The detector on the return line pulses, and there is no air",
        origin: "BUBBLE_UNCONFIRMED; incident 1",
        play: |bed| {
            bed.fault(Fault::Bubble { site: Site::Return });
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::BubbleUnconfirmed, Medium, 0.1)],
        also: &[],
    },
    Row {
        name: "The detector on the return line sees bubbles without end, and there is no air",
        origin: "BUBBLE_UNCONFIRMED; incidents 1, 17",
        play: |bed| {
            bed.fault(Fault::Bubbles { site: Site::Return, per_s: 5.0 });
            bed.run(40.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::BubbleUnconfirmed, Medium, 0.1)],
        also: &[],
    },
    Row {
        name: "5 mL of air in the return line",
        origin: "BUBBLE_GROSS_ART; R1, R2",
        play: |bed| {
            bed.fault(Fault::Air { site: Site::Return, ml: 5.0 });
            bed.run(60.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Controlled],
        state: all(None),
        alarms: &[wanted(Kind::BubbleGrossArterial, High, 1.0)],
        also: OF_AIR,
    },
    Row {
        name: "A small bubble in the drainage line",
        origin: "BUBBLE_VEN",
        play: |bed| {
            bed.fault(Fault::Air { site: Site::Drainage, ml: 0.3 });
            bed.run(20.0);
        },
        pump: [Pump::Undisturbed, Pump::NotLowered, Pump::NotLowered],
        state: all(None),
        alarms: &[wanted(Kind::BubbleVenous, Medium, 0.1)],
        also: OF_AIR,
    },
    Row {
        name: "10 mL of air through the drainage line into the pump",
        origin: "BUBBLE_VEN; incident 15",
        play: |bed| {
            bed.fault(Fault::Air { site: Site::Drainage, ml: 10.0 });
            bed.run(60.0);
        },
        pump: [Pump::Undisturbed, Pump::Controlled, Pump::Controlled],
        state: all(None),
        alarms: &[wanted(Kind::BubbleVenous, Medium, 0.1)],
        also: OF_AIR,
    },
    Row {
        name: "The detector on the return line is dead",
        origin: "SENSOR_BAD (signal lost)",
        play: |bed| {
            bed.fault(Fault::BubbleDetectorDead { site: Site::Return });
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorBad, Medium, 4.0)],
        also: &[],
    },
    Row {
        name: "The level is too low",
        origin: "LEVEL_LOW",
        play: |bed| {
            let low = bed.fault(Fault::LevelLow {});
            bed.run(20.0);
            bed.clear(low);
            bed.run(30.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Controlled],
        state: all(None),
        alarms: &[wanted(Kind::LevelLow, High, 1.2)],
        also: &[Kind::FlowLow, Kind::ReviewPending, Kind::VenousSaturationLow],
    },
    Row {
        name: "Air in the return line while the flow meter cannot say anything",
        origin: "BUBBLE_UNCONFIRMED: one detector alone does not act; R2",
        play: |bed| {
            bed.fault(Fault::FlowCouplingLost {});
            bed.run(5.0);
            bed.fault(Fault::Bubble { site: Site::Return });
            bed.run(20.0);
        },
        pump: [Pump::Undisturbed, Pump::Held, Pump::Held],
        state: all(None),
        alarms: &[
            by_mode(Kind::FlowSensorBad, [Some(Medium), Some(High), Some(High)], 2.0),
            wanted(Kind::BubbleUnconfirmed, Medium, 5.2),
        ],
        also: &[],
    },
];
