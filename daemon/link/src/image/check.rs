// SPDX-License-Identifier: MIT OR Apache-2.0
//! From untrusted words to a reading: what a sample or a demand must fulfil before anybody uses its value.

use super::value::{Demand, Sample};
use ecmod_quantities::{Cause, Monotonic, Quality, Reading};

/// The declared range of a signal or command, in its canonical unit, ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

impl Bounds {
    /// Whether `value` is finite and inside.
    #[must_use]
    pub fn contain(&self, value: f64) -> bool {
        value.is_finite() && value >= self.min && value <= self.max
    }
}

impl Sample {
    /// The reading that these words make, of a signal with the declared `bounds`. It has a value only if the value is finite and in
    /// range, quality and cause are known numbers that fit together, and the time is not later than `now`.
    ///
    /// Read the clock for `now` *behind* the slot, not before: a sample may arrive between the two.
    #[must_use]
    pub fn checked(&self, bounds: Bounds, now: Monotonic) -> Reading {
        let bad = |cause| Reading::bad(cause, self.t.min(now), self.sequence);
        if self.t > now {
            return bad(Cause::BadTime);
        }
        let value = match (Quality::from_code(self.quality), Cause::from_code(self.cause)) {
            (Some(Quality::Bad), Some(Cause::None)) | (_, None) | (None, _) => {
                return bad(Cause::DriverFault);
            }
            (Some(Quality::Bad), Some(cause)) => return bad(cause),
            (Some(Quality::Good), Some(Cause::None)) => Reading::good(self.value, self.t, self.sequence),
            // "Good, but" contradicts itself; so does "doubtful for no reason".
            (Some(Quality::Good), Some(_)) | (Some(Quality::Uncertain), Some(Cause::None)) => {
                return bad(Cause::DriverFault);
            }
            (Some(Quality::Uncertain), Some(cause)) => {
                Reading::uncertain(self.value, cause, self.t, self.sequence)
            }
        };
        match value.value() {
            Some(number) if !bounds.contain(number) => bad(Cause::OutOfRange),
            _ => value,
        }
    }
}

impl Demand {
    /// The value, if something is demanded that is finite and within the command's declared `bounds`.
    #[must_use]
    pub fn checked(&self, bounds: Bounds) -> Option<f64> {
        (self.valid && bounds.contain(self.value)).then_some(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { min: -10.0, max: 10.0 };
    const GOOD: Sample = Sample { value: 4.0, t: Monotonic(50), quality: 1, cause: 0, sequence: 3 };

    fn cause_of(sample: Sample) -> Cause {
        let reading = sample.checked(BOUNDS, Monotonic(100));
        assert_eq!(reading.value(), None);
        reading.cause()
    }

    #[test]
    fn a_good_sample_is_a_good_reading() {
        assert_eq!(GOOD.checked(BOUNDS, Monotonic(50)), Reading::good(4.0, Monotonic(50), 3));
        let doubtful = Sample { quality: 2, cause: Cause::NearZero.code(), ..GOOD };
        assert_eq!(
            doubtful.checked(BOUNDS, Monotonic(60)),
            Reading::uncertain(4.0, Cause::NearZero, Monotonic(50), 3)
        );
    }

    #[test]
    fn a_value_that_fails_a_check_is_no_value() {
        assert_eq!(cause_of(Sample { value: f64::NAN, ..GOOD }), Cause::NotFinite);
        assert_eq!(cause_of(Sample { value: f64::INFINITY, ..GOOD }), Cause::NotFinite);
        assert_eq!(cause_of(Sample { value: 10.1, ..GOOD }), Cause::OutOfRange);
        assert_eq!(cause_of(Sample { t: Monotonic(101), ..GOOD }), Cause::BadTime);
        assert_eq!(cause_of(Sample { quality: 0, ..GOOD }), Cause::DriverFault);
        assert_eq!(cause_of(Sample { quality: 4, ..GOOD }), Cause::DriverFault);
        assert_eq!(cause_of(Sample { cause: 9999, ..GOOD }), Cause::DriverFault);
        assert_eq!(cause_of(Sample { cause: Cause::Stale.code(), ..GOOD }), Cause::DriverFault);
        assert_eq!(cause_of(Sample { quality: 2, ..GOOD }), Cause::DriverFault);
        assert_eq!(cause_of(Sample { quality: 3, cause: Cause::Timeout.code(), ..GOOD }), Cause::Timeout);
    }

    #[test]
    fn a_time_from_the_future_is_not_passed_on() {
        let reading = Sample { t: Monotonic(u64::MAX), ..GOOD }.checked(BOUNDS, Monotonic(100));
        assert_eq!(reading.acquired(), Monotonic(100));
    }

    #[test]
    fn a_demand_out_of_range_demands_nothing() {
        let demand = Demand { value: 5.0, t: Monotonic(1), sequence: 1, valid: true };
        assert_eq!(demand.checked(BOUNDS), Some(5.0));
        assert_eq!(Demand { valid: false, ..demand }.checked(BOUNDS), None);
        assert_eq!(Demand { value: -10.5, ..demand }.checked(BOUNDS), None);
        assert_eq!(Demand { value: f64::NAN, ..demand }.checked(BOUNDS), None);
    }
}
