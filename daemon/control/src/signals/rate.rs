// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a value changed faster than the signal physically can.
//!
//! A spike is refused. A new level that persists is believed after [`CONFIRMATIONS`] samples that agree with each
//! other, so that a true step (a clamp opened, a sensor re-zeroed) blinds the console for no longer than that.

use ecmod_quantities::{Monotonic, PerSecond, Span};

/// Samples in agreement that make a new level believed.
const CONFIRMATIONS: u8 = 3;
/// Two samples may always differ by what the slew allows in this time: a fast sensor's noise is not a change.
const SHORTEST: Span = Span::from_millis(100);

/// What the check remembers.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateCheck {
    believed: Option<Point>,
    candidate: Option<Point>,
    confirmations: u8,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    value: f64,
    at: Monotonic,
}

/// What the check says of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// It follows from the one before.
    Continuous,
    /// It is the first one, or a level that has just come to be believed: do not smooth it with the past.
    NewLevel,
    /// Too fast.
    TooFast,
}

impl RateCheck {
    pub(super) const fn new() -> Self {
        Self { believed: None, candidate: None, confirmations: 0 }
    }

    /// The time of the latest believed sample.
    pub(super) const fn last(&self) -> Option<Monotonic> {
        match self.believed {
            Some(point) => Some(point.at),
            None => None,
        }
    }

    pub(super) fn judge(&mut self, value: f64, at: Monotonic, max_slew: Option<PerSecond>) -> Pace {
        let sample = Point { value, at };
        let (Some(slew), Some(believed)) = (max_slew, self.believed) else {
            let pace = if self.believed.is_some() { Pace::Continuous } else { Pace::NewLevel };
            self.believe(sample);
            return pace;
        };
        if believed.reaches(sample, slew) {
            self.believe(sample);
            return Pace::Continuous;
        }
        self.confirmations = match self.candidate {
            Some(candidate) if candidate.reaches(sample, slew) => self.confirmations.saturating_add(1),
            Some(_) | None => 1,
        };
        self.candidate = Some(sample);
        if self.confirmations >= CONFIRMATIONS {
            self.believe(sample);
            return Pace::NewLevel;
        }
        Pace::TooFast
    }

    fn believe(&mut self, sample: Point) {
        *self = Self { believed: Some(sample), ..Self::new() };
    }
}

impl Point {
    /// Whether the signal can get from here to there at this slew.
    fn reaches(self, there: Self, slew: PerSecond) -> bool {
        let time = there.at.since(self.at).max(SHORTEST).seconds();
        (there.value - self.value).abs() <= slew.value() * time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLEW: Option<PerSecond> = Some(PerSecond(20.0));

    fn judge_all(check: &mut RateCheck, values: &[f64]) -> [Pace; 8] {
        let mut paces = [Pace::Continuous; 8];
        for ((pace, value), step) in paces.iter_mut().zip(values).zip(1..) {
            *pace = check.judge(*value, Monotonic(step * 100_000_000), SLEW);
        }
        paces
    }

    #[test]
    fn a_spike_of_two_samples_is_refused_and_leaves_no_trace() {
        let paces = judge_all(&mut RateCheck::new(), &[4.0, 4.1, 9.0, 9.0, 4.0, 4.1]);
        use Pace::{Continuous, NewLevel, TooFast};
        assert_eq!(&paces[..6], &[NewLevel, Continuous, TooFast, TooFast, Continuous, Continuous]);
    }

    #[test]
    fn a_persistent_new_level_is_believed_with_its_third_sample() {
        let paces = judge_all(&mut RateCheck::new(), &[4.0, 19.0, 19.1, 18.9, 19.0]);
        use Pace::{Continuous, NewLevel, TooFast};
        assert_eq!(&paces[..5], &[NewLevel, TooFast, TooFast, NewLevel, Continuous]);
    }

    #[test]
    fn what_jumps_about_is_not_a_level() {
        let paces = judge_all(&mut RateCheck::new(), &[0.0, 9.0, -9.0, 9.0, -9.0]);
        assert!(paces[1..5].iter().all(|pace| *pace == Pace::TooFast));
    }

    #[test]
    fn without_a_limit_everything_follows() {
        let mut check = RateCheck::new();
        assert_eq!(check.judge(0.0, Monotonic(1), None), Pace::NewLevel);
        assert_eq!(check.judge(1e9, Monotonic(2), None), Pace::Continuous);
    }
}
