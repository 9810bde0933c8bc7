// SPDX-License-Identifier: MIT OR Apache-2.0
//! From untrusted words to a reading: what a sample or a demand must fulfil before anybody uses its value.

use super::value::{Demand, Fallback, Sample};
use ecmod_quantities::{Cause, Monotonic, Quality, Reading, Span};

/// No demand is lowered for longer: the longest that any intervention may be configured to last.
pub const LONGEST_LOWERED: Span = Span::from_secs(300);

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

    /// What is to become of a demand that passes [`Demand::checked`] when there is no daemon: nothing (`Ok(None)`), or this.
    ///
    /// # Errors
    /// It has a fallback that nobody may follow: not a value in the command's `bounds`, not above the demand (a fallback gives back what
    /// was taken and takes nothing), faster than the whole range in a second, or later than [`LONGEST_LOWERED`] from `now`.
    pub fn checked_fallback(&self, bounds: Bounds, now: Monotonic) -> Result<Option<Fallback>, Unbelievable> {
        let Some(fallback) = self.fallback else { return Ok(None) };
        let gives_back = bounds.contain(fallback.then) && fallback.then > self.value;
        let most = bounds.max - bounds.min;
        let in_order = fallback.slew.is_finite() && fallback.slew > 0.0 && fallback.slew <= most;
        let in_time = fallback.until.since(now) <= LONGEST_LOWERED;
        if gives_back && in_order && in_time { Ok(Some(fallback)) } else { Err(Unbelievable) }
    }
}

/// A fallback that nobody may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unbelievable;

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
        let demand = Demand { value: 5.0, t: Monotonic(1), sequence: 1, valid: true, fallback: None };
        assert_eq!(demand.checked(BOUNDS), Some(5.0));
        assert_eq!(Demand { valid: false, ..demand }.checked(BOUNDS), None);
        assert_eq!(Demand { value: -10.5, ..demand }.checked(BOUNDS), None);
        assert_eq!(Demand { value: f64::NAN, ..demand }.checked(BOUNDS), None);
    }

    #[test]
    fn a_fallback_gives_back_within_the_range_at_a_believable_pace_and_in_time() {
        let now = Monotonic(1_000_000_000);
        let good = Fallback { until: now.plus(LONGEST_LOWERED), then: 8.0, slew: 0.5 };
        let judged = |fallback| {
            let demand = Demand { value: 5.0, t: now, sequence: 1, valid: true, fallback };
            demand.checked_fallback(BOUNDS, now)
        };
        assert_eq!(judged(None), Ok(None));
        assert_eq!(judged(Some(good)), Ok(Some(good)));
        let over = Fallback { until: Monotonic(0), ..good };
        assert_eq!(judged(Some(over)), Ok(Some(over)), "a time that has passed is a time");
        for then in [f64::NAN, f64::INFINITY, 10.5, 5.0, 4.0, -11.0] {
            assert_eq!(judged(Some(Fallback { then, ..good })), Err(Unbelievable), "{then}");
        }
        for slew in [f64::NAN, f64::INFINITY, 0.0, -1.0, 20.5] {
            assert_eq!(judged(Some(Fallback { slew, ..good })), Err(Unbelievable), "{slew}");
        }
        for until in [good.until.plus(Span(1)), Monotonic(u64::MAX)] {
            assert_eq!(judged(Some(Fallback { until, ..good })), Err(Unbelievable));
        }
    }
}
