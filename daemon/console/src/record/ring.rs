// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lines in numbered files: the newest file is written on to, a full one is followed by a new one, and when there are
//! enough files the oldest goes.
//!
//! Lines that [`Ring::store`] says are stored survive a power cut. After one, what a write left behind the last whole
//! line is overwritten.

use std::collections::VecDeque;
use std::io;

use super::line;
use crate::storage::Storage;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The most files.
    pub files: usize,
    /// The most bytes of each.
    pub bytes: u64,
}

/// A line to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The entry's sequence number.
    pub sequence: u64,
    /// The line with its end.
    pub bytes: Vec<u8>,
}

/// The files of one ring.
#[derive(Debug)]
pub struct Ring {
    /// What their names begin with.
    prefix: &'static str,
    bounds: Bounds,
    /// The oldest first; the last is the one that is written.
    files: VecDeque<File>,
    /// Of the last file: where the next line goes. What is behind it counts as nothing.
    length: u64,
    /// The last file may not be found under its name after a power cut.
    is_new: bool,
    /// Nothing was stored yet: what was found may not be on the disk for certain, for its writer may have been killed
    /// before it knew.
    is_fresh: bool,
}

#[derive(Debug, Clone, Copy)]
struct File {
    number: u64,
    /// The largest sequence number in it.
    newest: u64,
}

/// What was found in the files of a ring.
#[derive(Debug, Default)]
pub struct Found {
    /// The largest sequence number.
    pub newest: u64,
    /// Lines that another version wrote.
    pub newer: u64,
    /// Lines that are damaged, without the rest of an unfinished write.
    pub damaged: u64,
    /// Files that cannot be read, and why.
    pub unreadable: Vec<(String, io::Error)>,
}

