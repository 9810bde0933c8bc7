// SPDX-License-Identifier: MIT OR Apache-2.0
//! One folder of files, seen as the few operations by which journal and records reach the disk.
//!
//! Everything that must survive a power cut is written through [`Storage`] and nothing else, so that tests can put a
//! disk in its place that loses power between any two operations and in the middle of each (`power_cut`), or that is full.
//!
//! # What may be relied on
//! - What [`Storage::write`] wrote is on the disk after [`Storage::sync`] of that file returned; before that any part of
//!   it may be missing or be something else, and the length of the file may be the old or the new one.
//! - That a file *exists* under its name, or no longer does, is certain after [`Storage::sync_names`].
//! - A write never harms bytes of the file outside its range that were synced before. That is true of file systems with
//!   a journal on disks and managed flash (SSD, eMMC, SD), not of raw flash without a translation layer.
//!
//! Operations may take as long as the disk takes: only threads call them that nobody waits for.

mod busy;
mod folder;
#[cfg(test)]
pub(crate) mod full;
#[cfg(test)]
pub(crate) mod power_cut;

use std::fmt::Debug;
use std::io;
use std::os::fd::OwnedFd;

pub use busy::Busy;
pub use folder::Folder;

/// The files of one folder, by their names.
pub trait Storage: Debug + Send {
    /// The names of all files. A folder that does not exist yet has none.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn names(&self) -> io::Result<Vec<String>>;

    /// The first `most` bytes of a file; `None` if there is no such file.
    ///
    /// # Errors
    /// Whatever the file system says; also if it is something else than a file.
    fn read(&self, name: &str, most: u64) -> io::Result<Option<Vec<u8>>>;

    /// The length of a file; `None` if there is no such file.
    ///
    /// # Errors
    /// Whatever the file system says; also if it is something else than a file.
    fn length(&self, name: &str) -> io::Result<Option<u64>>;

    /// Opens a file for somebody else to read.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn open(&self, name: &str) -> io::Result<OwnedFd>;

    /// Writes at this place of a file, which is made if there is none.
    ///
    /// # Errors
    /// Whatever the file system says. Any part of it may have been written then.
    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file this length.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn resize(&mut self, name: &str, length: u64) -> io::Result<()>;

    /// Returns when the file's contents and length are on the disk.
    ///
    /// # Errors
    /// Whatever the file system says; what was written since the last time is uncertain then.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Returns when the names of the folder are on the disk: new files, renamed ones, removed ones.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn sync_names(&mut self) -> io::Result<()>;

    /// Gives a file another name, in place of the file that has it.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn remove(&mut self, name: &str) -> io::Result<()>;

    /// Bytes that can still be written.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn free(&self) -> io::Result<u64>;
}

/// Whether an error means that there is no room, and not that something is broken.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
