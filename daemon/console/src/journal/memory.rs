// SPDX-License-Identifier: MIT OR Apache-2.0
//! All that is read at start: the state before, the zeros, and how it ended the last time.

use std::path::Path;

use ecmod_control::Boot;

use super::boots::{Before, BootId, Boots};
use super::files::Problem;
use super::keeper::Journal;
use super::procedures::Procedures;
use super::record::{Record, Saved, names_of};
use super::zeros::Zeros;
use crate::plan::Plan;
use crate::record::entry::{Entry, Event, Stamp, StartedEvent};

/// What is remembered.
#[derive(Debug)]
pub struct Memory {
    /// The state before.
    pub record: Option<Record>,
    /// The transducers' zeros.
    pub zeros: Zeros,
    /// The procedures: what ran, and when each was completed.
    pub procedures: Option<Procedures>,
    /// Starts and boots with this one, for [`super::keeper::Keeper::submit_boots`].
    pub boots: Boots,
    /// How it ended the last time.
    pub before: Before,
    /// This boot of the machine.
    pub boot: BootId,
    /// When this was read.
    pub now: Stamp,
    /// Files that are of no use. Other values than the last ones may be in force then.
    pub problems: Vec<Problem>,
    /// There was a state, and none of its files is of use.
    pub has_lost_state: bool,
}

impl Memory {
    /// Reads everything, which takes as long as the disk takes for eight small files. The journal is for
    /// [`super::keeper::Keeper::start`].
    #[must_use]
    pub fn open(directory: &Path) -> (Self, Journal) {
        let (boot, now) = (BootId::read(), Stamp::now());
        let (journal, known) = Journal::open(directory);
        let (state, procedures) = (known.state, known.procedures);
        let (boots, before) = Boots::started(known.boots.record, &boot);
        let has_lost_state = state.record.is_none() && !state.problems.is_empty();
        let others = known.zeros.problems.into_iter().chain(known.boots.problems).chain(procedures.problems);
        let memory = Self {
            record: state.record,
            zeros: known.zeros.record.unwrap_or_default(),
            procedures: procedures.record,
            boots,
            before,
            boot,
            now,
            problems: state.problems.into_iter().chain(others).collect(),
            has_lost_state,
        };
        (memory, journal)
    }

    /// What the core is made with.
    #[must_use]
    pub fn resume(&self, plan: &Plan) -> Boot {
        let record = self.record.as_ref();
        record.map_or(Boot::Cold, |record| Boot::Resume(record.resume(&self.boot, names_of(plan))))
    }

    /// What is written beside the state from now on.
    #[must_use]
    pub fn origin(&self, plan: &Plan) -> Saved {
        Saved { boot: self.boot.clone(), at: self.now, names: names_of(plan) }
    }

    /// Whether limits that an operator had set are gone: presets are in force in their place.
    #[must_use]
    pub fn has_lost_limits(&self) -> bool {
        self.has_lost_state || self.record.as_ref().is_some_and(|record| record.limits_lost)
    }

    /// What the alarm log says of this start.
    #[must_use]
    pub fn started(&self) -> Entry {
        let event = Event::Started(StartedEvent {
            version: env!("CARGO_PKG_VERSION").into(),
            before: self.before.name().into(),
            starts: self.boots.starts,
            boots: self.boots.boots,
        });
        Entry { at: self.now, event }
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
