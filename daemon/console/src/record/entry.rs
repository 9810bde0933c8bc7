// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the alarm log says: one entry for everything that happened to an alarm, a limit or an intervention, and for what
//! happened to the log itself.
//!
//! Entries are words and not numbers of ours, so that they are understood by people and by other versions of the daemon.

use ecmod_logging::Rfc3339;
use serde::{Deserialize, Serialize};

use super::bounded::{WORD, shorten};
pub use super::stamp::Stamp;

/// One entry, as it is handed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    #[serde(flatten)]
    pub at: Stamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// One entry, as it stands in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Grows by one with each entry, over restarts; a gap is an entry that is no longer there.
    pub sequence: u64,
    /// `Stamp::wall_ns` for people: UTC, milliseconds.
    pub time: String,
    /// The boot of the machine (the kernel's boot id) in which it was written.
    pub boot: String,
    /// What was handed in.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// An alarm appeared, changed or went.
    Alarm(AlarmEvent),
    /// An alarm limit has another value.
    Limit(LimitEvent),
    /// An intervention began, changed or ended.
    Intervention(InterventionEvent),
    /// An operator did something that is to be on record: paused, switched off, overrode, started, stopped.
    Operator(OperatorEvent),
    /// The daemon started.
    Started(StartedEvent),
    /// The daemon ended in good order.
    Ended,
    /// The wall clock was set while we looked: times before it are by the old clock.
    ClockSet {
        /// By how much, in seconds; negative: back.
        step_s: f64,
    },
    /// Entries were lost. They are missing before this one.
    Lost(LostEvent),
    /// Something about the storage itself, in words: files of no use, records that could not be written.
    Storage {
        /// What.
        detail: String,
    },
}

/// What happened to an alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlarmEvent {
    /// Its id in the catalogue, such as `FLOW_LOW`.
    pub alarm: String,
    /// What it is about, by name (a signal, a driver, a clamp); empty if there is nothing to name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// What happened: `raised`, `priority`, `acknowledged`, `latched`, `gone`, `reset`, ...
    pub change: String,
    /// Its phase after it.
    pub phase: String,
    /// Its priority.
    pub priority: Priority,
    /// Somebody has seen it.
    pub acknowledged: bool,
    /// Its sound is paused.
    pub audio_paused: bool,
    /// Why, in a word.
    pub cause: String,
    /// The value that raised it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The alarm that this one follows from, if one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caused_by: Option<String>,
    /// How often it has occurred.
    pub occurrences: u32,
}

/// The priority of an alarm (IEC 60601-1-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High: outlives everything else in the log.
    High,
}

/// What happened to a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitEvent {
    /// Its name.
    pub limit: String,
    /// The value before, if it was switched on.
    pub before: Option<f64>,
    /// The value now, if it is switched on.
    pub now: Option<f64>,
    /// Of both.
    pub unit: String,
    /// Who asked for it.
    pub by: String,
}

/// What happened to an intervention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterventionEvent {
    /// Which.
    pub intervention: String,
    /// Its state after it, such as `active`, `returning`, `expired`, `overridden`.
    pub state: String,
    /// The value that triggered it, if there is one.
    pub trigger: Option<f64>,
    /// What corroborated it.
    pub corroboration: String,
    /// The speed it does not go below, in rpm.
    pub floor_rpm: Option<f64>,
    /// The speed it allows at most, in rpm.
    pub ceiling_rpm: Option<f64>,
    /// How often it has begun.
    pub count: u32,
    /// Why it is inhibited, or how it ended, or who overrode it; empty if there is nothing to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The number of the record of readings around it, if one is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
}

/// What an operator did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatorEvent {
    /// What, such as `acknowledge`, `pause_audio`, `alarm_off`, `override`, `self_test_override`.
    pub action: String,
    /// To what.
    pub target: String,
    /// Who.
    pub by: String,
    /// Why, if they said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A start of the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedEvent {
    /// Of the daemon.
    pub version: String,
    /// How it ended before: `first`, `clean`, `crashed`, `power_lost`.
    pub before: String,
    /// Starts of the daemon so far, with this one.
    pub starts: u64,
    /// Boots of the machine so far, with this one.
    pub boots: u64,
}

/// Entries that are not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostEvent {
    /// How many of high priority.
    pub high: u64,
    /// How many others.
    pub other: u64,
    /// Records of readings around interventions.
    pub records: u64,
    /// Why: `queue_full`, `disk_full`, `disk_error`.
    pub why: String,
}

/// How long an entry is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Alarms of high priority, interventions, and that entries are missing: these outlive the others.
    High,
    /// All others.
    Other,
}

impl Entry {
    /// Something that happens now.
    #[must_use]
    pub fn now(event: Event) -> Self {
        Self { at: Stamp::now(), event }
    }

    /// As it stands in the log.
    #[must_use]
    pub fn recorded(self, sequence: u64, boot: &str) -> Record {
        let time = Rfc3339(self.at.wall()).to_string();
        let mut boot = boot.to_owned();
        shorten(&mut boot, WORD);
        Record { sequence, time, boot, entry: Self { event: self.event.bounded(), ..self } }
    }
}

impl Event {
    /// How long it is kept.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Alarm(AlarmEvent { priority: Priority::High, .. })
            | Self::Intervention(_)
            | Self::Lost(_) => Class::High,
            Self::Alarm(AlarmEvent { priority: Priority::Low | Priority::Medium, .. })
            | Self::Limit(_)
            | Self::Operator(_)
            | Self::Started(_)
            | Self::Ended
            | Self::ClockSet { .. }
            | Self::Storage { .. } => Class::Other,
        }
    }
}
