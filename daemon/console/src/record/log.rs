// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarm log: two rings of files in a folder of its own, numbered through by one sequence.
//!
//! Entries of [`Class::High`] have a ring that nothing else can fill: at least 1,000 of them are kept whatever else
//! happens, and when the disk is full the others' oldest file goes for them.

use std::collections::VecDeque;
use std::io;

use super::entry::{Class, Entry, Record};
use super::line;
use super::queue::Lost;
use super::ring::{Bounds, Found, Line, Ring};
use crate::storage::{Storage, is_full};

/// Seven full files and a bit of the longest lines are more than 1,700 entries; usual ones are 300 bytes: 6,000.
const BOUNDS: Bounds = Bounds { files: 8, bytes: 256 * 1024 };

/// The most entries that are given back at once.
pub const PAGE: usize = 1000;

/// The log's files.
#[derive(Debug)]
pub struct Log {
    storage: Box<dyn Storage>,
    boot: String,
    sequence: u64,
    high: Part,
    other: Part,
}

/// A ring, and what waits to be stored in it.
#[derive(Debug)]
struct Part {
    ring: Ring,
    waiting: VecDeque<Line>,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// Those after this sequence number; 0 for all.
    pub after: u64,
    /// So many at most, and never more than [`PAGE`]. The oldest come first.
    pub most: usize,
    /// Only those of high priority.
    pub only: Option<Class>,
}

/// Entries of the log.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// In the order of their sequence numbers.
    pub records: Vec<Record>,
    /// There are more after the last of these.
    pub more: bool,
    /// Lines that cannot be read: damaged, or of another version.
    pub unreadable: u64,
}

/// What was found at start.
#[derive(Debug, Default)]
pub struct Opened {
    /// The largest sequence number.
    pub newest: u64,
    /// What is of no use, in plain words.
    pub problems: Vec<String>,
}

impl Log {
    /// Reads what is there.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(storage: Box<dyn Storage>, boot: String) -> io::Result<(Self, Opened)> {
        Self::with_bounds(storage, boot, BOUNDS)
    }

    pub(super) fn with_bounds(
        storage: Box<dyn Storage>,
        boot: String,
        bounds: Bounds,
    ) -> io::Result<(Self, Opened)> {
        let (high, in_high) = Ring::open(&*storage, "high", bounds)?;
        let (other, in_other) = Ring::open(&*storage, "other", bounds)?;
        let newest = in_high.newest.max(in_other.newest);
        let part = |ring| Part { ring, waiting: VecDeque::new() };
        let log = Self { storage, boot, sequence: newest, high: part(high), other: part(other) };
        let problems = problems(&in_high).chain(problems(&in_other)).collect();
        Ok((log, Opened { newest, problems }))
    }

    /// Takes an entry up; [`Self::store`] stores it. What cannot be written down is counted.
    pub fn take(&mut self, entry: Entry, lost: &mut Lost) {
        let class = entry.event.class();
        self.sequence = self.sequence.saturating_add(1);
        match line::encode(&entry.recorded(self.sequence, &self.boot)) {
            Some(bytes) => {
                let line = Line { sequence: self.sequence, bytes };
                self.part(class).waiting.push_back(line);
            }
            None => lost.count(class),
        }
    }

    /// Stores what was taken up. What could not be stored is kept for the next time; the other class is not affected.
    ///
    /// # Errors
    /// Why not all are stored.
    pub fn store(&mut self) -> io::Result<()> {
        let mut high = self.high.store(&mut *self.storage);
        while high.as_ref().is_err_and(is_full)
            && matches!(self.other.ring.drop_oldest(&mut *self.storage), Ok(true))
        {
            high = self.high.store(&mut *self.storage);
        }
        let other = self.other.store(&mut *self.storage);
        high.and(other)
    }

    /// Whether everything that was taken up is stored.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        self.high.waiting.is_empty() && self.other.waiting.is_empty()
    }

    /// Reads entries back, as they are on the disk.
    #[must_use]
    pub fn page(&self, query: Query) -> Page {
        let mut page = Page::default();
        for (class, part) in [(Class::High, &self.high), (Class::Other, &self.other)] {
            if query.only.is_none_or(|only| only == class) {
                let contents = part.ring.read(&*self.storage, query.after);
                page.records.extend(contents.records);
                page.unreadable += contents.newer + contents.damaged;
            }
        }
        // A write that failed may have been carried out all the same: then the entry is there twice.
        page.records.sort_by_key(|record| record.sequence);
        page.records.dedup_by_key(|record| record.sequence);
        let most = query.most.min(PAGE);
        page.more = page.records.len() > most;
        page.records.truncate(most);
        page
    }

    /// Bytes that can still be written.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn free(&self) -> io::Result<u64> {
        self.storage.free()
    }

    const fn part(&mut self, class: Class) -> &mut Part {
        match class {
            Class::High => &mut self.high,
            Class::Other => &mut self.other,
        }
    }
}

impl Part {
    fn store(&mut self, storage: &mut dyn Storage) -> io::Result<()> {
        let (stored, result) = self.ring.store(storage, self.waiting.make_contiguous());
        self.waiting.drain(..stored);
        result
    }
}

fn problems(found: &Found) -> impl Iterator<Item = String> {
    let unreadable: Vec<String> =
        found.unreadable.iter().map(|(name, error)| format!("{name} cannot be read: {error}")).collect();
    let counted = [(found.newer, "of a format that this version does not know"), (found.damaged, "damaged")];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0);
    unreadable
        .into_iter()
        .chain(counted.map(|(count, what)| format!("{count} lines of the alarm log are {what}")))
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
