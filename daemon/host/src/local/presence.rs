// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether there is a daemon that commands. Pure.

use ecmod_quantities::{Monotonic, Span};

/// Follows the daemon's heartbeat.
#[derive(Debug, Clone, Copy)]
pub struct Presence {
    /// How long it may be silent.
    silence: Span,
    heard: Monotonic,
    count: Option<u64>,
    looked: Monotonic,
}

impl Presence {
    /// Gives the daemon as long to come as it may be silent later.
    #[must_use]
    pub const fn new(silence: Span, now: Monotonic) -> Self {
        Self { silence, heard: now, count: None, looked: now }
    }

    /// Looks at what its heart has counted (`None`: it has no image here). Whether it is there.
    pub fn look(&mut self, beat: Option<u64>, now: Monotonic) -> bool {
        let stood_still = now.since(self.looked) >= self.silence;
        self.looked = now;
        // who stood still himself has heard nothing, and that says nothing
        if stood_still || (beat.is_some() && beat != self.count) {
            self.heard = now;
        }
        self.count = beat;
        now.since(self.heard) < self.silence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENCE: Span = Span::from_millis(500);

    fn at(ms: u64) -> Monotonic {
        Monotonic(ms * 1_000_000)
    }

    #[test]
    fn a_daemon_is_there_while_its_heart_beats_and_a_silence_longer() {
        let mut presence = Presence::new(SILENCE, at(0));
        assert!((0..50).all(|beat| presence.look(Some(beat), at(beat * 10))));
        assert!((500..980).step_by(20).all(|ms| presence.look(Some(49), at(ms))), "it hangs");
        assert!(!presence.look(Some(49), at(1000)));
        assert!(presence.look(Some(50), at(1010)), "and is back");
    }

    #[test]
    fn one_that_never_comes_is_not_there_and_an_image_is_its_first_sign() {
        let mut presence = Presence::new(SILENCE, at(0));
        assert!((0..500).step_by(20).all(|ms| presence.look(None, at(ms))));
        assert!(!presence.look(None, at(500)));
        assert!(presence.look(Some(0), at(510)));
        assert!((520..1000).step_by(20).all(|ms| presence.look(None, at(ms))), "gone again");
        assert!(!presence.look(None, at(1010)));
    }

    #[test]
    fn that_this_process_stood_still_says_nothing_of_the_daemon() {
        let mut presence = Presence::new(SILENCE, at(0));
        assert!(presence.look(Some(1), at(10)));
        assert!(presence.look(Some(1), at(60_000)));
        assert!(presence.look(Some(2), at(60_020)));
    }
}
