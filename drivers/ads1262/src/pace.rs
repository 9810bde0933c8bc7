// SPDX-License-Identifier: MIT OR Apache-2.0
//! When each conversion should end, so that a round takes a period: the chip itself waits, by its delay between start and
//! conversion, and wakes the driver when a result is there. Pure.
//!
//! The chip has twelve delays, so a conversion ends somewhat too early; the next one makes up for it, since all ends are reckoned from
//! the round's beginning. The inputs have settled the longer.

use crate::timing::{DELAYS, PERIOD};
use ecmod_plugin::quantities::{Monotonic, Span};

/// A delay of the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// MODE0, bits 3 to 0.
    pub code: u8,
    /// How long it is.
    pub span: Span,
}

impl Delay {
    /// The longest one that is no longer than `span`.
    #[must_use]
    pub fn within(span: Span) -> Self {
        let fitting = (0..).zip(DELAYS).take_while(|(_, delay)| *delay <= span).last();
        let (code, span) = fitting.unwrap_or_default();
        Self { code, span }
    }
}

/// The ends of a round's conversions, evenly spread.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    begin: Monotonic,
    ended: u64,
    steps: usize,
}

impl Pace {
    /// A round of so many steps begins.
    #[must_use]
    pub const fn new(now: Monotonic, steps: usize) -> Self {
        Self { begin: now, ended: 0, steps }
    }

    /// The next round begins, of so many steps: a period behind the one before, or now if that is over already.
    pub fn next_round(&mut self, now: Monotonic, steps: usize) {
        let begin = self.begin.plus(PERIOD);
        let is_late = now.since(begin) > PERIOD;
        *self = Self::new(if is_late { now } else { begin }, steps);
    }

    /// The delay for the next step of the round, which is started now and takes this long.
    pub fn delay(&mut self, now: Monotonic, conversion: Span) -> Delay {
        self.ended = self.ended.saturating_add(1);
        let steps = u64::try_from(self.steps).unwrap_or(u64::MAX);
        let share = PERIOD.0.saturating_mul(self.ended).checked_div(steps).unwrap_or(0);
        let left = self.begin.plus(Span(share)).since(now);
        Delay::within(Span(left.0.saturating_sub(conversion.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing;

    #[test]
    fn the_longest_delay_that_fits_is_taken() {
        let code = |us| Delay::within(Span::from_micros(us)).code;
        assert_eq!([0, 8, 9, 554, 555, 2_000, 8_800, 50_000].map(code), [0, 0, 1, 6, 7, 8, 11, 11]);
    }

    #[test]
    fn a_round_takes_a_period_whatever_the_host_adds() {
        for (channels, turnaround) in [(5, 60), (5, 300), (3, 100), (2, 100), (1, 100)] {
            let conversion = timing::conversion(1, 2400);
            let mut now = Monotonic(0);
            let mut pace = Pace::new(now, channels);
            for round in 0..1000 {
                for _ in 0..channels {
                    let delay = pace.delay(now, conversion);
                    now = now.plus(delay.span).plus(conversion).plus(Span::from_micros(turnaround));
                }
                let steps = if round % 20 == 0 { channels + 1 } else { channels };
                pace.next_round(now, steps);
                if steps > channels {
                    let delay = pace.delay(now, conversion);
                    now = now.plus(delay.span).plus(conversion).plus(Span::from_micros(turnaround));
                }
            }
            let took = now.0 / 1_000_000;
            assert!(took.abs_diff(10_000) <= 10, "{channels} channels, {turnaround} us: {took} ms");
        }
    }

    #[test]
    fn a_host_that_stood_still_is_not_caught_up_with() {
        let mut pace = Pace::new(Monotonic(0), 5);
        let late = Monotonic(0).plus(Span::from_secs(1));
        pace.next_round(late, 5);
        let delay = pace.delay(late, Span::from_micros(841));
        assert_eq!(delay.span, Span::from_micros(1_100), "of 2 ms");
    }
}
