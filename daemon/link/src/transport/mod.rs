// SPDX-License-Identifier: MIT OR Apache-2.0
//! The socket between daemon and hosts: `SOCK_SEQPACKET` on a Unix path, so that a message is a datagram, descriptors can
//! travel with it, and the end of a process is the end of its connection.
//!
//! All descriptors are non-blocking and close on exec. [`Error::WouldBlock`] means "wait until the descriptor is ready, then again"; it
//! becomes an [`std::io::Error`] of kind `WouldBlock`, as tokio's `AsyncFd::try_io` wants it. A plain thread polls the descriptor.
//!
//! # What a hostile peer can do
//! Connect with a wrong user: refused before anything is read ([`Policy`]). Send too much, nothing, or descriptors nobody
//! asked for: an error, the surplus descriptors closed. Never read what it is sent: its queue fills up and sending says
//! [`Error::WouldBlock`]. Each of these ends its own connection and nothing else.

mod connection;
mod error;
mod listener;
mod peer;

#[cfg(test)]
mod tests;

pub use connection::{Connection, Received};
pub use error::Error;
pub use listener::Listener;
pub use peer::{Peer, Policy};
