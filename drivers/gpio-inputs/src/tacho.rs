// SPDX-License-Identifier: MIT OR Apache-2.0
//! How fast does it turn? The time between pulses, as the kernel has taken it. Pure.
//!
//! The speed is the number of pulses in a window by the time between its first and its last. A rotor that gets slower gives no
//! pulse to say so: as long as the next one is not there, the speed is at most what it would be if it came now.

use crate::edges::Taken;
use crate::outcome::Outcome;
use ecmod_plugin::quantities::{Cause, Monotonic, Span};
use std::collections::VecDeque;

/// Looks that are remembered: more than the longest window has cycles.
const LOOKS: usize = 64;

/// The last pulse of a look, and how many there were up to it.
#[derive(Debug, Clone, Copy)]
struct Mark {
    pulses: u64,
    t: Monotonic,
}

/// The pulses of one sensor.
#[derive(Debug, Clone)]
pub struct Tacho {
    per_revolution: f64,
    window: Span,
    standstill: Span,
    /// Since when it is watched without a gap.
    watched: Option<Monotonic>,
    /// Why nothing is known while nothing is known.
    unknown: Cause,
    pulses: u64,
    marks: VecDeque<Mark>,
}

impl Tacho {
    /// With so many pulses in a revolution; the speed is the mean over `window`, and without a pulse for `standstill` it is 0.
    #[must_use]
    pub fn new(pulses_per_revolution: u32, window: Span, standstill: Span) -> Self {
        Self {
            per_revolution: f64::from(pulses_per_revolution),
            window,
            standstill,
            watched: None,
            unknown: Cause::NotReady,
            pulses: 0,
            marks: VecDeque::with_capacity(LOOKS),
        }
    }

    /// What happened since the last look, and whether there is a storm of edges: the speed in rpm.
    pub fn look(&mut self, taken: &Taken, storm: bool, now: Monotonic) -> Outcome {
        if taken.lost > 0 {
            // A speed with pulses missing would be too low.
            self.forget();
            self.unknown = Cause::Saturated;
        }
        let watched = *self.watched.get_or_insert(now);
        self.pulses = self.pulses.saturating_add(taken.rising);
        if let Some(t) = taken.last_rising {
            if self.marks.is_empty()
                && taken.lost == 0
                && let Some(first) = taken.first_rising.filter(|first| *first < t)
            {
                self.marks.push_back(Mark { pulses: self.pulses.saturating_sub(taken.rising - 1), t: first });
            }
            self.remember(Mark { pulses: self.pulses, t });
        }
        let Some(last) = self.marks.back().copied() else {
            let stands = now.since(watched) > self.standstill;
            return if stands { Outcome::Good(0.0) } else { Outcome::Bad(self.unknown) };
        };
        if now.since(last.t) > self.standstill {
            self.marks.clear();
            self.unknown = Cause::NotReady;
            return Outcome::Good(0.0).doubted(storm.then_some(Cause::Rate));
        }
        let Some(speed) = self.speed(last, now) else { return Outcome::Bad(self.unknown) };
        Outcome::Good(speed).doubted(storm.then_some(Cause::Rate))
    }

    /// What was before is nobody's speed any more.
    pub fn forget(&mut self) {
        self.marks.clear();
        self.watched = None;
        self.unknown = Cause::NotReady;
    }

    /// The mean over the window; `None` while only one pulse is known.
    #[allow(clippy::cast_precision_loss)] // some thousand pulses
    fn speed(&self, last: Mark, now: Monotonic) -> Option<f64> {
        let first = self.marks.front().filter(|first| first.t < last.t)?;
        let rpm = |pulses: u64, time: Span| 60.0 * pulses as f64 / (self.per_revolution * time.seconds());
        let mean = rpm(last.pulses.saturating_sub(first.pulses), last.t.since(first.t));
        let silent = now.since(last.t);
        Some(if silent == Span::ZERO { mean } else { mean.min(rpm(1, silent)) })
    }

