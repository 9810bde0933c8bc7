// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the control loop keeps its time: looked at every ten seconds, spoken of when deadlines were missed, and a fact for
//! the core when it was one of a hundred.

use ecmod_quantities::{Monotonic, Span};

/// How often it is looked at.
const EACH: Span = Span::from_secs(10);

/// Of so many deadlines one may be missed: now and then a kernel has something else to do.
const ONE_OF: u64 = 100;

/// What was counted at the last look.
#[derive(Debug, Clone, Copy)]
pub struct Lateness {
    at: Monotonic,
    missed: u64,
    met: u64,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Deadlines missed since the last look.
    pub new: u64,
    /// Whether they are too many.
    pub is_overrun: bool,
}

impl Lateness {
    /// Nothing is missed yet.
    #[must_use]
    pub const fn new(now: Monotonic) -> Self {
        Self { at: now, missed: 0, met: 0 }
    }

    /// Looks at the loop's counters, if it is time.
    pub fn look(&mut self, missed: u64, met: u64, now: Monotonic) -> Option<Verdict> {
        if now.since(self.at) < EACH {
            return None;
        }
        let new = missed.saturating_sub(self.missed);
        let all = met.saturating_sub(self.met).saturating_add(new);
        *self = Self { at: now, missed, met };
        Some(Verdict { new, is_overrun: new.saturating_mul(ONE_OF) > all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Monotonic {
        Monotonic(seconds * 1_000_000_000)
    }

    #[test]
    fn one_deadline_of_a_hundred_may_be_missed_and_two_may_not() {
        let mut lateness = Lateness::new(at(0));
        assert_eq!(lateness.look(5, 95, at(9)), None);
        assert_eq!(lateness.look(10, 990, at(10)), Some(Verdict { new: 10, is_overrun: false }));
        assert_eq!(lateness.look(30, 1970, at(20)), Some(Verdict { new: 20, is_overrun: true }));
        assert_eq!(lateness.look(30, 2970, at(30)), Some(Verdict { new: 0, is_overrun: false }));
    }

    #[test]
    fn a_loop_that_only_misses_is_late_and_one_that_does_nothing_is_not_ours_to_judge() {
        let mut lateness = Lateness::new(at(0));
        assert_eq!(lateness.look(3, 0, at(10)), Some(Verdict { new: 3, is_overrun: true }));
        assert_eq!(lateness.look(3, 0, at(20)), Some(Verdict { new: 0, is_overrun: false }));
    }
}
