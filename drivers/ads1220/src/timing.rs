// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long a conversion takes, and whether a round of them fits into a period. Pure.
//!
//! A single conversion takes a fixed number of the chip's clocks (4.096 MHz), and 210 before it [K].

use ecmod_plugin::quantities::Span;

/// How often every channel is measured: the driver's period.
pub const PERIOD: Span = Span::from_millis(10);
/// So much of it a round may take; the rest is for a host that is late.
pub const AVAILABLE: Span = Span::from_millis(8);
/// So long a cycle waits for results. What comes later is for the next cycle.
pub const PATIENCE: Span = Span::from_millis(5);
/// What reading a result and starting the next conversion is reckoned with.
const TURNAROUND: Span = Span::from_micros(250);
/// The rate at which wires are tested: slow, so that the inputs' filters follow.
pub const WIRE_TEST_RATE: u16 = 330;

/// Clocks before a conversion.
const START_CLOCKS: u64 = 210;

/// From start to result at this rate (330, 600 or 1000 SPS).
#[must_use]
pub const fn conversion(rate: u16) -> Span {
    let clocks = match rate {
        330 => 12_464,
        600 => 6_896,
        _ => 4_144,
    };
    Span((clocks + START_CLOCKS) * 1_000_000 / 4_096)
}

/// The longest round of so many channels: with a check besides, or with one channel's wires tested in its place.
#[must_use]
pub const fn longest_round(channels: u64, rate: u16) -> Span {
    let step = conversion(rate).0 + TURNAROUND.0;
    let test = conversion(WIRE_TEST_RATE).0 - conversion(rate).0;
    Span(channels * step + if step > test { step } else { test })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_take_their_clocks() {
        assert_eq!([330, 600, 1000].map(|rate| conversion(rate).0 / 1000), [3094, 1734, 1062]);
    }

    #[test]
    fn two_channels_fit_at_600_and_one_at_330() {
        assert!(longest_round(2, 600) < AVAILABLE);
        assert!(longest_round(1, 330) < AVAILABLE);
        assert!(longest_round(2, 330) > AVAILABLE);
    }
}
