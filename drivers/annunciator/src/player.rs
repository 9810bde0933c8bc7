// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which burst is played, and when its next edge is due. Pure: knows time, no line.
//!
//! ```text
//!            Sound                  next cycle               last edge
//! Silent ------------> Armed ------------------> Burst ------------------> Interburst
//!   ^                    ^  higher priority breaks in |                        | |
//!   |                    +-----------------------------+------------------------+ |
//!   |                    next burst is due: Burst of the priority wanted then     |
//!   +-- Cut: at once from anywhere; Complete: from Armed and Interburst ----------+
//! ```
//! (Burst and Interburst are one variant here: the latter has no edge left.)

use crate::pattern::{Burst, Edge};
use crate::priority::Priority;
use ecmod_plugin::quantities::{Monotonic, Span};

/// The first edge lies so far behind the start of a cycle: more than a thread is usually late.
const LEAD: Span = Span::from_millis(2);
/// An edge that is later than this moves the rest of its burst, so that no pause is shortened to catch up.
const TOO_LATE: Span = Span::from_millis(3);

/// What is to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Nothing, at once: the operator paused it.
    Cut,
    /// Nothing, once the burst is complete: its cause has gone.
    Complete,
    /// This priority.
    Sound(Priority),
}

/// Plays bursts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Player {
    state: State,
    /// When the last pulse ended, or was cut off: the next burst keeps its pause from it.
    ended: Monotonic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Silent,
    /// A burst begins with the next cycle: that one is on the grid of the period, this one may have been called between.
    Armed {
        priority: Priority,
        armed: Monotonic,
    },
    Burst {
        priority: Priority,
        begun: Monotonic,
        next: usize,
    },
}

impl Player {
    /// The priority that is played, pauses included.
    #[must_use]
    pub const fn priority(&self) -> Option<Priority> {
        match self.state {
            State::Silent => None,
            State::Armed { priority, .. } | State::Burst { priority, .. } => Some(priority),
        }
    }

    /// Takes the wish of this cycle.
    pub fn follow(&mut self, wish: Wish, now: Monotonic) {
        let was_sounding = self.is_sounding();
        self.state = match (self.state, wish) {
            (State::Silent | State::Armed { .. }, Wish::Cut | Wish::Complete) => State::Silent,
            (State::Silent, Wish::Sound(priority)) => State::Armed { priority, armed: now },
            (State::Armed { armed, .. }, Wish::Sound(priority)) if now > armed => {
                State::Burst { priority, begun: self.earliest(priority, now), next: 0 }
            }
            (State::Armed { armed, .. }, Wish::Sound(priority)) => State::Armed { priority, armed },
            (State::Burst { priority, begun, next }, wish) => burst(priority, begun, next, wish, now),
        };
        if was_sounding && !self.is_sounding() {
            self.ended = now;
        }
    }

    /// When a burst can begin.
    fn earliest(&self, priority: Priority, now: Monotonic) -> Monotonic {
        now.plus(LEAD).max(self.ended.plus(Burst::of(priority).pause()))
    }

    /// The next edge: when it is due, and whether a pulse begins. `None` while nothing is to come.
    #[must_use]
    pub fn due(&self) -> Option<(Monotonic, bool)> {
        let State::Burst { priority, begun, next } = self.state else { return None };
        let Edge { after, begins } = Burst::of(priority).edge(next)?;
        Some((begun.plus(after), begins))
    }

    /// Whether the sounder is to be on until the next edge.
    #[must_use]
    pub const fn is_sounding(&self) -> bool {
        matches!(self.state, State::Burst { next, .. } if !next.is_multiple_of(2))
    }

    /// The edge that was due has been made, at this time.
    pub fn made(&mut self, at: Monotonic) {
        let late = self.due().map_or(Span::ZERO, |(due, _)| at.since(due));
        if let State::Burst { begun, next, .. } = &mut self.state {
            *next = next.saturating_add(1);
            if next.is_multiple_of(2) {
                self.ended = at;
            }
            if late > TOO_LATE {
                *begun = begun.plus(late);
            }
        }
    }
}

