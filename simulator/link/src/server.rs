// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulator's end.
//!
//! [`SpiServer`], [`I2cServer`] and [`LineServer`] each serve one socket from a thread of their own until they are dropped, which also
//! removes the socket's path. Whoever has an event loop of his own uses [`Listener`](crate::Listener),
//! [`Connection`](crate::Connection), [`Request::decode`](crate::Request::decode) and
//! [`FromServer::encode`](crate::FromServer::encode), and the pure [`LineChip`].

mod bus;
mod chip;
mod lines;
mod runner;

pub use bus::{I2cPeer, I2cServer, Reply, SpiPeer, SpiServer};
pub use chip::{Client, LineChip, Notice, Refusal};
pub use lines::LineServer;

/// `CLOCK_MONOTONIC` in nanoseconds.
#[must_use]
pub fn now_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(now.tv_nsec).unwrap_or(0))
}
