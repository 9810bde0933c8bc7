// SPDX-License-Identifier: MIT OR Apache-2.0
//! In which order conversions are made: every channel once a round, now and then something about the chip or the wires. Pure.
//!
//! A round has time for one thing more than its channels: a check before the first channel, or a wire test (which takes
//! longer) in the place of one channel.

use ecmod_plugin::quantities::{Monotonic, Span};

/// Most channels of a chip.
pub const MOST_CHANNELS: usize = 5;
/// A check goes before every so many rounds.
const ROUNDS_PER_CHECK: u32 = 20;
/// Wires in doubt are tested no more often than this.
const SUSPECT_EVERY: Span = Span::from_secs(1);

/// Something about the chip itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Its temperature.
    Temperature,
    /// The analogue supply, with the internal reference.
    AnalogSupply,
    /// The same with the reference that the channels use.
    Reference,
    /// The digital supply.
    DigitalSupply,
    /// Both inputs on the same pin, of this channel.
    Zero(usize),
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
    wires: Option<Wires>,
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
    pub fn new(channels: usize, wires_every: Option<Span>, now: Monotonic) -> Self {
        let wires = wires_every.map(|every| Wires {
            every,
            due: [now; MOST_CHANNELS],
            last: [Monotonic(0); MOST_CHANNELS],
        });
        Self { channels, rounds: 0, checks: 0, has_extra: false, wires }
    }

    /// The first step of all.
    #[must_use]
    pub const fn first() -> Step {
        Step::Channel(0)
    }

    /// How many steps there are from this one to the end of its round, if it is the round's first.
    #[must_use]
    pub const fn steps_from(&self, step: Step) -> usize {
        match step {
            Step::Channel(_) | Step::Wires(_) => self.channels,
            Step::Check(_) => self.channels + 1,
        }
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

    /// One check after the other; with every turn another channel's zero.
    fn check(&mut self) -> Check {
        let turn = self.checks;
        self.checks = turn.wrapping_add(1);
        match turn % 5 {
            0 => Check::AnalogSupply,
            1 => Check::Reference,
            2 => Check::Zero((turn / 5).checked_rem(self.channels).unwrap_or(0)),
            3 => Check::Temperature,
            _ => Check::DigitalSupply,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: Span = Span::from_millis(10);

    /// So many rounds of five channels, each a list of its steps.
    fn rounds(schedule: &mut Schedule, count: usize, mut now: Monotonic) -> Vec<Vec<Step>> {
        let (mut step, mut all, mut round) = (Schedule::first(), Vec::new(), Vec::new());
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

    fn channel_of(step: Step) -> Option<usize> {
        match step {
            Step::Channel(channel) | Step::Wires(channel) => Some(channel),
            Step::Check(_) => None,
        }
    }

    #[test]
    fn every_round_has_every_channel_in_order_and_at_most_one_thing_more() {
        let mut schedule = Schedule::new(5, Some(Span::from_secs(10)), Monotonic(0));
        for round in rounds(&mut schedule, 5000, Monotonic(0)) {
            let channels: Vec<usize> = round.iter().filter_map(|step| channel_of(*step)).collect();
            assert_eq!(channels, [0, 1, 2, 3, 4]);
            let extras = round.iter().filter(|step| !matches!(step, Step::Channel(_))).count();
            assert!(extras <= 1, "{round:?}");
        }
    }

    #[test]
    fn every_check_comes_once_a_second_and_every_channels_wires_every_ten() {
        let mut schedule = Schedule::new(5, Some(Span::from_secs(10)), Monotonic(0));
        let steps: Vec<Step> = rounds(&mut schedule, 6000, Monotonic(0)).concat();
        let count = |wanted: &dyn Fn(&Step) -> bool| steps.iter().filter(|step| wanted(step)).count();
        assert_eq!(count(&|step| *step == Step::Check(Check::Temperature)), 60);
        assert_eq!(count(&|step| *step == Step::Check(Check::Reference)), 60);
        for channel in 0..5 {
            assert_eq!(count(&|step| *step == Step::Check(Check::Zero(channel))), 12, "{channel}");
            let tests = count(&|step| *step == Step::Wires(channel));
            assert!((6..=7).contains(&tests), "{channel}: {tests}");
        }
    }

    #[test]
    fn wires_in_doubt_are_tested_within_a_second_and_no_more_often() {
        let mut schedule = Schedule::new(2, Some(Span::from_secs(600)), Monotonic(0));
        rounds(&mut schedule, 10, Monotonic(0));
        let (mut now, mut step, mut tests) = (Monotonic(0).plus(Span::from_secs(5)), Step::Channel(0), 0);
        for _ in 0..1000 {
            schedule.suspect(1);
            step = schedule.after(step, now);
            tests += usize::from(step == Step::Wires(1));
            now = now.plus(Span::from_millis(5));
        }
        assert!((5..=6).contains(&tests), "{tests} in 5 s");
    }

    #[test]
    fn without_wire_tests_there_are_none() {
        let mut schedule = Schedule::new(3, None, Monotonic(0));
        schedule.suspect(1);
        let steps = rounds(&mut schedule, 2000, Monotonic(0)).concat();
        assert!(!steps.iter().any(|step| matches!(step, Step::Wires(_))));
    }
}
