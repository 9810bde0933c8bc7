// SPDX-License-Identifier: MIT OR Apache-2.0
//! A chip on the fake host's SPI bus, byte by byte.

use crate::Error;
use crate::quantities::Monotonic;

/// A chip behind a chip select: what it says depends on each byte that it hears.
pub trait SpiChip: 'static {
    /// The chip select becomes active. An error is what the whole transfer comes to.
    ///
    /// # Errors
    /// What the bus is to fail with, for tests of faults.
    fn select(&mut self, _now: Monotonic) -> Result<(), Error> {
        Ok(())
    }

    /// Eight clocks: `out` goes in, what the chip says at the same time comes out.
    fn exchange(&mut self, now: Monotonic, out: u8) -> u8;

    /// The chip select becomes inactive.
    fn deselect(&mut self, _now: Monotonic) {}
}
