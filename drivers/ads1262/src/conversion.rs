// SPDX-License-Identifier: MIT OR Apache-2.0
//! A result as it comes from the chip: STATUS, four data bytes, CRC. Pure.

use crate::registers::Status;

/// Bytes of a result: STATUS, four of data (or three and a zero), CRC.
pub const RESULT: usize = 6;

/// A whole result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// The chip's alarms while it converted.
    pub status: Status,
    /// Two's complement; full scale is 2^31.
    pub code: i32,
}

/// What is wrong with a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// All bits are 1: nobody drives the data line, or it is stuck.
    Ones,
    /// All bits are 0: it is stuck, or a conversion was begun that has not ended, and there is no result at all.
    Zeros,
    /// The CRC does not fit.
    Crc,
    /// It is what a chip sends that was reset and not set up again.
    Reset,
}

impl Conversion {
    /// From STATUS, four bytes, CRC.
    ///
    /// A stuck data line is looked for first, since the CRC of four zeros is zero.
    ///
    /// # Errors
    /// How it is damaged.
    pub fn parse(bytes: [u8; RESULT]) -> Result<Self, Damage> {
        let [status, data @ .., crc] = bytes;
        let status = Status(status);
        if bytes == [0x00; RESULT] {
            Err(Damage::Zeros)
        } else if bytes == [0xFF; RESULT] {
            Err(Damage::Ones)
        } else if crc8(&data) == crc {
            if status.was_reset() {
                Err(Damage::Reset)
            } else {
                Ok(Self { status, code: i32::from_be_bytes(data) })
            }
        } else if status.was_reset() && checksum(&data) == crc {
            Err(Damage::Reset)
        } else {
            Err(Damage::Crc)
        }
    }

    /// Whether the code is at an end of its range, where it says no more than "beyond".
    #[must_use]
    pub const fn is_clipped(&self) -> bool {
        matches!(self.code, i32::MIN | i32::MAX)
    }
}

/// CRC-8 of the data bytes: x^8 + x^2 + x + 1, initial value 0.
#[must_use]
pub fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { (crc << 1) ^ 0x07 })
    })
}

/// What the chip sends in the CRC's place after a reset.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0x9B, |sum, byte| sum.wrapping_add(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_crc_is_that_of_the_catalogue() {
        assert_eq!(crc8(b"123456789"), 0xF4); // CRC-8/SMBUS
        assert_eq!(crc8(&[0x12, 0x34, 0x56, 0x78]), 0x1C);
        assert_eq!(crc8(&[0xFF; 4]), 0xDE);
        assert_eq!(checksum(&[255, 213, 85, 236]), 0xB0);
    }

    #[test]
    fn a_result_is_whole_damaged_silent_or_of_a_chip_that_was_reset() {
        let whole = [0x40, 0x12, 0x34, 0x56, 0x78, 0x1C];
        assert_eq!(Conversion::parse(whole), Ok(Conversion { status: Status(0x40), code: 0x1234_5678 }));
        assert_eq!(Conversion::parse([0; 6]), Err(Damage::Zeros));
        assert_eq!(Conversion::parse([0xFF; 6]), Err(Damage::Ones));
        assert_eq!(Conversion::parse([0x41, 0x12, 0x34, 0x56, 0x78, 0x1C]), Err(Damage::Reset));
        let after_reset = [0x41, 0x12, 0x34, 0x56, 0x78, checksum(&[0x12, 0x34, 0x56, 0x78])];
        assert_eq!(Conversion::parse(after_reset), Err(Damage::Reset));
        assert_eq!(Conversion::parse([0x40, 0x12, 0x34, 0x56, 0x79, 0x1C]), Err(Damage::Crc));
    }

    proptest! {
        #[test]
        fn any_one_or_two_flipped_bits_of_data_or_crc_are_found(code: i32, one in 8..48usize, two in 8..48usize) {
            let data = code.to_be_bytes();
            let mut bytes = [0x40, data[0], data[1], data[2], data[3], crc8(&data)];
            bytes[one / 8] ^= 1 << (one % 8);
            if one != two {
                bytes[two / 8] ^= 1 << (two % 8);
            }
            prop_assert_eq!(Conversion::parse(bytes), Err(Damage::Crc));
        }
    }
}
