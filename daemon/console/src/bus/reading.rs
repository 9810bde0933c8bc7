// SPDX-License-Identifier: MIT OR Apache-2.0
//! A reading as it travels on D-Bus: `(adsstt)`, value (none or one), quality, cause, monotonic ns, sequence.

use ecmod_quantities::Reading;
use serde::Serialize;
use zbus::Type;

/// The struct of the contract.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[zbus(signature = "(adsstt)")]
pub struct WireReading(Vec<f64>, &'static str, &'static str, u64, u64);

impl From<&Reading> for WireReading {
    fn from(reading: &Reading) -> Self {
        Self(
            reading.value().into_iter().collect(),
            reading.quality().name(),
            reading.cause().name(),
            reading.acquired().0,
            reading.sequence(),
        )
    }
}

/// The same as a property's value.
pub type ReadingProperty = (Vec<f64>, String, String, u64, u64);

impl From<WireReading> for ReadingProperty {
    fn from(WireReading(value, quality, cause, acquired, sequence): WireReading) -> Self {
        (value, quality.to_owned(), cause.to_owned(), acquired, sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_quantities::{Cause, Monotonic};

    #[test]
    fn a_bad_reading_carries_no_value_and_says_why() {
        let reading = WireReading::from(&Reading::bad(Cause::Stale, Monotonic(5), 7));
        assert_eq!(reading, WireReading(vec![], "bad", "stale", 5, 7));
        let reading = WireReading::from(&Reading::good(4.0, Monotonic(5), 7));
        assert_eq!(reading, WireReading(vec![4.0], "good", "none", 5, 7));
    }
}
