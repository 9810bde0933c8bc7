// SPDX-License-Identifier: MIT OR Apache-2.0
//! A reading as it travels on D-Bus: a value that cannot be had without its quality.
//!
//! On the wire it is `(adsstt)`: zero or one double, the quality's word, the cause's word, the time of acquisition in
//! nanoseconds of the console's `CLOCK_MONOTONIC`, and a sequence number. Whatever arrives in another form (a good
//! reading without a value, a bad one with a value, a word of a later version) becomes a bad reading here, never a number.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zbus::Type;

/// The wire form.
type Wire = (Vec<f64>, String, String, u64, u64);

/// How far a value may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quality {
    /// Measured, fresh, in range.
    Good,
    /// There is a value, but the cause lowers trust in it.
    Uncertain,
    /// There is no value.
    Bad,
}

impl Quality {
    /// The word used on D-Bus and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Uncertain => "uncertain",
            Self::Bad => "bad",
        }
    }
}

/// One reading: value, quality, cause, time of acquisition, sequence number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(from = "Wire", into = "Wire")]
#[zbus(signature = "(adsstt)")]
pub struct Reading {
    value: Option<f64>,
    quality: Quality,
    cause: String,
    acquired: u64,
    sequence: u64,
}

impl Reading {
    /// The cause of a reading that did not arrive in the form of the contract.
    pub const MALFORMED: &'static str = "malformed";

    /// A good reading; `acquired` in nanoseconds of `CLOCK_MONOTONIC`.
    #[must_use]
    pub fn good(value: f64, acquired: u64, sequence: u64) -> Self {
        (vec![value], "good".to_owned(), "none".to_owned(), acquired, sequence).into()
    }

    /// A reading with a value that a stated cause makes doubtful.
    #[must_use]
    pub fn uncertain(value: f64, cause: &str, acquired: u64, sequence: u64) -> Self {
        (vec![value], "uncertain".to_owned(), cause.to_owned(), acquired, sequence).into()
    }

    /// A reading without a value.
    #[must_use]
    pub fn bad(cause: &str, acquired: u64, sequence: u64) -> Self {
        (Vec::new(), "bad".to_owned(), cause.to_owned(), acquired, sequence).into()
    }

    /// The value in the signal's unit, unless the reading is bad.
    #[must_use]
    pub const fn value(&self) -> Option<f64> {
        self.value
    }

    /// How far the value may be trusted.
    #[must_use]
    pub const fn quality(&self) -> Quality {
        self.quality
    }

    /// Why the quality is not good, as a word (`none` when it is): `stale`, `timeout`, `host_lost`, ...
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// When it was acquired, in nanoseconds of the console's `CLOCK_MONOTONIC`.
    #[must_use]
    pub const fn acquired(&self) -> u64 {
        self.acquired
    }

    /// Number of the sample in its source.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How old it is at `now`, in nanoseconds of the console's `CLOCK_MONOTONIC`: the time in a frame, or
    /// [`monotonic_now`] on the console itself. A reading later than `now` has age zero.
    #[must_use]
    pub const fn age(&self, now: u64) -> Duration {
        Duration::from_nanos(now.saturating_sub(self.acquired))
    }
}

impl From<Wire> for Reading {
    fn from((values, quality, cause, acquired, sequence): Wire) -> Self {
        let checked = match (quality.as_str(), values.as_slice()) {
            ("good", [value]) if value.is_finite() => Some((Some(*value), Quality::Good)),
            ("uncertain", [value]) if value.is_finite() => Some((Some(*value), Quality::Uncertain)),
            ("bad", []) => Some((None, Quality::Bad)),
            _ => None,
        };
        match checked {
            Some((value, quality)) => Self { value, quality, cause, acquired, sequence },
            None => Self {
                value: None,
                quality: Quality::Bad,
                cause: Self::MALFORMED.to_owned(),
                acquired,
                sequence,
            },
        }
    }
}

