// SPDX-License-Identifier: MIT OR Apache-2.0
//! What becomes of a sample that a driver delivers. Pure.
//!
//! A sample passes if it is finite, in its declared range, with a quality and cause that exist and fit together, not from
//! the future and not older than the one before. Otherwise the signal is bad, with the reason as its cause.

use ecmod_link::image::{Bounds, Sample};
use ecmod_plugin::abi;
use ecmod_quantities::{Cause, Monotonic, Reading, Span};

/// A time may be this far ahead of ours: a driver may have read the clock behind us.
pub const TOLERANCE: Span = Span::from_millis(1);

/// What is remembered of a signal from cycle to cycle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// The time of the driver's newest sample.
    acquired: Monotonic,
    /// The time of the newest sample that was published, which may be a fault that the host itself saw.
    published: Monotonic,
}

impl Memory {
    /// Remembers that the host itself marked the signal bad.
    pub fn marked(&mut self, now: Monotonic) {
        self.published = self.published.max(now);
    }

    /// Judges a sample. `None`: no news.
    pub fn judge(&mut self, sample: &abi::Sample, bounds: Bounds, now: Monotonic) -> Option<Reading> {
        if sample.quality == abi::ECMOD_QUALITY_NONE {
            return None;
        }
        let bad = |cause| Reading::bad(cause, now, 0);
        let mut t = Monotonic(sample.t_ns);
        let is_bad = sample.quality == abi::ECMOD_QUALITY_BAD;
        if is_bad && (t.0 == 0 || t > now || t < self.published) {
            // the time of a fault that has no time of its own
            t = now;
        }
        if t > now.plus(TOLERANCE) || t < self.acquired {
            self.marked(now);
            return Some(bad(Cause::BadTime));
        }
        t = t.min(now);
        self.acquired = t;
        if t < self.published {
            // acquired before a fault that has been reported already
            return None;
        }
        self.published = t;
        let raw =
            Sample { value: sample.value, t, quality: sample.quality, cause: sample.cause, sequence: 0 };
        Some(raw.checked(bounds, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_quantities::Quality;

    const BOUNDS: Bounds = Bounds { min: -10.0, max: 10.0 };
    const NOW: Monotonic = Monotonic(1_000_000_000);
    const GOOD: abi::Sample = abi::Sample { value: 4.0, t_ns: 999_000_000, quality: 1, cause: 0 };

    fn judged(sample: abi::Sample) -> Option<Reading> {
        Memory::default().judge(&sample, BOUNDS, NOW)
    }

    fn cause(sample: abi::Sample) -> Cause {
        let reading = judged(sample).unwrap();
        assert_eq!(reading.value(), None);
        reading.cause()
    }

    #[test]
    fn a_sound_sample_passes_with_its_own_time() {
        let reading = judged(GOOD).unwrap();
        assert_eq!((reading.good_value(), reading.acquired()), (Some(4.0), Monotonic(999_000_000)));
        assert_eq!(judged(abi::Sample { quality: 0, ..GOOD }), None);
    }

    #[test]
    fn nonsense_becomes_bad_with_its_cause() {
        assert_eq!(cause(abi::Sample { value: f64::NAN, ..GOOD }), Cause::NotFinite);
        assert_eq!(cause(abi::Sample { value: 11.0, ..GOOD }), Cause::OutOfRange);
        assert_eq!(cause(abi::Sample { quality: 77, ..GOOD }), Cause::DriverFault);
        assert_eq!(cause(abi::Sample { cause: 999, ..GOOD }), Cause::DriverFault);
        assert_eq!(cause(abi::Sample { cause: 3, ..GOOD }), Cause::DriverFault, "good, but");
        assert_eq!(cause(abi::Sample { quality: 2, ..GOOD }), Cause::DriverFault, "doubtful for no reason");
        assert_eq!(cause(abi::Sample { t_ns: u64::MAX, ..GOOD }), Cause::BadTime);
    }

    #[test]
    fn a_time_a_little_ahead_is_now() {
        let ahead = abi::Sample { t_ns: NOW.0 + 900_000, ..GOOD };
        assert_eq!(judged(ahead).unwrap().acquired(), NOW);
        assert_eq!(cause(abi::Sample { t_ns: NOW.0 + 1_100_000, ..GOOD }), Cause::BadTime);
    }

    #[test]
    fn time_does_not_run_backwards() {
        let mut memory = Memory::default();
        assert!(memory.judge(&GOOD, BOUNDS, NOW).unwrap().value().is_some());
        assert!(memory.judge(&GOOD, BOUNDS, NOW).unwrap().value().is_some(), "the same sample again");
        let older = abi::Sample { t_ns: GOOD.t_ns - 1, ..GOOD };
        assert_eq!(memory.judge(&older, BOUNDS, NOW).unwrap().cause(), Cause::BadTime);
    }

    #[test]
    fn what_was_acquired_before_a_reported_fault_is_no_news() {
        let mut memory = Memory::default();
        memory.marked(NOW);
        assert_eq!(memory.judge(&GOOD, BOUNDS, NOW.plus(Span(1))), None);
        let newer = abi::Sample { t_ns: NOW.0 + 1, ..GOOD };
        assert!(memory.judge(&newer, BOUNDS, NOW.plus(Span(1))).unwrap().value().is_some());
    }

    #[test]
    fn a_bad_sample_needs_no_time_of_its_own() {
        let reading = judged(abi::Sample { value: f64::NAN, t_ns: 0, quality: 3, cause: 6 }).unwrap();
        assert_eq!(
            (reading.quality(), reading.cause(), reading.acquired()),
            (Quality::Bad, Cause::Disconnected, NOW)
        );
        assert_eq!(cause(abi::Sample { quality: 3, cause: 0, ..GOOD }), Cause::DriverFault);
    }
}
