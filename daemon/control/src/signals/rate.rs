// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a value changed faster than the signal physically can.
//!
//! A spike is refused. A new level that persists is believed with the [`CONFIRMATIONS`]th sample of those that agree
//! with each other, so that a true step (a clamp opened, a sensor plugged in elsewhere) blinds the console for no longer
//! than that: 300 ms for a flow meter with ten samples a second.
//!
//! # After a gap
//! What was believed says less and less about what comes next: a limit of 10 L/min per second allows everything after a
//! second. So where samples are missing a step gets no larger for it: what counts is the time in which they usually come,
//! the shortest of the last [`SPACINGS`]. And what was believed stands for one age of the signal (`longest_age`, after
//! which the console shows it as stale anyway), not longer. After that, and at the start, one sample says nothing:
//! [`AFTER_GAP`] that agree are needed, and a single damaged number is never believed.
//!
//! Without a limit every sample is believed: who states none knows nothing to compare with.

use ecmod_quantities::{Monotonic, PerSecond, Span};

/// Samples in agreement that make a new level believed.
const CONFIRMATIONS: u8 = 3;
/// Samples in agreement that are believed after a gap.
const AFTER_GAP: u8 = 2;
/// How many distances between samples are remembered.
const SPACINGS: usize = 4;
/// Two samples may always differ by what the slew allows in this time: a fast sensor's noise is not a change.
const SHORTEST: Span = Span::from_millis(100);

/// What the check remembers.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateCheck {
    believed: Option<Point>,
    candidate: Option<Point>,
    confirmations: u8,
    /// The time of the latest sample, believed or not, and the distances between the latest ones.
    latest: Option<Monotonic>,
    spacings: [Span; SPACINGS],
}

#[derive(Debug, Clone, Copy)]
struct Point {
    value: f64,
    at: Monotonic,
}

/// How fast the signal can change, and for how long a sample says something about the next one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) slew: PerSecond,
    pub(super) longest_age: Span,
}

/// What the check says of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// It follows from the one before.
    Continuous,
    /// It is a level that has just come to be believed: do not smooth it with the past.
    NewLevel,
    /// Too fast.
    TooFast,
    /// There is nothing recent to compare it with: the next one may confirm it.
    Unconfirmed,
}

impl RateCheck {
    pub(super) const fn new() -> Self {
        Self {
            believed: None,
            candidate: None,
            confirmations: 0,
            latest: None,
            spacings: [Span(u64::MAX); SPACINGS],
        }
    }

    /// The time of the latest believed sample.
    pub(super) const fn last(&self) -> Option<Monotonic> {
        match self.believed {
            Some(point) => Some(point.at),
            None => None,
        }
    }

    pub(super) fn judge(&mut self, value: f64, at: Monotonic, limit: Option<Limit>) -> Pace {
        let sample = Point { value, at };
        let Some(limit) = limit else {
            let pace = if self.believed.is_some() { Pace::Continuous } else { Pace::NewLevel };
            self.believe(sample);
            return pace;
        };
        let reach = limit.slew.value() * self.usual_spacing(at).min(limit.longest_age).seconds();
        let recent = self.believed.filter(|believed| at.since(believed.at) <= limit.longest_age);
        if recent.is_some_and(|believed| believed.is_near(sample, reach)) {
            self.believe(sample);
            return Pace::Continuous;
        }
        let is_witness = |candidate: Point| {
            at > candidate.at
                && at.since(candidate.at) <= limit.longest_age
                && candidate.is_near(sample, reach)
        };
        self.confirmations = match self.candidate {
            Some(candidate) if is_witness(candidate) => self.confirmations.saturating_add(1),
            Some(_) | None => 1,
        };
        self.candidate = Some(sample);
        let (needed, otherwise) = match recent {
            Some(_) => (CONFIRMATIONS, Pace::TooFast),
            None => (AFTER_GAP, Pace::Unconfirmed),
        };
        if self.confirmations >= needed {
            self.believe(sample);
            return Pace::NewLevel;
        }
        otherwise
    }

    /// The scale moved: what is remembered moves with it.
    pub(super) const fn shift(&mut self, by: f64) {
        if let Some(point) = &mut self.believed {
            point.value += by;
        }
        if let Some(point) = &mut self.candidate {
            point.value += by;
        }
    }

    fn believe(&mut self, sample: Point) {
        (self.believed, self.candidate, self.confirmations) = (Some(sample), None, 0);
    }

    /// The time in which samples come, with the one that came now.
    fn usual_spacing(&mut self, at: Monotonic) -> Span {
        if let Some(latest) = self.latest.replace(at) {
            self.spacings.rotate_right(1);
            if let Some(newest) = self.spacings.first_mut() {
                *newest = at.since(latest);
            }
        }
        self.spacings.into_iter().min().unwrap_or(SHORTEST).max(SHORTEST)
    }
}

impl Point {
    /// Whether the other one is no further away than this.
    fn is_near(self, other: Self, reach: f64) -> bool {
        (other.value - self.value).abs() <= reach
    }
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod tests;
