// SPDX-License-Identifier: MIT OR Apache-2.0
//! A disk in memory that remembers every operation, and shows what may be left of them after a power cut: between any
//! two operations, after any byte of a write, with whatever was not synced there, missing, torn, zeros or garbage.
//!
//! # The model
//! - A file's contents are independent of its name. Contents that were synced are there. Of writes and lengths since then,
//!   each of `Fate` may have become true, for every file on its own.
//! - Names (made, renamed, removed files) are certain after a sync of the names. Of changes since then any may have become
//!   true and any not; a rename is done or not done.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use super::Storage;
use model::{Disk, Fate, Files, Operation, put};

mod model;

/// The disk. Copies are the same disk.
#[derive(Debug, Clone, Default)]
pub struct Traced(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    /// On the disk for certain when the trace began.
    base: Files,
    trace: Vec<Operation>,
    /// What programs see while the power is on.
    live: Files,
}

/// The disk as it is found when the power is back.
#[derive(Debug)]
pub struct Cut {
    /// Its files are what is on it for certain.
    pub disk: Traced,
    /// The largest mark that was set before the power was lost.
    pub marked: u64,
    /// Where it happened, for messages.
    pub place: String,
}

impl Traced {
    fn holding(files: Files) -> Self {
        Self(Arc::new(Mutex::new(Inside { live: files.clone(), base: files, trace: Vec::new() })))
    }

    /// The disk after only so many operations, on which things take another course: a program was killed there.
    pub fn fork_after(&self, operations: usize) -> Self {
        let inside = self.0.lock().unwrap();
        let fork = Self::holding(inside.base.clone());
        for operation in &inside.trace[..operations] {
            fork.0.lock().unwrap().apply(operation.clone()).unwrap();
        }
        fork
    }

    /// How many operations there have been.
    pub fn operations(&self) -> usize {
        self.0.lock().unwrap().trace.len()
    }

    /// Somebody has been told that this is on the disk.
    pub fn mark(&self, mark: u64) {
        self.0.lock().unwrap().trace.push(Operation::Mark(mark));
    }

    /// Looks at everything that a power cut at any moment may have left.
    pub fn after_each_cut(&self, mut look: impl FnMut(Cut)) -> usize {
        let inside = self.0.lock().unwrap();
        let mut cuts = 0;
        let mut disk = Disk::holding(&inside.base);
        let mut marked = 0;
        for (done, operation) in inside.trace.iter().enumerate() {
            if let Operation::Write { name, offset, bytes } = operation {
                for written in 0..bytes.len() {
                    let mut torn = disk.clone();
                    let part = bytes[..written].to_vec();
                    torn.issue(&Operation::Write { name: name.clone(), offset: *offset, bytes: part });
                    let place =
                        format!("operation {done} ({name}), after {written} of {} bytes", bytes.len());
                    look(Cut { disk: Self::holding(torn.left(&[Fate::Done], usize::MAX)), marked, place });
                    cuts += 1;
                }
            }
            disk.issue(operation);
            if let Operation::Mark(mark) = operation {
                marked = *mark;
            }
            for (fates, names) in disk.outcomes() {
                let place = format!("after operation {done}: {operation:?}; {fates:?}, names {names:b}");
                look(Cut { disk: Self::holding(disk.left(&fates, names)), marked, place });
                cuts += 1;
            }
        }
        cuts
    }
}

impl Inside {
    fn apply(&mut self, operation: Operation) -> io::Result<()> {
        match &operation {
            Operation::Write { name, offset, bytes } => {
                put(self.live.entry(name.clone()).or_default(), *offset, bytes)
            }
            Operation::Resize { name, length } => {
                self.live.get_mut(name).ok_or(io::ErrorKind::NotFound)?.resize(*length, 0);
            }
            Operation::Rename { from, to } => {
                let file = self.live.remove(from).ok_or(io::ErrorKind::NotFound)?;
                self.live.insert(to.clone(), file);
            }
            Operation::Remove { name } => {
                self.live.remove(name).ok_or(io::ErrorKind::NotFound)?;
            }
            Operation::Sync { name } => {
                self.live.get(name).ok_or(io::ErrorKind::NotFound)?;
            }
            Operation::SyncNames | Operation::Mark(_) => {}
        }
        self.trace.push(operation);
        Ok(())
    }
}

impl Storage for Traced {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().unwrap().live.keys().cloned().collect())
    }

    fn read(&self, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
        let most = usize::try_from(most).unwrap();
        Ok(self.0.lock().unwrap().live.get(name).map(|bytes| bytes[..bytes.len().min(most)].to_vec()))
    }

    fn open(&self, _: &str) -> io::Result<OwnedFd> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn length(&self, name: &str) -> io::Result<Option<u64>> {
        Ok(self.0.lock().unwrap().live.get(name).map(|bytes| u64::try_from(bytes.len()).unwrap()))
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let (name, offset) = (name.to_owned(), usize::try_from(offset).unwrap());
        self.0.lock().unwrap().apply(Operation::Write { name, offset, bytes: bytes.to_vec() })
    }

    fn resize(&mut self, name: &str, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap();
        self.0.lock().unwrap().apply(Operation::Resize { name: name.to_owned(), length })
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.0.lock().unwrap().apply(Operation::Sync { name: name.to_owned() })
    }

    fn sync_names(&mut self) -> io::Result<()> {
        self.0.lock().unwrap().apply(Operation::SyncNames)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.0.lock().unwrap().apply(Operation::Rename { from: from.to_owned(), to: to.to_owned() })
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.0.lock().unwrap().apply(Operation::Remove { name: name.to_owned() })
    }

    fn free(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

#[test]
fn what_was_synced_is_left_by_every_cut_and_what_was_not_may_be() {
    let disk = Traced::default();
    let mut storage: Box<dyn Storage> = Box::new(disk.clone());
    storage.write("a", 0, b"one").unwrap();
    let mut found = std::collections::BTreeSet::new();
    disk.after_each_cut(|cut| _ = found.insert(cut.disk.read("a", 99).unwrap()));
    let expected: [Option<&[u8]>; 7] =
        [None, Some(b""), Some(b"\0\0\0"), Some(b"o"), Some(b"on"), Some(b"one"), Some(b"v1 ")];
    assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
    storage.sync("a").unwrap();
    storage.sync_names().unwrap();
    disk.mark(1);
    storage.write("a", 3, b"!").unwrap();
    disk.after_each_cut(|cut| {
        let read = cut.disk.read("a", 3).unwrap();
        assert!(cut.marked == 0 || read.as_deref() == Some(b"one".as_slice()), "{}", cut.place);
    });
}
