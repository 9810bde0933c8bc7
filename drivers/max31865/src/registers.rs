// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip's registers, what they should hold, and what they say. Pure.
//!
//! | address | register |
//! |---|---|
//! | 0 | configuration, [`bits`] |
//! | 1, 2 | resistance: 15 bits, and in the lowest bit "there is a fault" |
//! | 3, 4 and 5, 6 | high and low threshold, in the same form |
//! | 7 | faults, [`faults`] |

use ecmod_plugin::Error;
use ecmod_plugin::quantities::Cause;

/// How many registers there are.
pub const COUNT: usize = 8;
/// Added to an address, to write from there on.
pub const WRITE: u8 = 0x80;
/// Address of the configuration.
pub const CONFIGURATION: u8 = 0;
/// Address of the first threshold's first byte.
pub const THRESHOLDS: u8 = 3;

/// Bits of the configuration.
pub mod bits {
    /// Voltage on the element.
    pub const BIAS: u8 = 0x80;
    /// Starts one conversion; ends with it.
    pub const ONE_SHOT: u8 = 0x20;
    /// Three wires.
    pub const THREE_WIRES: u8 = 0x10;
    /// Fault detection: with automatic timing it is started by [`LOOK_AUTOMATIC`], and both bits are 0 when it has ended.
    pub const LOOK: u8 = 0x0C;
    /// See [`LOOK`].
    pub const LOOK_AUTOMATIC: u8 = 0x04;
    /// Clears the faults, if [`ONE_SHOT`] and [`LOOK`] are 0 in the same write; reads as 0.
    pub const CLEAR: u8 = 0x02;
    /// Filters out 50 Hz instead of 60 Hz.
    pub const FIFTY_HERTZ: u8 = 0x01;
}

/// Bits of the fault register.
pub mod faults {
    /// The result is above the high threshold, or below the low one.
    pub const THRESHOLDS: u8 = 0xC0;
    /// REFIN- or RTDIN- is where it cannot be with a whole element: open, short, FORCE- open.
    pub const WIRES: u8 = 0x38;
    /// A voltage beyond the supply.
    pub const VOLTAGE: u8 = 0x04;
}

/// All registers, as they were read in one transaction.
pub type Image = [u8; COUNT];

/// High and low threshold after switching on.
const AT_RESET: [u8; 4] = [0xFF, 0xFF, 0, 0];
/// The largest code, and the end of the scale that an open input shows.
const LAST_CODE: u16 = 0x7FFF;

/// What was found in the registers of a chip that behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// 15 bits: resistance, as a fraction of the reference resistor.
    pub code: u16,
    /// The fault register.
    pub faults: u8,
}

/// Why the registers cannot be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Every bit is the same.
    #[error("every bit reads the same: no chip, or a stuck line")]
    Stuck,
    /// Two readings of the same thing differ, or the fault bit contradicts the fault register.
    #[error("what is read contradicts itself: a disturbed line")]
    Contradiction,
    /// Everything is as after switching on.
    #[error("the chip was reset: its supply dipped")]
    Reset,
    /// The configuration or a threshold is another one than was written.
    #[error("the configuration reads back otherwise than written")]
    Changed,
    /// A fault detection or a conversion goes on and on.
    #[error("the chip does not come to an end with what it was told to do")]
    Unfinished,
}

impl Trouble {
    /// Why the signals are bad then.
    #[must_use]
    pub const fn cause(self) -> Cause {
        match self {
            Self::Stuck | Self::Contradiction => Cause::Communication,
            Self::Reset | Self::Changed | Self::Unfinished => Cause::DeviceError,
        }
    }

    /// Why the driver does not open then.
    #[must_use]
    pub const fn error(self) -> Error {
        match self {
            Self::Stuck | Self::Contradiction => Error::Corrupt,
            Self::Reset | Self::Changed | Self::Unfinished => Error::Device,
        }
    }
}

/// What is written into the registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Wires and filter: the bits that never change.
    pub base: u8,
    /// High and low threshold, as the registers have them.
    pub thresholds: [u8; 4],
}

impl Settings {
    /// Settings for these wires, mains frequency, and codes of the thresholds.
    #[must_use]
    pub const fn new(wires: u8, filter_hz: u8, high: u16, low: u16) -> Self {
        let wires = if wires == 3 { bits::THREE_WIRES } else { 0 };
        let filter = if filter_hz == 50 { bits::FIFTY_HERTZ } else { 0 };
        let [a, b] = (high << 1).to_be_bytes();
        let [c, d] = (low << 1).to_be_bytes();
        Self { base: wires | filter, thresholds: [a, b, c, d] }
    }

