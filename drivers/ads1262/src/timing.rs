// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long a conversion takes, and whether a round of them fits into a period. Pure.
//!
//! From start to result: `order / rate` for the filter, and 0.4247 ms for what lies before and behind it. [K] from the table
//! of the sister chip ADS125H01, whose clock and filters are the same (400 SPS: 2.925 ms; 1200: 1.258; 7200: 0.564).

use ecmod_plugin::quantities::Span;

/// How often every channel is measured: the driver's period.
pub const PERIOD: Span = Span::from_millis(10);
/// So much of it a round may take; the rest is for a host that is late.
pub const AVAILABLE: Span = Span::from_millis(8);
/// So long a cycle waits for results, where nothing wakes it when they are there. What comes later is for the next cycle.
pub const PATIENCE: Span = Span::from_millis(5);
/// What reading a result and starting the next conversion is reckoned with.
pub const TURNAROUND: Span = Span::from_micros(250);
/// What the chip can wait between a start and its conversion, by the code in MODE0 [K].
pub const DELAYS: [Span; 12] = [
    Span::ZERO,
    Span(8_700),
    Span(17_000),
    Span(35_000),
    Span(69_000),
    Span(139_000),
    Span(278_000),
    Span(555_000),
    WIRE_TEST_DELAY,
    Span(2_200_000),
    Span(4_400_000),
    Span(8_800_000),
];
/// The least delay before a conversion that tests the wires, so that the inputs' filters follow.
pub const WIRE_TEST_DELAY: Span = Span(1_100_000);

/// What a conversion takes besides its filter.
const OVERHEAD_NS: u64 = 424_700;

/// From start to result.
#[must_use]
pub const fn conversion(order: u64, rate: u64) -> Span {
    let filter = match (order * 1_000_000_000).checked_div(rate) {
        Some(filter) => filter,
        None => 0,
    };
    Span(filter + OVERHEAD_NS)
}

/// The longest round of so many channels: with a check besides, or with one channel's wires tested.
#[must_use]
pub const fn longest_round(channels: u64, conversion: Span) -> Span {
    let step = conversion.0 + TURNAROUND.0;
    let extra = if step > WIRE_TEST_DELAY.0 { step } else { WIRE_TEST_DELAY.0 };
    Span(channels * step + extra)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_take_as_long_as_in_the_table() {
        let table = [
            (1, 400, 2925),
            (1, 1200, 1258),
            (1, 2400, 841),
            (1, 4800, 633),
            (1, 7200, 564),
            (3, 400, 7925),
            (3, 1200, 2925),
            (3, 2400, 1675),
            (4, 4800, 1258),
            (4, 7200, 980),
        ];
        for (order, rate, us) in table {
            let found = conversion(order, rate).0 / 1000;
            assert!(found.abs_diff(us) <= 1, "sinc{order} at {rate}: {found}, not {us}");
        }
    }

    #[test]
    fn five_channels_at_2400_fit_with_a_check_and_with_a_wire_test_and_leave_a_third() {
        let longest = longest_round(5, conversion(1, 2400));
        assert!(longest.0 < 6_700_000, "{longest:?}");
        assert!(longest_round(5, conversion(1, 1200)) > AVAILABLE);
        assert!(longest_round(4, conversion(1, 1200)) < AVAILABLE); // 7.54 ms
    }
}
