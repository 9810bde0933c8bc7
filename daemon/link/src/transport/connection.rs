// SPDX-License-Identifier: MIT OR Apache-2.0
//! One connection: datagrams, each with at most one descriptor.

use super::{Error, Peer};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType, recvmsg, sendmsg, sockopt,
};
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::Path;

/// What the socket must be able to take at once: the longest message with the kernel's own overhead.
const SEND_BUFFER: usize = 2 * crate::message::MAX_MESSAGE;

/// One end of a connection.
#[derive(Debug)]
pub struct Connection {
    socket: OwnedFd,
}

/// One datagram. Its bytes stand at the beginning of the buffer.
#[derive(Debug)]
pub struct Received {
    /// Its length in bytes, never 0.
    pub length: usize,
    /// The descriptor that came with it.
    pub descriptor: Option<OwnedFd>,
}

impl Connection {
    /// Connects to a listener. Never waits: if too many wait to be accepted already, the answer is [`Error::WouldBlock`]: come back later.
    ///
    /// # Errors
    /// [`Error::System`] if nobody listens on `path`.
    pub fn connect(path: &Path) -> Result<Self, Error> {
        let socket = new_socket()?;
        let address = SocketAddrUnix::new(path).map_err(Error::at("use the path of the socket"))?;
        rustix::net::connect(&socket, &address).map_err(Error::at("connect"))?;
        Self::new(socket)
    }

    pub(super) fn new(socket: OwnedFd) -> Result<Self, Error> {
        sockopt::set_socket_send_buffer_size(&socket, SEND_BUFFER)
            .map_err(Error::at("set the send buffer"))?;
        Ok(Self { socket })
    }

    /// Who is at the other end.
    ///
    /// # Errors
    /// [`Error::System`].
    pub fn peer(&self) -> Result<Peer, Error> {
        Peer::of(&self.socket)
    }

    /// Sends one datagram, all of it or nothing, with a copy of `descriptor` if there is one.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if there is no room, [`Error::Closed`], [`Error::TooLong`].
    pub fn send(&self, bytes: &[u8], descriptor: Option<BorrowedFd<'_>>) -> Result<(), Error> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let descriptors = descriptor.map(|descriptor| [descriptor]);
        if let Some(descriptors) = &descriptors
            && !control.push(SendAncillaryMessage::ScmRights(descriptors))
        {
            return Err(Error::Descriptors);
        }
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        match sendmsg(&self.socket, &[IoSlice::new(bytes)], &mut control, flags) {
            Ok(_) => Ok(()),
            Err(Errno::MSGSIZE) => Err(Error::TooLong { limit: crate::message::MAX_MESSAGE }),
            Err(errno) => Err(Error::at("send")(errno)),
        }
    }

    /// Receives one datagram into `buffer`, whose length is the limit.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if there is none, [`Error::Closed`] (also for an empty datagram, which nobody of ours sends), [`Error::TooLong`],
    /// [`Error::Descriptors`]. After the last two the connection is still usable, but should not be used.
    pub fn recv(&self, buffer: &mut [u8]) -> Result<Received, Error> {
        let limit = buffer.len();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
        let message = recvmsg(&self.socket, &mut [IoSliceMut::new(buffer)], &mut control, flags)
            .map_err(Error::at("receive"))?;
        // Takes every descriptor that the kernel has installed, so that none stays open unowned.
        let mut descriptors: Vec<OwnedFd> = Vec::new();
        for part in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = part {
                descriptors.extend(rights);
            }
        }
        if message.flags.contains(ReturnFlags::CTRUNC) || descriptors.len() > 1 {
            return Err(Error::Descriptors);
        }
        if message.flags.contains(ReturnFlags::TRUNC) {
            return Err(Error::TooLong { limit });
        }
        if message.bytes == 0 {
            return Err(Error::Closed);
        }
        Ok(Received { length: message.bytes, descriptor: descriptors.pop() })
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for Connection {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// A socket of our kind, not yet connected or bound.
pub(super) fn new_socket() -> Result<OwnedFd, Error> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
        .map_err(Error::at("make a socket"))
}
