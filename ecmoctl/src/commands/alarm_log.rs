// SPDX-License-Identifier: MIT OR Apache-2.0
//! `alarms log`: what happened, oldest first.

use ecmod_client::{Client, LogRecord};
use serde_json::{Value, json};

use super::reading;
use crate::{
    failure::Failure,
    output::{Output, table},
};

/// The last records, or all after a number.
pub async fn log(client: &Client, last: usize, after: Option<u64>) -> Result<Output, Failure> {
    let mut records = client.alarm_log(after.unwrap_or(0)).await?;
    if after.is_none() {
        records.drain(..records.len().saturating_sub(last));
    }
    let rows: Vec<Vec<String>> = records.iter().map(row).collect();
    let headings = [">NUMBER", "TIME (UTC)", "EVENT", "PRIORITY", "ABOUT", "CAUSE", ">VALUE", "REMARK"];
    Ok(Output { text: table(&headings, &rows), json: records.iter().map(record_json).collect() })
}

fn row(record: &LogRecord) -> Vec<String> {
    let about = [record.id.as_str(), record.subject.as_str()].into_iter().filter(|part| !part.is_empty());
    vec![
        record.number.to_string(),
        utc(record.time),
        record.event.clone(),
        record.priority.clone(),
        about.collect::<Vec<_>>().join("/"),
        record.cause.clone(),
        record.value.0.map_or(String::new(), |value| reading::number(value, "A")),
        record.text.clone(),
    ]
}

fn record_json(record: &LogRecord) -> Value {
    json!({
        "number": record.number,
        "time": (record.time > 0).then(|| utc(record.time)),
        "time_ms": record.time,
        "monotonic_ns": record.monotonic,
        "boot": record.boot,
        "event": record.event,
        "id": record.id,
        "subject": (!record.subject.is_empty()).then_some(&record.subject),
        "priority": record.priority,
        "cause": record.cause,
        "value": record.value.0,
        "text": record.text,
    })
}

/// `2026-11-22T17:03:05.120Z` for ms since 1970-01-01 UTC; `unknown` for 0.
pub fn utc(milliseconds: u64) -> String {
    if milliseconds == 0 {
        return "unknown".to_owned();
    }
    let (days, of_day) = (milliseconds / 86_400_000, milliseconds % 86_400_000);
    let (year, month, day) = date(days);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, rest) = (of_day / 1000 % 60, of_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{rest:03}Z")
}

/// Year, month and day of the Gregorian calendar, so many days after 1970-01-01.
fn date(mut days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // Whole periods of 400 years first, which all have the same length.
    let mut year = 1970 + days / 146_097 * 400;
    days %= 146_097;
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (milliseconds, text) in [
            (0, "unknown"),
            (1, "1970-01-01T00:00:00.001Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_700_000_000_123, "2023-11-14T22:13:20.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (13_569_465_600_000, "2400-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(utc(milliseconds), text);
        }
    }
}
