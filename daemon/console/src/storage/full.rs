// SPDX-License-Identifier: MIT OR Apache-2.0
//! A disk in memory with so much room and no more, which can also refuse to do anything, for tests.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use super::Storage;

/// What is wrong with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Nothing can be changed.
    ReadOnly,
    /// Every sync fails.
    Sync,
}

/// A disk of so many bytes. Copies are the same disk.
#[derive(Debug, Clone, Default)]
pub struct SmallDisk(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    files: BTreeMap<String, Vec<u8>>,
    room: usize,
    fault: Fault,
}

impl SmallDisk {
    pub fn of(room: usize) -> Self {
        Self(Arc::new(Mutex::new(Inside { room, ..Inside::default() })))
    }

    pub fn set_room(&self, room: usize) {
        self.0.lock().unwrap().room = room;
    }

    pub fn set_fault(&self, fault: Fault) {
        self.0.lock().unwrap().fault = fault;
    }

    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().files.get(name).cloned()
    }

    pub fn used(&self) -> usize {
        self.0.lock().unwrap().used()
    }
}

impl Inside {
    fn used(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }

    fn writable(&mut self) -> io::Result<&mut BTreeMap<String, Vec<u8>>> {
        match self.fault {
            Fault::ReadOnly => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
            Fault::None | Fault::Sync => Ok(&mut self.files),
        }
    }
}

impl Storage for SmallDisk {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().unwrap().files.keys().cloned().collect())
    }

    fn read(&self, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
        let most = usize::try_from(most).unwrap();
        Ok(self.file(name).map(|bytes| bytes[..bytes.len().min(most)].to_vec()))
    }

    fn open(&self, _: &str) -> io::Result<OwnedFd> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn length(&self, name: &str) -> io::Result<Option<u64>> {
        Ok(self.file(name).map(|bytes| u64::try_from(bytes.len()).unwrap()))
    }

    /// Writes as much as there is room for, as a file system does, and then says that it is full.
    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut inside = self.0.lock().unwrap();
        let mut left = inside.room.saturating_sub(inside.used());
        let file = inside.writable()?.entry(name.to_owned()).or_default();
        for (at, byte) in (usize::try_from(offset).unwrap()..).zip(bytes) {
            if at >= file.len() {
                let more = at + 1 - file.len();
                if more > left {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                left -= more;
                file.resize(at + 1, 0);
            }
            file[at] = *byte;
        }
        Ok(())
    }

    fn resize(&mut self, name: &str, length: u64) -> io::Result<()> {
        let mut inside = self.0.lock().unwrap();
        let file = inside.writable()?.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        file.resize(usize::try_from(length).unwrap(), 0);
        Ok(())
    }

    fn sync(&mut self, _: &str) -> io::Result<()> {
        self.sync_names()
    }

    fn sync_names(&mut self) -> io::Result<()> {
        match self.0.lock().unwrap().fault {
            Fault::Sync => Err(io::Error::other("the disk is broken")),
            Fault::None | Fault::ReadOnly => Ok(()),
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut inside = self.0.lock().unwrap();
        let files = inside.writable()?;
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.0.lock().unwrap().writable()?.remove(name).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn free(&self) -> io::Result<u64> {
        let inside = self.0.lock().unwrap();
        Ok(u64::try_from(inside.room.saturating_sub(inside.used())).unwrap())
    }
}
