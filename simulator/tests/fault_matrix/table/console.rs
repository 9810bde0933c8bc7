// SPDX-License-Identifier: MIT OR Apache-2.0
//! The daemon, its storage, its bus, its keys, and what an operator may forget.

use crate::matrix::{all, by_mode, wanted};
use crate::words::{Pump, Row};
use ecmod_control::AlarmKind as Kind;
use ecmod_control::Priority::{High, Low, Medium};
use ecmod_control::{Boot, Fact, Mode, Request, Role};
use ecmod_sim::chips::inputs::Key;
use ecmod_sim::circuit::Site;
use ecmod_sim::harness::Lie;
use ecmod_sim::scenario::Fault;

/// A fact of the daemon and its alarm.
macro_rules! known {
    ($name:literal, $origin:literal, $fact:ident, $kind:ident, $priority:ident) => {
        Row {
            name: $name,
            origin: $origin,
            play: |bed| {
                bed.fact(Fact::$fact, true);
                bed.run(10.0);
            },
            pump: all(Pump::Undisturbed),
            state: all(None),
            alarms: &[wanted(Kind::$kind, $priority, 2.1)],
            also: &[],
        }
    };
}

pub const ROWS: &[Row] = &[
    Row {
        name: "The daemon dies and is back with its journal",
        origin: "R8, R20: it goes on in mode and setpoint",
        play: |bed| {
            let journal = bed.journal();
            bed.restart(journal);
            bed.fact(Fact::DaemonRestarted, true);
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::DaemonRestarted, Medium, 1.0)],
        also: &[],
    },
    Row {
        name: "The daemon dies, and its journal is gone",
        origin: "JOURNAL_DAMAGED, LIMITS_RESET; R8, R20",
        play: |bed| {
            bed.restart(Boot::Cold);
            for fact in [Fact::DaemonRestarted, Fact::JournalDamaged, Fact::LimitsReset] {
                bed.fact(fact, true);
            }
            bed.run(20.0);
        },
        pump: all(Pump::Held),
        state: all(Some(Mode::Speed)),
        alarms: &[
            wanted(Kind::DaemonRestarted, Medium, 1.0),
            wanted(Kind::JournalDamaged, Medium, 1.0),
            wanted(Kind::LimitsReset, Medium, 1.0),
        ],
        also: &[Kind::FlowLow],
    },
    Row {
        name: "The daemon dies while an intervention holds the flow down",
        origin: "R1: it is finished within its bound",
        play: |bed| {
            bed.fault(Fault::Air { site: Site::Return, ml: 5.0 });
            bed.run(5.0);
            let journal = bed.journal();
            bed.restart(journal);
            bed.fact(Fact::DaemonRestarted, true);
            bed.run(60.0);
        },
        pump: [Pump::Limited, Pump::Limited, Pump::Controlled],
        state: all(None),
        alarms: &[wanted(Kind::BubbleGrossArterial, High, 1.0), wanted(Kind::DaemonRestarted, Medium, 7.0)],
        also: &[Kind::FlowLow, Kind::FlowSensorBad, Kind::ReviewPending, Kind::BubbleUnconfirmed],
    },
    known!(
        "The daemon was restarted often",
        "RESTARTS_FREQUENT; R9",
        RestartsFrequent,
        RestartsFrequent,
        Medium
    ),
    known!(
        "The configuration has an error",
        "CFG_INVALID",
        ConfigurationInvalid,
        ConfigurationInvalid,
        Medium
    ),
    known!(
        "The configuration came from its copy",
        "CFG_RESTORED",
        ConfigurationRestored,
        ConfigurationRestored,
        Medium
    ),
    known!("The state journal is damaged", "JOURNAL_DAMAGED", JournalDamaged, JournalDamaged, Medium),
    known!("The alarm limits were lost", "LIMITS_RESET", LimitsReset, LimitsReset, Medium),
    known!("The wall clock jumps", "CLOCK_JUMP", ClockJumped, ClockJump, Low),
    known!("The disk is full", "DISK_FULL", DiskFull, DiskFull, Low),
    known!("The state directory cannot be written", "STORAGE_FAILED", StorageFailed, StorageFailed, Medium),
    known!("Log records are lost", "LOG_LOSS", LogLoss, LogLoss, Low),
    known!("The watchdog was nearly late", "WD_NEAR", WatchdogNear, WatchdogNear, Medium),
    known!("The control loop was late", "LOOP_OVERRUN", LoopOverrun, LoopOverrun, Low),
    known!(
        "D-Bus is gone and with it every user interface",
        "BUS_LOST; R22, incident 9",
        BusLost,
        BusLost,
        Medium
    ),
    known!(
        "The self-test has failed",
        "SELFTEST_FAIL: a running case goes on",
        SelfTestFailed,
        SelfTestFailed,
        Medium
    ),
    Row {
        name: "The key that overrides is stuck",
        origin: "KEY_STUCK",
        play: |bed| {
            bed.fault(Fault::KeyPressed { key: Key::Override });
            bed.run(45.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::KeyStuck, Low, 10.5)],
        also: &[Kind::InterventionOverridden],
    },
    Row {
        name: "An operator overrides every intervention",
        origin: "INTERVENTION_OVERRIDDEN; R6",
        play: |bed| {
            bed.begin();
            bed.ask(Request::Override { intervention: None, on: true });
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::InterventionOverridden, Low, 1.0)],
        also: &[],
    },
    Row {
        name: "An operator switches an alarm off",
        origin: "ALARMS_OFF; incident 15",
        play: |bed| {
            bed.begin();
            bed.ask(Request::AlarmOff { kind: Kind::FlowHigh, off: true });
            bed.run(10.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::AlarmsOff, Low, 1.0)],
        also: &[],
    },
    Row {
        name: "An alarm of high priority came and went while the sound was paused",
        origin: "REVIEW_PENDING; incident 15, R28",
        play: |bed| {
            bed.begin();
            bed.ask(Request::PauseAudio(true));
            bed.lie(Role::ArterialTemperature, Lie::Always(40.5));
            bed.run(15.0);
            bed.honest(Role::ArterialTemperature);
            bed.run(160.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::TemperatureHigh, High, 12.0), wanted(Kind::ReviewPending, Low, 170.0)],
        also: &[],
    },
    Row {
        name: "A case began without its checklist",
        origin: "CHECK_DUE; R18, R21",
        play: |bed| {
            bed.fact(Fact::ChecklistMissing, true);
            bed.run(130.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::CheckDue, Low, 121.0)],
        also: &[],
    },
    Row {
        name: "The operator sets too little flow",
        origin: "FLOW_LOW (in flow mode who sets less wants less)",
        play: |bed| {
            bed.begin();
            match bed.mode() {
                Mode::Speed => bed.ask(Request::SetSpeed(ecmod_quantities::Rpm(2000.0))),
                Mode::Flow => bed.ask(Request::SetFlow(ecmod_quantities::LitresPerMinute(1.2))),
                Mode::ZeroFlow => {}
            }
            bed.run(40.0);
        },
        pump: [Pump::Controlled, Pump::Controlled, Pump::Undisturbed],
        state: all(None),
        alarms: &[by_mode(Kind::FlowLow, [Some(High), None, None], 25.0)],
        also: &[Kind::VenousSaturationLow],
    },
];
