// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pseudo-terminal that stands for a device on a serial line.
//!
//! The simulator keeps the master, and a descriptor of the slave too, so that clients may come and go without a
//! hang-up. The slave is raw. Its name is linked where the configuration expects the device node; the link goes when
//! the `Pty` is dropped, as a USB adapter's node does.

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, QueueSelector};
use std::ffi::CString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use tokio::io::unix::AsyncFd;

/// The device's end of a simulated serial line.
#[derive(Debug)]
pub(super) struct Pty {
    master: AsyncFd<OwnedFd>,
    slave: OwnedFd,
    link: PathBuf,
}

impl Pty {
    /// As much as a host may leave unread (about one second of the flow meter) before older bytes are lost. On a real
    /// line nothing is kept for a port that nobody has opened.
    const KEPT: u64 = 512;

    /// Makes a pty and links its slave at `link`, replacing a link that is there.
    pub(super) fn open(link: &Path) -> io::Result<Self> {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let name: CString = rustix::pty::ptsname(&master, Vec::new())?;
        let slave = rustix::fs::open(
            name.as_c_str(),
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let mut attributes = rustix::termios::tcgetattr(&slave)?;
        attributes.make_raw();
        rustix::termios::tcsetattr(&slave, OptionalActions::Now, &attributes)?;
        let flags = rustix::fs::fcntl_getfl(&master)?;
        rustix::fs::fcntl_setfl(&master, flags | OFlags::NONBLOCK)?;

        let beside = link.with_extension("new");
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        rustix::fs::symlink(name.as_c_str(), &beside)?;
        std::fs::rename(&beside, link)?;
        // SAFETY: an `OwnedFd` is a valid, open descriptor, always the same one, and stays open until it is dropped;
        // it lives in the `AsyncFd` and is never taken out.
        let master = unsafe { AsyncFd::register(master) }.map_err(|refused| refused.into_parts().1)?;
        Ok(Self { master, slave, link: link.to_owned() })
    }

    /// Where it is linked.
    pub(super) fn link(&self) -> &Path {
        &self.link
    }

    /// Waits for bytes from the host.
    pub(super) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut guard = self.master.readable().await?;
            match guard.try_io(|master| Ok(rustix::io::read(master.get_ref(), &mut *buffer)?)) {
                Ok(result) => return result,
                Err(_would_block) => {}
            }
        }
    }

    /// Sends to the host. What does not fit is lost, as on a line; nothing waits for a host that does not read.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        if rustix::io::ioctl_fionread(&self.slave)? > Self::KEPT {
            rustix::termios::tcflush(&self.slave, QueueSelector::IFlush)?;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(self.master.get_ref(), rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Lets the next host open it: a host's `TIOCEXCL` would outlive the host, because the slave stays open here.
    pub(super) fn release(&self) {
        // Nothing is lost if it fails: the flag keeps out unprivileged openers only.
        let _ = rustix::termios::ioctl_tiocnxcl(&self.slave);
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // The link may be gone or replaced already; there is nobody to tell.
        let _ = std::fs::remove_file(&self.link);
    }
}
