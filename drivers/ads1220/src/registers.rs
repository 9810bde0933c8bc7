// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip's commands and its four registers, as the data sheet (TI SBAS501C) names them, and the one transaction that the driver
//! makes of them.

use ecmod_plugin::{Error, Spi, SpiStep};

/// First bytes of what is sent.
pub mod command {
    /// Registers to their defaults, conversions stopped.
    pub const RESET: u8 = 0x06;
    /// Starts a conversion.
    pub const START: u8 = 0x08;
    /// Reads the result.
    pub const RDATA: u8 = 0x10;
    /// Reads all four registers: register 0, and three more.
    pub const READ_ALL: u8 = 0x20 | 3;
    /// Writes all four registers.
    pub const WRITE_ALL: u8 = 0x40 | 3;
}

/// What all four registers hold.
pub type Registers = [u8; 4];

/// The registers after a reset.
pub const AT_RESET: Registers = [0; 4];

/// Register 0, bits 7 to 4.
pub mod input {
    /// The difference of two pins: the setting, and the sign that the result has to be given, since the multiplexer has six
    /// pairs one way round and two of them the other way. `None` if these are not two of the pins 0 to 3.
    #[must_use]
    pub const fn pair(positive: u8, negative: u8) -> Option<(u8, f64)> {
        match (positive, negative) {
            (0, 1) => Some((0x0, 1.0)),
            (0, 2) => Some((0x1, 1.0)),
            (0, 3) => Some((0x2, 1.0)),
            (1, 2) => Some((0x3, 1.0)),
            (1, 3) => Some((0x4, 1.0)),
            (2, 3) => Some((0x5, 1.0)),
            (1, 0) => Some((0x6, 1.0)),
            (3, 2) => Some((0x7, 1.0)),
            (2, 0) => Some((0x1, -1.0)),
            (3, 0) => Some((0x2, -1.0)),
            (2, 1) => Some((0x3, -1.0)),
            (3, 1) => Some((0x4, -1.0)),
            _ => None,
        }
    }
    /// This pin against AVSS.
    #[must_use]
    pub const fn single(pin: u8) -> u8 {
        0x8 + (pin & 3)
    }
    /// A quarter of the reference at REFP0 and REFN0.
    pub const REFERENCE: u8 = 0xC;
    /// A quarter of the analogue supply.
    pub const SUPPLY: u8 = 0xD;
    /// Both inputs at half the supply.
    pub const SHORT: u8 = 0xE;
}

/// Register 0, bit 0: without amplifier.
pub const BYPASS: u8 = 0x01;
/// Register 1, bit 1: the temperature sensor.
pub const TEMPERATURE_SENSOR: u8 = 0x02;
/// Register 1, bit 0: currents that find an open wire.
pub const BURN_OUT: u8 = 0x01;

/// Where the parts of a frame are.
const RESULT: usize = 1;
const READ_BACK: usize = 5;
/// Length of a frame.
const LENGTH: usize = 15;

/// Reads the result and the registers that it was made with, sets the next conversion up, starts it.
#[derive(Debug, Clone, Copy)]
pub struct Frame([u8; LENGTH]);

impl Frame {
    /// With the registers of the next conversion.
    #[must_use]
    pub const fn new(next: Registers) -> Self {
        let [r0, r1, r2, r3] = next;
        Self([
            command::RDATA,
            0,
            0,
            0,
            command::READ_ALL,
            0,
            0,
            0,
            0,
            command::WRITE_ALL,
            r0,
            r1,
            r2,
            r3,
            command::START,
        ])
    }

    /// Sends it and keeps what comes back.
    ///
    /// # Errors
    /// What the host says.
    pub fn exchange(&mut self, spi: &Spi) -> Result<(), Error> {
        spi.transaction(&mut [SpiStep::TransferInPlace(&mut self.0)])
    }

    /// The result that came back: 24 bits, two's complement.
    #[must_use]
    pub fn code(&self) -> i32 {
        let [high, middle, low]: [u8; 3] = self.part(RESULT);
        i32::from_be_bytes([high, middle, low, 0]) >> 8
    }

    /// The registers that came back.
    #[must_use]
    pub fn read_back(&self) -> Registers {
        self.part(READ_BACK)
    }

    fn part<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0.get(at..).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or([0; N])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_plugin::testing::{FakeHost, Request};

    #[test]
    fn a_frame_is_what_the_readme_says_and_its_answers_are_found() {
        let fake = FakeHost::new();
        fake.on_spi(|_, _| Ok(vec![0xAA, 0xFF, 0xFF, 0xFE, 0xAA, 1, 2, 3, 4, 0xAA, 0, 0, 0, 0, 0]));
        let mut frame = Frame::new([0x0C, 0xA0, 0xC0, 0x00]);
        frame.exchange(&fake.host().spi(1)).unwrap();
        assert_eq!((frame.code(), frame.read_back()), (-2, [1, 2, 3, 4]));
        let sent = [0x10, 0, 0, 0, 0x23, 0, 0, 0, 0, 0x43, 0x0C, 0xA0, 0xC0, 0x00, 0x08];
        assert_eq!(fake.requests(), [Request::Spi { device: 1, sent: sent.to_vec() }]);
    }
}
