// SPDX-License-Identifier: MIT OR Apache-2.0
//! The second converter of an ADS1263 as a witness of one channel. Pure.
//!
//! Two converters with amplifiers and filters of their own measure the same pins. Both are averaged over half a second, so that
//! the pulse, which they see at different moments, does not count. Which of the two is right, nobody knows.

/// Share of a new sample in the average, at 100 per second.
const FIRST_SHARE: f64 = 0.02;
/// The same, at 10 per second.
const SECOND_SHARE: f64 = 0.18;
/// So many results before the averages are compared.
const WARM: u32 = 10;
/// So many comparisons in a row decide.
const STRIKES: u32 = 5;
/// So many times without a new result, and the witness is gone.
const SILENT: u32 = 5;

/// The comparison.
#[derive(Debug)]
pub struct Second {
    /// Which channel both measure.
    pub channel: usize,
    tolerance: f64,
    first: Option<f64>,
    second: Option<f64>,
    results: u32,
    against: u32,
    silent: u32,
    disagrees: bool,
}

/// What a look at the second converter came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nothing new.
    Same,
    /// The two contradict each other from now on.
    Disagrees,
    /// They agree again.
    Agrees,
}

impl Second {
    /// For this channel, with this tolerance in mmHg.
    #[must_use]
    pub const fn new(channel: usize, tolerance: f64) -> Self {
        Self {
            channel,
            tolerance,
            first: None,
            second: None,
            results: 0,
            against: 0,
            silent: 0,
            disagrees: false,
        }
    }

    /// Begins anew: the chip was set up again, or the wires were tested, which both converters see.
    pub const fn forget(&mut self) {
        (self.first, self.second, self.results, self.against) = (None, None, 0, 0);
    }

    /// A pressure of the first converter.
    pub fn first(&mut self, pressure: f64) {
        self.first = Some(average(self.first, pressure, FIRST_SHARE));
    }

    /// A pressure of the second converter.
    pub fn second(&mut self, pressure: f64) -> Look {
        self.silent = 0;
        self.results = self.results.saturating_add(1);
        let second = average(self.second, pressure, SECOND_SHARE);
        self.second = Some(second);
        let Some(first) = self.first.filter(|_| self.results > WARM) else { return Look::Same };
        let apart = (first - second).abs() > self.tolerance;
        self.against = if apart == self.disagrees { 0 } else { self.against.saturating_add(1) };
        if self.against < STRIKES {
            return Look::Same;
        }
        (self.against, self.disagrees) = (0, apart);
        if apart { Look::Disagrees } else { Look::Agrees }
    }

    /// There was no new result. Whether that has been so for too long.
    pub const fn nothing(&mut self) -> bool {
        self.silent = self.silent.saturating_add(1);
        self.silent >= SILENT
    }

    /// Whether the two contradict each other.
    #[must_use]
    pub const fn disagrees(&self) -> bool {
        self.disagrees
    }
}

fn average(old: Option<f64>, new: f64, share: f64) -> f64 {
    old.map_or(new, |old| old + (new - old) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten seconds with these two pressures; what was said, and after how many tenths of a second.
    fn run(second: &mut Second, one: impl Fn(u32) -> f64, other: impl Fn(u32) -> f64) -> Vec<(u32, Look)> {
        let mut looks = Vec::new();
        for tenth in 0..100 {
            for sample in 0..10 {
                second.first(one(tenth * 10 + sample));
            }
            let look = second.second(other(tenth * 10));
            if look != Look::Same {
                looks.push((tenth, look));
            }
        }
        looks
    }

    #[test]
    fn a_drift_of_one_converter_is_found_within_two_seconds_and_forgiven_when_it_ends() {
        let mut second = Second::new(0, 15.0);
        assert_eq!(run(&mut second, |_| 80.0, |_| 80.0), []);
        let looks = run(&mut second, |_| 80.0, |_| 110.0);
        assert!(matches!(looks[..], [(tenth, Look::Disagrees)] if tenth < 20), "{looks:?}");
        assert!(second.disagrees());
        let looks = run(&mut second, |_| 80.0, |_| 80.0);
        assert!(matches!(looks[..], [(tenth, Look::Agrees)] if tenth < 30), "{looks:?}");
    }

    #[test]
    fn a_pulse_that_they_see_at_different_moments_is_no_contradiction() {
        let pulse = |shift: f64| move |n: u32| 80.0 + 40.0 * (f64::from(n) * 0.01 * 7.5 + shift).sin();
        assert_eq!(run(&mut Second::new(0, 15.0), pulse(0.0), pulse(1.0)), []);
    }

    #[test]
    fn a_witness_that_says_nothing_is_gone_after_half_a_second() {
        let mut second = Second::new(0, 15.0);
        let gone: Vec<bool> = (0..5).map(|_| second.nothing()).collect();
        assert_eq!(gone, [false, false, false, false, true]);
        second.second(80.0);
        assert!(!second.nothing());
    }
}