impl Ring {
    /// Looks at the files that are there.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(storage: &dyn Storage, prefix: &'static str, bounds: Bounds) -> io::Result<(Self, Found)> {
        let mut numbers: Vec<u64> =
            storage.names()?.iter().filter_map(|name| number_of(name, prefix)).collect();
        numbers.sort_unstable();
        let mut found = Found::default();
        let mut ring =
            Self { prefix, bounds, files: VecDeque::new(), length: 0, is_new: true, is_fresh: true };
        for number in numbers {
            let name = ring.name(number);
            let (newest, written) = match storage.read(&name, bounds.bytes) {
                Ok(bytes) => ring.look_through(&bytes.unwrap_or_default(), &mut found),
                Err(error) => {
                    found.unreadable.push((name.clone(), error));
                    (0, bounds.bytes)
                }
            };
            ring.length = written;
            ring.files.push_back(File { number, newest });
        }
        Ok((ring, found))
    }

    /// The largest sequence number of a file, and where its last line ends.
    fn look_through(&self, bytes: &[u8], found: &mut Found) -> (u64, u64) {
        let contents = line::read(bytes);
        let newest = contents.records.iter().map(|record| record.sequence).max().unwrap_or(0);
        let end = contents.end.min(bytes.len());
        let damaged = line::read(bytes.get(..end).unwrap_or_default()).damaged;
        found.newest = found.newest.max(newest);
        found.newer += contents.newer;
        found.damaged += damaged;
        (newest, u64::try_from(end).unwrap_or(self.bounds.bytes))
    }

    /// Stores lines in their order, and says how many of them survive a power cut from now on: all of them, if there was
    /// no error. The others are to be handed in again.
    pub fn store(&mut self, storage: &mut dyn Storage, lines: &[Line]) -> (usize, io::Result<()>) {
        if let Err(error) = self.settle(storage) {
            return (0, Err(error));
        }
        let mut stored = 0;
        while let Some(rest) = lines.get(stored..).filter(|rest| !rest.is_empty()) {
            let fitting = self.fitting(rest);
            let result = if fitting.is_empty() {
                self.begin_file();
                Ok(0)
            } else {
                self.write(storage, fitting).map(|()| fitting.len())
            };
            match result {
                Ok(more) => stored += more,
                Err(error) => return (stored, Err(error)),
            }
        }
        (stored, self.drop_surplus(storage))
    }

    /// What can be read is on the disk before anything follows it, so that no power cut makes a gap.
    fn settle(&mut self, storage: &mut dyn Storage) -> io::Result<()> {
        if let Some(number) = self.files.back().map(|file| file.number).filter(|_| self.is_fresh) {
            match storage.sync(&self.name(number)) {
                // It is something else than a file, or gone: there is nothing in it.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::InvalidInput | io::ErrorKind::IsADirectory | io::ErrorKind::NotFound
                    ) => {}
                synced => synced?,
            }
            storage.sync_names()?;
        }
        self.is_fresh = false;
        Ok(())
    }

    /// Those at the beginning that fit into the last file; at least one if it is empty.
    fn fitting<'l>(&self, lines: &'l [Line]) -> &'l [Line] {
        if self.files.is_empty() {
            return &[];
        }
        let mut length = self.length;
        let fitting = lines.iter().take_while(|line| {
            let is_first = length == 0;
            length = length.saturating_add(u64::try_from(line.bytes.len()).unwrap_or(u64::MAX));
            is_first || length <= self.bounds.bytes
        });
        lines.get(..fitting.count()).unwrap_or_default()
    }

    fn begin_file(&mut self) {
        let number = self.files.back().map_or(1, |file| file.number.saturating_add(1));
        self.files.push_back(File { number, newest: 0 });
        (self.length, self.is_new) = (0, true);
    }

    fn write(&mut self, storage: &mut dyn Storage, lines: &[Line]) -> io::Result<()> {
        let Some(number) = self.files.back().map(|file| file.number) else { return Ok(()) };
        let name = self.name(number);
        let there = storage.length(&name)?.unwrap_or(0);
        if there < self.length {
            // Somebody else has removed or shortened it.
            self.begin_file();
            return self.write(storage, lines);
        }
        if there > self.length {
            storage.resize(&name, self.length)?;
        }
        let bytes: Vec<u8> = lines.iter().flat_map(|line| line.bytes.iter().copied()).collect();
        storage.write(&name, self.length, &bytes)?;
        storage.sync(&name)?;
        if self.is_new {
            storage.sync_names()?;
        }
        self.is_new = false;
        self.length = self.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if let Some(file) = self.files.back_mut() {
            file.newest = lines.iter().map(|line| line.sequence).fold(file.newest, u64::max);
        }
        Ok(())
    }

    fn drop_surplus(&mut self, storage: &mut dyn Storage) -> io::Result<()> {
        while self.files.len() > self.bounds.files {
            self.drop_oldest(storage)?;
        }
        Ok(())
    }

    /// Gives up the oldest file, to make room. False if there is none besides the one that is written.
    ///
    /// # Errors
    /// It cannot be removed; it is no longer part of the ring all the same until the next start.
    pub fn drop_oldest(&mut self, storage: &mut dyn Storage) -> io::Result<bool> {
        if self.files.len() < 2 {
            return Ok(false);
        }
        let Some(oldest) = self.files.pop_front() else { return Ok(false) };
        match storage.remove(&self.name(oldest.number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(true),
        }
    }

    /// Every entry after this sequence number that can be read, and how many lines cannot.
    #[must_use]
    pub fn read(&self, storage: &dyn Storage, after: u64) -> line::Contents {
        let mut all = line::Contents::default();
        for file in self.files.iter().filter(|file| file.newest > after) {
            let Ok(Some(bytes)) = storage.read(&self.name(file.number), self.bounds.bytes) else {
                all.damaged += 1;
                continue;
            };
            let is_last = self.files.back().is_some_and(|last| last.number == file.number);
            let written =
                if is_last { usize::try_from(self.length).unwrap_or(usize::MAX) } else { usize::MAX };
            let contents = line::read(bytes.get(..written).unwrap_or(&bytes));
            all.records.extend(contents.records.into_iter().filter(|record| record.sequence > after));
            all.newer += contents.newer;
            all.damaged += contents.damaged;
        }
        all
    }

    fn name(&self, number: u64) -> String {
        format!("{}-{number:08}.log", self.prefix)
    }
}

fn number_of(name: &str, prefix: &str) -> Option<u64> {
    let digits = name.strip_prefix(prefix)?.strip_prefix('-')?.strip_suffix(".log")?;
    let is_ours = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_ours)
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
