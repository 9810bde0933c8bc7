// SPDX-License-Identifier: MIT OR Apache-2.0
//! Logs and records what alarms and interventions do by themselves, and which keys were pressed. What people ask for by
//! D-Bus is in [`super::deeds`], which knows who it was.
//!
//! It looks at every tick and every piece of news, and waits for nobody: the log has its queue, the record its own.

use std::sync::Arc;

use ecmod_control::{AlarmPhase, AlarmStatus, Outputs, Priority, Role};
use ecmod_quantities::Quality;

use super::Shared;
use super::interventions::Interventions;
use super::naming;
use crate::control_thread::news::{Change, News};
use crate::record::entry::{self, AlarmEvent, Entry, Event, OperatorEvent, Stamp};

/// The keys that the core acts on.
const KEYS: [Role; 3] = [Role::KeyMute, Role::KeyConfirm, Role::KeyOverride];

/// What was last seen.
#[derive(Debug)]
pub struct Chronicle {
    shared: Arc<Shared>,
    interventions: Interventions,
    keys: [bool; KEYS.len()],
}

impl Chronicle {
    /// Nothing has been seen yet. `newest_record` is the largest number of an intervention's recording so far.
    #[must_use]
    pub fn new(shared: Arc<Shared>, newest_record: u64) -> Self {
        let interventions = Interventions::new(Arc::clone(&shared), newest_record);
        Self { shared, interventions, keys: [false; KEYS.len()] }
    }

    /// Looks at a tick.
    pub fn look(&mut self, outputs: &Outputs) {
        self.interventions.look(outputs);
        self.note_keys(outputs);
    }

    /// The daemon ends: what is still being recorded is kept as far as it is.
    pub fn finish(&mut self) {
        self.interventions.finish();
    }

    /// Something happened to an alarm.
    pub fn note(&self, news: &News) {
        let plan = &self.shared.plan;
        let status = &news.status;
        let what = what_happened(news);
        let alarm = naming::alarm(plan, status.alarm);
        let (priority, phase, cause) =
            (status.priority.name(), status.phase.name(), naming::cause(plan, status));
        match (news.change, status.priority) {
            (Change::Raised, Priority::High | Priority::Medium) => tracing::warn!(
                event = "alarm.raised", %alarm, priority, %cause,
                occurrences = status.occurrences, "{alarm} ({priority}): {cause}"
            ),
            (Change::Raised, Priority::Low) => tracing::info!(
                event = "alarm.raised", %alarm, priority, %cause,
                occurrences = status.occurrences, "{alarm} ({priority}): {cause}"
            ),
            (Change::Changed, _) => tracing::info!(
                event = "alarm.changed", %alarm, what, priority, phase, %cause,
                acknowledged = status.acknowledged, occurrences = status.occurrences, "{alarm} ({priority}): {what}"
            ),
            (Change::Gone, _) => tracing::info!(event = "alarm.gone", %alarm, priority, "{alarm} is gone"),
        }
        if is_on_record(news) {
            self.record(news, what);
        }
    }

    fn record(&self, news: &News, what: &str) {
        let status = &news.status;
        let event = AlarmEvent {
            alarm: status.alarm.kind.id().to_owned(),
            subject: naming::subject(&self.shared.plan, status.alarm.subject).to_owned(),
            change: what.to_owned(),
            phase: status.phase.name().to_owned(),
            priority: match status.priority {
                Priority::Low => entry::Priority::Low,
                Priority::Medium => entry::Priority::Medium,
                Priority::High => entry::Priority::High,
            },
            acknowledged: status.acknowledged,
            audio_paused: status.audio_paused,
            cause: status.cause.word.to_owned(),
            value: status.cause.value,
            caused_by: status.caused_by.map(|kind| kind.id().to_owned()),
            occurrences: status.occurrences,
        };
        self.shared.record.note(Entry { at: Stamp::at(news.at), event: Event::Alarm(event) });
    }

