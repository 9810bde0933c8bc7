// SPDX-License-Identifier: MIT OR Apache-2.0
//! The small filters that the estimators are made of. All go by the times of samples, never by ticks.

use crate::signals::usable;
use ecmod_quantities::{Monotonic, Reading, Seconds, Span};

/// After a gap this long a filter begins anew.
const LONGEST_GAP: Span = Span::from_secs(1);

/// Tells new samples of one reading from those already seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Newest {
    sequence: Option<u64>,
}

impl Newest {
    pub(super) const NEW: Self = Self { sequence: None };

    /// The sample, if it is usable and was not seen before.
    pub(super) fn take(&mut self, reading: &Reading) -> Option<Sample> {
        let value = usable(reading).ok()?;
        if self.sequence.replace(reading.sequence()) == Some(reading.sequence()) {
            return None;
        }
        Some(Sample { value, at: reading.acquired() })
    }
}

/// A usable value and when it was acquired.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) value: f64,
    pub(super) at: Monotonic,
}

/// A first-order low-pass over irregular samples. Empty after a gap.
#[derive(Debug, Clone, Copy)]
pub(super) struct LowPass {
    time_constant: Seconds,
    longest_gap: Span,
    state: Option<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    value: f64,
    at: Monotonic,
    began: Monotonic,
}

impl LowPass {
    pub(super) const fn new(time_constant: Seconds) -> Self {
        Self { time_constant, longest_gap: LONGEST_GAP, state: None }
    }

    /// One that survives longer gaps.
    pub(super) const fn patient(time_constant: Seconds, longest_gap: Span) -> Self {
        Self { time_constant, longest_gap, state: None }
    }

    /// Takes a sample and gives the smooth value. A sample that is no newer than the last one changes nothing.
    pub(super) fn take(&mut self, sample: Sample) -> f64 {
        let Sample { value, at } = sample;
        let next = match self.state {
            Some(last) if at.since(last.at) <= self.longest_gap => {
                let elapsed = at.since(last.at).seconds();
                let part = elapsed / (self.time_constant.value() + elapsed).max(f64::MIN_POSITIVE);
                State { value: last.value + (value - last.value) * part, at: at.max(last.at), ..last }
            }
            Some(_) | None => State { value, at, began: at },
        };
        self.state = Some(next);
        next.value
    }

    /// The smooth value, if the latest sample is not older than the longest gap.
    pub(super) fn value(&self, now: Monotonic) -> Option<f64> {
        self.state.filter(|state| now.since(state.at) <= self.longest_gap).map(|state| state.value)
    }

    /// The smooth value, once it is that of at least this time.
    pub(super) fn settled(&self, now: Monotonic, after: Span) -> Option<f64> {
        let state = self.state.filter(|state| state.at.since(state.began) >= after)?;
        (now.since(state.at) <= self.longest_gap).then_some(state.value)
    }

    pub(super) const fn clear(&mut self) {
        self.state = None;
    }
}

/// How long something has been so without a break.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Held {
    since: Option<Monotonic>,
}

impl Held {
    pub(crate) const NEW: Self = Self { since: None };

    /// Whether it has been so for this long, now included.
    pub(crate) fn for_at_least(&mut self, so: bool, long: Span, now: Monotonic) -> bool {
        if !so {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        now.since(since) >= long
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // what is not computed is exact
mod tests {
    use super::*;

    fn at(ms: u64, value: f64) -> Sample {
        Sample { value, at: Monotonic(ms * 1_000_000) }
    }

    #[test]
    fn a_low_pass_begins_where_it_is_settles_with_its_time_constant_and_forgets_after_a_gap() {
        let mut filter = LowPass::new(Seconds(1.0));
        assert_eq!(filter.take(at(0, 10.0)), 10.0);
        for ms in (10..=1000).step_by(10) {
            filter.take(at(ms, 0.0));
        }
        let value = filter.value(Monotonic(1_000_000_000)).unwrap();
        assert!((value / 10.0 - 0.37).abs() < 0.01, "{value}");
        assert_eq!(filter.settled(Monotonic(1_000_000_000), Span::from_secs(2)), None);
        assert_eq!(filter.value(Monotonic(2_100_000_000)), None);
        assert_eq!(filter.take(at(5000, 3.0)), 3.0);
    }

    #[test]
    fn what_is_held_counts_from_the_last_break() {
        let mut held = Held::default();
        let long = Span::from_millis(500);
        let mut at = |ms: u64, so| held.for_at_least(so, long, Monotonic(ms * 1_000_000));
        assert!(!at(0, true) && !at(499, true) && at(500, true));
        assert!(!at(510, false) && !at(520, true) && !at(1019, true) && at(1020, true));
    }
}
