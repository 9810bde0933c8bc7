// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does the sounder sound? Compares what is driven with the current that is sensed. Pure.

use ecmod_plugin::quantities::{Monotonic, Span};

/// The current has this long to follow a pulse that is heard.
const SETTLES: Span = Span::from_millis(20);
/// Current without a pulse for so long is a fault: of the sounder, its switch or its sense.
const LEAKS: Span = Span::from_millis(100);
/// So many pulses in a row without current are no chance.
const SILENT_PULSES: u32 = 2;
/// A test that failed, or was never made, is made again after this ...
const AGAIN: Span = Span::from_secs(1);
/// ... and a sounder that is known to fail is tried this often.
const RETRY: Span = Span::from_secs(60);

/// What is known of the sounder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// Nothing yet.
    #[default]
    Untested,
    /// Current flowed in the last pulse.
    Works,
    /// No current in the last pulses.
    Silent,
    /// Current flows without a pulse.
    Leaks,
}

/// Watches the sounder.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sense {
    verdict: Verdict,
    /// The pulse that is driven: since when, and whether current was due and seen.
    pulse: Option<Pulse>,
    silent_pulses: u32,
    flowing_since: Option<Monotonic>,
    /// When a pulse, of whatever kind, last told something.
    told: Option<Monotonic>,
}

#[derive(Debug, Clone, Copy)]
struct Pulse {
    since: Monotonic,
    looked: bool,
    seen: bool,
}

impl Sense {
    /// What is known.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The sounder was switched on.
    pub const fn begins(&mut self, now: Monotonic) {
        self.pulse = Some(Pulse { since: now, looked: false, seen: false });
        self.flowing_since = None;
    }

    /// The sounder was switched off. A pulse in which nobody looked tells nothing.
    pub fn ends(&mut self, now: Monotonic) {
        if let Some(pulse) = self.pulse.take().filter(|pulse| pulse.looked) {
            self.tell(pulse.seen, now);
        }
    }

    /// A look at the sense line.
    pub fn look(&mut self, flows: bool, now: Monotonic) {
        match &mut self.pulse {
            Some(pulse) if now.since(pulse.since) >= SETTLES => {
                pulse.looked = true;
                pulse.seen |= flows;
            }
            Some(_) => {}
            None if flows => {
                let since = *self.flowing_since.get_or_insert(now);
                if now.since(since) >= LEAKS {
                    self.verdict = Verdict::Leaks;
                }
            }
            None => {
                self.flowing_since = None;
                if self.verdict == Verdict::Leaks {
                    // what it does when it is driven has to be seen anew
                    *self = Self::default();
                }
            }
        }
    }

    /// A silent test pulse showed, or did not show, current.
    pub fn tell(&mut self, seen: bool, now: Monotonic) {
        self.told = Some(now);
        self.silent_pulses = if seen { 0 } else { self.silent_pulses.saturating_add(1) };
        if seen {
            self.verdict = Verdict::Works;
        } else if self.silent_pulses >= SILENT_PULSES {
            self.verdict = Verdict::Silent;
        }
    }

    /// Whether a test pulse is due, in silence.
    #[must_use]
    pub fn is_due(&self, every: Span, now: Monotonic) -> bool {
        let Some(told) = self.told else { return self.verdict == Verdict::Untested };
        let wait = match (self.verdict, self.silent_pulses) {
            (Verdict::Leaks, _) => return false, // a test would not tell anything
            (Verdict::Silent, _) => RETRY,
            (Verdict::Works, 0) => every,
            (Verdict::Works | Verdict::Untested, _) => AGAIN,
        };
        now.since(told) >= wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Monotonic {
        Monotonic(1_000_000_000_000).plus(Span::from_millis(ms))
    }

    /// One pulse of 150 ms, looked at every 10 ms.
    fn pulse(sense: &mut Sense, from: u64, flows: bool) {
        sense.begins(at(from));
        for ms in (0..150).step_by(10) {
            sense.look(flows && ms >= 5, at(from + ms));
        }
        sense.ends(at(from + 150));
    }

    #[test]
    fn one_pulse_with_current_proves_it_and_two_without_disprove_it() {
        let mut sense = Sense::default();
        assert_eq!(sense.verdict(), Verdict::Untested);
        pulse(&mut sense, 0, true);
        assert_eq!(sense.verdict(), Verdict::Works);
        pulse(&mut sense, 250, false);
        assert_eq!(sense.verdict(), Verdict::Works, "one may be a chance");
        pulse(&mut sense, 500, false);
        assert_eq!(sense.verdict(), Verdict::Silent);
        pulse(&mut sense, 1000, true);
        assert_eq!(sense.verdict(), Verdict::Works);
    }

    #[test]
    fn a_pulse_that_nobody_looked_at_tells_nothing() {
        let mut sense = Sense::default();
        for _ in 0..3 {
            sense.begins(at(0));
            sense.look(false, at(5)); // too early
            sense.ends(at(6));
        }
        assert_eq!(sense.verdict(), Verdict::Untested);
    }

    #[test]
    fn current_without_a_pulse_is_a_fault_after_a_tenth_of_a_second_until_it_ends() {
        let mut sense = Sense::default();
        pulse(&mut sense, 0, true);
        sense.look(true, at(160));
        sense.look(true, at(250));
        assert_eq!(sense.verdict(), Verdict::Works, "it may take a while to fade");
        sense.look(true, at(260));
        assert_eq!(sense.verdict(), Verdict::Leaks);
        assert!(!sense.is_due(Span::ZERO, at(100_000)));
        sense.look(false, at(270));
        assert_eq!(sense.verdict(), Verdict::Untested);
        assert!(sense.is_due(Span::from_secs(3600), at(270)));
    }

    #[test]
    fn a_test_is_due_at_first_then_every_day_and_sooner_after_a_failure() {
        let (day, mut sense) = (Span::from_secs(86_400), Sense::default());
        assert!(sense.is_due(day, at(0)));
        sense.tell(true, at(0));
        assert!(!sense.is_due(day, at(86_399_999)) && sense.is_due(day, at(86_400_000)));
        sense.tell(false, at(0));
        assert!(!sense.is_due(day, at(999)) && sense.is_due(day, at(1000)));
        sense.tell(false, at(1000));
        assert_eq!(sense.verdict(), Verdict::Silent);
        assert!(!sense.is_due(day, at(60_999)) && sense.is_due(day, at(61_000)));
    }
}
