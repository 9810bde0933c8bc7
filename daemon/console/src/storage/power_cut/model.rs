// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a disk holds for certain, what is under way, and what may become of that when the power is cut.

use std::collections::BTreeMap;

/// Contents by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// What is asked of the disk; a mark is somebody being told that all before it is on the disk.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Write { name: String, offset: usize, bytes: Vec<u8> },
    Resize { name: String, length: usize },
    Sync { name: String },
    SyncNames,
    Rename { from: String, to: String },
    Remove { name: String },
    Mark(u64),
}

/// What became of the writes to a file that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// All are there.
    Done,
    /// None is there.
    Lost,
    /// The latest is there, those before it are not.
    OnlyLast,
    /// The file has its new length; what was written is zeros.
    Zeros,
    /// The file has its new length; what was written is what the disk held before.
    Garbage,
}

const FATES: [Fate; 5] = [Fate::Done, Fate::Lost, Fate::OnlyLast, Fate::Zeros, Fate::Garbage];

/// What is certain, and what is under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    /// Names as programs see them.
    live: BTreeMap<String, usize>,
    renamings: Vec<Naming>,
}

#[derive(Debug, Clone, Default)]
struct File {
    synced: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Bytes(usize, Vec<u8>),
    Length(usize),
}

#[derive(Debug, Clone)]
enum Naming {
    Made(String, usize),
    Renamed(String, String, usize),
    Removed(String),
}

impl Disk {
    pub(super) fn holding(files: &Files) -> Self {
        let mut disk = Self::default();
        for (name, bytes) in files {
            disk.names.insert(name.clone(), disk.files.len());
            disk.files.push(File { synced: bytes.clone(), pending: Vec::new() });
        }
        disk.live = disk.names.clone();
        disk
    }

    pub(super) fn issue(&mut self, operation: &Operation) {
        match operation {
            Operation::Write { name, offset, bytes } => {
                let file = self.live.get(name).copied().unwrap_or_else(|| {
                    self.files.push(File::default());
                    let file = self.files.len() - 1;
                    self.live.insert(name.clone(), file);
                    self.renamings.push(Naming::Made(name.clone(), file));
                    file
                });
                self.files[file].pending.push(Change::Bytes(*offset, bytes.clone()));
            }
            Operation::Resize { name, length } => {
                self.files[self.live[name]].pending.push(Change::Length(*length));
            }
            Operation::Sync { name } => {
                let file = &mut self.files[self.live[name]];
                (file.synced, file.pending) = (file.left(Fate::Done), Vec::new());
            }
            Operation::SyncNames => {
                self.names = self.live.clone();
                self.renamings.clear();
            }
            Operation::Rename { from, to } => {
                let file = self.live.remove(from).unwrap();
                self.live.insert(to.clone(), file);
                self.renamings.push(Naming::Renamed(from.clone(), to.clone(), file));
            }
            Operation::Remove { name } => {
                self.live.remove(name);
                self.renamings.push(Naming::Removed(name.clone()));
            }
            Operation::Mark(_) => {}
        }
    }

    /// Every combination of fates of the files with pending writes, and of names that did and did not reach the disk.
    pub(super) fn outcomes(&self) -> Vec<(Vec<Fate>, usize)> {
        let pending = self.files.iter().filter(|file| !file.pending.is_empty()).count();
        assert!(
            pending <= 3 && self.renamings.len() <= 6,
            "more is under way at once than anybody should have"
        );
        let mut fates: Vec<Vec<Fate>> = vec![Vec::new()];
        for _ in 0..pending {
            fates =
                fates.iter().flat_map(|some| FATES.map(|fate| [some.as_slice(), &[fate]].concat())).collect();
        }
        let names = 0..1_usize << self.renamings.len();
        fates.iter().flat_map(|fates| names.clone().map(|names| (fates.clone(), names))).collect()
    }

    /// What is found after the cut. The fates are those of the files with pending writes, in their order, or one for all.
    pub(super) fn left(&self, fates: &[Fate], names: usize) -> Files {
        let mut present = self.names.clone();
        for (at, naming) in self.renamings.iter().enumerate() {
            if names >> at & 1 == 0 {
                continue;
            }
            match naming {
                Naming::Made(name, file) => drop(present.insert(name.clone(), *file)),
                Naming::Removed(name) => drop(present.remove(name)),
                Naming::Renamed(from, to, file) => {
                    present.remove(from);
                    present.insert(to.clone(), *file);
                }
            }
        }
        let mut fates = fates.iter().cycle();
        let contents: Vec<Vec<u8>> = self
            .files
            .iter()
            .map(|file| {
                if file.pending.is_empty() { file.synced.clone() } else { file.left(*fates.next().unwrap()) }
            })
            .collect();
        present.into_iter().map(|(name, file)| (name, contents[file].clone())).collect()
    }
}

impl File {
    fn left(&self, fate: Fate) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        let skipped = if fate == Fate::OnlyLast { self.pending.len().saturating_sub(1) } else { 0 };
        for change in self.pending.iter().skip(skipped).filter(|_| fate != Fate::Lost) {
            match (change, fate) {
                (Change::Length(length), _) => bytes.resize(*length, 0),
                (Change::Bytes(offset, new), Fate::Zeros) => put(&mut bytes, *offset, &vec![0; new.len()]),
                (Change::Bytes(offset, new), Fate::Garbage) => put(&mut bytes, *offset, &garbage(new.len())),
                (Change::Bytes(offset, new), _) => put(&mut bytes, *offset, new),
            }
        }
        bytes
    }
}

/// What the disk held before: a piece of something that looks like ours, with a line's end in it.
fn garbage(length: usize) -> Vec<u8> {
    b"v1 00000000 {\"sequence\":1}\n\xa5\0ECMODJNL\x01\0".iter().copied().cycle().take(length).collect()
}

pub(super) fn put(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}