impl From<Reading> for Wire {
    fn from(reading: Reading) -> Self {
        let Reading { value, quality, cause, acquired, sequence } = reading;
        (value.into_iter().collect(), quality.name().to_owned(), cause, acquired, sequence)
    }
}

/// A number that may be absent: `ad` on the wire, with zero or one element.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, Type)]
#[serde(from = "Vec<f64>", into = "Vec<f64>")]
#[zbus(signature = "ad")]
pub struct Maybe(pub Option<f64>);

impl From<Vec<f64>> for Maybe {
    fn from(values: Vec<f64>) -> Self {
        match values.as_slice() {
            [value] if value.is_finite() => Self(Some(*value)),
            _ => Self(None),
        }
    }
}

impl From<Maybe> for Vec<f64> {
    fn from(maybe: Maybe) -> Self {
        maybe.0.into_iter().collect()
    }
}

/// One signal or command of a driver: `(sssdd)` on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct TableEntry {
    /// The driver's name for it.
    pub name: String,
    /// What it measures or sets.
    pub quantity: String,
    /// Unit of the two limits and of the value.
    pub unit: String,
    /// Lowest value.
    pub minimum: f64,
    /// Highest value.
    pub maximum: f64,
}

/// This machine's `CLOCK_MONOTONIC` in nanoseconds; comparable with a reading only on the console itself.
#[must_use]
pub fn monotonic_now() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(values: &[f64], quality: &str, cause: &str) -> Reading {
        (values.to_vec(), quality.to_owned(), cause.to_owned(), 5_000_000, 7).into()
    }

    #[test]
    fn a_reading_in_the_contracts_form_goes_there_and_back() {
        for reading in [
            Reading::good(4.0, 1, 2),
            Reading::uncertain(3.9, "estimated", 1, 2),
            Reading::bad("host_lost", 1, 2),
        ] {
            assert_eq!(Reading::from(Wire::from(reading.clone())), reading);
        }
        assert_eq!(wire(&[4.0], "good", "none").value(), Some(4.0));
        assert_eq!(wire(&[3.9], "uncertain", "estimated").cause(), "estimated");
        assert_eq!(wire(&[], "bad", "stale").cause(), "stale");
    }

    #[test]
    fn whatever_is_not_in_the_contracts_form_has_no_value() {
        for reading in [
            wire(&[], "good", "none"),
            wire(&[], "uncertain", "estimated"),
            wire(&[4.0], "bad", "stale"),
            wire(&[4.0, 5.0], "good", "none"),
            wire(&[f64::NAN], "good", "none"),
            wire(&[f64::INFINITY], "uncertain", "estimated"),
            wire(&[4.0], "excellent", "none"),
        ] {
            assert_eq!(reading.value(), None);
            assert_eq!(reading.quality(), Quality::Bad);
            assert_eq!(reading.cause(), Reading::MALFORMED);
        }
    }

    #[test]
    fn age_is_never_negative() {
        let reading = Reading::good(1.0, 5_000_000, 0);
        assert_eq!(reading.age(8_000_000), Duration::from_millis(3));
        assert_eq!(reading.age(4_000_000), Duration::ZERO);
    }

    #[test]
    fn an_absent_number_is_not_zero() {
        assert_eq!(Maybe::from(vec![]).0, None);
        assert_eq!(Maybe::from(vec![0.0]).0, Some(0.0));
        assert_eq!(Maybe::from(vec![1.0, 2.0]).0, None);
        assert_eq!(Maybe::from(vec![f64::NAN]).0, None);
    }

    #[test]
    fn the_types_have_the_contracts_signatures() {
        assert_eq!(Reading::SIGNATURE.to_string(), "(adsstt)");
        assert_eq!(Maybe::SIGNATURE.to_string(), "ad");
        assert_eq!(TableEntry::SIGNATURE.to_string(), "(sssdd)");
    }
}
