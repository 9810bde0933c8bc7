// SPDX-License-Identifier: MIT OR Apache-2.0
//! In which order conversions are made: every channel once a round, now and then something about the chip or the wires. Pure.
//!
//! A round has time for one thing more than its channels: a check before the first channel, or a wire test (which takes
//! longer) in the place of one channel.

use ecmod_plugin::quantities::{Monotonic, Span};

/// Most channels of a chip.
pub const MOST_CHANNELS: usize = 2;
/// A check goes before every so many rounds.
const ROUNDS_PER_CHECK: u32 = 16;
/// Wires in doubt are tested no more often than this.
const SUSPECT_EVERY: Span = Span::from_secs(1);

/// Something about the chip, or about what a channel's bridge is supplied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The chip's temperature.
    Temperature,
    /// The analogue supply.
    Supply,
    /// The reference at its pins.
    Reference,
    /// The inputs short, inside the chip.
    Zero,
    /// This channel's positive input against ground: half of the excitation, if the bridge has any.
    CommonMode(usize),
}

/// One conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A channel's pressure.
    Channel(usize),
    /// A channel's wires, in the place of its pressure.
    Wires(usize),
    /// Something about the chip.
    Check(Check),
}

/// What comes when.
#[derive(Debug)]
pub struct Schedule {
    channels: usize,
    rounds: u32,
    checks: usize,
    has_extra: bool,
    kinds: Kinds,
    wires: Option<Wires>,
}

/// What there is to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds {
    /// The reference is at pins of its own, where it can be measured.
    pub reference: bool,
    /// The reference is large enough to measure half of the excitation with it.
    pub common_mode: bool,
}

#[derive(Debug)]
struct Wires {
    every: Span,
    due: [Monotonic; MOST_CHANNELS],
    last: [Monotonic; MOST_CHANNELS],
}

impl Schedule {
    /// For so many channels, whose wires are tested every so often, or never. All are tested at the beginning.
    #[must_use]
    pub fn new(channels: usize, kinds: Kinds, wires_every: Option<Span>, now: Monotonic) -> Self {
        let wires = wires_every.map(|every| Wires {
            every,
            due: [now; MOST_CHANNELS],
            last: [Monotonic(0); MOST_CHANNELS],
        });
        Self { channels, rounds: 0, checks: 0, has_extra: false, kinds, wires }
    }

    /// The first step of all.
    #[must_use]
    pub const fn first() -> Step {
        Step::Channel(0)
    }

    /// Whether a round is over with this step.
    #[must_use]
    pub const fn ends_round(&self, step: Step) -> bool {
        match step {
            Step::Channel(channel) | Step::Wires(channel) => channel + 1 >= self.channels,
            Step::Check(_) => false,
        }
    }

    /// What comes behind this step.
    pub fn after(&mut self, step: Step, now: Monotonic) -> Step {
        match step {
            Step::Channel(channel) | Step::Wires(channel) if channel + 1 < self.channels => {
                self.channel(channel + 1, now)
            }
            Step::Channel(_) | Step::Wires(_) => {
                self.rounds += 1;
                self.has_extra = self.rounds >= ROUNDS_PER_CHECK;
                if self.has_extra {
                    self.rounds = 0;
                    Step::Check(self.check())
                } else {
                    self.channel(0, now)
                }
            }
            Step::Check(_) => self.channel(0, now),
        }
    }

    /// This channel's wires are in doubt: they are tested soon.
    pub fn suspect(&mut self, channel: usize) {
        let Some(wires) = &mut self.wires else { return };
        if let (Some(due), Some(last)) = (wires.due.get_mut(channel), wires.last.get(channel)) {
            *due = (*due).min(last.plus(SUSPECT_EVERY));
        }
    }

    fn channel(&mut self, channel: usize, now: Monotonic) -> Step {
        let Some(wires) = &mut self.wires else { return Step::Channel(channel) };
        match (wires.due.get_mut(channel), wires.last.get_mut(channel)) {
            (Some(due), Some(last)) if *due <= now && !self.has_extra => {
                self.has_extra = true;
                *last = now;
                *due = now.plus(wires.every);
                Step::Wires(channel)
            }
            _ => Step::Channel(channel),
        }
    }

    /// One check after the other. What cannot be checked leaves its place to the zero.
    fn check(&mut self) -> Check {
        let turn = self.checks;
        self.checks = (turn + 1) % 6;
        match turn {
            0 => Check::Supply,
            1 if self.kinds.reference => Check::Reference,
            2 => Check::Temperature,
            3 if self.kinds.common_mode => Check::CommonMode(0),
            4 if self.kinds.common_mode && self.channels > 1 => Check::CommonMode(1),
            _ => Check::Zero,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: Span = Span::from_millis(10);
    const ALL: Kinds = Kinds { reference: true, common_mode: true };
    const FEW: Kinds = Kinds { reference: false, common_mode: false };

    /// So many rounds, each a list of its steps.
    fn rounds(schedule: &mut Schedule, count: usize) -> Vec<Vec<Step>> {
        let (mut step, mut all, mut round) = (Schedule::first(), Vec::new(), Vec::new());
        let mut now = Monotonic(0);
        while all.len() < count {
            round.push(step);
            if schedule.ends_round(step) {
                all.push(core::mem::take(&mut round));
                now = now.plus(ROUND);
            }
            step = schedule.after(step, now);
        }
        all
    }

    #[test]
    fn every_round_has_every_channel_in_order_and_at_most_one_thing_more() {
        for channels in 1..=2 {
            let mut schedule = Schedule::new(channels, ALL, Some(Span::from_secs(10)), Monotonic(0));
            for round in rounds(&mut schedule, 5000) {
                let order: Vec<usize> = round
                    .iter()
                    .filter_map(|step| match step {
                        Step::Channel(channel) | Step::Wires(channel) => Some(*channel),
                        Step::Check(_) => None,
                    })
                    .collect();
                assert_eq!(order, (0..channels).collect::<Vec<_>>());
                let extras = round.iter().filter(|step| !matches!(step, Step::Channel(_))).count();
                assert!(extras <= 1, "{round:?}");
            }
        }
    }

    #[test]
    fn every_check_comes_once_a_second_and_what_cannot_be_checked_never() {
        let kinds = [
            Check::Supply,
            Check::Reference,
            Check::Temperature,
            Check::CommonMode(0),
            Check::CommonMode(1),
            Check::Zero,
        ];
        for (possible, expected) in [(ALL, [10, 10, 10, 10, 10, 10]), (FEW, [10, 0, 10, 0, 0, 40])] {
            let mut schedule = Schedule::new(2, possible, None, Monotonic(0));
            let steps = rounds(&mut schedule, 961).concat();
            let found = kinds.map(|kind| steps.iter().filter(|step| **step == Step::Check(kind)).count());
            assert_eq!(found, expected, "in 9.6 s");
        }
    }

    #[test]
    fn wires_in_doubt_are_tested_within_a_second_and_no_more_often() {
        let mut schedule = Schedule::new(2, ALL, Some(Span::from_secs(600)), Monotonic(0));
        rounds(&mut schedule, 10);
        let (mut now, mut step, mut tests) = (Monotonic(0).plus(Span::from_secs(5)), Step::Channel(0), 0);
        for _ in 0..1000 {
            schedule.suspect(1);
            step = schedule.after(step, now);
            tests += usize::from(step == Step::Wires(1));
            now = now.plus(Span::from_millis(5));
        }
        assert!((5..=6).contains(&tests), "{tests} in 5 s");
    }
}
