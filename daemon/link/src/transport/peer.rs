// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is at the other end, by the kernel's word, and who may be.

use super::Error;
use std::os::fd::{AsFd, AsRawFd};

/// The process that connected (or listens), as it was at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Process id; 0 for a process of an outer PID namespace.
    pub pid: u32,
    /// Effective user id.
    pub uid: u32,
    /// Effective group id.
    pub gid: u32,
}

impl Peer {
    /// Asks the kernel. Not through rustix, whose credentials cannot hold the process id 0.
    pub(super) fn of(socket: impl AsFd) -> Result<Self, Error> {
        let mut credentials = libc::ucred { pid: 0, uid: u32::MAX, gid: u32::MAX };
        let mut length = libc::socklen_t::try_from(size_of::<libc::ucred>()).unwrap_or(0);
        // SAFETY: the kernel writes at most `length` bytes to `credentials`, which has that size, and plain integers are valid
        // whatever it writes.
        let result = unsafe {
            libc::getsockopt(
                socket.as_fd().as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PEERCRED,
                (&raw mut credentials).cast(),
                &raw mut length,
            )
        };
        if result != 0 {
            return Err(Error::System {
                step: "ask who the peer is",
                source: std::io::Error::last_os_error(),
            });
        }
        let pid = u32::try_from(credentials.pid).unwrap_or(0);
        Ok(Self { pid, uid: credentials.uid, gid: credentials.gid })
    }
}

/// Which users may connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    uids: Vec<u32>,
}

impl Policy {
    /// These users and nobody else.
    #[must_use]
    pub fn only(uids: impl IntoIterator<Item = u32>) -> Self {
        Self { uids: uids.into_iter().collect() }
    }

    /// These users too.
    #[must_use]
    pub fn and(mut self, uids: impl IntoIterator<Item = u32>) -> Self {
        self.uids.extend(uids);
        self
    }

    /// Whether this process may connect.
    #[must_use]
    pub fn allows(&self, peer: &Peer) -> bool {
        self.uids.contains(&peer.uid)
    }
}

impl Default for Policy {
    /// This process's own user, and root.
    fn default() -> Self {
        Self::only([rustix::process::geteuid().as_raw(), 0])
    }
}
