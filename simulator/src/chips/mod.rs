// SPDX-License-Identifier: MIT OR Apache-2.0
//! Chips and sets of lines, bit for bit, as a bus or a GPIO bank sees them: what stands behind a chip select, an I2C address,
//! a pin.
//!
//! Everything here is pure: no I/O, no clock. Time comes in with every call, never earlier than with the call before; noise
//! is seeded. Whoever serves a chip (a socket, a file, a kernel module) owns the clock and calls what happens on the wires
//! in its order.
//!
//! # Words
//! - **Level**: what is on the wire, before any "active low" of whoever reads it.
//! - **The chip's line**: driven by the chip, read by the host (data ready, a key). **The host's line**: driven by the host
//!   (a coil, a lamp), read by the chip.
//! - **Edge**: a change of one of the chip's lines, with the time at which it truly happened.

pub mod ads1220;
pub mod ads126x;
pub mod board;
pub mod clamp;
pub mod inputs;
pub mod lm75;
pub mod max31865;
pub mod max7219;
pub mod panel;
pub mod pins;
pub mod tacho;
mod wires;

use core::fmt::Debug;
use ecmod_quantities::Monotonic;

/// What is on a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Near ground.
    Low,
    /// Near the supply.
    High,
}

impl Level {
    /// High for `true`.
    #[must_use]
    pub const fn from_bool(high: bool) -> Self {
        if high { Self::High } else { Self::Low }
    }

    /// Whether it is high.
    #[must_use]
    pub const fn is_high(self) -> bool {
        matches!(self, Self::High)
    }
}

impl core::ops::Not for Level {
    type Output = Self;

    fn not(self) -> Self {
        Self::from_bool(!self.is_high())
    }
}

/// A chip behind a chip select of an SPI bus; a byte is the smallest thing exchanged.
pub trait SpiChip: Debug + Send {
    /// The chip select becomes active.
    fn select(&mut self, now: Monotonic);

    /// Eight clocks: `out` goes in, what the chip says at the same time comes out. Only between [`SpiChip::select`] and
    /// [`SpiChip::deselect`].
    fn exchange(&mut self, now: Monotonic, out: u8) -> u8;

    /// The chip select becomes inactive.
    fn deselect(&mut self, now: Monotonic);

    /// The chip's data-ready output; `None`: it has none.
    fn data_ready(&mut self, now: Monotonic) -> Option<Level> {
        let _ = now;
        None
    }

    /// When the chip next changes by itself (a conversion ends), if it will.
    fn next_change(&self) -> Option<Monotonic> {
        None
    }
}

/// Whether a byte was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledge {
    /// Taken.
    Ack,
    /// Nobody there, or nobody wants it.
    Nack,
}

/// Which way the bytes after an I2C address go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Host to chip.
    Write,
    /// Chip to host.
    Read,
}

/// A chip at an address of an I2C bus.
pub trait I2cChip: Debug + Send {
    /// Its seven-bit address.
    fn address(&self) -> u8;

    /// A start, or a repeated start, with this chip's address.
    fn start(&mut self, now: Monotonic, transfer: Transfer) -> Acknowledge;

    /// One byte from the host.
    fn write(&mut self, now: Monotonic, byte: u8) -> Acknowledge;

    /// One byte to the host.
    fn read(&mut self, now: Monotonic) -> u8;

    /// The bus is free again.
    fn stop(&mut self, now: Monotonic) {
        let _ = now;
    }
}

/// Who drives a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrivenBy {
    /// The chip; an input of the host.
    Chip,
    /// The host; an output of it. While the host does not drive it, it has the level that it has without.
    Host,
}

/// One line of a [`LineChip`]. Its number is its place in [`LineChip::lines`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// As in a device tree's `gpio-line-names`.
    pub name: &'static str,
    /// Who drives it.
    pub driven_by: DrivenBy,
}

/// A change of one of the chip's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Which line, counted in [`LineChip::lines`].
    pub line: usize,
    /// When it happened; never later than the `now` that brought it to light.
    pub at: Monotonic,
    /// What the line is since then.
    pub level: Level,
}

/// A named set of lines with what reads and drives them: a clamp, keys, lamps, or a whole bank.
pub trait LineChip: Debug + Send {
    /// The lines; the same for ever.
    fn lines(&self) -> &[Line];

    /// The host drives one of its lines from now on, or drives it no more (`None`).
    fn drive(&mut self, now: Monotonic, line: usize, level: Option<Level>);

    /// What is on any line now, whoever drives it. A line that does not exist is low.
    fn level(&mut self, now: Monotonic, line: usize) -> Level;

    /// Lets time pass until `now` and hands out every edge of the chip's lines since the last call, in the order in which they
    /// happened.
    fn advance(&mut self, now: Monotonic, edges: &mut dyn FnMut(Edge));

    /// When a line of the chip next changes by itself, if it will.
    fn next_change(&self) -> Option<Monotonic>;
}
