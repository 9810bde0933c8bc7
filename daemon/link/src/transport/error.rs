// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong between two sockets.

use super::Peer;
use rustix::io::Errno;
use std::io;
use std::path::PathBuf;

/// What can go wrong between two sockets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing to receive, or no room to send: wait for the descriptor.
    #[error("not ready")]
    WouldBlock,
    /// The other side has closed the connection, or is not there.
    #[error("the other side has closed the connection")]
    Closed,
    /// Longer than the receiver's buffer, or than the socket can carry.
    #[error("a datagram longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// More than one descriptor came with one message. They are closed.
    #[error("more than one descriptor came with one message")]
    Descriptors,
    /// A user that may not connect. The connection is closed.
    #[error("a process of user {uid} (pid {pid}) may not connect", uid = .0.uid, pid = .0.pid)]
    PeerRefused(Peer),
    /// Somebody listens on this path already.
    #[error("{0}: another process listens here")]
    InUse(PathBuf),
    /// Something that is not a socket has this path.
    #[error("{0}: exists and is not a socket")]
    NotASocket(PathBuf),
    /// systemd passed something else than the one listening socket.
    #[error("the socket from systemd: {0}")]
    Systemd(&'static str),
    /// The system refused a step.
    #[error("{step}: {source}")]
    System {
        /// What was tried.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// `map_err` for a step that the system refused.
    pub(super) fn at(step: &'static str) -> impl FnOnce(Errno) -> Self {
        move |errno| match errno {
            Errno::AGAIN => Self::WouldBlock,
            Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN => Self::Closed,
            errno => Self::System { step, source: errno.into() },
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::WouldBlock => io::ErrorKind::WouldBlock,
            Error::Closed => io::ErrorKind::ConnectionReset,
            Error::TooLong { .. } | Error::Descriptors => io::ErrorKind::InvalidData,
            Error::PeerRefused(_) => io::ErrorKind::PermissionDenied,
            Error::InUse(_) => io::ErrorKind::AddrInUse,
            Error::NotASocket(_) | Error::Systemd(_) => io::ErrorKind::InvalidInput,
            Error::System { source, .. } => source.kind(),
        };
        Self::new(kind, error)
    }
}
