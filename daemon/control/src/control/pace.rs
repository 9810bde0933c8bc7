// SPDX-License-Identifier: MIT OR Apache-2.0
//! How often a meter delivers while none of its samples is lost: what one sample stands for.
//!
//! It follows a shorter gap fast and a longer one slowly, so that it stays near the meter's period while most samples are
//! lost, and still finds that of a meter that is slower than the one before.

use ecmod_quantities::{Seconds, Span};

/// The part of the way to a gap that is gone: when it is shorter, and when it is longer `[C]`.
const DOWN: f64 = 0.5;
const UP: f64 = 0.02;
/// A gap may be this much longer than the period without a sample having been lost: a meter is not a clock.
const JITTER: f64 = 1.25;

/// The meter's period, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    period: Option<Seconds>,
}

impl Pace {
    pub(super) const NEW: Self = Self { period: None };

    /// For how long a sample counts that came this long behind the one before.
    pub(super) fn counts_for(&mut self, gap: Span) -> Seconds {
        let gap = Seconds(gap.seconds());
        let period = self.period.unwrap_or(gap);
        let part = if gap < period { DOWN } else { UP };
        self.period = Some(period + (gap - period) * part);
        Seconds(gap.value().min(JITTER * period.value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For how long the last of these samples counts, in ms.
    fn last(gaps: impl IntoIterator<Item = u64>) -> f64 {
        let mut pace = Pace::NEW;
        let counts = gaps.into_iter().map(|gap| pace.counts_for(Span::from_millis(gap)));
        counts.last().unwrap().value() * 1e3
    }

    #[test]
    fn a_sample_counts_for_the_time_since_the_one_before_when_none_was_lost() {
        assert!((last([100; 20]) - 100.0).abs() < 1e-6);
        assert!((last([90, 110, 100, 105, 95, 110]) - 110.0).abs() < 1e-6);
        assert!((last([250; 20]) - 250.0).abs() < 1e-6);
    }

    #[test]
    fn it_does_not_count_for_those_that_were_lost() {
        assert!(last([100, 100, 100, 300]) < 130.0);
        // Two of three are lost for ten seconds.
        let sparse = [100, 100, 700, 200, 400, 100, 300].into_iter().cycle().take(100);
        assert!(last([100; 50].into_iter().chain(sparse)) < 200.0);
    }

    #[test]
    fn another_meter_is_learnt() {
        assert!((last([100; 20].into_iter().chain([250; 200])) - 250.0).abs() < 2.0);
        assert!((last([250; 20].into_iter().chain([50; 10])) - 50.0).abs() < 1.0);
    }
}
