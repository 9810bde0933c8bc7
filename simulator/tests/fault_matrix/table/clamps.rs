// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console's own clamps.

use crate::matrix::{all, by_mode, wanted};
use crate::words::{Pump, Row};
use ecmod_control::AlarmKind as Kind;
use ecmod_control::Priority::High;
use ecmod_control::{Clamp, ClampPosition, Request};
use ecmod_sim::chips::clamp::Switch;
use ecmod_sim::circuit::Site;
use ecmod_sim::scenario::Fault;

const BLOCKED: &[Kind] = &[
    Kind::FlowLow,
    Kind::FlowImplausible,
    Kind::VenousPressureLow,
    Kind::PreMembranePressureHigh,
    Kind::ArterialPressureHigh,
    Kind::OcclusionDownstream,
    Kind::OcclusionUpstream,
    Kind::VenousSaturationLow,
    Kind::InterventionExpired,
    Kind::ReviewPending,
    Kind::Suction,
    Kind::Backflow,
    Kind::SensorDisagrees,
];

pub const ROWS: &[Row] = &[
    Row {
        name: "The return clamp closes by itself",
        origin: "CLAMP_MISMATCH, OCCLUSION_DOWN; incident 12",
        play: |bed| {
            bed.fault(Fault::ClampClosesByItself { site: Site::Return });
            bed.run(110.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Undisturbed],
        state: all(None),
        alarms: &[
            wanted(Kind::ClampMismatch, High, 1.5),
            by_mode(Kind::OcclusionDownstream, [Some(High), Some(High), None], 2.0),
        ],
        also: BLOCKED,
    },
    Row {
        name: "The return clamp is to close, and is jammed",
        origin: "CLAMP_MISMATCH; R25",
        play: |bed| {
            bed.fault(Fault::ClampJammed { site: Site::Return });
            bed.ask(Request::SetClamp { clamp: Clamp::Return, position: ClampPosition::Closed });
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::ClampMismatch, High, 1.0)],
        also: &[],
    },
    Row {
        name: "A switch of the drainage clamp breaks",
        origin: "CLAMP_MISMATCH",
        play: |bed| {
            bed.fault(Fault::ClampSwitchBroken { site: Site::Drainage, switch: Switch::Open });
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::ClampMismatch, High, 1.5)],
        also: &[],
    },
    Row {
        name: "An operator closes the drainage clamp while the pump runs",
        origin: "OCCLUSION_UP, naming the clamp",
        play: |bed| {
            bed.begin();
            bed.ask(Request::SetClamp { clamp: Clamp::Drainage, position: ClampPosition::Closed });
            bed.run(110.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::OcclusionUpstream, [Some(High), Some(High), None], 3.5)],
        also: BLOCKED,
    },
];
