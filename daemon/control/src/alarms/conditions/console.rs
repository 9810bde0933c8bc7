// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console itself: what the daemon knows, the sounder, the keys.

use super::super::scene::{Scene, Sink, When};
use super::super::{Alarm, AlarmCause, AlarmKind, Subject};
use crate::{Fact, MAX_SIGNALS, Role};

/// Which alarm a fact is.
const FACTS: [(Fact, AlarmKind); 15] = [
    (Fact::ConfigurationInvalid, AlarmKind::ConfigurationInvalid),
    (Fact::ConfigurationRestored, AlarmKind::ConfigurationRestored),
    (Fact::JournalDamaged, AlarmKind::JournalDamaged),
    (Fact::ClockJumped, AlarmKind::ClockJump),
    (Fact::DiskFull, AlarmKind::DiskFull),
    (Fact::StorageFailed, AlarmKind::StorageFailed),
    (Fact::LogLoss, AlarmKind::LogLoss),
    (Fact::WatchdogNear, AlarmKind::WatchdogNear),
    (Fact::BusLost, AlarmKind::BusLost),
    (Fact::DaemonRestarted, AlarmKind::DaemonRestarted),
    (Fact::RestartsFrequent, AlarmKind::RestartsFrequent),
    (Fact::SelfTestFailed, AlarmKind::SelfTestFailed),
    (Fact::LimitsReset, AlarmKind::LimitsReset),
    (Fact::LoopOverrun, AlarmKind::LoopOverrun),
    (Fact::HostHung, AlarmKind::HostHung),
];

#[derive(Debug, Clone)]
pub(super) struct Memory {
    /// The annunciator has told that it hears us: before that, it has been sounding since it has power.
    heard: bool,
}

impl Memory {
    pub(super) const NEW: Self = Self { heard: false };
}

pub(super) fn find(scene: &Scene<'_>, memory: &mut Memory, arriving: bool, sink: &mut Sink<'_>) {
    for (fact, kind) in FACTS {
        if scene.facts.has(fact) {
            let overridden = scene.facts.has(Fact::SelfTestOverridden) || scene.running();
            let when = When::special(fact == Fact::SelfTestFailed && overridden);
            sink.find(kind, when, AlarmCause::word("reported"));
        }
    }
    let silent = scene.state(Role::AlarmHeartbeatLost);
    memory.heard |= silent == Some(false);
    if silent == Some(true) && (memory.heard || !arriving) {
        sink.find(AlarmKind::ControlLost, When::Usual, AlarmCause::word("heartbeat"));
    }
    if scene.state(Role::SounderOk) == Some(false) {
        sink.find(AlarmKind::SounderFault, When::Usual, AlarmCause::word("silent"));
    }
    for index in (0u16..).take(MAX_SIGNALS) {
        if scene.stuck_keys & 1u64.wrapping_shl(u32::from(index)) != 0 {
            let alarm = Alarm::about(AlarmKind::KeyStuck, Subject::Signal(index));
            sink.about(alarm, When::Usual, AlarmCause::word("pressed"));
        }
    }
}
