// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the alarm log says: one entry for everything that happened to an alarm, a limit or an intervention, and for what
//! happened to the log itself.
//!
//! Entries are words and not numbers of ours, so that they are understood by people and by other versions of the daemon.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ecmod_logging::Rfc3339;
use ecmod_quantities::Monotonic;
use serde::{Deserialize, Serialize};

use crate::clock;

/// The most characters of a word (ids, names, units), and of a sentence.
const WORD: usize = 64;
const SENTENCE: usize = 200;

/// When something happened, on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Nanoseconds since 1970-01-01 UTC, as the wall clock then said. It may have been wrong.
    pub wall_ns: i64,
    /// Nanoseconds of `CLOCK_MONOTONIC` since the machine's start; comparable within one boot.
    pub monotonic_ns: u64,
}

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

impl Stamp {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        Self::of(clock::now(), SystemTime::now())
    }

    /// Something that happened a moment ago, whose wall-clock time follows from how long ago that was.
    #[must_use]
    pub fn at(then: Monotonic) -> Self {
        let now = clock::now();
        let ago = i64::try_from(now.since(then).0).unwrap_or(i64::MAX);
        let now = Self::of(now, SystemTime::now());
        Self { wall_ns: now.wall_ns.saturating_sub(ago), monotonic_ns: then.0 }
    }

    /// These two clocks.
    #[must_use]
    pub fn of(monotonic: Monotonic, wall: SystemTime) -> Self {
        let wall_ns = match wall.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
        };
        Self { wall_ns, monotonic_ns: monotonic.0 }
    }

    /// The wall clock's time.
    #[must_use]
    pub fn wall(self) -> SystemTime {
        let since = Duration::from_nanos(self.wall_ns.unsigned_abs());
        let wall =
            if self.wall_ns < 0 { UNIX_EPOCH.checked_sub(since) } else { UNIX_EPOCH.checked_add(since) };
        wall.unwrap_or(UNIX_EPOCH)
    }
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

    /// The event as it is kept: texts no longer than there is room for, numbers that are numbers.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        match &mut self {
            Self::Alarm(event) => {
                for word in [&mut event.alarm, &mut event.change, &mut event.phase, &mut event.cause] {
                    shorten(word, WORD);
                }
                shorten(&mut event.subject, 2 * WORD);
                if let Some(word) = &mut event.caused_by {
                    shorten(word, WORD);
                }
                event.value = finite(event.value);
            }
            Self::Limit(event) => {
                shorten(&mut event.limit, WORD);
                shorten(&mut event.unit, WORD);
                shorten(&mut event.by, SENTENCE);
                (event.before, event.now) = (finite(event.before), finite(event.now));
            }
            Self::Intervention(event) => {
                shorten(&mut event.intervention, WORD);
                shorten(&mut event.state, WORD);
                shorten(&mut event.corroboration, SENTENCE);
                shorten(&mut event.detail, SENTENCE);
                event.trigger = finite(event.trigger);
                (event.floor_rpm, event.ceiling_rpm) = (finite(event.floor_rpm), finite(event.ceiling_rpm));
            }
            Self::Operator(event) => {
                shorten(&mut event.action, WORD);
                shorten(&mut event.target, 2 * WORD);
                shorten(&mut event.by, SENTENCE);
                shorten(&mut event.reason, SENTENCE);
            }
            Self::Started(event) => {
                shorten(&mut event.version, WORD);
                shorten(&mut event.before, WORD);
            }
            Self::ClockSet { step_s } => *step_s = if step_s.is_finite() { *step_s } else { 0.0 },
            Self::Lost(event) => shorten(&mut event.why, WORD),
            Self::Storage { detail } => shorten(detail, 2 * SENTENCE),
            Self::Ended => {}
        }
        self
    }
}

/// What is no number has no place in a file that others read.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// At most so many bytes, none of which needs more than its own place in a file; what is left out is shown by an ellipsis.
fn shorten(text: &mut String, most: usize) {
    let mut kept = String::with_capacity(text.len().min(most));
    for character in text.chars() {
        let character = match character {
            '"' => '\'',
            '\\' => '/',
            other if other.is_control() => ' ',
            other => other,
        };
        if kept.len() + character.len_utf8() > most {
            while kept.len() > most.saturating_sub(3) {
                kept.pop();
            }
            kept.push_str("...");
            break;
        }
        kept.push(character);
    }
    *text = kept;
}
