// SPDX-License-Identifier: MIT OR Apache-2.0
//! The two kinds of records, and how they stand in the words of a cell.

use super::cell::Cell;
use ecmod_quantities::Monotonic;

/// What a driver delivered for one signal: words as they stood in the image, believed by nobody.
/// [`Sample::checked`] makes a reading of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// In the canonical unit of the signal's quantity.
    pub value: f64,
    /// When it was acquired.
    pub t: Monotonic,
    /// An [`ecmod_quantities::Quality`] by its code.
    pub quality: u32,
    /// An [`ecmod_quantities::Cause`] by its code.
    pub cause: u32,
    /// Counts the signal's samples.
    pub sequence: u64,
}

/// What the console demands of one command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// In the canonical unit of the command's quantity; means something only if `valid`.
    pub value: f64,
    /// When it was decided.
    pub t: Monotonic,
    /// Counts the decisions for this command.
    pub sequence: u64,
    /// Whether anything is demanded. Otherwise the device goes on as it is.
    pub valid: bool,
    /// What is to become of it without the daemon, if it is not to stay for ever.
    pub fallback: Option<Fallback>,
}

/// Where the host takes a demand by itself, if the daemon is silent by then: what the daemon would have demanded had it not lowered
/// the demand for a while. Words as they stood in the image; [`Demand::checked_fallback`] believes them or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fallback {
    /// The lowered demand holds no longer than until then, by `CLOCK_MONOTONIC`. A time that has passed: as soon as the daemon is silent.
    pub until: Monotonic,
    /// In the canonical unit of the command's quantity.
    pub then: f64,
    /// How fast, in that unit per second.
    pub slew: f64,
}

pub(super) type SampleCell = Cell<4>;
pub(super) type DemandCell = Cell<7>;

/// A demand's third word: nothing is demanded, something is, and something is that has a fallback.
const NOTHING: u64 = 0;
const VALID: u64 = 1;
const WITH_FALLBACK: u64 = 3;

impl Sample {
    pub(super) fn to_words(self) -> [u64; 4] {
        [
            self.value.to_bits(),
            self.t.0,
            (u64::from(self.quality) << 32) | u64::from(self.cause),
            self.sequence,
        ]
    }

    pub(super) fn from_words([value, t, quality_and_cause, sequence]: [u64; 4]) -> Self {
        Self {
            value: f64::from_bits(value),
            t: Monotonic(t),
            quality: high(quality_and_cause),
            cause: low(quality_and_cause),
            sequence,
        }
    }
}

impl Demand {
    pub(super) fn to_words(self) -> [u64; 7] {
        let kind = match (self.valid, self.fallback) {
            (false, _) => NOTHING,
            (true, None) => VALID,
            (true, Some(_)) => WITH_FALLBACK,
        };
        let [until, then, slew] = self.fallback.map_or([0; 3], Fallback::to_words);
        [self.value.to_bits(), self.t.0, kind, self.sequence, until, then, slew]
    }

    pub(super) fn from_words([value, t, kind, sequence, until, then, slew]: [u64; 7]) -> Self {
        Self {
            value: f64::from_bits(value),
            t: Monotonic(t),
            sequence,
            valid: kind == VALID || kind == WITH_FALLBACK,
            fallback: (kind == WITH_FALLBACK).then(|| Fallback::from_words([until, then, slew])),
        }
    }
}

impl Fallback {
    fn to_words(self) -> [u64; 3] {
        [self.until.0, self.then.to_bits(), self.slew.to_bits()]
    }

    fn from_words([until, then, slew]: [u64; 3]) -> Self {
        Self { until: Monotonic(until), then: f64::from_bits(then), slew: f64::from_bits(slew) }
    }
}

#[allow(clippy::cast_possible_truncation)] // takes the word apart; the other half is `low`
const fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

#[allow(clippy::cast_possible_truncation)] // takes the word apart; the other half is `high`
const fn low(word: u64) -> u32 {
    word as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_go_through_words_and_back() {
        let sample =
            Sample { value: -0.25, t: Monotonic(u64::MAX), quality: u32::MAX, cause: 17, sequence: 1 << 40 };
        assert_eq!(Sample::from_words(sample.to_words()), sample);
        let fallback = Fallback { until: Monotonic(7_000), then: 3500.25, slew: 150.0 };
        for fallback in [None, Some(fallback)] {
            let demand = Demand { value: 3000.5, t: Monotonic(9), sequence: 8, valid: true, fallback };
            assert_eq!(Demand::from_words(demand.to_words()), demand);
        }
    }

    #[test]
    fn nothing_but_the_known_words_demands_anything_or_has_a_fallback() {
        for kind in (0..64).map(|bit| 1_u64 << bit).chain([0, 5, u64::MAX]).filter(|kind| *kind != 1) {
            let demand = Demand::from_words([0, 0, kind, 0, 0, 0, 0]);
            assert_eq!((demand.valid, demand.fallback), (false, None), "{kind}");
        }
        assert!(Demand::from_words([0, 0, 3, 0, 0, 0, 0]).fallback.is_some());
    }
}
