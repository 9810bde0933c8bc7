// SPDX-License-Identifier: MIT OR Apache-2.0
//! The process image: one sealed memory file per host, with a slot on a cache line of its own for every signal and
//! every command, a doorbell and a heartbeat for each direction, and a word that the kernel marks when the host dies.
//!
//! ```text
//!  offset        content                      written by     read by
//!       0        magic, version, layout       daemon, once   host, once (attach)
//!      64        doorbell of the host         both           both
//!     128        heartbeat of the daemon      daemon         host
//!     192        heartbeat of the host        host           daemon
//!     256        doorbell of the daemon       both           both
//!     320        life of the host             host, kernel   daemon
//!     384        input slots  (layout.inputs  * 64 bytes)    host -> daemon
//!     384 + ..   output slots (layout.outputs * 64 bytes)    daemon -> host
//! ```
//!
//! # Fallback
//! A demand that the daemon has lowered for a while carries, in the same record, what it would be otherwise and how long it is lowered at
//! most ([`Fallback`]): a daemon that never comes back leaves no demand behind that only it could have ended.
//!
//! # Life
//! The daemon makes a fresh image for each connection, seals its size and gives the descriptor away. When either
//! side ends, the image ends with the connection: a host that reconnects gets a new one, so nobody ever takes over
//! memory in which somebody else died. (If somebody did, [`cell::Cell::write`] mends a slot that was left half written.)
//!
//! # What a hostile host can do
//! It can write anything anywhere in the image, at any time. Then its own samples are wrong, and the checks on each
//! sample ([`Sample::checked`]) and in the control core apply as to any wrong value. It cannot shrink or grow the file (seals), so
//! no access of the daemon faults; it can punch holes, which then read as zeros: "empty". The daemon never
//! reads the header, never takes an index, length or offset from the image, and gives up on a
//! slot after a bounded number of tries ([`Slot::Torn`]). It waits at its doorbells until a deadline of its own, so all that
//! ringing can do is to wake it: how often it looks up then is the daemon's to limit.
//!
//! # Never
//! Reading, writing, publishing and beating allocate nothing and call no system call; [`DaemonImage::ring`] and
//! [`HostImage::ring_daemon`] call one only if somebody waits.

#[cfg(not(loom))]
mod beat;
pub mod cell;
#[cfg(not(loom))]
mod check;
#[cfg(not(loom))]
mod daemon;
pub mod doorbell;
#[cfg(not(loom))]
mod error;
#[cfg(not(loom))]
mod host;
#[cfg(not(loom))]
mod layout;
#[cfg(not(loom))]
mod life;
#[cfg(not(loom))]
mod map;
mod sync;
#[cfg(not(loom))]
mod value;

#[cfg(not(loom))]
pub use {
    check::{Bounds, LONGEST_LOWERED, Unbelievable},
    daemon::{DaemonImage, Heard, can_wait_for_news, wait_for_news},
    error::Error,
    host::HostImage,
    layout::{Layout, MAX_INPUTS, MAX_OUTPUTS},
    life::Alive,
    value::{Demand, Fallback, Sample},
};

/// What stands in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot<T> {
    /// Nothing has been written yet.
    Empty,
    /// The writer was busy in it every time we looked, or died there: no news. What was read before may still be used
    /// until it is too old.
    Torn,
    /// The newest record.
    Value(T),
}
