// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens the file of a library and looks at what the file system says of it.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, fstat, open};

use super::Error;

/// No driver is larger; the largest of ours has less than a megabyte.
const LARGEST: u64 = 64 * 1024 * 1024;
const WORLD_WRITABLE: u32 = 0o002;

/// Opens `path` for reading: a regular file of a sane size that not everybody may write. The last component may be a
/// symbolic link, since libraries are installed under versioned names; whoever can place a link there can place a file too.
pub fn open_checked(path: &Path) -> Result<OwnedFd, Error> {
    // non-blocking, so that a pipe in the file's place does not stop us
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let failed = |errno: rustix::io::Errno| Error::Open { path: path.to_owned(), source: errno.into() };
    let file = open(path, flags, Mode::empty()).map_err(failed)?;
    let stat = fstat(&file).map_err(failed)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Error::NotAFile(path.to_owned()));
    }
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    if size > LARGEST {
        return Err(Error::TooLarge { path: path.to_owned(), size, most: LARGEST });
    }
    if stat.st_mode & WORLD_WRITABLE != 0 {
        return Err(Error::WorldWritable(path.to_owned()));
    }
    Ok(file)
}
