// SPDX-License-Identifier: MIT OR Apache-2.0
//! A value that cannot be separated from its quality.

use crate::{Cause, Monotonic, Quality};

/// One reading: value, quality with its cause, time of acquisition, sequence number.
///
/// The value is reachable only through the quality: a bad reading has none, whatever was measured before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    value: f64,
    quality: Quality,
    cause: Cause,
    acquired: Monotonic,
    sequence: u64,
}

impl Reading {
    /// Before anything has arrived.
    pub const NO_DATA: Self =
        Self { value: 0.0, quality: Quality::Bad, cause: Cause::NoData, acquired: Monotonic(0), sequence: 0 };

    /// A good reading. A value that is not finite becomes a bad one with [`Cause::NotFinite`].
    #[must_use]
    pub const fn good(value: f64, acquired: Monotonic, sequence: u64) -> Self {
        Self { value, quality: Quality::Good, cause: Cause::None, acquired, sequence }.checked()
    }

    /// A reading with a value that a stated cause makes doubtful.
    #[must_use]
    pub const fn uncertain(value: f64, cause: Cause, acquired: Monotonic, sequence: u64) -> Self {
        Self { value, quality: Quality::Uncertain, cause, acquired, sequence }.checked()
    }

    /// A reading without a value. `acquired` is when the fault was seen.
    #[must_use]
    pub const fn bad(cause: Cause, acquired: Monotonic, sequence: u64) -> Self {
        Self { value: 0.0, quality: Quality::Bad, cause, acquired, sequence }
    }

    const fn checked(self) -> Self {
        if self.value.is_finite() { self } else { Self::bad(Cause::NotFinite, self.acquired, self.sequence) }
    }

    /// The value, unless the reading is bad.
    #[must_use]
    pub const fn value(&self) -> Option<f64> {
        match self.quality {
            Quality::Good | Quality::Uncertain => Some(self.value),
            Quality::Bad => None,
        }
    }

    /// The value, only if the reading is good.
    #[must_use]
    pub const fn good_value(&self) -> Option<f64> {
        match self.quality {
            Quality::Good => Some(self.value),
            Quality::Uncertain | Quality::Bad => None,
        }
    }

    /// How far it may be trusted.
    #[must_use]
    pub const fn quality(&self) -> Quality {
        self.quality
    }

    /// Why not further.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// When it was acquired (or, if bad, when the fault was seen).
    #[must_use]
    pub const fn acquired(&self) -> Monotonic {
        self.acquired
    }

    /// Grows with every new sample of the signal.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The same reading with its value replaced (after calibration or filtering); bad stays bad.
    #[must_use]
    pub const fn with_value(self, value: f64) -> Self {
        match self.quality {
            Quality::Bad => self,
            Quality::Good | Quality::Uncertain => Self { value, ..self }.checked(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_reading_has_no_value() {
        let reading = Reading::bad(Cause::Stale, Monotonic(5), 7);
        assert_eq!(reading.value(), None);
        assert_eq!(reading.with_value(3.0).value(), None);
    }

    #[test]
    fn what_is_not_finite_is_bad() {
        let reading = Reading::good(f64::NAN, Monotonic(5), 7);
        assert_eq!((reading.quality(), reading.cause()), (Quality::Bad, Cause::NotFinite));
        let reading = Reading::uncertain(1.0, Cause::NearZero, Monotonic(5), 7).with_value(f64::INFINITY);
        assert_eq!(reading.cause(), Cause::NotFinite);
    }

    #[test]
    fn an_uncertain_value_is_not_a_good_one() {
        let reading = Reading::uncertain(4.0, Cause::Estimated, Monotonic(5), 7);
        assert_eq!((reading.value(), reading.good_value()), (Some(4.0), None));
    }
}
