// SPDX-License-Identifier: MIT OR Apache-2.0
//! A port: at most one bus - Modbus RTU, Modbus TCP, a serial byte stream, SPI, I2C, a kernel driver's files - and the GPIO lines of its
//! devices, with one owner: this process.
//!
//! # How it is built
//! ```text
//! driver threads --(turnstile: high before normal, bounded)--> line --(tokio-modbus codec)--> wire --> tty, pty, socket
//!                                                                ^ gate: opener thread, back-off
//! ```
//! (of a byte stream; chips and buses of the kernel are opened by the same gate.)
//! A request is carried out by the driver thread that makes it, while it has its *turn*. There is no bus thread between,
//! and so no hand-over to one and back (two context switches, about a third of a request's time on a fast line), and a
//! pump's command goes out at once. What a bus thread would guarantee still holds: one request at a time, priorities, a
//! bounded queue, no request that is abandoned half-way. SPI and I2C have the same turnstile and gate, and transactions in place of
//! lines; GPIO lines are described in [`lines`].
//!
//! # Never
//! - returns another request's answer, or an answer of another length;
//! - waits without a limit;
//! - ends because a device, a line or a driver misbehaves.
//!
//! # Words
//! **Turn**: the right to use the line. **Attempt**: one frame out, one answer or failure back. **Dirty**: an answer may
//! still be on its way. **Settling**: waiting until it cannot be any more.

mod attributes;
mod call;
mod counters;
mod error;
mod gate;
mod i2c;
pub mod lines;
mod modbus;
mod node;
mod port;
mod request;
mod rtu;
mod serial;
mod spi;
mod stream;
mod tcp;
mod tty;
mod turnstile;

pub use attributes::{Attributes, LONGEST_FILE, LONGEST_TEXT, Records};
pub use counters::{Counters, DeviceCounter, Devices, PortCounter, Snapshot};
pub use error::{BusError, Damage, Result};
pub use gate::{Gate, Keeper, Opener, PortState};
pub use i2c::{I2c, I2cBus, I2cStep};
pub use lines::Lines;
pub use modbus::{BROADCAST_DELAY, Caller, Encoding, Modbus, SILENT, Settings};
pub use port::{Bus, Port};
pub use request::Table;
pub use serial::{CAPACITY, LONGEST_WRITE, Serial};
pub use spi::{MOST_BYTES, MOST_STEPS, Spi, SpiDevice, SpiStep};
pub use stream::{LineTiming, Stream};
pub use tcp::connect;
pub use tty::open_line;
pub use turnstile::LONGEST_QUEUE;
