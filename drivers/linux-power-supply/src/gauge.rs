// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does the fuel gauge still count? Charge that is drawn must show in the percentage sooner or later. Pure.

use ecmod_plugin::quantities::{Monotonic, Span};

/// So much of the full charge may be drawn without the percentage moving.
const LARGEST_UNSEEN_PERCENT: f64 = 5.0;
/// Behind a longer gap between two readings the counting starts again.
const LONGEST_GAP: Span = Span::from_secs(60);

/// One reading of what the gauge says and what flows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// State of charge, %.
    pub percent: f64,
    /// Share of the full charge that flows in each hour, positive into the battery; 1/h.
    pub rate: f64,
    /// When it was read.
    pub t: Monotonic,
}

/// What was drawn since the percentage moved last.
#[derive(Debug, Clone, Default)]
pub struct Gauge {
    last: Option<Reading>,
    drawn_percent: f64,
}

/// What the comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    /// Nothing contradicts the gauge.
    Plausible,
    /// More was drawn than the percentage shows.
    Frozen,
}

impl Gauge {
    /// Takes a reading.
    pub fn take(&mut self, reading: Reading) -> Movement {
        if let Some(last) = self.last.replace(reading) {
            let hours = reading.t.since(last.t).seconds() / 3600.0;
            let moved = (reading.percent - last.percent).abs() > f64::EPSILON;
            if moved || reading.t.since(last.t) > LONGEST_GAP {
                self.drawn_percent = 0.0;
            } else {
                // Charging takes back what was drawn; a full battery that is kept full draws nothing.
                self.drawn_percent = (self.drawn_percent - last.rate * hours * 100.0).max(0.0);
            }
        }
        // An empty battery that still delivers cannot show less than 0.
        if self.drawn_percent > LARGEST_UNSEEN_PERCENT && reading.percent > 0.0 {
            Movement::Frozen
        } else {
            Movement::Plausible
        }
    }

    /// Nothing could be read, or the battery was changed.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a reading each ten seconds for so many minutes; what it came to at the end.
    fn run(gauge: &mut Gauge, minutes: u32, rate: f64, percent: impl Fn(f64) -> f64) -> Movement {
        let start = gauge.last.map_or(Monotonic(0), |last| last.t);
        let mut movement = Movement::Plausible;
        for step in 1..=minutes * 6 {
            let t = start.plus(Span::from_secs(u64::from(step) * 10));
            movement = gauge.take(Reading { percent: percent(f64::from(step) / 6.0), rate, t });
        }
        movement
    }

    #[test]
    fn a_gauge_that_counts_is_plausible_and_one_that_stands_still_under_load_is_not() {
        // One full charge an hour: a percent each 36 s.
        assert_eq!(
            run(&mut Gauge::default(), 30, -1.0, |minute| (90.0 - minute / 0.6).floor()),
            Movement::Plausible
        );
        let mut gauge = Gauge::default();
        assert_eq!(run(&mut gauge, 2, -1.0, |_| 87.0), Movement::Plausible, "3.3 % drawn");
        assert_eq!(run(&mut gauge, 2, -1.0, |_| 87.0), Movement::Frozen, "6.7 % drawn");
        assert_eq!(run(&mut gauge, 1, -1.0, |_| 80.0), Movement::Plausible, "it moves again");
    }

    #[test]
    fn standing_still_is_no_fault_when_nothing_is_drawn_or_nothing_is_left() {
        assert_eq!(run(&mut Gauge::default(), 600, 0.0, |_| 100.0), Movement::Plausible);
        assert_eq!(run(&mut Gauge::default(), 60, 0.2, |_| 100.0), Movement::Plausible, "kept full");
        assert_eq!(run(&mut Gauge::default(), 60, -1.0, |_| 0.0), Movement::Plausible);
    }

    #[test]
    fn what_was_not_seen_is_not_counted() {
        let mut gauge = Gauge::default();
        for hour in 0..10 {
            let t = Monotonic(0).plus(Span::from_secs(hour * 3600));
            assert_eq!(gauge.take(Reading { percent: 50.0, rate: -1.0, t }), Movement::Plausible);
        }
        gauge.forget();
        assert_eq!(run(&mut gauge, 2, -1.0, |_| 50.0), Movement::Plausible);
    }
}