    /// The core acts on keys itself; that one was pressed is said here.
    fn note_keys(&mut self, outputs: &Outputs) {
        let plan = &self.shared.plan;
        for (role, was_pressed) in KEYS.into_iter().zip(&mut self.keys) {
            let Some(name) = role.name() else { continue };
            let Some(index) = plan.signals.iter().position(|signal| signal.name == name) else { continue };
            let Some(reading) = outputs.readings.get(index) else { continue };
            let is_pressed =
                reading.quality() == Quality::Good && reading.value().is_some_and(|value| value > 0.5);
            if is_pressed && !*was_pressed {
                tracing::info!(event = "console.key", key = name, "{name} was pressed");
                let event = OperatorEvent {
                    action: "key".to_owned(),
                    target: name.to_owned(),
                    by: "the console's key".to_owned(),
                    reason: String::new(),
                };
                self.shared.record.note(Entry { at: Stamp::at(outputs.now), event: Event::Operator(event) });
            }
            *was_pressed = is_pressed;
        }
    }
}

/// The most important thing that happened, in a word.
fn what_happened(news: &News) -> &'static str {
    let status = &news.status;
    match (news.change, news.before) {
        (Change::Raised, _) | (Change::Changed, None) => "raised",
        (Change::Gone, _) => "gone",
        (Change::Changed, Some(before)) => difference(&before, status),
    }
}

fn difference(before: &AlarmStatus, after: &AlarmStatus) -> &'static str {
    if before.priority != after.priority {
        "priority"
    } else if before.occurrences != after.occurrences {
        "recurred"
    } else if before.phase != after.phase {
        match after.phase {
            AlarmPhase::Active => "recurred",
            AlarmPhase::Latched => "latched",
        }
    } else if before.acknowledged != after.acknowledged {
        if after.acknowledged { "acknowledged" } else { "unacknowledged" }
    } else if before.cause.word != after.cause.word {
        "cause"
    } else if before.audio_paused != after.audio_paused {
        if after.audio_paused { "audio_paused" } else { "audio_resumed" }
    } else {
        "explained"
    }
}

/// What comes back again and again before it is gone: how often it is on record one by one; afterwards each time its count has doubled. A
/// condition that flickers ten times a second must not push other alarms out of the log.
const ONE_BY_ONE: u32 = 4;

/// A pause of the sound is on record once, and not once more for each alarm.
fn is_on_record(news: &News) -> bool {
    match what_happened(news) {
        "audio_paused" | "audio_resumed" | "explained" => false,
        "recurred" => {
            let was_gone = news.before.is_some_and(|before| before.phase == AlarmPhase::Latched);
            let count = news.status.occurrences;
            was_gone || count <= ONE_BY_ONE || count.is_power_of_two()
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_control::{Alarm, AlarmCause, AlarmKind};
    use ecmod_quantities::Monotonic;

    #[test]
    fn of_several_differences_the_most_important_is_named() {
        let before = AlarmStatus {
            alarm: Alarm::of(AlarmKind::FlowLow),
            priority: Priority::Medium,
            phase: AlarmPhase::Active,
            acknowledged: false,
            audio_paused: false,
            since: Monotonic(1),
            occurrences: 1,
            cause: AlarmCause::word("low"),
            caused_by: None,
        };
        let named = |after: AlarmStatus| {
            let change = Change::Changed;
            let news = News { at: Monotonic(2), change, status: after, before: Some(before) };
            (what_happened(&news), is_on_record(&news))
        };
        let raised = AlarmStatus { priority: Priority::High, acknowledged: true, ..before };
        assert_eq!(named(raised), ("priority", true));
        assert_eq!(named(AlarmStatus { occurrences: 2, ..before }), ("recurred", true));
        assert_eq!(named(AlarmStatus { occurrences: 5, ..before }), ("recurred", false), "it flickers");
        assert_eq!(named(AlarmStatus { occurrences: 64, ..before }), ("recurred", true), "still");
        assert_eq!(named(AlarmStatus { phase: AlarmPhase::Latched, ..before }), ("latched", true));
        assert_eq!(named(AlarmStatus { acknowledged: true, ..before }), ("acknowledged", true));
        assert_eq!(named(AlarmStatus { audio_paused: true, ..before }), ("audio_paused", false));
        assert_eq!(
            named(AlarmStatus { caused_by: Some(AlarmKind::PumpStop), ..before }),
            ("explained", false)
        );
        let news = |change| News { at: Monotonic(2), change, status: before, before: None };
        assert_eq!(what_happened(&news(Change::Raised)), "raised");
        assert_eq!(what_happened(&news(Change::Gone)), "gone");
    }
}
