// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers that tell whether an LM75 is there and well: it has no identification, no checksum and no status.
//!
//! What it has is two limits that only a power cycle changes behind our back, and bits that always read 0. Pure.

/// Configuration, one byte.
pub const CONFIGURATION: u8 = 0x01;
/// Hysteresis of the over-temperature output, two bytes.
pub const HYSTERESIS: u8 = 0x02;
/// Limit of the over-temperature output, two bytes.
pub const LIMIT: u8 = 0x03;

/// Shut down: the last temperature stays for ever.
const SHUTDOWN: u8 = 0b0000_0001;
/// Bits of the configuration that every LM75 reads as 0. (Others use bits 5 and 6 for their resolution.)
const ALWAYS_ZERO: u8 = 0b1000_0000;
/// Bits below the finest resolution of the family (12 bits), in a temperature.
const BELOW_RESOLUTION: u16 = 0x000F;

/// What the chip holds beside its temperature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The configuration register.
    pub configuration: u8,
    /// The hysteresis register.
    pub hysteresis: u16,
    /// The limit register.
    pub limit: u16,
}

/// What the settings say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It measures.
    Measuring,
    /// It is shut down and repeats its last temperature.
    ShutDown,
    /// No LM75 holds this: a bus that is stuck, or another chip.
    NotAnLm75,
}

impl Settings {
    /// Judges the settings. A data line stuck at either level gives all ones or all zeros: neither has a limit above its
    /// hysteresis and zeros where zeros belong.
    #[must_use]
    pub const fn health(self) -> Health {
        let limit = self.limit.cast_signed();
        let hysteresis = self.hysteresis.cast_signed();
        let zeros = self.configuration & ALWAYS_ZERO == 0
            && self.limit & BELOW_RESOLUTION == 0
            && self.hysteresis & BELOW_RESOLUTION == 0;
        if !zeros || limit <= hysteresis {
            Health::NotAnLm75
        } else if self.configuration & SHUTDOWN != 0 {
            Health::ShutDown
        } else {
            Health::Measuring
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 80 and 75 degC: what every member of the family wakes up with.
    const POWER_ON: Settings = Settings { configuration: 0, hysteresis: 0x4B00, limit: 0x5000 };

    #[test]
    fn power_on_values_and_those_of_a_set_up_chip_are_an_lm75s() {
        assert_eq!(POWER_ON.health(), Health::Measuring);
        let below_zero = Settings { configuration: 0b0001_1110, hysteresis: 0xE200, limit: 0xFB80 };
        assert_eq!(below_zero.health(), Health::Measuring);
        let twelve_bits = Settings { configuration: 0x60, ..POWER_ON };
        assert_eq!(twelve_bits.health(), Health::Measuring);
        assert_eq!(Settings { configuration: 1, ..POWER_ON }.health(), Health::ShutDown);
    }

    #[test]
    fn a_stuck_line_or_another_chip_is_not() {
        let all = |byte: u8, word: u16| Settings { configuration: byte, hysteresis: word, limit: word };
        assert_eq!(all(0, 0).health(), Health::NotAnLm75);
        assert_eq!(all(0xFF, 0xFFFF).health(), Health::NotAnLm75);
        assert_eq!(Settings { limit: 0x5001, ..POWER_ON }.health(), Health::NotAnLm75);
        assert_eq!(Settings { configuration: 0x80, ..POWER_ON }.health(), Health::NotAnLm75);
        assert_eq!(Settings { limit: 0x4B00, ..POWER_ON }.health(), Health::NotAnLm75);
    }
}