/// What becomes of a burst (or its interburst) at this wish.
fn burst(priority: Priority, begun: Monotonic, next: usize, wish: Wish, now: Monotonic) -> State {
    let playing = Burst::of(priority);
    let state = State::Burst { priority, begun, next };
    let is_over = playing.edge(next).is_none();
    let again = begun.plus(playing.repeats_after());
    match wish {
        Wish::Cut => State::Silent,
        Wish::Complete => {
            // a burst that has not begun to sound has nothing to complete
            if is_over || next == 0 { State::Silent } else { state }
        }
        Wish::Sound(wanted) if wanted > priority => State::Armed { priority: wanted, armed: now },
        Wish::Sound(wanted) if is_over && now.plus(LEAD) >= again => {
            let punctual = now.since(again) <= TOO_LATE;
            let begun = if punctual { again } else { now.plus(LEAD) };
            State::Burst { priority: wanted, begun, next: 0 }
        }
        Wish::Sound(_) => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T: Monotonic = Monotonic(1_000_000_000_000);
    const HIGH: Wish = Wish::Sound(Priority::High);

    fn at(ms: u64) -> Monotonic {
        T.plus(Span::from_millis(ms))
    }

    /// Plays by a grid of 10 ms, each edge made when it is due or at the next grid point; edges in ms.
    fn play(player: &mut Player, from: u64, to: u64, wish: impl Fn(u64) -> Wish) -> Vec<(u64, bool)> {
        let mut edges = vec![];
        for ms in (from..to).step_by(10) {
            let before = player.is_sounding();
            player.follow(wish(ms), at(ms));
            if before && !player.is_sounding() {
                edges.push((ms, false)); // cut off
            }
            while let Some((due, begins)) = player.due().filter(|(due, _)| *due < at(ms + 10)) {
                let made = due.max(at(ms));
                player.made(made);
                edges.push((made.since(T).millis(), begins));
            }
        }
        edges
    }

    fn onsets(edges: &[(u64, bool)]) -> Vec<u64> {
        edges.iter().filter(|(_, begins)| *begins).map(|(ms, _)| *ms).collect()
    }

    #[test]
    fn a_burst_begins_two_milliseconds_into_the_second_cycle_and_repeats_without_drift() {
        let mut player = Player::default();
        let edges = play(&mut player, 0, 20_000, |_| HIGH);
        let first = [0, 250, 500, 1000, 1250, 1900, 2150, 2400, 2900, 3150].map(|ms| ms + 12);
        assert_eq!(onsets(&edges)[..10], first);
        assert_eq!(onsets(&edges)[10..20], first.map(|ms| ms + 6300));
        assert_eq!(onsets(&edges)[20..30], first.map(|ms| ms + 12_600));
    }

    #[test]
    fn a_higher_priority_breaks_in_after_one_of_its_own_pauses() {
        let mut player = Player::default();
        let wish = |ms| if ms < 100 { Wish::Sound(Priority::Low) } else { HIGH };
        let edges = play(&mut player, 0, 1000, wish);
        assert_eq!(
            edges[..3],
            [(12, true), (100, false), (200, true)],
            "cut at 100, then x = 100 ms of silence"
        );
        assert_eq!(onsets(&edges)[1..4], [200, 450, 700]);
    }

    #[test]
    fn a_higher_priority_breaks_into_the_interburst_at_once() {
        let mut player = Player::default();
        let wish = |ms| if ms < 5000 { Wish::Sound(Priority::Low) } else { HIGH };
        assert_eq!(onsets(&play(&mut player, 0, 5100, wish)), [12, 5012]);
    }

    #[test]
    fn a_lower_priority_begins_when_the_next_burst_would_have() {
        let mut player = Player::default();
        let wish = |ms| if ms < 500 { HIGH } else { Wish::Sound(Priority::Medium) };
        let edges = play(&mut player, 0, 8000, wish);
        assert_eq!(onsets(&edges).len(), 13, "ten pulses of the whole burst, three of the next");
        assert_eq!(onsets(&edges)[10..], [6312, 6712, 7112]);
    }

    #[test]
    fn a_burst_whose_cause_has_gone_is_completed_and_not_repeated() {
        let mut player = Player::default();
        let wish = |ms| if ms < 500 { HIGH } else { Wish::Complete };
        assert_eq!(onsets(&play(&mut player, 0, 20_000, wish)).len(), 10);
        assert_eq!(player.priority(), None);
    }

    #[test]
    fn a_paused_burst_is_cut_off_at_once_and_begins_anew_later() {
        let mut player = Player::default();
        let wish = |ms| if (300..1000).contains(&ms) { Wish::Cut } else { HIGH };
        let edges = play(&mut player, 0, 1300, wish);
        assert_eq!(edges[2..4], [(262, true), (300, false)]);
        assert_eq!(onsets(&edges)[2..], [1012, 1262]);
    }

    #[test]
    fn a_process_that_was_held_up_never_shortens_a_pulse_or_a_pause() {
        let mut player = Player::default();
        player.follow(HIGH, at(0));
        player.follow(HIGH, at(10));
        player.made(at(12));
        // held up from 100 to 700, when two pulses should have been over
        player.follow(HIGH, at(700));
        assert_eq!(player.due(), Some((at(162), false)), "still sounding: this pulse ends first");
        player.made(at(700));
        assert_eq!(player.due(), Some((at(800), true)), "and its pause is whole");
    }

    proptest! {
        #[test]
        fn whatever_is_wished_pulses_and_pauses_are_never_shorter_than_the_table(
            wishes in proptest::collection::vec((0_u8..5, 1_u64..80), 1..60),
            delays in proptest::array::uniform32(0_u64..40),
        ) {
            let mut player = Player::default();
            let mut late = delays.iter().cycle();
            let (mut now, mut last_end) = (0, None);
            let mut began = None;
            for (wish, cycles) in wishes {
                let wish = match wish {
                    0 => Wish::Cut,
                    1 => Wish::Complete,
                    2 => Wish::Sound(Priority::Low),
                    3 => Wish::Sound(Priority::Medium),
                    _ => HIGH,
                };
                for _ in 0..cycles {
                    now += 10 + late.next().unwrap() / 20 * 7;
                    let before = player.is_sounding();
                    player.follow(wish, at(now));
                    if before && !player.is_sounding() {
                        last_end = Some(now);
                        began = None;
                    }
                    prop_assert!(wish != Wish::Cut || !player.is_sounding());
                    if let Some((due, begins)) = player.due().filter(|(due, _)| *due <= at(now + 7)) {
                        let made = due.max(at(now));
                        player.made(made);
                        let ms = made.since(T).millis();
                        if begins {
                            prop_assert!(last_end.is_none_or(|end| ms - end >= 97), "{last_end:?} {ms}");
                            began = Some(ms);
                        } else {
                            prop_assert!(began.is_none_or(|began| ms - began >= 147), "{began:?} {ms}");
                            last_end = Some(ms);
                        }
                    }
                }
            }
        }
    }
}
