// SPDX-License-Identifier: MIT OR Apache-2.0
//! `processes.json`: who runs, as which process, and how often it was restarted. Always whole: replaced by renaming.

use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// One process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// While it runs.
    pub pid: Option<u32>,
    /// How often it was started again.
    pub restarts: u64,
    /// How it ended last, in words.
    pub last_end: Option<String>,
}

/// All processes by name, mirrored into a file.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    entries: RefCell<BTreeMap<String, Entry>>,
}

impl Table {
    /// Empty, written to `path`.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let table = Self { path, entries: RefCell::default() };
        table.write()?;
        Ok(table)
    }

    /// Changes one entry and writes the file.
    pub(super) fn change(&self, name: &str, change: impl FnOnce(&mut Entry)) -> io::Result<()> {
        change(self.entries.borrow_mut().entry(name.to_owned()).or_default());
        self.write()
    }

    /// All entries.
    pub(super) fn entries(&self) -> BTreeMap<String, Entry> {
        self.entries.borrow().clone()
    }

    fn write(&self) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(&*self.entries.borrow())?;
        write_whole(&self.path, &text)
    }
}

/// Writes a file so that a reader sees the old or the new one, never a part.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, content)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("processes.json");
        let table = Table::create(path.clone()).unwrap();
        table.change("ecmod", |entry| entry.pid = Some(7)).unwrap();
        table.change("ecmod", |entry| entry.restarts += 1).unwrap();
        let read: BTreeMap<String, Entry> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(read, table.entries());
        assert_eq!((read["ecmod"].pid, read["ecmod"].restarts), (Some(7), 1));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
