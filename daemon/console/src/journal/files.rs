// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two files, such as `state.a` and `state.b`, written in turn.
//!
//! A write goes over the *older* record, so that whatever a power cut leaves of it, the newer one stays whole. The newer
//! valid record is the state; what is not valid is said, and never guessed at. A file that seems to be somebody else's, or
//! of a later version, is put aside under another name before its place is needed.

use std::io;
use std::marker::PhantomData;
use std::path::Path;

use super::stored::{Damage, Stored};
use crate::storage::{Folder, Storage};

/// What a file that is not ours is called when it has been put aside.
const ASIDE: &str = ".unknown";

/// The journal's folder, and where in the alternation of this pair of files it is.
#[derive(Debug)]
pub struct Files<R> {
    stored: PhantomData<R>,
    storage: Box<dyn Storage>,
    sequence: u64,
    next: Slot,
    /// Nothing was written yet: whether the newer record would survive a power cut is not known, for its writer may have
    /// been killed before it knew.
    is_fresh: bool,
    /// By slot: it holds what is not ours.
    of_others: [bool; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    A,
    B,
}

/// What was found at start.
#[derive(Debug)]
pub struct Found<R> {
    /// The newest valid record.
    pub record: Option<R>,
    /// What could not be used, in plain words.
    pub problems: Vec<Problem>,
}

/// Why a file of the journal is of no use.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be read.
    #[error("{name} cannot be read: {error}")]
    Unreadable {
        /// The file.
        name: &'static str,
        /// Why.
        error: io::Error,
    },
    /// It is not a record.
    #[error("{name} is of no use: {damage}")]
    Damaged {
        /// The file.
        name: &'static str,
        /// Why.
        damage: Damage,
    },
    /// It is empty, and the other one is whole: how a write begins.
    #[error(
        "{name} was being written when the daemon ended or the power went; the record before it is in force"
    )]
    CutOff {
        /// The file.
        name: &'static str,
    },
}

impl Problem {
    /// Whether something is lost or broken, and not only the one change that was being written: of a restart that nobody asked for the
    /// operator is told anyway, and to look at mode, speed, flow and limits.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        !matches!(self, Self::CutOff { .. })
    }
}

impl<R: Stored> Files<R> {
    /// Reads what is there. Missing files are no problem: that is a console's first start.
    #[must_use]
    pub fn open(directory: &Path) -> (Self, Found<R>) {
        Self::on(Box::new(Folder::new(directory)))
    }

    /// Reads what is there.
    #[must_use]
    pub fn on(storage: Box<dyn Storage>) -> (Self, Found<R>) {
        let mut problems = Vec::new();
        let mut newest: Option<(R, u64, Slot)> = None;
        let mut of_others = [false; 2];
        for (slot, place) in [Slot::A, Slot::B].into_iter().zip(&mut of_others) {
            match read(&*storage, slot) {
                Ok(Some((record, sequence))) => {
                    if newest.as_ref().is_none_or(|(_, newest, _)| sequence > *newest) {
                        newest = Some((record, sequence, slot));
                    }
                }
                Ok(None) => {}
                Err(problem) => {
                    *place = matches!(problem, Problem::Damaged { damage, .. } if damage.is_of_others());
                    problems.push(problem);
                }
            }
        }
        let (sequence, next) =
            newest.as_ref().map_or((0, Slot::A), |(_, sequence, slot)| (*sequence, slot.other()));
        let record = newest.map(|(record, ..)| record);
        if record.is_some() && !R::TELLS_CUT_OFF {
            for problem in &mut problems {
                if let Problem::Damaged { name, damage: Damage::Blank } = *problem {
                    *problem = Problem::CutOff { name };
                }
            }
        }
        let files = Self { stored: PhantomData, storage, sequence, next, is_fresh: true, of_others };
        (files, Found { record, problems })
    }

    /// Writes a record so that it survives a power cut from now on.
    ///
    /// # Errors
    /// Whatever the file system says; the state before is untouched then, and the next attempt writes to the same file.
    pub fn store(&mut self, record: &R) -> io::Result<()> {
        self.settle()?;
        let name = self.next.name::<R>();
        self.put_aside()?;
        let sequence = self.sequence.saturating_add(1);
        let is_new = match self.storage.length(name)? {
            Some(0) => false,
            Some(_) => {
                self.storage.resize(name, 0)?;
                false
            }
            None => true,
        };
        self.storage.write(name, 0, &record.encode(sequence))?;
        self.storage.sync(name)?;
        if is_new {
            self.storage.sync_names()?;
        }
        self.sequence = sequence;
        self.next = self.next.other();
        Ok(())
    }

    /// Before the older record goes, the newer one must be on the disk for certain.
    fn settle(&mut self) -> io::Result<()> {
        if self.is_fresh {
            let newer = self.next.other().name::<R>();
            if self.storage.length(newer)?.is_some() {
                self.storage.sync(newer)?;
                self.storage.sync_names()?;
            }
            self.is_fresh = false;
        }
        Ok(())
    }

    fn put_aside(&mut self) -> io::Result<()> {
        let [a, b] = &mut self.of_others;
        let of_others = match self.next {
            Slot::A => a,
            Slot::B => b,
        };
        if *of_others {
            let name = self.next.name::<R>();
            self.storage.rename(name, &format!("{name}{ASIDE}"))?;
            *of_others = false;
        }
        Ok(())
    }
}

impl Slot {
    const fn name<R: Stored>(self) -> &'static str {
        let [a, b] = R::NAMES;
        match self {
            Self::A => a,
            Self::B => b,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

fn read<R: Stored>(storage: &dyn Storage, slot: Slot) -> Result<Option<(R, u64)>, Problem> {
    let name = slot.name::<R>();
    let longest = u64::try_from(R::LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    match storage.read(name, longest) {
        Ok(Some(bytes)) => R::decode(&bytes).map(Some).map_err(|damage| Problem::Damaged { name, damage }),
        Ok(None) => Ok(None),
        Err(error) => Err(Problem::Unreadable { name, error }),
    }
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
