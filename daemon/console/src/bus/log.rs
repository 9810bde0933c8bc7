// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarm log as it travels on D-Bus: every kind of entry in one row of words. The words are those of the contract, which
//! says what they mean; what has no place in a column of its own stands in the text.

use serde::Serialize;
use zbus::Type;

use super::error::Error;
use crate::record::entry::{
    AlarmEvent, Event, InterventionEvent, LimitEvent, OperatorEvent, Priority, Record,
};
use crate::record::log::Query;
use crate::record::recorder::Handle;

/// A record: number, ms since 1970, monotonic ns, boot, event, alarm's id, subject, priority, cause, value, text.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[zbus(signature = "(tttssssssads)")]
pub struct Row(u64, u64, u64, String, &'static str, String, String, &'static str, String, Vec<f64>, String);

/// The columns that depend on what happened.
#[derive(Debug, Clone, PartialEq, Default)]
struct Told {
    event: &'static str,
    id: String,
    subject: String,
    priority: &'static str,
    cause: String,
    value: Option<f64>,
    text: String,
}

/// The records behind this number, the oldest first.
///
/// # Errors
/// The disk did not answer.
pub async fn read(record: &Handle, after: u64, most: u32) -> Result<Vec<Row>, Error> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let page = record.read(Query { after, most, only: None }).await;
    let page = page.map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(page.records.into_iter().map(Row::from).collect())
}

impl From<Record> for Row {
    fn from(record: Record) -> Self {
        let at = record.entry.at;
        let told = tell(record.entry.event);
        Self(
            record.sequence,
            u64::try_from(at.wall_ns / 1_000_000).unwrap_or(0),
            at.monotonic_ns,
            record.boot,
            told.event,
            told.id,
            told.subject,
            told.priority,
            told.cause,
            told.value.into_iter().collect(),
            told.text,
        )
    }
}

fn tell(event: Event) -> Told {
    match event {
        Event::Alarm(event) => alarm(event),
        Event::Limit(event) => limit(event),
        Event::Intervention(event) => intervention(event),
        Event::Operator(event) => operator(event),
        Event::Started(event) => Told {
            event: "started",
            cause: event.before,
            text: format!("ecmod {}: start {}, boot {}", event.version, event.starts, event.boots),
            ..Told::default()
        },
        Event::Ended => Told { event: "ended", ..Told::default() },
        Event::ClockSet { step_s } => Told {
            event: "clock_set",
            value: Some(step_s),
            text: "the wall clock was set; times before this are by the old one".to_owned(),
            ..Told::default()
        },
        Event::Lost(event) => Told {
            event: "lost",
            cause: event.why,
            text: format!(
                "missing before this: {} entries of high priority, {} others, {} recordings",
                event.high, event.other, event.records
            ),
            ..Told::default()
        },
        Event::Storage { detail } => Told { event: "storage", text: detail, ..Told::default() },
    }
}

fn alarm(event: AlarmEvent) -> Told {
    let word = match event.change.as_str() {
        "raised" => "appeared",
        "gone" => "gone",
        "acknowledged" => "acknowledged",
        _ => "changed",
    };
    let mut text = format!("{}: {}", event.change, event.phase);
    if event.occurrences > 1 {
        text.push_str(&format!(", {} times", event.occurrences));
    }
    if event.acknowledged {
        text.push_str(", acknowledged");
    }
    if let Some(cause) = &event.caused_by {
        text.push_str(&format!(", because of {cause}"));
    }
    Told {
        event: word,
        id: event.alarm,
        subject: event.subject,
        priority: match event.priority {
            Priority::Low => "low",
            Priority::Medium => "medium",
            Priority::High => "high",
        },
        cause: event.cause,
        value: event.value,
        text,
    }
}

fn limit(event: LimitEvent) -> Told {
    let shown = |value: Option<f64>| value.map_or_else(|| "off".to_owned(), |value| value.to_string());
    let text = format!("{} to {} {} by {}", shown(event.before), shown(event.now), event.unit, event.by);
    Told { event: "limit", subject: event.limit, value: event.now, text, ..Told::default() }
}

fn intervention(event: InterventionEvent) -> Told {
    let mut parts = vec![event.detail];
    if !event.corroboration.is_empty() {
        parts.push(format!("confirmed by {}", event.corroboration));
    }
    parts.extend(event.floor_rpm.map(|speed| format!("not below {speed:.0} rpm")));
    parts.extend(event.ceiling_rpm.map(|speed| format!("bound {speed:.0} rpm")));
    parts.extend(event.record.map(|number| format!("recording {number}")));
    parts.retain(|part| !part.is_empty());
    Told {
        event: "intervention",
        subject: event.intervention,
        cause: event.state,
        value: event.trigger,
        text: parts.join("; "),
        ..Told::default()
    }
}

fn operator(event: OperatorEvent) -> Told {
    let word = match event.action.as_str() {
        "acknowledge" => "acknowledged",
        "reset" => "reset",
        "alarm_off" => "off",
        "alarm_on" => "on",
        "audio_paused" => "audio_paused",
        "audio_resumed" => "audio_resumed",
        "preset" => "preset",
        "transport" => "transport",
        "override" | "release_override" => "override",
        "self_test" | "self_test_override" => "self_test",
        action if action.starts_with("procedure_") => "procedure",
        _ => "operator",
    };
    let mut text = format!("{} by {}", event.action, event.by);
    if !event.reason.is_empty() {
        text.push_str(&format!(": {}", event.reason));
    }
    Told { event: word, subject: event.target, text, ..Told::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::entry::{Entry, Stamp};

    fn row(event: Event) -> Row {
        let at = Stamp { wall_ns: 1_700_000_000_123_456_789, monotonic_ns: 42 };
        Row::from(Entry { at, event }.recorded(7, "b"))
    }

    #[test]
    fn an_alarm_keeps_its_columns() {
        let row = row(Event::Alarm(AlarmEvent {
            alarm: "FLOW_LOW".into(),
            subject: String::new(),
            change: "raised".into(),
            phase: "active".into(),
            priority: Priority::High,
            acknowledged: false,
            audio_paused: false,
            cause: "limit".into(),
            value: Some(1.5),
            caused_by: Some("OCCLUSION_UP".into()),
            occurrences: 2,
        }));
        assert_eq!((row.0, row.1, row.2, row.4), (7, 1_700_000_000_123, 42, "appeared"));
        assert_eq!(
            (row.5.as_str(), row.7, row.8.as_str(), &row.9),
            ("FLOW_LOW", "high", "limit", &vec![1.5])
        );
        assert_eq!(row.10, "raised: active, 2 times, because of OCCLUSION_UP");
    }

    #[test]
    fn who_did_what_stands_in_the_text() {
        let by = "user 1000".to_owned();
        let limit = row(Event::Limit(LimitEvent {
            limit: "flow_low".into(),
            before: Some(2.0),
            now: Some(1.5),
            unit: "L/min".into(),
            by: by.clone(),
        }));
        assert_eq!(
            (limit.4, limit.6.as_str(), limit.10.as_str()),
            ("limit", "flow_low", "2 to 1.5 L/min by user 1000")
        );
        let action = "self_test_override".to_owned();
        let deed = row(Event::Operator(OperatorEvent {
            action,
            target: String::new(),
            by,
            reason: "urgent".into(),
        }));
        assert_eq!((deed.4, deed.10.as_str()), ("self_test", "self_test_override by user 1000: urgent"));
    }
}
