// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is to be done with the chip when, so that no cycle waits. Pure.
//!
//! ```text
//! Idle --interval--> BiasOn --11 ms--> Look --2 ms--> Convert --66 or 55 ms--> Read --> Idle
//! ```

use ecmod_plugin::quantities::{Monotonic, Span};

/// The input filter settles: ten time constants and a millisecond, as the mainline kernel waits too (S142).
const SETTLES: Span = Span::from_millis(11);
/// Longest fault detection with automatic timing: 0.55 ms `[K]`.
const LOOKS: Span = Span::from_millis(2);
/// Longest single conversion with the filter for 50 Hz `[K]`.
const CONVERTS_50: Span = Span::from_millis(66);
/// The same for 60 Hz `[K]`.
const CONVERTS_60: Span = Span::from_millis(55);

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Clears the faults and switches the bias on.
    BiasOn,
    /// Starts the fault detection.
    Look,
    /// Reads what that found, and starts the conversion.
    Convert,
    /// Reads the result, and switches the bias off.
    Read,
}

/// One measurement after the other.
#[derive(Debug, Clone, Copy)]
pub struct Sequence {
    interval: Span,
    converts: Span,
    next: Step,
    due: Monotonic,
    begun: Monotonic,
    converting_since: Monotonic,
}

impl Sequence {
    /// The first measurement begins at `now`.
    #[must_use]
    pub const fn new(now: Monotonic, interval: Span, filter_hz: u8) -> Self {
        let converts = if filter_hz == 50 { CONVERTS_50 } else { CONVERTS_60 };
        Self { interval, converts, next: Step::BiasOn, due: now, begun: now, converting_since: now }
    }

    /// What is to be done now, if anything is.
    #[must_use]
    pub fn due(&self, now: Monotonic) -> Option<Step> {
        (now >= self.due).then_some(self.next)
    }

    /// The step that was due has been done at `now`.
    pub fn done(&mut self, now: Monotonic) {
        let (next, wait) = match self.next {
            Step::BiasOn => {
                self.begun = now;
                (Step::Look, SETTLES)
            }
            Step::Look => (Step::Convert, LOOKS),
            Step::Convert => {
                self.converting_since = now;
                (Step::Read, self.converts)
            }
            Step::Read => return self.begin_anew(),
        };
        self.next = next;
        self.due = now.plus(wait);
    }

    /// The next measurement begins in its time.
    fn begin_anew(&mut self) {
        self.next = Step::BiasOn;
        self.due = self.begun.plus(self.interval);
    }

    /// The measurement that was due at `now` came to nothing. After a good one that is nothing yet: it is repeated at once, so that
    /// one transfer that fails does not cost an interval. What fails again has time until the next interval.
    pub fn failed(&mut self, now: Monotonic, was_good: bool) {
        if self.next == Step::BiasOn {
            self.begun = now;
        }
        self.begin_anew();
        if was_good {
            self.due = now;
        }
    }

    /// The middle of the last conversion.
    #[must_use]
    pub const fn acquired(&self) -> Monotonic {
        self.converting_since.plus(Span(self.converts.0 / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Monotonic = Monotonic(1_000_000_000_000);

    #[test]
    fn by_cycles_of_50_ms_a_measurement_takes_five_of_them_and_repeats_after_its_interval() {
        let mut sequence = Sequence::new(T, Span::from_millis(1000), 50);
        let mut steps = vec![];
        for cycle in 0..25 {
            let now = T.plus(Span::from_millis(50 * cycle));
            if let Some(step) = sequence.due(now) {
                steps.push((cycle, step));
                sequence.done(now);
            }
        }
        let once = [(0, Step::BiasOn), (1, Step::Look), (2, Step::Convert), (4, Step::Read)];
        let twice: Vec<_> =
            once.iter().copied().chain(once.map(|(cycle, step)| (cycle + 20, step))).collect();
        assert_eq!(steps, twice);
        assert_eq!(sequence.acquired(), T.plus(Span::from_millis(50 * 22 + 33)));
    }

    #[test]
    fn however_often_it_is_called_every_step_has_its_time() {
        for (filter, converts) in [(50, 66), (60, 55)] {
            let mut sequence = Sequence::new(T, Span::from_millis(250), filter);
            let mut at = vec![];
            for ms in 0..250 {
                let now = T.plus(Span::from_millis(ms));
                if sequence.due(now).is_some() {
                    at.push(ms);
                    sequence.done(now);
                }
            }
            assert_eq!(at, [0, 11, 13, 13 + converts]);
        }
    }

    #[test]
    fn a_measurement_that_failed_is_repeated_at_once_and_then_once_in_its_interval() {
        let mut sequence = Sequence::new(T, Span::from_millis(1000), 50);
        sequence.failed(T, true);
        assert_eq!(sequence.due(T), Some(Step::BiasOn));
        for _ in 0..5 {
            let began = (0..)
                .map(|ms| T.plus(Span::from_millis(ms)))
                .find(|now| sequence.due(*now).is_some())
                .unwrap();
            sequence.failed(began, false);
            assert_eq!(sequence.due(began.plus(Span::from_millis(999))), None);
            assert_eq!(sequence.due(began.plus(Span::from_millis(1000))), Some(Step::BiasOn));
        }
    }
}