    /// Keeps the marks within the window, and always two.
    fn remember(&mut self, mark: Mark) {
        if self.marks.len() == LOOKS {
            self.marks.pop_front();
        }
        self.marks.push_back(mark);
        while self.marks.len() > 2
            && self.marks.front().is_some_and(|first| mark.t.since(first.t) > self.window)
        {
            self.marks.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CYCLE: u64 = 20;

    fn at(ms: u64) -> Monotonic {
        Monotonic(0).plus(Span::from_millis(1_000_000 + ms))
    }

    fn tacho(per_revolution: u32) -> Tacho {
        Tacho::new(per_revolution, Span::from_millis(200), Span::from_millis(1000))
    }

    /// Pulses every `period` ms, the first at `from`, looked at every cycle until `until`; the last outcome.
    fn turn(tacho: &mut Tacho, period: u64, from: u64, until: u64) -> Outcome {
        let mut outcome = Outcome::Bad(Cause::NoData);
        let mut next = from;
        for cycle in (from..=until).step_by(usize::try_from(CYCLE).unwrap()) {
            let mut taken = Taken::default();
            while next <= cycle {
                taken.rising += 1;
                taken.all += 1;
                taken.first_rising.get_or_insert(at(next));
                taken.last_rising = Some(at(next));
                next += period;
            }
            outcome = tacho.look(&taken, false, at(cycle));
        }
        outcome
    }

    fn rpm(outcome: Outcome) -> f64 {
        match outcome {
            Outcome::Good(value) | Outcome::Uncertain(value, _) => value,
            Outcome::Bad(cause) => panic!("{cause:?}"),
        }
    }

    #[test]
    fn the_speed_is_that_of_the_pulses_times_whatever_the_cycles_are() {
        for (period, per_revolution, expected) in [
            (20, 1, 3000.0),
            (5, 4, 3000.0),
            (17, 1, 60_000.0 / 17.0),
            (150, 1, 400.0),
            (7, 2, 60_000.0 / 14.0),
        ] {
            let speed = rpm(turn(&mut tacho(per_revolution), period, 0, 2000));
            assert!((speed - expected).abs() < 1e-6, "{period} ms: {speed} rpm");
        }
    }

    #[test]
    fn a_pulse_that_does_not_come_lowers_the_speed_at_once_and_after_the_standstill_time_it_is_0() {
        let mut tacho = tacho(1);
        turn(&mut tacho, 20, 0, 1000);
        let speed = |tacho: &mut Tacho, ms| tacho.look(&Taken::default(), false, at(ms));
        assert_eq!(speed(&mut tacho, 1020), Outcome::Good(3000.0));
        assert_eq!(speed(&mut tacho, 1050), Outcome::Good(1200.0), "less than half after 50 ms");
        assert_eq!(speed(&mut tacho, 2000), Outcome::Good(60.0));
        assert_eq!(speed(&mut tacho, 2001), Outcome::Good(0.0));
        assert_eq!(speed(&mut tacho, 9000), Outcome::Good(0.0));
        // It turns again: two pulses make a speed, and the time it stood is none of it.
        let mut one = Taken { rising: 1, all: 1, ..Taken::default() };
        (one.first_rising, one.last_rising) = (Some(at(9100)), Some(at(9100)));
        assert_eq!(tacho.look(&one, false, at(9100)), Outcome::Bad(Cause::NotReady));
        assert!((rpm(turn(&mut tacho, 40, 9140, 9200)) - 1500.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_known_until_two_pulses_came_or_none_for_the_standstill_time() {
        let mut tacho = tacho(1);
        assert_eq!(tacho.look(&Taken::default(), false, at(0)), Outcome::Bad(Cause::NotReady));
        assert_eq!(tacho.look(&Taken::default(), false, at(1000)), Outcome::Bad(Cause::NotReady));
        assert_eq!(tacho.look(&Taken::default(), false, at(1001)), Outcome::Good(0.0));
    }

    #[test]
    fn a_speed_that_changes_is_that_of_the_window_alone() {
        let mut tacho = tacho(1);
        turn(&mut tacho, 20, 0, 1000);
        let faster = rpm(turn(&mut tacho, 10, 1010, 1300));
        assert!((faster - 6000.0).abs() < 1e-6, "{faster}");
    }

    #[test]
    fn a_speed_with_lost_pulses_in_it_is_not_told_and_one_in_a_storm_is_uncertain() {
        let mut tacho = tacho(1);
        turn(&mut tacho, 20, 0, 1000);
        let mut lost = Taken { rising: 1, all: 1, lost: 7, ..Taken::default() };
        (lost.first_rising, lost.last_rising) = (Some(at(1160)), Some(at(1160)));
        assert_eq!(tacho.look(&lost, false, at(1170)), Outcome::Bad(Cause::Saturated));
        assert_eq!(turn(&mut tacho, 20, 1180, 1320), Outcome::Good(3000.0));
        assert!(matches!(tacho.look(&Taken::default(), true, at(1330)), Outcome::Uncertain(_, Cause::Rate)));
    }

    #[test]
    fn what_was_before_a_line_that_could_not_be_read_is_forgotten() {
        let mut tacho = tacho(1);
        turn(&mut tacho, 20, 0, 1000);
        tacho.forget();
        assert_eq!(tacho.look(&Taken::default(), false, at(1010)), Outcome::Bad(Cause::NotReady));
    }
}
