// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of the journal, and the latest of each kind that is to be written: what was overtaken is not missed.

use std::path::Path;

use super::boots::Boots;
use super::files::{Files, Found};
use super::procedures::Procedures;
use super::record::Record;
use super::stored::Stored;
use super::zeros::Zeros;

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Latest {
    pub(super) state: Option<Record>,
    pub(super) zeros: Option<Zeros>,
    pub(super) boots: Option<Boots>,
    pub(super) procedures: Option<Procedures>,
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
    /// Procedures that run, and when each was completed.
    pub procedures: Files<Procedures>,
}

/// What was found in them at start.
#[derive(Debug)]
pub struct Known {
    /// The state before.
    pub state: Found<Record>,
    /// The zeros.
    pub zeros: Found<Zeros>,
    /// Starts and boots.
    pub boots: Found<Boots>,
    /// The procedures.
    pub procedures: Found<Procedures>,
}

impl Latest {
    /// Whether there is nothing to write.
    pub(super) const fn is_empty(&self) -> bool {
        self.state.is_none() && self.zeros.is_none() && self.boots.is_none() && self.procedures.is_none()
    }

    /// Puts back what could not be written, unless something newer has come.
    pub(super) fn put_back(&mut self, older: Self) {
        self.state = self.state.take().or(older.state);
        self.zeros = self.zeros.take().or(older.zeros);
        self.boots = self.boots.take().or(older.boots);
        self.procedures = self.procedures.take().or(older.procedures);
    }

    /// Writes what there is, and leaves what could not be written.
    pub(super) fn write(&mut self, journal: &mut Journal) -> std::io::Result<()> {
        let state = store(&mut self.state, &mut journal.state);
        let boots = store(&mut self.boots, &mut journal.boots);
        let zeros = store(&mut self.zeros, &mut journal.zeros);
        let procedures = store(&mut self.procedures, &mut journal.procedures);
        state.and(zeros).and(boots).and(procedures)
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
    /// The files in this folder, and what was found in them.
    #[must_use]
    pub fn open(directory: &Path) -> (Self, Known) {
        let (state, known_state) = Files::open(directory);
        let (zeros, known_zeros) = Files::open(directory);
        let (boots, known_boots) = Files::open(directory);
        let (procedures, known_procedures) = Files::open(directory);
        let known = Known {
            state: known_state,
            zeros: known_zeros,
            boots: known_boots,
            procedures: known_procedures,
        };
        (Self { state, zeros, boots, procedures }, known)
    }
}
