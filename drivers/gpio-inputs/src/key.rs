// SPDX-License-Identifier: MIT OR Apache-2.0
//! Is a key pressed, how often was it, and is it stuck? Pure.

use crate::debounce::Debounce;
use crate::outcome::Outcome;
use ecmod_plugin::quantities::{Cause, Monotonic, Span};

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    line: Debounce,
    stuck_after: Span,
    count: u64,
    /// Since when it is pressed; the beginning of time if it was when it was first seen.
    pressed_since: Option<Monotonic>,
    was_released: bool,
}

/// What the signals are to say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Whether it is pressed.
    pub state: Outcome,
    /// Whether it just became so, or ceased to be.
    pub is_news: bool,
    /// Presses so far.
    pub count: Outcome,
}

impl Key {
    /// A key that bounces for less than `debounce`.
    #[must_use]
    pub const fn new(debounce: Span, stuck_after: Span) -> Self {
        Self {
            line: Debounce::new(debounce),
            stuck_after,
            count: 0,
            pressed_since: None,
            was_released: false,
        }
    }

    /// A look at the line, when its last edge was, and whether there is a storm of them.
    pub fn look(&mut self, active: bool, edge: Option<Monotonic>, storm: bool, now: Monotonic) -> Seen {
        let Some(pressed) = self.line.look(active, edge, now) else {
            return Seen {
                state: Outcome::Bad(Cause::NotReady),
                is_news: false,
                count: Outcome::Bad(Cause::NotReady),
            };
        };
        let was = self.pressed_since.is_some();
        let is_first = !self.was_released && !was;
        if pressed && !was {
            self.pressed_since = Some(now);
            // one that is pressed from the beginning was not pressed by anybody we saw
            self.count = self.count.saturating_add(u64::from(self.was_released));
        } else if !pressed {
            self.pressed_since = None;
            self.was_released = true;
        }
        let held = self.pressed_since.map_or(Span::ZERO, |since| now.since(since));
        let is_stuck = pressed && (!self.was_released || held >= self.stuck_after);
        let doubt = if storm { Some(Cause::Rate) } else { is_stuck.then_some(Cause::Frozen) };
        Seen {
            state: Outcome::state(pressed).doubted(doubt),
            is_news: pressed != was && !is_first,
            count: Outcome::count(self.count).doubted(storm.then_some(Cause::Rate)),
        }
    }

    /// The line could not be read.
    pub fn unread(&mut self) {
        self.line.unread();
    }

    /// Whether it is pressed and should not be: for a self test.
    #[must_use]
    pub fn is_stuck(&self, now: Monotonic) -> bool {
        self.pressed_since.is_some_and(|since| !self.was_released || now.since(since) >= self.stuck_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Monotonic {
        Monotonic(0).plus(Span::from_millis(1_000_000 + ms))
    }

    fn key() -> Key {
        Key::new(Span::from_millis(30), Span::from_secs(30))
    }

    fn keep(key: &mut Key, from: u64, ms: u64, active: bool) -> Seen {
        (from..=from + ms).step_by(10).map(|ms| key.look(active, None, false, at(ms))).last().unwrap()
    }

    #[test]
    fn a_press_counts_once_however_much_it_bounces() {
        let mut key = key();
        assert_eq!(keep(&mut key, 0, 100, false).state, Outcome::Good(0.0));
        for ms in [110, 130] {
            assert!(!keep(&mut key, ms, 0, true).is_news);
            assert!(!keep(&mut key, ms + 10, 0, false).is_news);
        }
        let seen = keep(&mut key, 150, 30, true);
        assert_eq!((seen.state, seen.count, seen.is_news), (Outcome::Good(1.0), Outcome::Good(1.0), true));
        assert!(!keep(&mut key, 190, 100, true).is_news);
        assert!(keep(&mut key, 300, 30, false).is_news);
        assert_eq!(keep(&mut key, 340, 100, true).count, Outcome::Good(2.0));
    }

    #[test]
    fn a_key_pressed_for_too_long_or_from_the_beginning_is_stuck_until_released() {
        let mut first = key();
        keep(&mut first, 0, 100, false);
        assert_eq!(keep(&mut first, 110, 30_020, true).state, Outcome::Good(1.0));
        assert_eq!(keep(&mut first, 30_140, 10, true).state, Outcome::Uncertain(1.0, Cause::Frozen));
        assert!(first.is_stuck(at(30_150)));
        assert_eq!(keep(&mut first, 30_160, 100, false).state, Outcome::Good(0.0));

        let mut second = key();
        let seen = keep(&mut second, 0, 100, true);
        assert_eq!((seen.state, seen.count), (Outcome::Uncertain(1.0, Cause::Frozen), Outcome::Good(0.0)));
        assert_eq!(keep(&mut second, 110, 100, false).state, Outcome::Good(0.0));
        assert_eq!(keep(&mut second, 300, 100, true).state, Outcome::Good(1.0));
    }

    #[test]
    fn a_storm_keeps_what_stood_still_and_says_so() {
        let mut key = key();
        keep(&mut key, 0, 100, false);
        let seen = key.look(true, Some(at(119)), true, at(120));
        assert_eq!(
            (seen.state, seen.count),
            (Outcome::Uncertain(0.0, Cause::Rate), Outcome::Uncertain(0.0, Cause::Rate))
        );
    }
}
