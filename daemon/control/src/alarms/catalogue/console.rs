// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console itself: its processes, its records, its keys and its sounder.

use super::super::{AlarmKind, Definition, Priority, Source, SubjectKind};
use super::{LOW, except, row};
use crate::{Fact, Role};
use ecmod_quantities::Span;

const FACT: (&str, &str) = ("reported", "the daemon reports it");

pub(super) const CONTROL_LOST: Definition = Definition {
    delay: Span::from_millis(300),
    clear: Span::from_secs(5),
    priorities: super::HIGH,
    latching: true,
    action: "the annunciator has sounded by itself; the drive holds its speed meanwhile",
    text: "The console was without control for a while, and the pump held its speed. Look at speed, flow and pressures.",
    causes: &[("heartbeat", "the annunciator lost the heartbeat of the console")],
    inputs: &[Source::Role(Role::AlarmHeartbeatLost)],
    explained_by: &[AlarmKind::DaemonRestarted, AlarmKind::HostLost],
    ..row(
        AlarmKind::ControlLost,
        "the annunciator lost the console's heartbeat; while the console is down the annunciator sounds by itself",
    )
};

pub(super) const DAEMON_RESTARTED: Definition = Definition {
    latching: true,
    action: "the running pump was taken over as it was",
    text: "The console's control was restarted by itself. Look at mode, speed, flow and limits.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::DaemonRestarted)],
    explained_by: &[AlarmKind::RestartsFrequent],
    ..row(AlarmKind::DaemonRestarted, "the console's daemon was restarted without having been asked to stop")
};

pub(super) const RESTARTS_FREQUENT: Definition = Definition {
    latching: true,
    action: "optional parts begin with safe defaults; the control loop always runs",
    text: "The console fails again and again. Prepare a spare console.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::RestartsFrequent)],
    procedure: Some("change_console"),
    ..row(AlarmKind::RestartsFrequent, "the daemon was restarted several times in ten minutes")
};

pub(super) const LOCAL_CONTROL: Definition = Definition {
    latching: true,
    action: "speed mode, at the speed that was set with the keys",
    text: "The speed was set with the keys at the pump's port while the console was away. Look at it, and choose the mode.",
    causes: &[("keys", "the speed that was set")],
    inputs: &[Source::PumpLink],
    ..row(AlarmKind::LocalControl, "keys at the pump's host changed the speed while the console was away")
};

pub(super) const LOOP_OVERRUN: Definition = Definition {
    clear: Span::from_secs(60),
    priorities: LOW,
    text: "The control loop was late. If this comes again, have the console looked at.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::LoopOverrun)],
    ..row(AlarmKind::LoopOverrun, "the control loop was late")
};

pub(super) const WATCHDOG_NEAR: Definition = Definition {
    clear: Span::from_secs(60),
    text: "A part of the console nearly stopped. Prepare for a restart of the control; the pump will hold its speed.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::WatchdogNear)],
    ..row(AlarmKind::WatchdogNear, "the supervisor was nearly not served in time")
};

pub(super) const HOST_HUNG: Definition = Definition {
    clear: Span::from_secs(5),
    action: "it is asked to be restarted through its own supervisor",
    text: "A process that serves devices hangs and is started again. Look at which readings are missing.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::HostHung)],
    ..row(AlarmKind::HostHung, "a host does not move and does not answer")
};

pub(super) const BUS_LOST: Definition = Definition {
    delay: Span::from_secs(2),
    action: "control goes on",
    text: "No screen can reach the console; control goes on. Use the keys at the console, and stay with the patient.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::BusLost)],
    ..row(AlarmKind::BusLost, "the message bus is gone")
};

pub(super) const CONFIGURATION_INVALID: Definition = Definition {
    latching: true,
    action: "the last configuration that was good stays in force",
    text: "The configuration has an error and was not taken. Have it mended; the one before is in force.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::ConfigurationInvalid)],
    ..row(AlarmKind::ConfigurationInvalid, "the configuration is not valid")
};

