// SPDX-License-Identifier: MIT OR Apache-2.0
//! How alarms and interventions are said, the same in commands and on the screen. Times are ns of the console's clock.

use ecmod_client::{
    Alarm1Properties, Alarms1Properties, Intervention1Properties, Procedure1Properties, Snapshot,
};

/// The alarm as a person and the command line name it: `PUMP_STOP`, `SENSOR_STALE/blood_flow`.
pub fn alarm_name(alarm: &Alarm1Properties) -> String {
    if alarm.subject.is_empty() { alarm.id.clone() } else { format!("{}/{}", alarm.id, alarm.subject) }
}

/// Why it is present: the sentence, or else the word, with the value.
pub fn cause(alarm: &Alarm1Properties) -> String {
    if !alarm.cause_text.is_empty() {
        return alarm.cause_text.clone();
    }
    let word = alarm.cause.replace('_', " ");
    match alarm.cause_value.0 {
        Some(value) => {
            let value = crate::commands::reading::number(value, &alarm.cause_unit);
            format!("{word} {value} {}", alarm.cause_unit).trim().to_owned()
        }
        None => word,
    }
}

/// What became of it: `acknowledged`, `condition gone`, ... in the order in which it matters; empty for a fresh one.
pub fn alarm_state(alarm: &Alarm1Properties) -> String {
    let mut words = Vec::new();
    if alarm.phase == "latched" {
        words.push("condition gone".to_owned());
    }
    if alarm.acknowledged {
        words.push("acknowledged".to_owned());
    } else if alarm.audio_paused {
        words.push("sound paused".to_owned());
    }
    if alarm.occurrences > 1 {
        words.push(format!("{} times", alarm.occurrences));
    }
    if !alarm.caused_by.is_empty() {
        words.push(format!("follows from {}", alarm.caused_by));
    }
    words.join(", ")
}

/// What is heard.
pub fn audio(alarms: &Alarms1Properties, now: u64) -> String {
    let left = alarms.audio_paused_until.saturating_sub(now);
    match alarms.audio_state.as_str() {
        "sounding" if left > 0 => format!("sounding in spite of a pause, {} left", seconds_left(left)),
        "paused" => format!("sound paused, {} left", seconds_left(left)),
        other => other.to_owned(),
    }
}

/// How many alarms there are, `no alarm`, `1 alarm`, `5 alarms`.
pub fn how_many(snapshot: &Snapshot) -> String {
    let more = snapshot.alarms.as_ref().map_or(0, |alarms| alarms.more);
    let present = u32::try_from(snapshot.present_alarms.len()).unwrap_or(u32::MAX);
    match present.saturating_add(more) {
        0 => "no alarm".to_owned(),
        1 => "1 alarm".to_owned(),
        count => format!("{count} alarms"),
    }
}

/// A kind of intervention for people: `venous pressure low`.
pub fn intervention_name(name: &str) -> String {
    name.replace('_', " ")
}

/// Whether somebody should see it: it acts, has acted, is kept from acting, or would and cannot.
pub fn noteworthy(intervention: &Intervention1Properties) -> bool {
    match intervention.state.as_str() {
        "active" | "returning" | "expired" | "overridden" => true,
        "inhibited" => intervention.trigger_present,
        _ => false,
    }
}

/// The state with what belongs to it: `active, 23 s left, not above 2450 rpm`.
pub fn intervention_state(intervention: &Intervention1Properties, now: u64) -> String {
    let left = intervention.ends.saturating_sub(now);
    match intervention.state.as_str() {
        "active" => {
            let side = if intervention.action == "raise" { "below" } else { "above" };
            let bound =
                intervention.bound.0.map_or(String::new(), |bound| format!(", not {side} {bound:.0} rpm"));
            format!("active, {} left{bound}", seconds_left(left))
        }
        "overridden" => format!("overridden, {} left", seconds_left(left)),
        "inhibited" => format!("inhibited: {}", intervention.inhibit_reason.replace('_', " ")),
        other => other.replace('_', " "),
    }
}

/// What set it off, `-123 mmHg, limit -100 mmHg`; empty when nothing has.
pub fn trigger(intervention: &Intervention1Properties) -> String {
    let unit = intervention.trigger_unit.as_str();
    let shown =
        |value: f64| format!("{} {unit}", crate::commands::reading::number(value, unit)).trim().to_owned();
    match (intervention.trigger_value.0, intervention.trigger_limit.0) {
        (Some(value), Some(limit)) => format!("{}, limit {}", shown(value), shown(limit)),
        (Some(value), None) => shown(value),
        (None, _) => String::new(),
    }
}

/// Whether it runs, how long, and what speaks for it: `running, 0:42 of 1:30`, `suggested`, `due: the case began without it`.
pub fn procedure_state(own: &Procedure1Properties) -> String {
    let mut words = Vec::new();
    match own.state.as_str() {
        "running" => words.push(format!("running, {}", procedure_clock(own))),
        "completed" | "ended" => words.push(format!("{} after {}", own.state, clock(own.elapsed))),
        _ => {}
    }
    if own.suggested {
        words.push("suggested".to_owned());
    }
    match own.due.as_str() {
        "not_before_case" => words.push("due: the case began without it".to_owned()),
        "again" => words.push("due again".to_owned()),
        _ => {}
    }
    if own.ever_completed && own.state != "completed" {
        words.push(format!("completed {} ago", ago(own.completed_ago)));
    }
    if words.is_empty() { own.state.clone() } else { words.join(", ") }
}

/// How long it runs, and within which time it should be done: `0:42 of 1:30`.
pub fn procedure_clock(own: &Procedure1Properties) -> String {
    let elapsed = clock(own.elapsed);
    if own.target > 0 { format!("{elapsed} of {}", clock(own.target)) } else { elapsed }
}

/// A time as on a stopwatch: `0:42`, `12:05`.
pub fn clock(nanoseconds: u64) -> String {
    let seconds = nanoseconds / 1_000_000_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A remaining time, rounded up, so that it never says 0 while there is some.
pub fn seconds_left(nanoseconds: u64) -> String {
    format!("{} s", nanoseconds.div_ceil(1_000_000_000))
}

/// How long ago: `12 s`, `7 min`, `5 h`.
pub fn ago(nanoseconds: u64) -> String {
    let seconds = nanoseconds / 1_000_000_000;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remaining_time_is_never_said_to_be_less_than_it_is() {
        assert_eq!(seconds_left(1), "1 s");
        assert_eq!(seconds_left(22_000_000_001), "23 s");
        assert_eq!(seconds_left(0), "0 s");
    }

    #[test]
    fn a_time_ago_has_the_unit_that_fits() {
        assert_eq!(ago(119_999_999_999), "119 s");
        assert_eq!(ago(120_000_000_000), "2 min");
        assert_eq!(ago(7_200_000_000_000), "2 h");
    }
}
