// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the control loop runs. This file is the whole policy.
//!
//! Deadlines lie on a fixed grid, `first + n * period`, of `CLOCK_MONOTONIC`; the thread sleeps until the next one with an
//! absolute `clock_nanosleep`, so lateness never accumulates.
//!
//! - A tick that starts late (less than a period) runs at once; the next one is on the grid again.
//! - An **overrun** is a deadline that passed while an earlier tick was still waiting or running. It is *skipped and
//!   counted*, never made up for: two ticks in a burst would tell the controllers that time stood still.
//! - Time that the thread lost is seen by the core, because `now` is passed in.

use ecmod_quantities::{Monotonic, Span};
use rustix::io::Errno;
use rustix::thread::clock_nanosleep_absolute;
use rustix::time::ClockId;

use crate::clock;

/// The grid of deadlines.
#[derive(Debug)]
pub struct Pacer {
    period: Span,
    deadline: Monotonic,
    skipped: u64,
}

/// One deadline that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake {
    /// When the thread really ran.
    pub now: Monotonic,
    /// How long after the deadline that was.
    pub late: Span,
    /// How many deadlines before this one were skipped.
    pub skipped: u64,
}

impl Pacer {
    /// A grid whose first deadline is `first`. A period of zero is taken as one nanosecond.
    #[must_use]
    pub const fn new(period: Span, first: Monotonic) -> Self {
        Self { period: if period.0 == 0 { Span(1) } else { period }, deadline: first, skipped: 0 }
    }

    /// Sleeps until the next deadline.
    pub fn wait(&self) -> Wake {
        sleep_until(self.deadline);
        let now = clock::now();
        Wake { now, late: now.since(self.deadline), skipped: self.skipped }
    }

    /// The tick is over: the next deadline is the first one after `now`, those between are skipped.
    pub const fn done(&mut self, now: Monotonic) {
        self.skipped = now.since(self.deadline).0 / self.period.0;
        self.deadline =
            self.deadline.plus(Span(self.period.0.saturating_mul(self.skipped.saturating_add(1))));
    }
}

fn sleep_until(deadline: Monotonic) {
    let deadline = clock::timespec(deadline);
    loop {
        match clock_nanosleep_absolute(ClockId::Monotonic, &deadline) {
            Err(Errno::INTR) => {}
            // Anything but a signal cannot happen with a valid time; coming back early is the harmless answer to it.
            Ok(()) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Span = Span::from_millis(10);

    const fn at(ms: u64) -> Monotonic {
        Monotonic(ms * 1_000_000)
    }

    #[test]
    fn lateness_below_a_period_does_not_shift_the_grid() {
        let mut pacer = Pacer::new(PERIOD, at(100));
        pacer.done(at(109));
        assert_eq!((pacer.deadline, pacer.skipped), (at(110), 0));
        pacer.done(at(111));
        assert_eq!((pacer.deadline, pacer.skipped), (at(120), 0));
    }

    #[test]
    fn missed_deadlines_are_skipped_and_counted_never_made_up_for() {
        let mut pacer = Pacer::new(PERIOD, at(100));
        pacer.done(at(147));
        assert_eq!(pacer.skipped, 4, "110, 120, 130 and 140 have passed");
        assert_eq!(pacer.deadline, at(150), "the next tick lies in the future and on the grid");
    }

    #[test]
    fn a_deadline_reached_exactly_is_an_overrun() {
        let mut pacer = Pacer::new(PERIOD, at(100));
        pacer.done(at(110));
        assert_eq!((pacer.deadline, pacer.skipped), (at(120), 1));
    }

    #[test]
    fn waiting_never_returns_before_the_deadline() {
        let mut pacer = Pacer::new(Span::from_millis(1), clock::now());
        for _ in 0..20 {
            let wake = pacer.wait();
            assert!(wake.now >= pacer.deadline);
            pacer.done(wake.now);
        }
    }
}
