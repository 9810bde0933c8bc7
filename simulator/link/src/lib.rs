// SPDX-License-Identifier: MIT OR Apache-2.0
//! Simulated SPI chips, I2C buses and GPIO lines: what travels between a port's host and the simulator, and both ends.
//!
//! The transport is a `SOCK_SEQPACKET` Unix socket, so that a message arrives whole or not at all. The simulator listens,
//! the host connects: one socket for each SPI chip, each I2C bus and each *line chip* (a set of GPIO lines, as one
//! `/dev/gpiochipN` is).
//!
//! ```text
//! host (client)                                    simulator (server)
//! Hello { bus, mode, consumer }      ------------->            one client at a time on SPI and I2C
//!                                    <-------------  Answer: 0, or EBUSY and who holds it
//! Spi { steps, bytes out }           ------------->
//!                                    <-------------  Answer: 0 and the bytes in, or an errno
//! Lines { lines, consumer }          ------------->
//!                                    <-------------  Answer: 0, or EBUSY and who holds the line
//!                                    <-------------  Event { line, rising, time, sequence }  (at any time)
//! ```
//!
//! - Every request has a *sequence* that its answer repeats: an answer to an earlier request, which comes late, is
//!   dropped and never taken for the present one.
//! - A server that says nothing is [`Error::Silent`] at the client's time limit.
//! - Whatever arrives is checked against fixed limits; nothing that arrives can make either side allocate without bound
//!   or panic.
//! - [`SpiClient::transfer`] does not allocate.
//!
//! Numbers are little-endian. This is no stable protocol: both ends are built from one source tree, and [`VERSION`] refuses a mix.
#![forbid(unsafe_code)]

mod client;
mod error;
mod message;
pub mod server;
mod socket;
mod wire;

pub use client::{I2cClient, LineClient, SpiClient};
pub use error::{Error, Result};
pub use message::{
    Answer, Bias, Bus, Direction, Drive, Edge, Event, FromServer, Hello, I2cStep, Levels, LineRequest, Name,
    Request, Select, SpiStep,
};
pub use socket::{Connection, Listener};

/// Both ends must agree on it.
pub const VERSION: u8 = 1;
/// Most steps in one transaction.
pub const MAX_STEPS: usize = 16;
/// Most bytes in one transaction (spidev's own default limit).
pub const MAX_BYTES: usize = 4096;
/// Most lines in one request (that of the GPIO character device).
pub const MAX_LINES: usize = 64;
/// Longest name of a line or a consumer in bytes (that of the GPIO character device, without its NUL).
pub const MAX_NAME: usize = 31;
/// Longest message.
pub const MAX_MESSAGE: usize = 4608;

/// Error numbers of Linux that a simulated bus may answer with.
pub mod errno {
    /// No such line or chip.
    pub const ENOENT: i32 = 2;
    /// The transfer failed.
    pub const EIO: i32 = 5;
    /// No such device or address (an I2C address that nobody answers).
    pub const ENXIO: i32 = 6;
    /// Somebody else holds it.
    pub const EBUSY: i32 = 16;
    /// The device is gone.
    pub const ENODEV: i32 = 19;
    /// The request makes no sense.
    pub const EINVAL: i32 = 22;
    /// Not permitted: for example setting an input.
    pub const EPERM: i32 = 1;
    /// Another version of this protocol.
    pub const EPROTO: i32 = 71;
    /// No answer in time.
    pub const ETIMEDOUT: i32 = 110;
    /// An I2C device did not acknowledge.
    pub const EREMOTEIO: i32 = 121;
}
