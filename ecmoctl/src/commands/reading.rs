// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a reading is written: numbers with the digits that mean something, and JSON with null where there is no value.

use ecmod_client::{Quality, Reading};
use serde_json::{Value, json};

/// Shown where there is no value.
pub const NO_VALUE: &str = "---";

/// How many decimals a value of this unit is shown with.
pub fn decimals(unit: &str) -> usize {
    match unit {
        "rpm" | "mmHg" | "" => 0,
        "L/min" | "bar" | "A" | "pH" => 2,
        _ => 1,
    }
}

/// A value with the decimals of its unit; never `-0`.
pub fn number(value: f64, unit: &str) -> String {
    let text = format!("{value:.*}", decimals(unit));
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        _ => text,
    }
}

/// A limit with the decimals of its step; never `-0`.
pub fn limit(value: f64, step: f64) -> String {
    let unit = match step {
        step if step >= 1.0 => "rpm",
        step if step >= 0.1 => "degC",
        _ => "L/min",
    };
    number(value, unit)
}

/// The value with the decimals of its unit, or [`NO_VALUE`].
pub fn value(reading: &Reading, unit: &str) -> String {
    reading.value().map_or_else(|| NO_VALUE.to_owned(), |value| number(value, unit))
}

/// `good`, or the quality and its cause.
pub fn quality(reading: &Reading) -> String {
    match reading.quality() {
        Quality::Good => "good".to_owned(),
        Quality::Uncertain | Quality::Bad => format!("{}: {}", reading.quality().name(), reading.cause()),
    }
}

/// Age in whole milliseconds at `now` (ns of `CLOCK_MONOTONIC`); none for a reading that was never acquired.
pub fn age_ms(reading: &Reading, now: u64) -> Option<u64> {
    (reading.acquired() > 0).then(|| u64::try_from(reading.age(now).as_millis()).unwrap_or(u64::MAX))
}

/// The fields every JSON reading has.
pub fn json(name: &str, reading: &Reading, unit: &str, now: u64) -> Value {
    json!({
        "name": name,
        "value": reading.value(),
        "unit": unit,
        "quality": reading.quality().name(),
        "cause": reading.cause(),
        "age_ms": age_ms(reading, now),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_reading_is_null_and_dashes() {
        let bad = Reading::bad("stale", 2_000_000, 1);
        assert_eq!(value(&bad, "L/min"), "---");
        assert_eq!(quality(&bad), "bad: stale");
        assert_eq!(json("x", &bad, "L/min", 7_000_000)["value"], Value::Null);
        assert_eq!(json("x", &bad, "L/min", 7_000_000)["age_ms"], 5);
        assert_eq!(age_ms(&Reading::bad("no_data", 0, 0), 7_000_000), None);
    }

    #[test]
    fn decimals_follow_the_unit_and_zero_has_no_sign() {
        assert_eq!(value(&Reading::good(4.006, 1, 1), "L/min"), "4.01");
        assert_eq!(value(&Reading::good(3011.7, 1, 1), "rpm"), "3012");
        assert_eq!(number(-0.001, "L/min"), "0.00");
        assert_eq!(number(-0.4, "mmHg"), "0");
        assert_eq!(number(-60.2, "mmHg"), "-60");
    }
}
