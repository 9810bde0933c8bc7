// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of the journal, and the latest of each kind that is to be written: what was overtaken is not missed.

use std::path::Path;

use super::boots::Boots;
use super::files::{Files, Found};
use super::record::Record;
use super::stored::Stored;
use super::zeros::Zeros;

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Latest {
    pub(super) state: Option<Record>,
    pub(super) zeros: Option<Zeros>,
    pub(super) boots: Option<Boots>,
}

/// Where it is written to.
#[derive(Debug)]
pub struct Journal {
    /// Mode and setpoints.
    pub state: Files<Record>,
    /// The transducers' zeros.
    pub zeros: Files<Zeros>,
    /// Starts and boots.
    pub boots: Files<Boots>,
}

impl Latest {
    /// Whether there is nothing to write.
    pub(super) const fn is_empty(&self) -> bool {
        self.state.is_none() && self.zeros.is_none() && self.boots.is_none()
    }

    /// Puts back what could not be written, unless something newer has come.
    pub(super) fn put_back(&mut self, older: Self) {
        self.state = self.state.take().or(older.state);
        self.zeros = self.zeros.take().or(older.zeros);
        self.boots = self.boots.take().or(older.boots);
    }

    /// Writes what there is, and leaves what could not be written.
    pub(super) fn write(&mut self, journal: &mut Journal) -> std::io::Result<()> {
        let state = store(&mut self.state, &mut journal.state);
        let boots = store(&mut self.boots, &mut journal.boots);
        let zeros = store(&mut self.zeros, &mut journal.zeros);
        state.and(zeros).and(boots)
    }
}

fn store<R: Stored>(latest: &mut Option<R>, files: &mut Files<R>) -> std::io::Result<()> {
    if let Some(record) = latest {
        files.store(record)?;
        *latest = None;
    }
    Ok(())
}

impl Journal {
    /// The files in this folder, and what was found in them: the state before, the zeros, starts and boots.
    #[must_use]
    pub fn open(directory: &Path) -> (Self, Found<Record>, Found<Zeros>, Found<Boots>) {
        let (state, record) = Files::open(directory);
        let (zeros, found) = Files::open(directory);
        let (boots, starts) = Files::open(directory);
        (Self { state, zeros, boots }, record, found, starts)
    }
}