    /// What the registers say, if they hold what they should: these settings with `active` (the bias, or nothing).
    ///
    /// # Errors
    /// Why they cannot be believed.
    pub fn understand(&self, image: &Image, active: u8) -> Result<Reading, Trouble> {
        let [configuration, high, low, a, b, c, d, faults] = *image;
        if *image == [0xFF; COUNT] || *image == [0; COUNT] {
            return Err(Trouble::Stuck);
        }
        let thresholds = [a, b, c, d];
        if configuration == 0 && thresholds == AT_RESET && self.thresholds != AT_RESET {
            return Err(Trouble::Reset);
        }
        let unfinished = configuration & (bits::LOOK | bits::ONE_SHOT);
        if thresholds != self.thresholds || configuration & !unfinished != self.base | active {
            return Err(Trouble::Changed);
        }
        if unfinished != 0 {
            return Err(Trouble::Unfinished);
        }
        let result = u16::from_be_bytes([high, low]);
        if (result & 1 == 1) != (faults & !0x03 != 0) {
            return Err(Trouble::Contradiction);
        }
        Ok(Reading { code: result >> 1, faults })
    }
}

impl Reading {
    /// Why the result is no temperature, if it is none.
    #[must_use]
    pub const fn fault(self) -> Option<Cause> {
        if self.faults & faults::WIRES != 0 {
            Some(Cause::Disconnected)
        } else if self.faults & faults::VOLTAGE != 0 {
            Some(Cause::DeviceError)
        } else if self.code == 0 || self.code == LAST_CODE {
            Some(Cause::Disconnected)
        } else if self.faults & faults::THRESHOLDS != 0 {
            Some(Cause::OutOfRange)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings::new(3, 50, 0x3000, 0x1800);
    const GOOD: Image = [0x91, 0x40, 0x00, 0x60, 0x00, 0x30, 0x00, 0x00];

    #[test]
    fn wires_filter_and_thresholds_stand_where_the_data_sheet_says() {
        assert_eq!(SETTINGS, Settings { base: 0x11, thresholds: [0x60, 0x00, 0x30, 0x00] });
        assert_eq!(Settings::new(2, 60, 0x7FFF, 0), Settings { base: 0, thresholds: [0xFF, 0xFE, 0, 0] });
        assert_eq!(Settings::new(4, 50, 0, 0).base, 0x01);
    }

    #[test]
    fn a_result_is_fifteen_bits_above_the_fault_bit() {
        assert_eq!(SETTINGS.understand(&GOOD, bits::BIAS), Ok(Reading { code: 8192, faults: 0 }));
        let fault = [0x91, 0xFF, 0xFF, 0x60, 0x00, 0x30, 0x00, 0x80];
        assert_eq!(SETTINGS.understand(&fault, bits::BIAS), Ok(Reading { code: 0x7FFF, faults: 0x80 }));
    }

    #[test]
    fn registers_that_cannot_be_believed_say_why() {
        let with = |index: usize, value: u8| {
            let mut image = GOOD;
            image[index] = value;
            image
        };
        let table = [
            ([0xFF; 8], Trouble::Stuck, Cause::Communication),
            ([0; 8], Trouble::Stuck, Cause::Communication),
            ([0, 0, 0, 0xFF, 0xFF, 0, 0, 0], Trouble::Reset, Cause::DeviceError),
            (with(0, 0x11), Trouble::Changed, Cause::DeviceError), // the bias is off
            (with(0, 0x90), Trouble::Changed, Cause::DeviceError),
            (with(0, 0xD1), Trouble::Changed, Cause::DeviceError), // automatic
            (with(3, 0x61), Trouble::Changed, Cause::DeviceError),
            (with(6, 0x01), Trouble::Changed, Cause::DeviceError),
            (with(0, 0xB1), Trouble::Unfinished, Cause::DeviceError),
            (with(0, 0x95), Trouble::Unfinished, Cause::DeviceError),
            (with(0, 0x99), Trouble::Unfinished, Cause::DeviceError),
            (with(2, 0x01), Trouble::Contradiction, Cause::Communication),
            (with(7, 0x20), Trouble::Contradiction, Cause::Communication),
        ];
        for (image, trouble, cause) in table {
            assert_eq!(SETTINGS.understand(&image, bits::BIAS), Err(trouble), "{image:02x?}");
            assert_eq!(trouble.cause(), cause);
        }
    }

    #[test]
    fn every_fault_has_its_cause() {
        let table = [
            (8192, 0x00, None),
            (8192, 0x20, Some(Cause::Disconnected)),
            (8192, 0x10, Some(Cause::Disconnected)),
            (8192, 0x08, Some(Cause::Disconnected)),
            (8192, 0x04, Some(Cause::DeviceError)),
            (8192, 0x80, Some(Cause::OutOfRange)),
            (8192, 0x40, Some(Cause::OutOfRange)),
            (0x7FFF, 0x80, Some(Cause::Disconnected)),
            (0, 0x40, Some(Cause::Disconnected)),
            (0x7FFF, 0xA4, Some(Cause::Disconnected)),
            (9000, 0x84, Some(Cause::DeviceError)),
        ];
        for (code, faults, cause) in table {
            assert_eq!(Reading { code, faults }.fault(), cause, "{code} {faults:#04x}");
        }
    }
}
