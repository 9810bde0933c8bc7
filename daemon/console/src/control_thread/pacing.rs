// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the control loop runs. This file is the whole policy.
//!
//! Deadlines lie on a fixed grid, `first + n * period`, of `CLOCK_MONOTONIC`; the thread sleeps until the next one with an
//! absolute deadline, so lateness never accumulates.
//!
//! - A tick that starts late (less than a period) runs at once; the next one is on the grid again.
//! - An **overrun** is a deadline that passed while an earlier tick was still waiting or running. It is *skipped and
//!   counted*, never made up for: two ticks in a burst would tell the controllers that time stood still.
//! - An **urgent** tick runs between two deadlines because a host rang or ended. It comes at least [`SPACING`] after the tick
//!   before it began, so that hosts that ring without end cost a bounded share of the processor; rings in between are
//!   answered by one. The grid, lateness and overruns know nothing of it.
//! - Time that the thread lost is seen by the core, because `now` is passed in.

use ecmod_link::image::doorbell::Sleep;
use ecmod_quantities::{Monotonic, Span};
use rustix::io::Errno;
use rustix::thread::clock_nanosleep_absolute;
use rustix::time::ClockId;

use crate::clock;

/// From the beginning of any tick to that of an urgent one, at least.
pub const SPACING: Span = Span::from_millis(1);

/// The grid of deadlines.
#[derive(Debug)]
pub struct Pacer {
    period: Span,
    deadline: Monotonic,
    skipped: u64,
    /// When an urgent tick may run.
    earliest: Monotonic,
}

/// A tick that is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake {
    /// When the thread really ran.
    pub now: Monotonic,
    /// Why.
    pub occasion: Occasion,
}

/// Why a tick runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A deadline of the grid.
    Due {
        /// How long after the deadline the thread ran.
        late: Span,
        /// How many deadlines before this one were skipped.
        skipped: u64,
    },
    /// News that do not wait for the grid.
    Urgent,
}

impl Pacer {
    /// A grid whose first deadline is `first`. A period of zero is taken as one nanosecond.
    #[must_use]
    pub const fn new(period: Span, first: Monotonic) -> Self {
        let period = if period.0 == 0 { Span(1) } else { period };
        Self { period, deadline: first, skipped: 0, earliest: first }
    }

    /// Sleeps until the next deadline or, with `news`, until there are any. `news` is given the deadline.
    pub fn wait(&self, news: impl FnOnce(Monotonic) -> Sleep) -> Wake {
        if clock::now() < self.deadline {
            match news(self.deadline) {
                Sleep::Over => {}
                // Of no host there are no news; a kernel that cannot wait for them was spoken of at start.
                Sleep::Unable => sleep_until(self.deadline),
                Sleep::Look if clock::now() < self.earliest => sleep_until(self.earliest.min(self.deadline)),
                Sleep::Look => {}
            }
        }
        let now = clock::now();
        let occasion = if now < self.deadline {
            Occasion::Urgent
        } else {
            Occasion::Due { late: now.since(self.deadline), skipped: self.skipped }
        };
        Wake { now, occasion }
    }

    /// The tick of `wake` is over at `now`: the next deadline is the first one after it, those between are skipped. An urgent tick
    /// changes no deadline: if it ran into one, that one is late.
    pub const fn done(&mut self, wake: Wake, now: Monotonic) {
        self.earliest = wake.now.plus(SPACING);
        if matches!(wake.occasion, Occasion::Urgent) {
            return;
        }
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

    fn due(now: Monotonic) -> Wake {
        Wake { now, occasion: Occasion::Due { late: Span::ZERO, skipped: 0 } }
    }

    #[test]
    fn lateness_below_a_period_does_not_shift_the_grid() {
        let mut pacer = Pacer::new(PERIOD, at(100));
        pacer.done(due(at(101)), at(109));
        assert_eq!((pacer.deadline, pacer.skipped), (at(110), 0));
        pacer.done(due(at(110)), at(111));
        assert_eq!((pacer.deadline, pacer.skipped), (at(120), 0));
    }

    #[test]
    fn missed_deadlines_are_skipped_and_counted_never_made_up_for() {
        let mut pacer = Pacer::new(PERIOD, at(100));
        pacer.done(due(at(100)), at(147));
        assert_eq!(pacer.skipped, 4, "110, 120, 130 and 140 have passed");
        assert_eq!(pacer.deadline, at(150), "the next tick lies in the future and on the grid");
    }

    #[test]
    fn a_deadline_reached_exactly_is_an_overrun() {
        let mut pacer = Pacer::new(PERIOD, at(100));
        pacer.done(due(at(100)), at(110));
        assert_eq!((pacer.deadline, pacer.skipped), (at(120), 1));
    }

    #[test]
    fn an_urgent_tick_leaves_the_grid_alone_and_one_that_runs_into_a_deadline_makes_it_late_not_skipped() {
        let mut pacer = Pacer::new(PERIOD, at(100));
        pacer.done(due(at(100)), at(101));
        pacer.done(Wake { now: at(104), occasion: Occasion::Urgent }, at(111));
        assert_eq!((pacer.deadline, pacer.skipped, pacer.earliest), (at(110), 0, at(105)));
        pacer.done(due(at(111)), at(112));
        assert_eq!((pacer.deadline, pacer.skipped), (at(120), 0));
    }

    #[test]
    fn waiting_never_returns_before_the_deadline_without_news() {
        let mut pacer = Pacer::new(Span::from_millis(1), clock::now());
        for _ in 0..20 {
            let wake = pacer.wait(|_| Sleep::Unable);
            assert!(wake.now >= pacer.deadline);
            pacer.done(wake, wake.now);
        }
    }

    #[test]
    fn news_make_urgent_ticks_a_spacing_apart_and_the_grid_stays() {
        let first = clock::now();
        let mut pacer = Pacer::new(PERIOD, first);
        let (mut before, mut urgent, mut grid) = (None, 0, 0);
        while grid < 5 {
            let deadline = pacer.deadline;
            // A host that never stops ringing.
            let wake = pacer.wait(|_| Sleep::Look);
            match wake.occasion {
                Occasion::Urgent => {
                    assert!(wake.now < deadline);
                    assert!(before.is_none_or(|before| wake.now.since(before) >= SPACING));
                    urgent += 1;
                }
                Occasion::Due { .. } => {
                    assert!(wake.now >= deadline);
                    assert_eq!(deadline.since(first).0 % PERIOD.0, 0);
                    grid += 1;
                }
            }
            before = Some(wake.now);
            pacer.done(wake, clock::now());
        }
        assert!(urgent >= 1, "there is room for them");
    }
}
