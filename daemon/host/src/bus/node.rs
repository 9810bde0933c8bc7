// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens a device node for this host alone, and says who has it if somebody else does.
//!
//! The kernel lets several processes open an SPI chip or an I2C bus; a lock (`flock`) keeps hosts apart. It ends with the descriptor,
//! however the process ends.

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, open};
use rustix::io::Errno;

/// The prefix of a simulated device's address.
pub const SOCKET_PREFIX: &str = "unix:";

/// Opens `path` and locks it.
///
/// # Errors
/// What the kernel says, with the path; `ResourceBusy` with the holder's name if another process has locked it.
pub fn open_alone(path: &str, flags: OFlags) -> io::Result<OwnedFd> {
    let fd = open(path, flags | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty())
        .map_err(|error| at(path, &error.into()))?;
    match flock(&fd, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(fd),
        Err(Errno::WOULDBLOCK) => {
            let holder = holder(&fd).unwrap_or_else(|| "another process".to_owned());
            Err(io::Error::new(io::ErrorKind::ResourceBusy, format!("{path} is held by {holder}")))
        }
        Err(error) => Err(at(path, &error.into())),
    }
}

/// The error with the place where it happened.
#[must_use]
pub fn at(path: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

/// Who has locked this file: name and number of the process, as far as `/proc` may be seen.
fn holder(fd: &OwnedFd) -> Option<String> {
    let stat = fstat(fd).ok()?;
    let file = format!(
        "{:02x}:{:02x}:{}",
        rustix::fs::major(stat.st_dev),
        rustix::fs::minor(stat.st_dev),
        stat.st_ino
    );
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    // `1: FLOCK  ADVISORY  WRITE 1234 00:05:678 0 EOF`
    let process = locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (kind, process, place) = (words.next()?, words.nth(2)?, words.next()?);
        (kind == "FLOCK" && place == file).then_some(process)
    })?;
    let name = std::fs::read_to_string(format!("/proc/{process}/comm"));
    Some(match name {
        Ok(name) => format!("{} (process {process})", name.trim_end()),
        Err(_) => format!("process {process}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_one_owner_and_the_second_one_learns_who() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let first = open_alone(path, OFlags::RDWR).unwrap();
        let error = open_alone(path, OFlags::RDWR).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        let own = format!("(process {})", std::process::id());
        assert!(error.to_string().contains(&own), "{error}");
        drop(first);
        assert!(open_alone(path, OFlags::RDWR).is_ok());
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = open_alone("/dev/there-is-no-such-node", OFlags::RDWR).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().starts_with("/dev/there-is-no-such-node: "), "{error}");
    }
}
