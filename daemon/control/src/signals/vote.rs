// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the sources of one signal to the reading of its role.
//!
//! - *First good*: the first good source. A preferred source that failed is taken back only after it has been good
//!   for [`SWITCH_BACK`], so that a loose plug does not make the signal jump to and fro.
//! - *Median*: two of three must agree, else nobody can say who is right and the reading is bad.

use crate::{SOURCES_PER_SIGNAL, SignalSettings, Vote};
use ecmod_quantities::{Cause, Monotonic, Quality, Reading, Span};

/// How long a source that failed must have been good before it is preferred again.
pub(crate) const SWITCH_BACK: Span = Span::from_secs(2);

/// What the vote remembers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    active: Option<u8>,
    records: [Record; SOURCES_PER_SIGNAL],
}

#[derive(Debug, Clone, Copy)]
struct Record {
    good_since: Option<Monotonic>,
    failed: bool,
}

/// The outcome: a reading (with any sequence), the source it came from, and a number that changes with its samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    pub(super) reading: Reading,
    pub(super) source: Option<u8>,
    pub(super) sequence: u64,
}

impl Verdict {
    const fn of(reading: Reading, source: Option<u8>) -> Self {
        Self { reading, source, sequence: reading.sequence() }
    }
}

type Fresh = [Option<Reading>; SOURCES_PER_SIGNAL];

impl Choice {
    pub(super) const NEW: Self =
        Self { active: None, records: [Record { good_since: None, failed: false }; SOURCES_PER_SIGNAL] };

    pub(super) fn decide(&mut self, settings: &SignalSettings, fresh: &Fresh, now: Monotonic) -> Verdict {
        match settings.vote {
            Vote::FirstGood => self.first_good(fresh, now),
            Vote::Median => median(fresh, settings.tolerance).unwrap_or_else(|| self.first_good(fresh, now)),
        }
    }

    fn first_good(&mut self, fresh: &Fresh, now: Monotonic) -> Verdict {
        for (record, reading) in self.records.iter_mut().zip(fresh) {
            record.note(reading.as_ref(), now);
        }
        let best = fresh.iter().map(trust).max().unwrap_or(Trust::None);
        let candidates = || (0u8..).zip(fresh).zip(&self.records).filter(|((_, r), _)| trust(r) == best);
        let reading_of = |index: u8| fresh.get(usize::from(index)).copied().flatten();
        let preferred = candidates().map(|((index, _), _)| index).next();
        self.active = match (best, self.active) {
            (Trust::None, _) => None,
            (_, Some(active)) if trust(&reading_of(active)) == best => candidates()
                .find(|((index, _), record)| *index >= active || record.may_return(now))
                .map(|((index, _), _)| index),
            (_, Some(_) | None) => preferred,
        };
        match self.active.and_then(|index| Some((index, reading_of(index)?))) {
            Some((0, reading)) => Verdict::of(reading, Some(0)),
            Some((index, reading)) => Verdict::of(as_redundant(reading), Some(index)),
            None => Verdict::of(fresh.iter().flatten().next().copied().unwrap_or(Reading::NO_DATA), None),
        }
    }
}

impl Record {
    fn note(&mut self, reading: Option<&Reading>, now: Monotonic) {
        if reading.is_some_and(|reading| reading.quality() == Quality::Good) {
            self.good_since.get_or_insert(now);
        } else if self.good_since.take().is_some() {
            self.failed = true;
        }
    }

    fn may_return(&self, now: Monotonic) -> bool {
        self.good_since.is_some_and(|since| !self.failed || now.since(since) >= SWITCH_BACK)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    None,
    Uncertain,
    Good,
}

fn trust(reading: &Option<Reading>) -> Trust {
    match reading.map(|reading| reading.quality()) {
        Some(Quality::Good) => Trust::Good,
        Some(Quality::Uncertain) => Trust::Uncertain,
        Some(Quality::Bad) | None => Trust::None,
    }
}

fn as_redundant(reading: Reading) -> Reading {
    match reading.good_value() {
        Some(value) => Reading::uncertain(value, Cause::Redundant, reading.acquired(), reading.sequence()),
        None => reading,
    }
}

/// The median of the good sources; `None` if there is none.
fn median(fresh: &Fresh, tolerance: f64) -> Option<Verdict> {
    let mut good = fresh.iter().flatten().filter(|reading| reading.quality() == Quality::Good);
    let newest = good.clone().map(Reading::acquired).max()?;
    let sequence = good.clone().fold(0u64, |sum, reading| sum.wrapping_add(reading.sequence()));
    let values = [good.next(), good.next(), good.next()].map(|r| r.and_then(Reading::good_value));
    let agree = |a: f64, b: f64| (a - b).abs() <= tolerance;
    let ok = |value| Reading::good(value, newest, sequence);
    let doubtful = |value, cause| Reading::uncertain(value, cause, newest, sequence);
    let configured = fresh.iter().flatten().count();
    let reading = match values {
        [Some(a), Some(b), Some(c)] => {
            let middle = a.min(b).max(c.min(a.max(b)));
            match [a, b, c].into_iter().filter(|value| agree(*value, middle)).count() {
                3.. => ok(middle),
                2 => doubtful(middle, Cause::Disagreement),
                _ => Reading::bad(Cause::Disagreement, newest, sequence),
            }
        }
        [Some(a), Some(b), None] if agree(a, b) => ok(0.5 * (a + b)),
        [Some(_), Some(_), None] => Reading::bad(Cause::Disagreement, newest, sequence),
        [Some(a), None, _] if configured > 1 => doubtful(a, Cause::Redundant),
        [Some(a), None, _] => ok(a),
        [None, ..] => return None,
    };
    Some(Verdict { reading, source: None, sequence })
}
