// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of a kernel driver (sysfs), confined to one folder, and the stream of samples that may belong to them.
//!
//! # What a driver reaches
//! Paths are relative, without `..`; every further step is taken with `RESOLVE_BENEATH`, so that no link leads out of the folder.
//! One exception: a *class* of sysfs (`/sys/class/power_supply`) is a folder that consists of links to devices and of
//! nothing else. There, and only there, the first step follows the link, if it leads to a folder of the same file
//! system; from that folder on nothing leads out again. A folder that holds anything but links is a device's own, and its links
//! (`subsystem`, `driver`, ...) stay closed.
//!
//! Nothing is kept open between two calls: a device may vanish and come back. A read that hangs in the kernel hangs the driver's
//! cycle, and [`crate::host`] says what follows.

mod confined;
mod records;

pub use records::Records;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecmod_quantities::{Monotonic, Span};
use rustix::fs::{Dir, FileType, OFlags, fstat};
use rustix::io::Errno;

use super::counters::{Counters, DeviceCounter};
use super::error::{BusError, Result};
use super::gate::PortState;

/// Most bytes of one file. The kernel's attributes have at most one page.
pub const LONGEST_FILE: usize = 64 * 1024;
/// Most bytes in one write.
pub const LONGEST_TEXT: usize = 4096;

/// All files count as one device.
const FILES: u8 = 0;

/// The port.
pub struct Attributes {
    directory: PathBuf,
    records: Option<Records>,
    counters: Arc<Counters>,
}

impl Attributes {
    /// `stream`: where samples come from.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        directory: &Path,
        stream: Option<&str>,
        timeout: Span,
        counters: Arc<Counters>,
    ) -> io::Result<Self> {
        let records =
            stream.map(|stream| Records::start(stream, timeout, Arc::clone(&counters))).transpose()?;
        Ok(Self { directory: directory.to_path_buf(), records, counters })
    }

    /// Reads a whole file: what fits goes into `buffer`, the result is the whole length.
    ///
    /// # Errors
    /// [`BusError`].
    pub fn read(&self, path: &str, buffer: &mut [u8]) -> Result<usize> {
        self.counted(|| {
            let file = self.open_file(path, OFlags::RDONLY)?;
            let mut whole = 0_usize;
            let mut chunk = [0; 4096];
            loop {
                let count = match rustix::io::read(&file, &mut chunk) {
                    Ok(0) => return Ok(whole),
                    Ok(count) => count,
                    Err(Errno::INTR) => continue,
                    Err(error) => return Err(from_errno(error)),
                };
                let room = buffer.get_mut(whole..).unwrap_or_default();
                room.iter_mut().zip(chunk.iter().take(count)).for_each(|(to, byte)| *to = *byte);
                whole = whole.saturating_add(count);
                if whole > LONGEST_FILE {
                    return Err(BusError::TooLong(whole));
                }
            }
        })
    }

    /// Writes all of `text` in one write.
    ///
    /// # Errors
    /// [`BusError`].
    pub fn write(&self, path: &str, text: &[u8]) -> Result<()> {
        if text.len() > LONGEST_TEXT {
            return Err(BusError::Invalid("too many bytes for one write"));
        }
        self.counted(|| {
            let file = self.open_file(path, OFlags::WRONLY)?;
            loop {
                return match rustix::io::write(&file, text) {
                    Ok(count) if count == text.len() => Ok(()),
                    Ok(_) => Err(BusError::Io("only a part was written".to_owned())),
                    Err(Errno::INTR) => continue,
                    Err(error) => Err(from_errno(error)),
                };
            }
        })
    }

    /// The names in a folder, in ascending order; "" is the port's own.
    ///
    /// # Errors
    /// [`BusError`].
    pub fn list(&self, path: &str) -> Result<Vec<Vec<u8>>> {
        self.counted(|| {
            let root = self.root()?;
            let flags = OFlags::RDONLY | OFlags::DIRECTORY;
            let folder = match path {
                "" => confined::reopen(&root, flags)?,
                path => confined::open(&root, path, flags)?,
            };
            names(&folder)
        })
    }

    /// The stream, if the port has one.
    #[must_use]
    pub fn records(&self) -> Option<&Records> {
        self.records.as_ref()
    }

    /// Waits until the stream is open, if there is one; `false` at `deadline`.
    #[must_use]
    pub fn wait_open(&self, deadline: Monotonic) -> bool {
        self.records.as_ref().is_none_or(|records| records.gate().wait_connected(deadline))
    }

    /// Whether folder and stream are there, and what is missing.
    #[must_use]
    pub fn status(&self) -> (PortState, String) {
        match (self.root(), &self.records) {
            (Err(error), _) => (PortState::Lost, format!("{}: {error}", self.directory.display())),
            (Ok(_), Some(records)) => records.gate().status(),
            (Ok(_), None) => (PortState::Connected, String::new()),
        }
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn root(&self) -> Result<OwnedFd> {
        confined::root(&self.directory)
    }

    fn open_file(&self, path: &str, flags: OFlags) -> Result<OwnedFd> {
        // not blocking, should somebody have put a FIFO there
        let file = confined::open(&self.root()?, path, flags | OFlags::NONBLOCK | OFlags::NOCTTY)?;
        let stat = fstat(&file).map_err(from_errno)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(file),
            _ => Err(BusError::Invalid("not a file")),
        }
    }

    fn counted<T>(&self, action: impl FnOnce() -> Result<T>) -> Result<T> {
        let result = action();
        match &result {
            Ok(_) => self.counters.device(FILES, DeviceCounter::Transfers),
            Err(error) => {
                let cause = match error {
                    BusError::Timeout => DeviceCounter::Timeouts,
                    BusError::Io(_) => DeviceCounter::Io,
                    _ => DeviceCounter::Failures,
                };
                self.counters.device_both(FILES, DeviceCounter::Transfers, cause);
            }
        }
        result
    }
}

fn names(folder: impl AsFd) -> Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder).map_err(from_errno)? {
        let name = entry.map_err(from_errno)?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The kernel's error numbers in the words of the driver ABI.
fn from_errno(error: Errno) -> BusError {
    match error {
        Errno::NOENT | Errno::NODEV | Errno::NXIO | Errno::NOTDIR => BusError::NotFound("file"),
        Errno::NODATA | Errno::AGAIN => BusError::Device(error.to_string()),
        Errno::TIMEDOUT => BusError::Timeout,
        Errno::BUSY => BusError::State(error.to_string()),
        Errno::ACCESS | Errno::PERM => BusError::Denied("the kernel refuses this access"),
        Errno::XDEV | Errno::LOOP => BusError::Denied("a link that leads out of the port's folder"),
        Errno::INVAL | Errno::RANGE | Errno::ISDIR => BusError::Invalid("the kernel refuses this"),
        error => BusError::Io(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
