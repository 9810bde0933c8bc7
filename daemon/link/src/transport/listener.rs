// SPDX-License-Identifier: MIT OR Apache-2.0
//! The daemon's listening socket: made at a path, or inherited from systemd.

use super::connection::new_socket;
use super::{Connection, Error, Peer, Policy};
use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Hosts that may wait to be accepted, for example all of them while the daemon restarts.
const BACKLOG: i32 = 64;
/// Owner and group may connect.
const MODE: u32 = 0o660;
/// The first descriptor that systemd passes (`SD_LISTEN_FDS_START`).
const FIRST_INHERITED: RawFd = 3;

/// The daemon's listening socket.
#[derive(Debug)]
pub struct Listener {
    socket: OwnedFd,
    /// The path to remove at the end, with the inode that we made; nothing for a socket of systemd's.
    made: Option<(PathBuf, u64)>,
}

impl Listener {
    /// Listens at `path` with mode 0660. A socket that is there and on which nobody listens is removed first.
    ///
    /// # Errors
    /// [`Error::InUse`] if somebody listens there or is just about to, [`Error::NotASocket`] if the path is something else, [`Error::System`].
    pub fn bind(path: &Path) -> Result<Self, Error> {
        let address = SocketAddrUnix::new(path).map_err(Error::at("use the path of the socket"))?;
        // Between "nobody listens" and "we do" no second daemon may come to the same conclusion.
        let _lock = lock_folder_of(path)?;
        remove_stale(path, &address)?;
        let socket = new_socket()?;
        rustix::net::bind(&socket, &address).map_err(Error::at("bind the socket"))?;
        // Nobody can connect before `listen`, so the mode is never too wide.
        rustix::fs::chmod(path, Mode::from_raw_mode(MODE))
            .map_err(Error::at("set the mode of the socket"))?;
        let inode = rustix::fs::lstat(path).map_err(Error::at("look at the socket"))?.st_ino;
        rustix::net::listen(&socket, BACKLOG).map_err(Error::at("listen"))?;
        Ok(Self { socket, made: Some((path.to_owned(), inode)) })
    }

    /// The socket that systemd made for us (`LISTEN_PID`, `LISTEN_FDS`), if it made one. Its queue survives our restarts.
    ///
    /// # Errors
    /// [`Error::Systemd`] if systemd passed something else than one listening `SOCK_SEQPACKET` Unix socket, or if it was taken before.
    pub fn from_systemd() -> Result<Option<Self>, Error> {
        let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
        if number("LISTEN_PID") != Some(std::process::id()) {
            return Ok(None);
        }
        match number("LISTEN_FDS") {
            None | Some(0) => Ok(None),
            Some(1) => Self::inherited().map(Some),
            Some(_) => {
                Err(Error::Systemd("more than one descriptor was passed; the unit must have one socket"))
            }
        }
    }

    fn inherited() -> Result<Self, Error> {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        if TAKEN.swap(true, Ordering::Relaxed) {
            return Err(Error::Systemd("it has been taken before"));
        }
        // SAFETY: systemd's protocol says that this descriptor is open and ours; `TAKEN` says that nobody else owns it. If it
        // is not open after all, the first call below fails and dropping it is harmless.
        let socket = unsafe { OwnedFd::from_raw_fd(FIRST_INHERITED) };
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)
            .map_err(Error::at("take the inherited socket"))?;
        is_listening(&socket)?;
        rustix::io::ioctl_fionbio(&socket, true)
            .map_err(Error::at("make the inherited socket non-blocking"))?;
        Ok(Self { socket, made: None })
    }

    /// Accepts the next connection.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if nobody waits, [`Error::PeerRefused`] for a user that the policy does not allow (that connection is closed),
    /// [`Error::System`], for example when there are no descriptors left: then the descriptor stays ready, so pause before the next try.
    pub fn accept(&self, policy: &Policy) -> Result<(Connection, Peer), Error> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = match rustix::net::accept_with(&self.socket, flags) {
            // It connected and went away again; the next one may be there.
            Err(Errno::CONNABORTED | Errno::INTR) => return Err(Error::WouldBlock),
            result => result.map_err(Error::at("accept"))?,
        };
        let peer = Peer::of(&socket)?;
        if !policy.allows(&peer) {
            return Err(Error::PeerRefused(peer));
        }
        Ok((Connection::new(socket)?, peer))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some((path, inode)) = &self.made
            && rustix::fs::lstat(path).is_ok_and(|found| found.st_ino == *inode)
        {
            // If it cannot be removed, the next `bind` sees that nobody listens.
            let _ = rustix::fs::unlink(path);
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

fn lock_folder_of(path: &Path) -> Result<OwnedFd, Error> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder =
        rustix::fs::open(folder, flags, Mode::empty()).map_err(Error::at("open the socket's folder"))?;
    match rustix::fs::flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(folder),
        Err(Errno::AGAIN) => Err(Error::InUse(path.to_owned())),
        Err(errno) => Err(Error::at("lock the socket's folder")(errno)),
    }
}

fn remove_stale(path: &Path, address: &SocketAddrUnix) -> Result<(), Error> {
    let found = match rustix::fs::statat(rustix::fs::CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(()),
        result => result.map_err(Error::at("look at the socket's path"))?,
    };
    if FileType::from_raw_mode(found.st_mode) != FileType::Socket {
        return Err(Error::NotASocket(path.to_owned()));
    }
    match rustix::net::connect(&new_socket()?, address) {
        // Nobody listens.
        Err(Errno::CONNREFUSED) => rustix::fs::unlink(path).map_err(Error::at("remove the stale socket")),
        // Somebody does: connected, queue full, or a socket of another type.
        Ok(()) | Err(Errno::AGAIN | Errno::PROTOTYPE) => Err(Error::InUse(path.to_owned())),
        Err(errno) => Err(Error::at("see whether somebody listens")(errno)),
    }
}

fn is_listening(socket: &OwnedFd) -> Result<(), Error> {
    let wrong = |_| Error::Systemd("descriptor 3 is not a socket");
    if sockopt::socket_domain(socket).map_err(wrong)? != AddressFamily::UNIX {
        return Err(Error::Systemd("not a Unix socket: the unit needs ListenSequentialPacket= with a path"));
    }
    if sockopt::socket_type(socket).map_err(wrong)? != SocketType::SEQPACKET {
        return Err(Error::Systemd("not of type SOCK_SEQPACKET: the unit needs ListenSequentialPacket="));
    }
    if !sockopt::socket_acceptconn(socket).map_err(wrong)? {
        return Err(Error::Systemd("it does not listen: the unit needs Accept=no"));
    }
    Ok(())
}
