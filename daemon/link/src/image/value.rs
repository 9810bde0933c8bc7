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
}

pub(super) type SampleCell = Cell<4>;
pub(super) type DemandCell = Cell<4>;

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
    pub(super) fn to_words(self) -> [u64; 4] {
        [self.value.to_bits(), self.t.0, u64::from(self.valid), self.sequence]
    }

    pub(super) fn from_words([value, t, valid, sequence]: [u64; 4]) -> Self {
        Self { value: f64::from_bits(value), t: Monotonic(t), sequence, valid: valid == 1 }
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
        let demand = Demand { value: 3000.5, t: Monotonic(9), sequence: 8, valid: true };
        assert_eq!(Demand::from_words(demand.to_words()), demand);
    }

    #[test]
    fn only_one_is_valid() {
        assert!(!Demand::from_words([0, 0, 2, 0]).valid);
    }
}
