// SPDX-License-Identifier: MIT OR Apache-2.0
//! The folder of intervention records: so many files, so many bytes, and the oldest goes.
//!
//! A record is written under another name first and gets its own when it is on the disk: under its own name it is whole.

use std::io;
use std::os::fd::OwnedFd;

use super::table;
use super::window::Recorded;
use crate::storage::{Storage, is_full};

/// The most records that are kept, and the most bytes of all together.
pub const MOST: usize = 64;
/// The most bytes of all records together.
pub const MOST_BYTES: u64 = 48 * 1024 * 1024;

const UNFINISHED: &str = ".part";

/// A record that is on the disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// Its number, which grows.
    pub number: u64,
    /// The file's name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// The folder.
#[derive(Debug)]
pub struct Shelf {
    storage: Box<dyn Storage>,
    kept: Vec<Kept>,
    bounds: (usize, u64),
}

impl Shelf {
    /// Looks at what is there, and removes what was not finished.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(storage: Box<dyn Storage>) -> io::Result<Self> {
        Self::with_bounds(storage, MOST, MOST_BYTES)
    }

    pub(super) fn with_bounds(mut storage: Box<dyn Storage>, most: usize, bytes: u64) -> io::Result<Self> {
        let mut kept = Vec::new();
        for name in storage.names()? {
            if name.strip_suffix(UNFINISHED).is_some_and(|name| number_of(name).is_some()) {
                // If it cannot be removed it is written over or in the way of nobody.
                let _ = storage.remove(&name);
            } else if let Some(number) = number_of(&name) {
                let bytes = storage.length(&name).ok().flatten().unwrap_or(0);
                kept.push(Kept { number, name, bytes });
            }
        }
        kept.sort();
        Ok(Self { storage, kept, bounds: (most, bytes) })
    }

    /// What there is, the oldest first.
    #[must_use]
    pub fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// Opens a record for somebody else to read; `None` if there is none, or if it cannot be opened.
    #[must_use]
    pub fn open_record(&self, number: u64) -> Option<OwnedFd> {
        let kept = self.kept.iter().find(|kept| kept.number == number)?;
        self.storage.open(&kept.name).ok()
    }

    /// Keeps a record, in place of one with its number. When there is no room the oldest ones go for it.
    ///
    /// # Errors
    /// Why it is not kept.
    pub fn put(&mut self, recorded: &Recorded) -> io::Result<()> {
        let contents = table::encode(recorded);
        let bytes = u64::try_from(contents.len()).unwrap_or(u64::MAX);
        let (most, most_bytes) = self.bounds;
        let others = |shelf: &Self| {
            let others = shelf.kept.iter().filter(|kept| kept.number != recorded.number);
            others.fold((0_usize, 0_u64), |(count, sum), kept| (count + 1, sum.saturating_add(kept.bytes)))
        };
        while {
            let (count, sum) = others(self);
            count >= most || sum.saturating_add(bytes) > most_bytes
        } {
            if !self.drop_oldest_but(recorded.number)? {
                break;
            }
        }
        let name = name_of(recorded);
        while let Err(error) = self.write(&name, &contents) {
            if !is_full(&error) || !self.drop_oldest_but(recorded.number)? {
                let _ = self.storage.remove(&format!("{name}{UNFINISHED}"));
                return Err(error);
            }
        }
        self.kept.retain(|kept| kept.number != recorded.number);
        self.kept.push(Kept { number: recorded.number, name, bytes });
        self.kept.sort();
        Ok(())
    }

    fn write(&mut self, name: &str, contents: &[u8]) -> io::Result<()> {
        let unfinished = format!("{name}{UNFINISHED}");
        if self.storage.length(&unfinished)?.is_some() {
            self.storage.resize(&unfinished, 0)?;
        }
        self.storage.write(&unfinished, 0, contents)?;
        self.storage.sync(&unfinished)?;
        self.storage.rename(&unfinished, name)?;
        self.storage.sync_names()
    }

    /// False if there is no other one.
    fn drop_oldest_but(&mut self, number: u64) -> io::Result<bool> {
        let Some(at) = self.kept.iter().position(|kept| kept.number != number) else { return Ok(false) };
        let oldest = self.kept.remove(at);
        match self.storage.remove(&oldest.name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(true),
        }
    }
}

/// The largest number that a record has, to number the next ones; 0 if there is none.
///
/// # Errors
/// The folder cannot be read.
pub fn newest(storage: &dyn Storage) -> io::Result<u64> {
    let names = storage.names()?;
    let finished = names.iter().map(|name| name.strip_suffix(UNFINISHED).unwrap_or(name));
    Ok(finished.filter_map(number_of).max().unwrap_or(0))
}

/// Six digits or more, a hyphen, the intervention.
fn name_of(recorded: &Recorded) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let intervention: String = recorded.about.intervention.chars().take(48).map(plain).collect();
    format!("{:06}-{intervention}.csv", recorded.number)
}

fn number_of(name: &str) -> Option<u64> {
    let (digits, _) = name.strip_suffix(".csv")?.split_once('-')?;
    let is_ours = digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_ours)
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
