// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens what lies below a folder, and nothing else; see [`super`].

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2, statat};

use super::{BusError, Result, from_errno};

/// The port's folder itself; its own path may consist of links.
pub fn root(directory: &Path) -> Result<OwnedFd> {
    openat(CWD, directory, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(from_errno)
}

/// A descriptor of the folder that can be read.
pub fn reopen(root: &OwnedFd, flags: OFlags) -> Result<OwnedFd> {
    openat(root, ".", flags | OFlags::CLOEXEC, Mode::empty()).map_err(from_errno)
}

/// Opens `path` below `root`.
///
/// # Errors
/// [`BusError::Denied`] for what lies outside.
pub fn open(root: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd> {
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(BusError::Denied("a path that leads out of the port's folder"));
    }
    if path.split('/').any(|part| part.is_empty() || part == ".") || path.contains('\0') {
        return Err(BusError::Invalid("not the path of a file"));
    }
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let entry = statat(root, first, AtFlags::SYMLINK_NOFOLLOW).map_err(from_errno)?;
    if FileType::from_raw_mode(entry.st_mode) != FileType::Symlink || !is_class(root)? {
        return beneath(root, path, flags);
    }
    let device = openat(root, first, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(from_errno)?;
    let (here, there) = (fstat(root).map_err(from_errno)?, fstat(&device).map_err(from_errno)?);
    if here.st_dev != there.st_dev {
        return Err(BusError::Denied("a link to another file system"));
    }
    beneath(&device, if rest.is_empty() { "." } else { rest }, flags)
}

fn beneath(root: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve).map_err(from_errno)
}

/// Whether a folder consists of links and of nothing else.
fn is_class(root: impl AsFd) -> Result<bool> {
    let folder = openat(root, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    let folder = folder.map_err(from_errno)?;
    for entry in Dir::read_from(&folder).map_err(from_errno)? {
        let entry = entry.map_err(from_errno)?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            // a file system that does not tell
            FileType::Unknown => {
                let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(from_errno)?;
                FileType::from_raw_mode(stat.st_mode)
            }
            kind => kind,
        };
        if kind != FileType::Symlink {
            return Ok(false);
        }
    }
    Ok(true)
}
