// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a value usually is: a slow mean to compare the present one with.

use ecmod_quantities::{Monotonic, Seconds};

/// A slow mean that is exact for any distance of its samples. Empty until the first value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Baseline {
    mean: Option<f64>,
    at: Monotonic,
    since: Monotonic,
}

impl Baseline {
    pub(super) const NEW: Self = Self { mean: None, at: Monotonic(0), since: Monotonic(0) };

    /// Takes a value; the mean follows it with this time constant.
    pub(super) fn take(&mut self, value: f64, time_constant: Seconds, now: Monotonic) {
        match self.mean {
            None => (self.mean, self.since) = (Some(value), now),
            Some(mean) => {
                let elapsed = now.since(self.at).seconds();
                self.mean = Some(mean + (value - mean) * elapsed / (time_constant.value() + elapsed));
            }
        }
        self.at = now;
    }

    /// Begins anew, unless the latest value is younger than this: a moment without a value, as when a flow meter overflows, takes
    /// nothing away.
    pub(super) fn expire(&mut self, after: Seconds, now: Monotonic) {
        if now.since(self.at).seconds() > after.value() {
            self.forget();
        }
    }

    /// Begins anew.
    pub(super) fn forget(&mut self) {
        *self = Self::NEW;
    }

    /// The mean, once it has been taken for as long as this.
    pub(super) fn settled(&self, after: Seconds) -> Option<f64> {
        self.mean.filter(|_| self.at.since(self.since).seconds() >= after.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_slowly_and_tells_nothing_before_it_has_settled() {
        let mut baseline = Baseline::NEW;
        for ms in 0..=1000u64 {
            baseline.take(10.0, Seconds(2.0), Monotonic(ms * 1_000_000));
        }
        assert_eq!(baseline.settled(Seconds(1.5)), None);
        assert_eq!(baseline.settled(Seconds(1.0)), Some(10.0));
        for ms in 1001..=3000u64 {
            baseline.take(20.0, Seconds(2.0), Monotonic(ms * 1_000_000));
        }
        let mean = baseline.settled(Seconds(1.0)).unwrap();
        assert!((mean - 16.3).abs() < 0.1, "{mean}");
        baseline.forget();
        assert_eq!(baseline.settled(Seconds(0.0)), None);
    }
}
