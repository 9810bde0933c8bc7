// SPDX-License-Identifier: MIT OR Apache-2.0
//! One key: when a level is a press. Pure.
//!
//! ```text
//!                    up                down                  10 s
//! Unknown ----------------> Released ---------> Pressed --------------> Stuck
//!    ^                         ^                   | up                    | up
//!    | cannot be read          +-------------------+-----------------------+
//! ```
//! Nothing is a press that nobody saw begin: a key that is down when it is first looked at has to be let go first. A key that
//! is pressed for longer than a finger would is stuck, and counts no more until it is up.

use ecmod_quantities::{Monotonic, Span};

/// A level counts when it has stood still for so long `[C]`.
pub const DEBOUNCE: Span = Span::from_millis(30);
/// A key that is held repeats after this time `[C]` ..
pub const FIRST_REPEAT: Span = Span::from_millis(600);
/// .. and then as often as this `[C]`.
pub const REPEAT: Span = Span::from_millis(300);
/// No finger presses for longer.
pub const STUCK: Span = Span::from_secs(10);

/// What is news about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// It was pressed.
    Press,
    /// It is still pressed.
    Repeat,
    /// It is pressed for so long that it counts no more.
    Stuck,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unknown,
    Released,
    Pressed { since: Monotonic, repeat: Monotonic },
    Stuck,
}

/// A key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    state: State,
    /// The level that was last seen, and since when.
    level: Option<(bool, Monotonic)>,
}

impl Key {
    /// One that nobody has looked at.
    pub const UNKNOWN: Self = Self { state: State::Unknown, level: None };

    /// Looks at the line; `None`: it cannot be read.
    pub fn look(&mut self, is_down: Option<bool>, now: Monotonic) -> Option<Stroke> {
        let Some(is_down) = is_down else {
            *self = Self::UNKNOWN;
            return None;
        };
        let since = self.level.filter(|(level, _)| *level == is_down).map_or(now, |(_, since)| since);
        self.level = Some((is_down, since));
        if now.since(since) < DEBOUNCE {
            return None;
        }
        if !is_down {
            self.state = State::Released;
            return None;
        }
        match self.state {
            State::Unknown | State::Stuck => None,
            State::Released => {
                self.state = State::Pressed { since: now, repeat: now.plus(FIRST_REPEAT) };
                Some(Stroke::Press)
            }
            State::Pressed { since, .. } if now.since(since) >= STUCK => {
                self.state = State::Stuck;
                Some(Stroke::Stuck)
            }
            State::Pressed { since, repeat } if now >= repeat => {
                // a look that comes late makes up for nothing
                self.state = State::Pressed { since, repeat: now.plus(REPEAT) };
                Some(Stroke::Repeat)
            }
            State::Pressed { .. } => None,
        }
    }

    /// Whether a press would count.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self.state, State::Released | State::Pressed { .. })
    }

    /// For how long it has been pressed, if it is and counts.
    #[must_use]
    pub fn pressed_for(&self, now: Monotonic) -> Option<Span> {
        match self.state {
            State::Pressed { since, .. } => Some(now.since(since)),
            State::Unknown | State::Released | State::Stuck => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Monotonic {
        Monotonic(ms * 1_000_000)
    }

    /// Looks every 10 ms from `from` to `to` and returns when what was news.
    fn strokes(key: &mut Key, is_down: Option<bool>, from: u64, to: u64) -> Vec<(u64, Stroke)> {
        (from..to).step_by(10).filter_map(|ms| Some((ms, key.look(is_down, at(ms))?))).collect()
    }

    #[test]
    fn a_press_counts_when_it_has_stood_still_and_repeats_while_it_is_held() {
        let mut key = Key::UNKNOWN;
        assert_eq!((strokes(&mut key, Some(false), 0, 30), key.is_ready()), (vec![], false));
        assert_eq!((strokes(&mut key, Some(false), 30, 100), key.is_ready()), (vec![], true));
        assert_eq!(key.look(Some(true), at(100)), None);
        assert_eq!(key.look(Some(false), at(110)), None, "it bounces");
        assert_eq!(
            strokes(&mut key, Some(true), 120, 1400),
            [(150, Stroke::Press), (750, Stroke::Repeat), (1050, Stroke::Repeat), (1350, Stroke::Repeat)]
        );
        assert_eq!(key.pressed_for(at(1400)), Some(Span::from_millis(1250)));
        assert_eq!(strokes(&mut key, Some(false), 1400, 1500), []);
        assert_eq!(key.pressed_for(at(1500)), None);
        assert_eq!(strokes(&mut key, Some(true), 1500, 1600), [(1530, Stroke::Press)]);
    }

    #[test]
    fn a_key_that_is_down_from_the_beginning_or_behind_a_gap_has_to_be_let_go_first() {
        for gap in [false, true] {
            let mut key = Key::UNKNOWN;
            if gap {
                strokes(&mut key, Some(false), 0, 100);
                assert_eq!(key.look(None, at(100)), None);
            }
            assert_eq!(strokes(&mut key, Some(true), 110, 30_000), []);
            strokes(&mut key, Some(false), 30_000, 30_100);
            assert_eq!(strokes(&mut key, Some(true), 30_100, 30_200).len(), 1);
        }
    }

    #[test]
    fn a_stuck_key_is_told_once_and_ignored_until_it_is_up() {
        let mut key = Key::UNKNOWN;
        strokes(&mut key, Some(false), 0, 100);
        let all = strokes(&mut key, Some(true), 100, 60_000);
        assert_eq!(all.last(), Some(&(10_130, Stroke::Stuck)));
        assert_eq!(all.iter().filter(|(_, stroke)| *stroke == Stroke::Stuck).count(), 1);
        strokes(&mut key, Some(false), 60_000, 60_100);
        assert_eq!(strokes(&mut key, Some(true), 60_100, 60_200), [(60_130, Stroke::Press)]);
    }

    #[test]
    fn a_late_look_is_one_repetition() {
        let mut key = Key::UNKNOWN;
        strokes(&mut key, Some(false), 0, 100);
        strokes(&mut key, Some(true), 100, 200);
        assert_eq!(key.look(Some(true), at(5000)), Some(Stroke::Repeat));
        assert_eq!(key.look(Some(true), at(5010)), None);
    }
}
