// SPDX-License-Identifier: MIT OR Apache-2.0
//! One transaction: commands one behind the other under one chip select, and what came back while they were sent.
//!
//! A frame lives on the stack. It knows nothing of when it is to be sent, nor what its numbers mean.

use crate::conversion::{Conversion, Damage, RESULT, crc8};
use crate::registers::{MOST_REGISTERS, Status, address, command};
use ecmod_plugin::{Error, Spi, SpiStep};

/// The longest frame: both results, all registers, a setup.
const LONGEST: usize = 1 + RESULT + 1 + RESULT + 2 + MOST_REGISTERS + 6 + 3 + 1;

/// What one conversion is to be made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// Registers MODE0, MODE1, MODE2 and INPMUX.
    pub modes: [u8; 4],
    /// Register REFMUX.
    pub reference: u8,
}

/// A transaction in the making, or done.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    bytes: [u8; LONGEST],
    length: usize,
    first: usize,
    second: usize,
    registers: usize,
    count: usize,
}

impl Default for Frame {
    fn default() -> Self {
        Self::new()
    }
}

impl Frame {
    /// Without a command.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; LONGEST], length: 0, first: 0, second: 0, registers: 0, count: 0 }
    }

    /// Reads the result.
    #[must_use]
    pub fn result(mut self) -> Self {
        self.push(&[command::RDATA1]);
        self.first = self.length;
        self.read(RESULT);
        self
    }

    /// Reads the second converter's result.
    #[must_use]
    pub fn second_result(mut self) -> Self {
        self.push(&[command::RDATA2]);
        self.second = self.length;
        self.read(RESULT);
        self
    }

    /// Reads this many registers, from address 0 on.
    #[must_use]
    pub fn registers(mut self, count: usize) -> Self {
        let count = count.clamp(1, MOST_REGISTERS);
        let less_one = u8::try_from(count.saturating_sub(1)).unwrap_or(0);
        self.push(&[command::RREG, less_one]);
        (self.registers, self.count) = (self.length, count);
        self.read(count);
        self
    }

    /// Writes registers from this address on.
    #[must_use]
    pub fn write<const N: usize>(mut self, first: u8, values: [u8; N]) -> Self {
        let less_one = u8::try_from(N.saturating_sub(1)).unwrap_or(0);
        self.push(&[command::WREG | first, less_one]);
        self.push(&values);
        self
    }

    /// A command of one byte.
    #[must_use]
    pub fn command(mut self, command: u8) -> Self {
        self.push(&[command]);
        self
    }

    /// Sets the next conversion up and starts it.
    #[must_use]
    pub fn start(self, setup: &Setup) -> Self {
        self.write(address::MODE0, setup.modes)
            .write(address::REFMUX, [setup.reference])
            .command(command::START1)
    }

    /// Sends it and keeps what comes back.
    ///
    /// # Errors
    /// What the host says.
    pub fn exchange(&mut self, spi: &Spi) -> Result<(), Error> {
        let bytes = self.bytes.get_mut(..self.length).ok_or(Error::TooLong)?;
        spi.transaction(&mut [SpiStep::TransferInPlace(bytes)])
    }

    /// The result that came back.
    ///
    /// # Errors
    /// How it is damaged.
    pub fn conversion(&self) -> Result<Conversion, Damage> {
        Conversion::parse(self.answer(self.first))
    }

    /// The second converter's result that came back, if it is new and whole.
    #[must_use]
    pub fn second_code(&self) -> Option<i32> {
        let [status, high, middle, low, pad, crc] = self.answer(self.second);
        let whole = pad == 0 && crc8(&[high, middle, low]) == crc;
        let code = i32::from_be_bytes([high, middle, low, 0]) >> 8;
        (whole && Status(status).second_is_new()).then_some(code)
    }

    /// The registers that came back.
    #[must_use]
    pub fn register_bytes(&self) -> &[u8] {
        self.bytes.get(self.registers..self.registers.saturating_add(self.count)).unwrap_or_default()
    }

    fn answer(&self, at: usize) -> [u8; RESULT] {
        self.bytes.get(at..).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default()
    }

    /// Zeros, which are no command, while the chip answers.
    const fn read(&mut self, count: usize) {
        self.length = self.length.saturating_add(count);
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
            self.length = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_plugin::testing::{FakeHost, Request};

    #[test]
    fn a_frame_of_a_round_is_what_the_readme_says() {
        let fake = FakeHost::new();
        fake.on_spi(|_, sent| {
            let mut answer = vec![0; sent.len()];
            answer[1..7].copy_from_slice(&[0x40, 0x12, 0x34, 0x56, 0x78, 0x1C]);
            Ok(answer)
        });
        let setup = Setup { modes: [0x40, 0x00, 0x59, 0x23], reference: 0x24 };
        let mut frame = Frame::new().result().start(&setup);
        frame.exchange(&fake.host().spi(2)).unwrap();
        assert_eq!(frame.conversion().unwrap().code, 0x1234_5678);
        let sent = [0x12, 0, 0, 0, 0, 0, 0, 0x43, 3, 0x40, 0x00, 0x59, 0x23, 0x4F, 0, 0x24, 0x08];
        assert_eq!(fake.requests(), [Request::Spi { device: 2, sent: sent.to_vec() }]);
    }

    #[test]
    fn the_longest_frame_finds_room_and_each_answer_its_place() {
        let fake = FakeHost::new();
        fake.on_spi(|_, sent| {
            let mut answer: Vec<u8> = (0..).take(sent.len()).collect();
            answer[8..14].copy_from_slice(&[0x80, 0xFF, 0xFF, 0xFE, 0, crc8(&[0xFF, 0xFF, 0xFE])]);
            Ok(answer)
        });
        let setup = Setup { modes: [0; 4], reference: 0 };
        let mut frame = Frame::new().result().second_result().registers(27).start(&setup);
        frame.exchange(&fake.host().spi(0)).unwrap();
        assert_eq!(frame.second_code(), Some(-2));
        assert_eq!(frame.register_bytes(), (16..43).collect::<Vec<u8>>());
        assert!(matches!(&fake.requests()[..], [Request::Spi { sent, .. }] if sent.len() == LONGEST));
    }
}
