// SPDX-License-Identifier: MIT OR Apache-2.0
//! Was there a bubble? Pulses latched by their edges, so that none is too short to be seen. Pure.

use crate::edges::Taken;
use crate::outcome::Outcome;
use ecmod_plugin::quantities::{Cause, Monotonic, Span};

/// A count is uncertain for so long behind the last lost edge.
const LOSSY: Span = Span::from_secs(1);

/// The pulses of one detector.
#[derive(Debug, Clone, Copy)]
pub struct Bubble {
    hold: Span,
    count: u64,
    lost: u64,
    last_pulse: Option<Monotonic>,
    last_loss: Option<Monotonic>,
    was: bool,
}

/// What the signals are to say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// A bubble now, or a little while ago.
    pub state: Outcome,
    /// When that became so, if it just did.
    pub news: Option<Monotonic>,
    /// Pulses so far.
    pub count: Outcome,
    /// Lost edges so far.
    pub lost: Outcome,
}

impl Bubble {
    /// The state stays for `hold` behind a pulse.
    #[must_use]
    pub const fn new(hold: Span) -> Self {
        Self { hold, count: 0, lost: 0, last_pulse: None, last_loss: None, was: false }
    }

    /// What happened since the last look, whether the line is active now, and whether there is a storm of edges.
    pub fn look(&mut self, taken: &Taken, active: bool, storm: bool, now: Monotonic) -> Seen {
        self.count = self.count.saturating_add(taken.rising);
        self.lost = self.lost.saturating_add(taken.lost);
        if taken.lost > 0 {
            self.last_loss = Some(now);
        }
        // What was lost may have been a pulse, and a line that is active is one whose edge is still on its way.
        let pulse = taken.last_rising.or((taken.lost > 0 || active).then_some(now));
        self.last_pulse = pulse.or(self.last_pulse);
        let is = storm || self.last_pulse.is_some_and(|last| now.since(last) <= self.hold);
        let was = core::mem::replace(&mut self.was, is);
        let began = is && !was;
        let rate = storm.then_some(Cause::Rate);
        let lossy = self.last_loss.is_some_and(|last| now.since(last) <= LOSSY);
        Seen {
            state: Outcome::state(is).doubted(rate),
            news: began.then(|| taken.first_rising.unwrap_or(now)),
            count: Outcome::count(self.count).doubted(rate.or(lossy.then_some(Cause::Saturated))),
            lost: Outcome::count(self.lost),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Monotonic {
        Monotonic(0).plus(Span::from_millis(1_000_000 + ms))
    }

    fn pulses(rising: u64, first: u64, last: u64) -> Taken {
        Taken {
            rising,
            all: 2 * rising,
            first_rising: Some(at(first)),
            last_rising: Some(at(last)),
            last: Some(at(last)),
            ..Taken::default()
        }
    }

    const NOTHING: Taken =
        Taken { rising: 0, all: 0, lost: 0, first_rising: None, last_rising: None, last: None };

    #[test]
    fn a_pulse_between_two_looks_is_seen_with_its_own_time_and_held() {
        let mut bubble = Bubble::new(Span::from_millis(1000));
        assert_eq!(bubble.look(&NOTHING, false, false, at(0)).state, Outcome::Good(0.0));
        let seen = bubble.look(&pulses(2, 3, 7), false, false, at(10));
        assert_eq!(
            (seen.state, seen.count, seen.news),
            (Outcome::Good(1.0), Outcome::Good(2.0), Some(at(3)))
        );
        let seen = bubble.look(&NOTHING, false, false, at(1007));
        assert_eq!((seen.state, seen.news), (Outcome::Good(1.0), None));
        assert_eq!(bubble.look(&NOTHING, false, false, at(1008)).state, Outcome::Good(0.0));
        assert_eq!(bubble.look(&pulses(1, 2000, 2000), false, false, at(2005)).news, Some(at(2000)));
    }

    #[test]
    fn a_line_that_stays_active_stays_a_bubble() {
        let mut bubble = Bubble::new(Span::from_millis(100));
        bubble.look(&pulses(1, 0, 0), true, false, at(0));
        assert_eq!(bubble.look(&NOTHING, true, false, at(5000)).state, Outcome::Good(1.0));
        assert_eq!(bubble.look(&NOTHING, false, false, at(5200)).state, Outcome::Good(0.0));
    }

    #[test]
    fn a_lost_edge_counts_as_a_bubble_and_makes_the_count_uncertain_for_a_while() {
        let mut bubble = Bubble::new(Span::from_millis(100));
        let seen = bubble.look(&Taken { lost: 3, ..NOTHING }, false, false, at(0));
        assert_eq!((seen.state, seen.lost), (Outcome::Good(1.0), Outcome::Good(3.0)));
        assert_eq!(seen.count, Outcome::Uncertain(0.0, Cause::Saturated));
        assert_eq!(bubble.look(&NOTHING, false, false, at(1001)).count, Outcome::Good(0.0));
    }

    #[test]
    fn a_storm_says_so_and_is_no_number_of_bubbles() {
        let mut bubble = Bubble::new(Span::from_millis(100));
        let seen = bubble.look(&pulses(128, 0, 9), false, true, at(10));
        assert_eq!(seen.state, Outcome::Uncertain(1.0, Cause::Rate));
        assert_eq!(seen.count, Outcome::Uncertain(128.0, Cause::Rate));
    }
}
