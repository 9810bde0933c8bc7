// SPDX-License-Identifier: MIT OR Apache-2.0
//! `SOCK_SEQPACKET` Unix sockets, non-blocking, with time limits.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, connect,
    listen, recv, send, socket_with,
};

const FLAGS: SocketFlags = SocketFlags::CLOEXEC.union(SocketFlags::NONBLOCK);
/// Connections that may wait for [`Listener::accept`].
const BACKLOG: i32 = 8;

/// Where a simulated device waits for its host. Unlinks nothing: the path belongs to whoever chose it.
#[derive(Debug)]
pub struct Listener(OwnedFd);

impl Listener {
    /// Listens at `path`, which must not exist.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let fd = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, FLAGS, None)?;
        bind(&fd, &SocketAddrUnix::new(path)?)?;
        listen(&fd, BACKLOG)?;
        Ok(Self(fd))
    }

    /// The next connection that waits; `None` if there is none. Never blocks: poll the descriptor.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn accept(&self) -> io::Result<Option<Connection>> {
        match accept_with(&self.0, FLAGS) {
            Ok(fd) => Ok(Some(Connection(fd))),
            Err(Errno::AGAIN | Errno::INTR | Errno::CONNABORTED) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// One end of a connection.
#[derive(Debug)]
pub struct Connection(OwnedFd);

impl Connection {
    /// Connects to a simulated device.
    ///
    /// # Errors
    /// What the kernel says; a full queue of waiting connections is `WouldBlock`.
    pub fn connect(path: &Path) -> io::Result<Self> {
        let fd = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, FLAGS, None)?;
        connect(&fd, &SocketAddrUnix::new(path)?)?;
        Ok(Self(fd))
    }

    /// Sends one message, without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if the other side does not read; otherwise what the kernel says.
    pub fn send(&self, message: &[u8]) -> io::Result<()> {
        loop {
            return match send(&self.0, message, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
                Ok(_) => Ok(()),
                Err(Errno::INTR) => continue,
                Err(error) => Err(error.into()),
            };
        }
    }

    /// Takes one message that is there, without waiting; `None` if there is none. What is longer than the buffer is cut off, and
    /// so malformed.
    ///
    /// # Errors
    /// `UnexpectedEof` if the other side is gone; otherwise what the kernel says.
    pub fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        loop {
            return match recv(&self.0, &mut *buffer, RecvFlags::DONTWAIT) {
                Ok((0, _)) => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok((count, _)) => Ok(buffer.get(..count)),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Ok(None),
                Err(error) => Err(error.into()),
            };
        }
    }

    /// Waits until there is something to receive (or the other side is gone); `false` at `deadline`.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn wait(&self, deadline: Instant) -> io::Result<bool> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
            match poll(&mut fds, Some(&timespec(left))) {
                Ok(0) if left.is_zero() => return Ok(false),
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn timespec(span: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: span.subsec_nanos().into(),
    }
}
