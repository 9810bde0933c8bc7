// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's alarms: which are present, in which order, and what an operator's request makes of them.
//!
//! Tests put alarms in and take them out; nothing here watches the invented circuit.

use super::model::Model;
use crate::{LogRecord, Maybe, ROOT};

/// How long the mock's pause of the sound lasts, in ns.
pub(super) const PAUSE: u64 = 120_000_000_000;

/// The kinds of alarm that the mock lets be switched off.
pub(super) const MAY_BE_OFF: [&str; 2] = ["FLOW_HIGH", "SVO2_LOW"];

/// One invented alarm, with the fields of `org.ecmod.Alarm1`.
#[derive(Debug, Clone, PartialEq)]
pub struct MockAlarm {
    /// Its kind.
    pub id: String,
    /// What it is about; empty for the console as a whole.
    pub subject: String,
    /// `none`, `signal`, `driver` or `clamp`.
    pub subject_kind: &'static str,
    /// `low`, `medium` or `high`.
    pub priority: &'static str,
    /// `active` or `latched`.
    pub phase: &'static str,
    /// Whether somebody has seen it.
    pub acknowledged: bool,
    /// Whether it is silent because of a pause.
    pub audio_paused: bool,
    /// When it was announced, in ns.
    pub since: u64,
    /// How often its condition came.
    pub occurrences: u32,
    /// What to do.
    pub text: String,
    /// The word for its cause.
    pub cause: String,
    /// The cause for people.
    pub cause_text: String,
    /// The value that goes with it, and its unit.
    pub cause_value: Option<(f64, &'static str)>,
    /// The alarm that causes it.
    pub caused_by: String,
    /// The procedure that helps.
    pub procedure: &'static str,
}

impl MockAlarm {
    /// An alarm of the console as a whole whose condition lasts; `since` is set when it is raised.
    #[must_use]
    pub fn new(id: &str, priority: &'static str, text: &str) -> Self {
        Self {
            id: id.to_owned(),
            subject: String::new(),
            subject_kind: "none",
            priority,
            phase: "active",
            acknowledged: false,
            audio_paused: false,
            since: 0,
            occurrences: 1,
            text: text.to_owned(),
            cause: "limit".to_owned(),
            cause_text: String::new(),
            cause_value: None,
            caused_by: String::new(),
            procedure: "",
        }
    }

    /// The same, with the procedure that helps.
    #[must_use]
    pub const fn helped_by(mut self, procedure: &'static str) -> Self {
        self.procedure = procedure;
        self
    }

    /// The same, about one signal.
    #[must_use]
    pub fn about_signal(mut self, signal: &str) -> Self {
        signal.clone_into(&mut self.subject);
        self.subject_kind = "signal";
        self
    }

    /// The same, with its cause in words and the value that passed a limit.
    #[must_use]
    pub fn because(mut self, cause_text: &str, value: f64, unit: &'static str) -> Self {
        cause_text.clone_into(&mut self.cause_text);
        self.cause_value = Some((value, unit));
        self
    }

    /// Path of its object.
    #[must_use]
    pub fn path(&self) -> String {
        if self.subject.is_empty() {
            format!("{ROOT}/alarms/{}", self.id)
        } else {
            format!("{ROOT}/alarms/{}/{}", self.id, self.subject)
        }
    }

    fn rank(&self) -> u8 {
        match self.priority {
            "high" => 0,
            "medium" => 1,
            _ => 2,
        }
    }
}

impl Model {
    /// The alarm at this path.
    pub(super) fn alarm(&self, path: &str) -> Option<&MockAlarm> {
        self.alarms.iter().find(|alarm| alarm.path() == path)
    }

    /// Puts an alarm in, in its place.
    pub(super) fn raise(&mut self, mut alarm: MockAlarm) {
        if alarm.since == 0 {
            alarm.since = self.monotonic;
        }
        self.log("appeared", &alarm, "");
        self.alarms.retain(|other| other.path() != alarm.path());
        self.alarms.insert(0, alarm);
        self.alarms.sort_by_key(|alarm| (alarm.rank(), !alarm.caused_by.is_empty()));
        self.announced += 1;
    }

    /// Takes those out that fit; returns them.
    pub(super) fn take_out(&mut self, fits: impl Fn(&MockAlarm) -> bool) -> Vec<MockAlarm> {
        let (gone, left) = std::mem::take(&mut self.alarms).into_iter().partition(fits);
        self.alarms = left;
        for alarm in &gone {
            self.log("gone", alarm, "");
        }
        gone
    }

    /// Acknowledges those that fit; the latched ones among them leave, and are returned.
    pub(super) fn acknowledge(&mut self, fits: impl Fn(&MockAlarm) -> bool) -> Vec<MockAlarm> {
        let mut seen = Vec::new();
        for alarm in self.alarms.iter_mut().filter(|alarm| fits(alarm) && !alarm.acknowledged) {
            alarm.acknowledged = true;
            seen.push(alarm.clone());
        }
        for alarm in &seen {
            self.log("acknowledged", alarm, "by user 0");
        }
        self.take_out(|alarm| alarm.phase == "latched" && alarm.acknowledged)
    }

    /// Pauses what is present, or ends the pause.
    pub(super) fn pause(&mut self, pause: bool) {
        self.audio_paused_until = if pause { self.monotonic.saturating_add(PAUSE) } else { 0 };
        for alarm in &mut self.alarms {
            alarm.audio_paused = pause;
        }
    }

    /// The word for what sounds.
    pub(super) fn audio_state(&self) -> &'static str {
        let paused = self.audio_paused_until > self.monotonic;
        let heard = |alarm: &&MockAlarm| !(alarm.acknowledged || paused && alarm.audio_paused);
        if self.alarms.iter().any(|alarm| heard(&alarm)) {
            "sounding"
        } else if paused {
            "paused"
        } else {
            "silent"
        }
    }

    /// The highest priority there is.
    pub(super) fn highest_priority(&self) -> &'static str {
        self.alarms.iter().min_by_key(|alarm| alarm.rank()).map_or("none", |alarm| alarm.priority)
    }

    /// How many high alarms nobody has acknowledged.
    pub(super) fn unreviewed_high(&self) -> u32 {
        let open = self.alarms.iter().filter(|alarm| alarm.priority == "high" && !alarm.acknowledged);
        u32::try_from(open.count()).unwrap_or(u32::MAX)
    }

    fn log(&mut self, event: &str, alarm: &MockAlarm, who: &str) {
        let number = self.log.last().map_or(0, |record| record.number) + 1;
        self.log.push(LogRecord {
            number,
            time: 1_700_000_000_000 + number * 1000,
            monotonic: self.monotonic,
            boot: "2b6f0cc9-04d1-46f7-b9a5-000000000000".to_owned(),
            event: event.to_owned(),
            id: alarm.id.clone(),
            subject: alarm.subject.clone(),
            priority: alarm.priority.to_owned(),
            cause: alarm.cause.clone(),
            value: Maybe(alarm.cause_value.map(|(value, _)| value)),
            text: format!("{} {who}", alarm.cause_text).trim().to_owned(),
        });
    }
}
