// SPDX-License-Identifier: MIT OR Apache-2.0
//! The messages, as types and as bytes. Pure, and safe against whatever arrives.

pub(crate) mod answer;
mod lines;
mod name;
pub(crate) mod request;

pub use answer::{Answer, Event, FromServer, Levels};
pub use lines::{Bias, Direction, Drive, Edge, LineRequest, Select};
pub use name::Name;
pub use request::{Bus, Hello, I2cStep, Request, SpiStep};

/// First byte of a message.
mod kind {
    pub const HELLO: u8 = 1;
    pub const SPI: u8 = 2;
    pub const I2C: u8 = 3;
    pub const LINES: u8 = 4;
    pub const GET: u8 = 5;
    pub const SET: u8 = 6;
    pub const ANSWER: u8 = 0x80;
    pub const EVENT: u8 = 0x81;
}

#[cfg(test)]
mod tests;
