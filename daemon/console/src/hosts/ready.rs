// SPDX-License-Identifier: MIT OR Apache-2.0
//! Has tokio watch the sockets of `ecmod-link`, which know nothing of tokio.

use std::io;
use std::os::fd::AsRawFd;

use ecmod_link::transport::{Connection, Listener};
use tokio::io::unix::AsyncFd;

/// What owns its descriptor for as long as it lives, and never changes it.
pub(super) trait Socket: AsRawFd {}

impl Socket for Connection {}
impl Socket for Listener {}

/// Watches a socket; it is closed when the result is dropped.
///
/// # Errors
/// The system has no room for it.
pub(super) fn watch<S: Socket>(socket: S) -> io::Result<AsyncFd<S>> {
    // SAFETY: both kinds of `Socket` hold one `OwnedFd` from beginning to end, so the number that they show stays theirs and
    // open for as long as the `AsyncFd` has them.
    unsafe { AsyncFd::register(socket) }.map_err(io::Error::from)
}
