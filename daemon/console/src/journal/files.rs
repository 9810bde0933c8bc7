// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two files, such as `state.a` and `state.b`, written in turn.
//!
//! A write goes over the *older* record, so that whatever a power cut leaves of it, the newer one stays whole. The newer
//! valid record is the state; what is not valid is said, and never guessed at.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use super::record::{Damage, Stored};

/// The journal's folder, and where in the alternation of this pair of files it is.
#[derive(Debug)]
pub struct Files<R> {
    stored: PhantomData<R>,
    directory: PathBuf,
    sequence: u64,
    next: Slot,
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
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is not a record.
    #[error("{} is of no use: {damage}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        damage: Damage,
    },
}

impl<R: Stored> Files<R> {
    /// Reads what is there. Missing files are no problem: that is a console's first start.
    #[must_use]
    pub fn open(directory: &Path) -> (Self, Found<R>) {
        let mut problems = Vec::new();
        let mut newest: Option<(R, u64, Slot)> = None;
        for slot in [Slot::A, Slot::B] {
            match read(&slot.path::<R>(directory)) {
                Ok(Some((record, sequence))) => {
                    if newest.as_ref().is_none_or(|(_, newest, _)| sequence > *newest) {
                        newest = Some((record, sequence, slot));
                    }
                }
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let (sequence, next) =
            newest.as_ref().map_or((0, Slot::A), |(_, sequence, slot)| (*sequence, slot.other()));
        let record = newest.map(|(record, ..)| record);
        (
            Self { stored: PhantomData, directory: directory.to_path_buf(), sequence, next },
            Found { record, problems },
        )
    }

    /// Writes a record so that it survives a power cut from now on.
    ///
    /// # Errors
    /// Whatever the file system says; the state before is untouched then, and the next attempt writes to the same file.
    pub fn store(&mut self, record: &R) -> io::Result<()> {
        let path = self.next.path::<R>(&self.directory);
        let sequence = self.sequence.saturating_add(1);
        let is_new = !path.exists();
        if is_new {
            fs::create_dir_all(&self.directory)?;
        }
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
        file.set_len(0)?;
        file.write_all(&record.encode(sequence))?;
        file.sync_data()?;
        if is_new {
            File::open(&self.directory)?.sync_all()?;
        }
        self.sequence = sequence;
        self.next = self.next.other();
        Ok(())
    }
}

impl Slot {
    fn path<R: Stored>(self, directory: &Path) -> PathBuf {
        let [a, b] = R::NAMES;
        directory.join(match self {
            Self::A => a,
            Self::B => b,
        })
    }

    const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

fn read<R: Stored>(path: &Path) -> Result<Option<(R, u64)>, Problem> {
    let mut bytes = Vec::new();
    let longest = u64::try_from(R::LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    let result = File::open(path).and_then(|file| file.take(longest).read_to_end(&mut bytes));
    match result {
        Ok(_) => R::decode(&bytes)
            .map(Some)
            .map_err(|damage| Problem::Damaged { path: path.to_path_buf(), damage }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Problem::Unreadable { path: path.to_path_buf(), error }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{LENGTH, Record};
    use super::*;
    use ecmod_control::Mode;
    use ecmod_quantities::{LitresPerMinute, Rpm};
    use proptest::prelude::*;

    fn record(rpm: f64) -> Record {
        Record {
            mode: Mode::Speed,
            speed: Rpm(rpm),
            flow: LitresPerMinute(4.0),
            sweep_gas_flow: None,
            supporting: true,
        }
    }

    #[test]
    fn a_first_start_finds_nothing_and_complains_about_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let (_, found) = Files::<Record>::open(&directory.path().join("not/yet/there"));
        assert!(found.record.is_none() && found.problems.is_empty());
    }

    #[test]
    fn the_newest_of_many_records_is_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let (mut files, _) = Files::<Record>::open(&directory.path().join("made/on/demand"));
        for rpm in 1..=7 {
            files.store(&record(f64::from(rpm))).unwrap();
            let (_, found) = Files::<Record>::open(&directory.path().join("made/on/demand"));
            assert_eq!(found.record, Some(record(f64::from(rpm))));
        }
    }

    #[test]
    fn a_power_cut_in_the_middle_of_a_write_leaves_the_state_before_it() {
        let directory = tempfile::tempdir().unwrap();
        let (mut files, _) = Files::<Record>::open(directory.path());
        files.store(&record(1.0)).unwrap();
        files.store(&record(2.0)).unwrap();
        let torn = Slot::A.path::<Record>(directory.path());
        for cut in 0..LENGTH {
            fs::write(&torn, &record(3.0).encode(3)[..cut]).unwrap();
            let (mut again, found) = Files::<Record>::open(directory.path());
            assert_eq!(found.record, Some(record(2.0)), "cut after {cut} bytes");
            assert_eq!(found.problems.len(), 1);
            assert_eq!(again.next, Slot::A, "the damaged file is the one to be written next");
            again.store(&record(4.0)).unwrap();
            assert_eq!(Files::<Record>::open(directory.path()).1.record, Some(record(4.0)));
            fs::write(Slot::B.path::<Record>(directory.path()), record(2.0).encode(2)).unwrap();
        }
    }

    #[test]
    fn what_cannot_be_written_is_an_error_and_the_state_stays() {
        let directory = tempfile::tempdir().unwrap();
        let (mut files, _) = Files::<Record>::open(directory.path());
        files.store(&record(1.0)).unwrap();
        fs::create_dir(Slot::B.path::<Record>(directory.path())).unwrap();
        assert!(files.store(&record(2.0)).is_err());
        assert_eq!(Files::<Record>::open(directory.path()).1.record, Some(record(1.0)));
        fs::remove_dir(Slot::B.path::<Record>(directory.path())).unwrap();
        files.store(&record(2.0)).unwrap();
        assert_eq!(Files::<Record>::open(directory.path()).1.record, Some(record(2.0)));
    }

    proptest! {
        #[test]
        fn garbage_in_both_files_is_reported_and_yields_no_state(
            a in prop::collection::vec(any::<u8>(), 0..150), b in prop::collection::vec(any::<u8>(), 0..150),
        ) {
            let directory = tempfile::tempdir().unwrap();
            fs::write(Slot::A.path::<Record>(directory.path()), a).unwrap();
            fs::write(Slot::B.path::<Record>(directory.path()), b).unwrap();
            let (_, found) = Files::<Record>::open(directory.path());
            prop_assert!(found.record.is_none());
            prop_assert_eq!(found.problems.len(), 2);
        }
    }
}