pub(super) const CONFIGURATION_RESTORED: Definition = Definition {
    latching: true,
    action: "the copy is in force",
    text: "The configuration was lost and its copy is in force. Check signals and limits.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::ConfigurationRestored)],
    explained_by: &[AlarmKind::ConfigurationInvalid],
    ..row(AlarmKind::ConfigurationRestored, "the configuration was restored from its copy")
};

pub(super) const JOURNAL_DAMAGED: Definition = Definition {
    latching: true,
    action: "a running pump is taken over as it is; all else begins with safe defaults",
    text: "What the console knew from before is lost. Check mode, setpoints, limits and zeros.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::JournalDamaged)],
    ..row(AlarmKind::JournalDamaged, "the state from before is damaged, foreign or of an unknown version")
};

pub(super) const LIMITS_RESET: Definition = Definition {
    latching: true,
    action: "the preset of the patient's class is in force",
    text: "The alarm limits are those of the preset. Set them for this patient.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::LimitsReset)],
    explained_by: &[AlarmKind::JournalDamaged],
    ..row(AlarmKind::LimitsReset, "the alarm limits could not be kept and are those of the preset")
};

pub(super) const CLOCK_JUMP: Definition = Definition {
    clear: Span::from_secs(60),
    priorities: LOW,
    action: "none: nothing is timed by the clock of the wall",
    text: "The clock was set. Note the time of the case: records before and after it have different clocks.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::ClockJumped)],
    ..row(AlarmKind::ClockJump, "the wall clock jumped")
};

pub(super) const DISK_FULL: Definition = Definition {
    clear: Span::from_secs(10),
    priorities: LOW,
    action: "trends make room first, alarm records last; control goes on",
    text: "There is no room for records. Have old ones exported and removed.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::DiskFull)],
    ..row(AlarmKind::DiskFull, "there is no room for records")
};

pub(super) const STORAGE_FAILED: Definition = Definition {
    clear: Span::from_secs(10),
    action: "control goes on; what changes from now on would not survive a restart",
    text: "The console cannot write its state. Note mode, setpoints and limits, and have it looked at.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::StorageFailed)],
    explained_by: &[AlarmKind::DiskFull],
    ..row(AlarmKind::StorageFailed, "the state directory cannot be written")
};

pub(super) const LOG_LOSS: Definition = Definition {
    clear: Span::from_secs(60),
    priorities: LOW,
    action: "what was lost is counted",
    text: "Log entries or records were lost. Note what happens by hand.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::LogLoss)],
    explained_by: &[AlarmKind::DiskFull, AlarmKind::StorageFailed],
    ..row(AlarmKind::LogLoss, "log entries or records were lost")
};

pub(super) const SELF_TEST_FAILED: Definition = Definition {
    priorities: except(Priority::High, Priority::Medium, "during support, or when it was overridden"),
    action: "no new case begins until it is mended or overridden; a running one is not touched",
    text: "Look at which item of the self-test failed and at its remedy, or override it.",
    causes: &[FACT],
    inputs: &[Source::Fact(Fact::SelfTestFailed), Source::Fact(Fact::SelfTestOverridden)],
    ..row(AlarmKind::SelfTestFailed, "an item of the self-test failed")
};

pub(super) const SOUNDER_FAULT: Definition = Definition {
    delay: Span::from_secs(3),
    text: "Alarms may not be heard. Stay with the console and watch its lamps; have the sounder replaced.",
    causes: &[("silent", "the annunciator finds that its sounder does not work")],
    inputs: &[Source::Role(Role::SounderOk)],
    ..row(AlarmKind::SounderFault, "the sounder does not work")
};

pub(super) const KEY_STUCK: Definition = Definition {
    subject: SubjectKind::Signal,
    priorities: LOW,
    action: "the key acts once and then no more until it was released",
    text: "A key is pressed all the time. Free it, or have it looked at.",
    causes: &[("pressed", "it has been pressed for ten seconds")],
    inputs: &[Source::Role(Role::KeyMute), Source::Role(Role::KeyConfirm), Source::Role(Role::KeyOverride)],
    ..row(AlarmKind::KeyStuck, "a key has been pressed for ten seconds")
};
