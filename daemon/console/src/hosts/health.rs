// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a driver is, as the core hears of it: how often it had to begin anew, and how many of its cycles fail. Pure.

use ecmod_control::DriverHealth;
use ecmod_link::message::DriverState;
use ecmod_quantities::{Monotonic, Span};

/// More restarts than this within [`WINDOW`] are a driver that fails.
pub const TOLERATED: usize = 3;
/// The time in which restarts are counted.
pub const WINDOW: Span = Span::from_secs(600);
/// So many restarts within [`LONG_WINDOW`] are a sign that something is going to fail.
const FREQUENT: usize = 3;
const LONG_WINDOW: Span = Span::from_secs(3600);

/// The latest restarts of one driver: of its instance, or of the host around it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restarts {
    /// The newest first.
    latest: [Option<Monotonic>; TOLERATED + 1],
}

impl Restarts {
    /// It began anew.
    pub fn note(&mut self, now: Monotonic) {
        self.latest.rotate_right(1);
        if let Some(newest) = self.latest.first_mut() {
            *newest = Some(now);
        }
    }

    /// Whether it does so too often.
    #[must_use]
    pub fn are_too_many(&self, now: Monotonic) -> bool {
        self.latest.iter().all(|restart| restart.is_some_and(|at| now.since(at) <= WINDOW))
    }

    /// Whether it does so often enough to look for the reason.
    #[must_use]
    pub fn are_frequent(&self, now: Monotonic) -> bool {
        let mut latest = self.latest.iter().take(FREQUENT);
        latest.all(|restart| restart.is_some_and(|at| now.since(at) <= LONG_WINDOW))
    }
}

/// This part of the cycles of [`LESSON`] seconds may fail or take too long before the driver counts as one that fails, percent. A line on
/// which a fifth of what is said is lost costs less: requests are repeated.
pub const FAILED_CYCLES: u64 = 40;
/// A host that is found standing still (no beat for 60 ms) this often in that time counts as one that does not move, percent. One that is stopped
/// for nine tenths of each tenth of a second is found so three times of ten.
pub const STANDSTILLS: u64 = 20;
/// How many seconds of cycles are looked at.
const LESSON: usize = 10;
/// Who has been down for this long is told without being counted: the delay of DRIVER_FAULT.
const TOLD: Span = Span::from_secs(2);
/// Counts come when something changes, and once a second; no more of them than this are remembered.
const SECOND: Span = Span::from_millis(900);

/// Cycles of a driver and those that failed, over the latest seconds: one that fails again and again, and never for long enough to be missed.
/// Looks at a host that does not move are counted in the same way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// When, cycles, failed ones; the newest first.
    counts: [Option<(Monotonic, u64, u64)>; LESSON + 1],
    /// Since when it has not been running at all.
    down: Option<Monotonic>,
}

impl Failures {
    /// So many cycles there were so far, and so many of them failed or took too long. Who is down for long has an alarm of its own for that, and
    /// begins anew when it runs again.
    pub fn note(&mut self, now: Monotonic, state: DriverState, cycles: u64, failed: u64) {
        let down = (state != DriverState::Running).then(|| self.down.unwrap_or(now));
        if down.is_some_and(|since| now.since(since) >= TOLD) {
            *self = Self { counts: [None; LESSON + 1], down };
            return;
        }
        self.down = down;
        let newest = self.counts.first().copied().flatten();
        if newest.is_some_and(|(then, ..)| now.since(then) < SECOND) {
            return;
        }
        self.counts.rotate_right(1);
        if let Some(newest) = self.counts.first_mut() {
            *newest = Some((now, cycles, failed));
        }
    }

    /// Whether this part of all fails.
    #[must_use]
    pub fn reach(&self, percent: u64) -> bool {
        let (Some(Some(newest)), Some(Some(oldest))) = (self.counts.first(), self.counts.last()) else {
            return false;
        };
        let (cycles, failed) = (newest.1.saturating_sub(oldest.1), newest.2.saturating_sub(oldest.2));
        cycles > 0 && failed.saturating_mul(100) >= cycles.saturating_mul(percent)
    }
}

/// How a driver is: `moves` says that its host is there and its heart beats.
#[must_use]
pub fn health(
    state: DriverState,
    moves: bool,
    restarts: &Restarts,
    failures: &Failures,
    now: Monotonic,
) -> DriverHealth {
    if restarts.are_too_many(now) {
        DriverHealth::Failing
    } else if !moves {
        DriverHealth::Absent
    } else if state == DriverState::Running && !failures.reach(FAILED_CYCLES) {
        DriverHealth::Running
    } else {
        DriverHealth::Faulted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(s: u64) -> Monotonic {
        Monotonic(s * 1_000_000_000)
    }

    const NONE: Failures = Failures { counts: [None; LESSON + 1], down: None };

    /// Told of twenty cycles a second of which so many fail, for so many seconds.
    fn failing(seconds: u64, failed: u64) -> Failures {
        let mut failures = NONE;
        for s in 0..=seconds {
            failures.note(at(s), DriverState::Running, 20 * s, failed * s);
            let half = Monotonic(at(s).0 + 500_000_000);
            failures.note(half, DriverState::Fault, 20 * s + 10, failed * s);
        }
        failures
    }

    #[test]
    fn a_driver_that_fails_half_of_the_time_has_failed_though_it_says_that_it_runs() {
        let restarts = Restarts::default();
        let is = |failures| health(DriverState::Running, true, &restarts, &failures, at(100));
        assert_eq!(is(failing(10, 10)), DriverHealth::Faulted);
        assert_eq!(is(failing(9, 10)), DriverHealth::Running, "not yet long enough");
        assert_eq!(is(failing(60, 4)), DriverHealth::Running, "a fifth");
        let mut mended = failing(20, 20);
        (21..32).for_each(|s| mended.note(at(s), DriverState::Running, 20 * s, 400));
        assert_eq!(is(mended), DriverHealth::Running, "it was long ago");
    }

    #[test]
    fn a_driver_that_was_down_for_long_and_runs_again_has_not_failed_once_more() {
        let mut failures = NONE;
        (0..30).for_each(|s| failures.note(at(s), DriverState::Fault, 20 * s, 20 * s));
        (30..32).for_each(|s| failures.note(at(s), DriverState::Running, 20 * s, 600));
        assert!(!failures.reach(FAILED_CYCLES));
    }

    #[test]
    fn the_fourth_restart_within_ten_minutes_is_one_too_many_and_is_forgiven_in_time() {
        let mut restarts = Restarts::default();
        for s in [100, 200, 300] {
            restarts.note(at(s));
            assert_eq!(health(DriverState::Running, true, &restarts, &NONE, at(s)), DriverHealth::Running);
        }
        restarts.note(at(400));
        assert_eq!(health(DriverState::Running, true, &restarts, &NONE, at(400)), DriverHealth::Failing);
        assert_eq!(health(DriverState::Running, false, &restarts, &NONE, at(700)), DriverHealth::Failing);
        assert_eq!(health(DriverState::Running, true, &restarts, &NONE, at(701)), DriverHealth::Running);
    }

    #[test]
    fn a_driver_is_absent_with_its_host_and_faulted_on_its_own() {
        let restarts = Restarts::default();
        assert_eq!(health(DriverState::Running, false, &restarts, &NONE, at(1)), DriverHealth::Absent);
        for state in [DriverState::Absent, DriverState::Opening, DriverState::Fault] {
            assert_eq!(health(state, true, &restarts, &NONE, at(1)), DriverHealth::Faulted);
        }
    }
}
