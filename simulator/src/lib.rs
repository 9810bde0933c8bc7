// SPDX-License-Identifier: MIT OR Apache-2.0
//! Patient and circuit as physics, devices at register and byte level, faults, scenarios, and the development runner.
//! Never part of a product.
//!
//! From the inside out; each knows only what stands above it:
//! - [`circuit`]: physics. [`devices`]: registers and bytes. [`modbus`], [`mod@line`]: frames and what happens to them.
//!   [`chips`]: what hangs on SPI, I2C and GPIO, bit for bit. All pure.
//! - [`scenario`]: what goes wrong and when, as files. [`plant`]: circuit, devices and faults together, still pure.
//! - [`harness`]: plant and control core in one process, on simulated time.
//! - [`live`]: the plant in real time, on ptys and TCP. [`broker`]: a private D-Bus bus.
//! - [`runner`]: all of it and the console's own processes, for development. [`standstill`]: whether the machine under it ran.

pub mod broker;
pub mod chips;
pub mod circuit;
pub mod devices;
pub mod harness;
pub mod kernel;
pub mod line;
pub mod live;
pub mod modbus;
pub mod plant;
pub mod random;
pub mod runner;
pub mod scenario;
pub mod standstill;
mod words;
