// SPDX-License-Identifier: MIT OR Apache-2.0
//! What zeroing collects: for each source of one signal the mean and spread of its raw samples.
//!
//! It looks only; the pipeline goes on as before. Nothing here costs anything while no signal is being zeroed.

use crate::math::sqrt;
use crate::{
    Refusal, SOURCES_PER_SIGNAL, SignalSettings, SourceSettings, ZERO_NOISE, ZERO_RANGE, ZERO_SAMPLES,
    ZeroFound,
};
use ecmod_quantities::{MmHg, Monotonic, Reading};

/// The samples of all sources of one signal since a moment.
#[derive(Debug, Clone)]
pub(crate) struct Collector {
    since: Monotonic,
    tallies: [Tally; SOURCES_PER_SIGNAL],
}

/// The samples of one source: how many, and the running mean and sum of squared deviations (Welford).
#[derive(Debug, Clone, Copy)]
struct Tally {
    last: Option<(u64, Monotonic)>,
    all: u32,
    good: u32,
    mean: f64,
    squares: f64,
}

impl Collector {
    /// Nothing yet; only samples from after `since` count.
    pub(crate) const fn new(since: Monotonic) -> Self {
        let empty = Tally { last: None, all: 0, good: 0, mean: 0.0, squares: 0.0 };
        Self { since, tallies: [empty; SOURCES_PER_SIGNAL] }
    }

    /// Takes what is new among the raw readings.
    pub(crate) fn take(&mut self, signal: &SignalSettings, raw: &[Reading]) {
        for (tally, source) in self.tallies.iter_mut().zip(&signal.sources) {
            let reading = source.and_then(|source| raw.get(usize::from(source.index)));
            if let Some(reading) = reading.filter(|reading| reading.acquired() > self.since) {
                tally.take(reading);
            }
        }
    }

    /// The zeros found, or why there are none.
    pub(crate) fn conclude(
        &self,
        signal: &SignalSettings,
    ) -> Result<[Option<ZeroFound>; SOURCES_PER_SIGNAL], Refusal> {
        let mut found = [None; SOURCES_PER_SIGNAL];
        for ((place, tally), source) in found.iter_mut().zip(&self.tallies).zip(&signal.sources) {
            let Some(source) = source.as_ref().filter(|_| tally.good > 0) else { continue };
            *place = Some(tally.conclude(source)?);
        }
        if found.iter().all(Option::is_none) {
            let all = self.tallies.iter().map(|tally| tally.all).max().unwrap_or(0);
            return Err(Refusal::ZeroSamples { good: 0, all });
        }
        Ok(found)
    }
}

impl Tally {
    fn take(&mut self, reading: &Reading) {
        let identity = (reading.sequence(), reading.acquired());
        if self.last == Some(identity) {
            return;
        }
        self.last = Some(identity);
        self.all = self.all.saturating_add(1);
        if let Some(value) = reading.good_value() {
            self.good = self.good.saturating_add(1);
            let off = value - self.mean;
            self.mean += off / f64::from(self.good);
            self.squares += off * (value - self.mean);
        }
    }

    fn conclude(&self, source: &SourceSettings) -> Result<ZeroFound, Refusal> {
        let Self { all, good, mean, .. } = *self;
        if good < ZERO_SAMPLES || good.saturating_mul(10) < all.saturating_mul(9) {
            return Err(Refusal::ZeroSamples { good, all });
        }
        let noise = MmHg(sqrt(self.squares / f64::from(good)) * source.gain.abs());
        let off = MmHg(mean * source.gain);
        // What is no number is refused.
        if noise > ZERO_NOISE || !noise.is_finite() {
            return Err(Refusal::ZeroNoisy { noise, most: ZERO_NOISE });
        }
        if off.abs() > ZERO_RANGE || !off.is_finite() {
            return Err(Refusal::ZeroFarOff { mean: off, most: ZERO_RANGE });
        }
        Ok(ZeroFound { source: source.index, zero: mean, noise })
    }
}
