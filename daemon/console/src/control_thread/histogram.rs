// SPDX-License-Identifier: MIT OR Apache-2.0
//! A histogram of durations that one thread writes without waiting and any other reads.
//!
//! Buckets are logarithmic with sixteen linear steps per power of two (a value is known to 6.25 %), from one nanosecond to
//! 68 s; what is longer counts in the last bucket. The array is fixed, so recording neither allocates nor locks.

use std::sync::atomic::{AtomicU64, Ordering};

use ecmod_quantities::Span;

const STEP_BITS: u32 = 4;
const STEPS: u64 = 1 << STEP_BITS;
const LARGEST_BITS: u32 = 36;
const BUCKETS: usize = ((LARGEST_BITS - STEP_BITS + 1) as usize) << STEP_BITS;

/// Counts of durations by size. One writer, any number of readers.
#[derive(Debug)]
pub struct Histogram {
    counts: [AtomicU64; BUCKETS],
    longest: AtomicU64,
}

/// What a reader wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quantiles {
    /// Half of all are at most this long.
    pub p50: Span,
    /// 99 of 100 are at most this long.
    pub p99: Span,
    /// The longest, exactly.
    pub longest: Span,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [const { AtomicU64::new(0) }; BUCKETS], longest: AtomicU64::new(0) }
    }
}

impl Histogram {
    /// Counts one duration. Only one thread may record: an update is a plain load and store.
    pub fn record(&self, duration: Span) {
        if let Some(count) = self.counts.get(bucket(duration.0)) {
            count.store(count.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
        }
        if duration.0 > self.longest.load(Ordering::Relaxed) {
            self.longest.store(duration.0, Ordering::Relaxed);
        }
    }

    /// The buckets that are not empty: upper edge in nanoseconds, and how many durations fell into it.
    #[must_use]
    pub fn buckets(&self) -> Vec<(u64, u64)> {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).enumerate();
        counts.filter(|(_, count)| *count > 0).map(|(index, count)| (upper_edge(index), count)).collect()
    }

    /// The present quantiles; all zero while nothing was recorded.
    #[must_use]
    pub fn quantiles(&self) -> Quantiles {
        let total: u64 = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).sum();
        let longest = Span(self.longest.load(Ordering::Relaxed));
        let quantile = |per_cent: u64| {
            let rank = total.saturating_mul(per_cent).div_ceil(100).max(1);
            let mut seen = 0_u64;
            for (index, count) in self.counts.iter().enumerate() {
                seen = seen.saturating_add(count.load(Ordering::Relaxed));
                if seen >= rank {
                    return Span(upper_edge(index).min(longest.0));
                }
            }
            longest
        };
        Quantiles { p50: quantile(50), p99: quantile(99), longest }
    }
}

fn bucket(value: u64) -> usize {
    let largest = (1 << LARGEST_BITS) - 1;
    let value = value.min(largest);
    let bits = u64::BITS - value.leading_zeros();
    let index = if bits <= STEP_BITS {
        value
    } else {
        let shift = bits - STEP_BITS - 1;
        (u64::from(shift) + 1) * STEPS + ((value >> shift) & (STEPS - 1))
    };
    usize::try_from(index).unwrap_or(BUCKETS - 1)
}

/// The largest value that falls into a bucket.
fn upper_edge(index: usize) -> u64 {
    let index = u64::try_from(index).unwrap_or(u64::MAX);
    if index < STEPS {
        return index;
    }
    let shift = index / STEPS - 1;
    ((STEPS + index % STEPS + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_the_bucket_whose_edges_enclose_it() {
        for value in (0..5000_u64).chain([1 << 20, (1 << 36) - 1]).chain((5..36).map(|bits| (1 << bits) - 1))
        {
            let index = bucket(value);
            assert!(index < BUCKETS, "{value}");
            assert!(value <= upper_edge(index), "{value} {index}");
            assert!(index == 0 || value > upper_edge(index - 1), "{value} {index}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_known_to_a_sixteenth_and_the_longest_exactly() {
        let histogram = Histogram::default();
        for us in 1..=1000 {
            histogram.record(Span::from_micros(us));
        }
        let quantiles = histogram.quantiles();
        assert!((500_000..=532_000).contains(&quantiles.p50.0), "{quantiles:?}");
        assert!((990_000..=1_000_000).contains(&quantiles.p99.0), "{quantiles:?}");
        assert_eq!(quantiles.longest, Span::from_micros(1000));
    }

    #[test]
    fn the_buckets_hold_every_duration_once_in_ascending_order() {
        let histogram = Histogram::default();
        for us in [3, 3, 70, 900] {
            histogram.record(Span::from_micros(us));
        }
        let buckets = histogram.buckets();
        assert_eq!(buckets.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 1, 1]);
        assert!(
            buckets
                .iter()
                .zip([3_000, 70_000, 900_000])
                .all(|((edge, _), ns)| (ns..=ns * 17 / 16).contains(edge))
        );
    }

    #[test]
    fn an_empty_histogram_says_zero() {
        assert_eq!(Histogram::default().quantiles(), Quantiles::default());
    }
}
