// SPDX-License-Identifier: MIT OR Apache-2.0
//! The keys at the console: what an operator can do without any screen. Mute pauses the sound, confirm acknowledges every
//! alarm, override switches every intervention off for a while.
//!
//! A key acts once when it goes down, after it was known to be up: one that is stuck acts once, or never if it has been down
//! since the beginning, and raises an alarm. While it cannot be read it does nothing.

use crate::signals::usable;
use ecmod_quantities::{Monotonic, Reading, Span};

/// How long a key must be down, or up, to count: contacts bounce.
const BOUNCE: Span = Span::from_millis(30);
/// A key that is down for this long is stuck.
const STUCK: Span = Span::from_secs(10);

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Key {
    /// It has not been seen to be up yet, and since when it is down, if it is.
    Unknown { down: Option<Monotonic> },
    /// It is up.
    Up,
    /// It goes down.
    GoingDown { since: Monotonic },
    /// It is down and has acted.
    Down { since: Monotonic },
    /// It goes up.
    GoingUp { since: Monotonic, down: Monotonic },
}

impl Key {
    pub(super) const NEW: Self = Self::Unknown { down: None };

    /// Takes what the key is now. Whether it acts.
    pub(super) fn step(&mut self, reading: &Reading, now: Monotonic) -> bool {
        let Ok(value) = usable(reading) else {
            // Whatever happened meanwhile is not known.
            *self = Self::Unknown { down: None };
            return false;
        };
        let down = value >= 0.5;
        let (next, acts) = match *self {
            Self::Unknown { .. } if !down => (Self::Up, false),
            Self::Unknown { down: since } => (Self::Unknown { down: since.or(Some(now)) }, false),
            Self::Up if down => (Self::GoingDown { since: now }, false),
            Self::GoingDown { since } if down && now.since(since) >= BOUNCE => (Self::Down { since }, true),
            Self::GoingDown { .. } if !down => (Self::Up, false),
            Self::Down { since } if !down => (Self::GoingUp { since: now, down: since }, false),
            Self::GoingUp { since, .. } if !down && now.since(since) >= BOUNCE => (Self::Up, false),
            Self::GoingUp { down: since, .. } if down => (Self::Down { since }, false),
            same @ (Self::Up | Self::GoingDown { .. } | Self::Down { .. } | Self::GoingUp { .. }) => {
                (same, false)
            }
        };
        *self = next;
        acts
    }

    /// Whether it has been down for too long.
    pub(super) fn is_stuck(&self, now: Monotonic) -> bool {
        match *self {
            Self::Unknown { down: Some(since) } | Self::Down { since } => now.since(since) >= STUCK,
            Self::Unknown { down: None } | Self::Up | Self::GoingDown { .. } | Self::GoingUp { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use ecmod_quantities::Cause;
    use std::vec::Vec;

    /// Acts of a key by this course of (from ms, down), looked at every 10 ms until `end`; and whether it is stuck then.
    fn acts(course: &[(u64, Option<bool>)], end: u64) -> (Vec<u64>, bool) {
        let mut key = Key::NEW;
        let at = |ms| Monotonic((1000 + ms) * 1_000_000);
        let mut acts = Vec::new();
        for ms in (0..end).step_by(10) {
            let now = course.iter().rev().find(|(from, _)| *from <= ms).and_then(|(_, down)| *down);
            let reading = match now {
                Some(down) => Reading::good(f64::from(u8::from(down)), at(ms), ms),
                None => Reading::bad(Cause::Stale, at(ms), ms),
            };
            if key.step(&reading, at(ms)) {
                acts.push(ms);
            }
        }
        (acts, key.is_stuck(at(end)))
    }

    const UP: Option<bool> = Some(false);
    const DOWN: Option<bool> = Some(true);

    #[test]
    fn a_key_acts_once_for_each_time_it_is_pressed() {
        let (acts, stuck) = acts(&[(0, UP), (100, DOWN), (400, UP), (600, DOWN), (900, UP)], 1500);
        assert_eq!((acts, stuck), (std::vec![130, 630], false));
    }

    #[test]
    fn contacts_that_bounce_do_not_act() {
        assert_eq!(acts(&[(0, UP), (100, DOWN), (120, UP), (300, DOWN), (310, UP)], 500).0, []);
        let bouncing = [(0, UP), (100, DOWN), (200, UP), (210, DOWN), (220, UP), (230, DOWN), (500, UP)];
        assert_eq!(acts(&bouncing, 1000).0, [130]);
    }

    #[test]
    fn a_key_that_is_stuck_acts_once_and_is_told() {
        assert_eq!(acts(&[(0, UP), (100, DOWN)], 9_000), (std::vec![130], false));
        assert_eq!(acts(&[(0, UP), (100, DOWN)], 60_000), (std::vec![130], true));
        assert_eq!(acts(&[(0, UP), (100, DOWN), (50_000, UP)], 60_000), (std::vec![130], false));
    }

    #[test]
    fn a_key_that_was_down_from_the_beginning_never_acts_and_is_told() {
        assert_eq!(acts(&[(0, DOWN)], 30_000), (std::vec![], true));
        assert_eq!(acts(&[(0, DOWN), (500, UP), (800, DOWN)], 1_000).0, [830]);
    }

    #[test]
    fn a_key_that_comes_back_down_from_a_lost_host_does_not_act() {
        assert_eq!(acts(&[(0, UP), (100, None), (500, DOWN), (900, UP), (1200, DOWN)], 1_500).0, [1230]);
    }
}
