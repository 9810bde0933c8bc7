// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much a signal fluctuates between 1 and 8 Hz: the index of suction.
//!
//! A vein that collapses on the cannula and opens again makes pressure and flow chatter at 1 to 5 Hz; breathing and a
//! change of speed are slower, and what is faster is noise. The band is cut by two first-order filters, the index is
//! the root of the mean square over [`WINDOW`] `[C]`. A flow meter of 10 Hz with a 100 ms mean sees the lower half of it.

use super::filter::{LowPass, Newest, Sample};
use crate::math::sqrt;
use ecmod_quantities::{Monotonic, Reading, Seconds, Span};

/// 1 / (2 pi 8 Hz) and 1 / (2 pi 1 Hz).
const FASTEST: Seconds = Seconds(0.02);
const SLOWEST: Seconds = Seconds(0.16);
/// Over this time the square is averaged: so short that one step of the pressure, as when the pump stops, is over before the
/// alarm's delay is.
const WINDOW: Seconds = Seconds(0.75);
/// Before this there is no index.
const WARM_UP: Span = Span::from_secs(2);

/// The index of one signal.
#[derive(Debug, Clone)]
pub(super) struct Chatter {
    newest: Newest,
    smooth: LowPass,
    slow: LowPass,
    power: LowPass,
}

impl Chatter {
    pub(super) const fn new() -> Self {
        Self {
            newest: Newest::NEW,
            smooth: LowPass::new(FASTEST),
            slow: LowPass::new(SLOWEST),
            power: LowPass::new(WINDOW),
        }
    }

    /// Takes the reading of this tick; the standard deviation within the band, once it is known.
    pub(super) fn take(&mut self, reading: &Reading, now: Monotonic) -> Option<f64> {
        if let Some(sample) = self.newest.take(reading) {
            let value = self.smooth.take(sample);
            let slow = self.slow.take(Sample { value, ..sample });
            let band = value - slow;
            self.power.take(Sample { value: band * band, ..sample });
        }
        self.power.settled(now, WARM_UP).map(sqrt)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    /// The index after ten seconds of a sine of this frequency and amplitude, sampled at this rate.
    fn index(hertz: f64, amplitude: f64, rate: u64) -> f64 {
        let mut chatter = Chatter::new();
        let mut index = None;
        for n in 0..10 * rate {
            let at = Monotonic(1 + n * 1_000_000_000 / rate);
            let value = -40.0 + amplitude * (core::f64::consts::TAU * hertz * at.0 as f64 * 1e-9).sin();
            index = chatter.take(&Reading::good(value, at, n + 1), at);
        }
        index.unwrap()
    }

    #[test]
    fn what_fluctuates_like_suction_counts_and_breathing_and_ripple_do_not() {
        for hertz in [2.0, 3.0, 5.0] {
            assert!(index(hertz, 40.0, 50) > 18.0, "{hertz} Hz: {}", index(hertz, 40.0, 50));
        }
        assert!(index(0.25, 10.0, 50) < 2.5, "breathing: {}", index(0.25, 10.0, 50));
        assert!(index(22.0, 10.0, 50) < 3.5, "ripple: {}", index(22.0, 10.0, 50));
        assert!(index(2.0, 0.5, 10) > 0.15, "at the rate of a flow meter: {}", index(2.0, 0.5, 10));
    }

    #[test]
    fn without_samples_there_is_no_index() {
        let mut chatter = Chatter::new();
        let at = |ms: u64| Monotonic(ms * 1_000_000);
        for n in 1..200 {
            chatter.take(&Reading::good(-40.0, at(n * 20), n), at(n * 20));
        }
        let last = Reading::good(-40.0, at(199 * 20), 199);
        assert!(chatter.take(&last, at(4100)).is_some_and(|index| index < 1e-6));
        assert_eq!(chatter.take(&last, at(6000)), None);
        assert_eq!(Chatter::new().take(&Reading::NO_DATA, at(1)), None);
    }
}
