// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a driver is, as the core hears of it, and how often it had to begin anew. Pure.

use ecmod_control::DriverHealth;
use ecmod_link::message::DriverState;
use ecmod_quantities::{Monotonic, Span};

/// More restarts than this within [`WINDOW`] are a driver that fails.
pub const TOLERATED: usize = 3;
/// The time in which restarts are counted.
pub const WINDOW: Span = Span::from_secs(600);

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
}

/// How a driver is: `moves` says that its host is there and its heart beats.
#[must_use]
pub fn health(state: DriverState, moves: bool, restarts: &Restarts, now: Monotonic) -> DriverHealth {
    if restarts.are_too_many(now) {
        DriverHealth::Failing
    } else if !moves {
        DriverHealth::Absent
    } else if state == DriverState::Running {
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

    #[test]
    fn the_fourth_restart_within_ten_minutes_is_one_too_many_and_is_forgiven_in_time() {
        let mut restarts = Restarts::default();
        for s in [100, 200, 300] {
            restarts.note(at(s));
            assert_eq!(health(DriverState::Running, true, &restarts, at(s)), DriverHealth::Running);
        }
        restarts.note(at(400));
        assert_eq!(health(DriverState::Running, true, &restarts, at(400)), DriverHealth::Failing);
        assert_eq!(health(DriverState::Running, false, &restarts, at(700)), DriverHealth::Failing);
        assert_eq!(health(DriverState::Running, true, &restarts, at(701)), DriverHealth::Running);
    }

    #[test]
    fn a_driver_is_absent_with_its_host_and_faulted_on_its_own() {
        let restarts = Restarts::default();
        assert_eq!(health(DriverState::Running, false, &restarts, at(1)), DriverHealth::Absent);
        for state in [DriverState::Absent, DriverState::Opening, DriverState::Fault] {
            assert_eq!(health(state, true, &restarts, at(1)), DriverHealth::Faulted);
        }
    }
}
