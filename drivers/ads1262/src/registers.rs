// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip's commands, registers and STATUS byte, as the data sheet (TI SBAS661C) names them.

/// First bytes of what is sent.
pub mod command {
    /// Registers to their defaults, conversions stopped.
    pub const RESET: u8 = 0x06;
    /// Starts a conversion.
    pub const START1: u8 = 0x08;
    /// Starts the second converter (ADS1263).
    pub const START2: u8 = 0x0C;
    /// Reads the result.
    pub const RDATA1: u8 = 0x12;
    /// Reads the second converter's result (ADS1263).
    pub const RDATA2: u8 = 0x14;
    /// Reads registers: with the first one's address, then their number less one.
    pub const RREG: u8 = 0x20;
    /// Writes registers, likewise.
    pub const WREG: u8 = 0x40;
}

/// Addresses of registers.
pub mod address {
    /// Which chip it is.
    pub const ID: u8 = 0x00;
    /// Reset flag, internal reference.
    pub const POWER: u8 = 0x01;
    /// STATUS and CRC bytes.
    pub const INTERFACE: u8 = 0x02;
    /// Pulse mode, delay.
    pub const MODE0: u8 = 0x03;
    /// Filter, sensor bias.
    pub const MODE1: u8 = 0x04;
    /// Gain, data rate.
    pub const MODE2: u8 = 0x05;
    /// Input multiplexer.
    pub const INPMUX: u8 = 0x06;
    /// Reference multiplexer.
    pub const REFMUX: u8 = 0x0F;
    /// Second converter: data rate, reference, gain.
    pub const ADC2CFG: u8 = 0x15;
    /// Second converter: input multiplexer.
    pub const ADC2MUX: u8 = 0x16;
}

/// Names by address, for the log.
const NAMES: [&str; MOST_REGISTERS] = [
    "ID",
    "POWER",
    "INTERFACE",
    "MODE0",
    "MODE1",
    "MODE2",
    "INPMUX",
    "OFCAL0",
    "OFCAL1",
    "OFCAL2",
    "FSCAL0",
    "FSCAL1",
    "FSCAL2",
    "IDACMUX",
    "IDACMAG",
    "REFMUX",
    "TDACP",
    "TDACN",
    "GPIOCON",
    "GPIODIR",
    "GPIODAT",
    "ADC2CFG",
    "ADC2MUX",
    "ADC2OFC0",
    "ADC2OFC1",
    "ADC2FSC0",
    "ADC2FSC1",
];

/// Registers of an ADS1263.
pub const MOST_REGISTERS: usize = 27;
/// Registers of an ADS1262: those of the first converter.
pub const FIRST_REGISTERS: usize = 21;

/// Both halves of INPMUX, or both of what one of the chip's own sources needs.
pub mod input {
    /// The temperature sensor.
    pub const TEMPERATURE: u8 = 0xBB;
    /// A quarter of the analogue supply.
    pub const ANALOG_SUPPLY: u8 = 0xCC;
    /// A quarter of the digital supply.
    pub const DIGITAL_SUPPLY: u8 = 0xDD;
    /// The highest number of a pin (AINCOM).
    pub const HIGHEST_PIN: u8 = 10;

    /// The difference of two pins.
    #[must_use]
    pub const fn pins(positive: u8, negative: u8) -> u8 {
        (positive << 4) | (negative & 0x0F)
    }
}

/// POWER: the internal reference on, the reset flag cleared.
pub const POWER_ON: u8 = 0x01;
/// INTERFACE: a STATUS byte before the data, a CRC byte behind.
pub const STATUS_AND_CRC: u8 = 0x06;
/// MODE0: one conversion for each start.
pub const PULSE_MODE: u8 = 0x40;
/// MODE0: 1.1 ms between start and conversion.
pub const DELAY_1_1_MS: u8 = 0x08;
/// MODE0: where the delay is.
pub const DELAY_MASK: u8 = 0x0F;

/// Which chip it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// One converter.
    Ads1262,
    /// Two converters.
    Ads1263,
}

impl Model {
    /// From register ID; `None` for another chip. All bits alike is what a bus says on which nobody answers.
    #[must_use]
    pub const fn from_id(id: u8) -> Option<Self> {
        match (id, id >> 5) {
            (0x00 | 0xFF, _) => None,
            (_, 0) => Some(Self::Ads1262),
            (_, 1) => Some(Self::Ads1263),
            _ => None,
        }
    }

    /// How many registers it has.
    #[must_use]
    pub const fn registers(self) -> usize {
        match self {
            Self::Ads1262 => FIRST_REGISTERS,
            Self::Ads1263 => MOST_REGISTERS,
        }
    }
}

/// The first byte of every result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u8);

impl Status {
    const fn has(self, bit: u8) -> bool {
        self.0 & (1 << bit) != 0
    }

    /// The second converter's result has not been read before.
    #[must_use]
    pub const fn second_is_new(self) -> bool {
        self.has(7)
    }

    /// The result has not been read before.
    #[must_use]
    pub const fn is_new(self) -> bool {
        self.has(6)
    }

    /// The clock is not the chip's own.
    #[must_use]
    pub const fn external_clock(self) -> bool {
        self.has(5)
    }

    /// The reference is below 0.4 V.
    #[must_use]
    pub const fn reference_low(self) -> bool {
        self.has(4)
    }

    /// An output of the amplifier is within 0.2 V of a supply: the input's common mode is wrong.
    #[must_use]
    pub const fn at_a_supply(self) -> bool {
        self.has(3) || self.has(2)
    }

    /// The amplifier's output is beyond full scale.
    #[must_use]
    pub const fn beyond_full_scale(self) -> bool {
        self.has(1)
    }

    /// The chip was reset since POWER.RESET was cleared.
    #[must_use]
    pub const fn was_reset(self) -> bool {
        self.has(0)
    }
}

/// What all registers hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image([u8; MOST_REGISTERS]);

/// A register that holds something else than it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub register: &'static str,
    /// What it should hold.
    pub expected: u8,
    /// What it holds.
    pub found: u8,
}

impl Image {
    /// As after a reset, with this ID.
    #[must_use]
    pub fn at_reset(id: u8) -> Self {
        let mut image = Self([0; MOST_REGISTERS]);
        let defaults = [
            (address::ID, id),
            (address::POWER, 0x11),
            (address::INTERFACE, 0x05),
            (address::MODE1, 0x80),
            (address::MODE2, 0x04),
            (address::INPMUX, 0x01),
            (0x0C, 0x40), // FSCAL2: full-scale calibration 1.0
            (0x0D, 0xBB), // IDACMUX: not connected
            (address::ADC2MUX, 0x01),
            (0x1A, 0x40), // ADC2FSC1: full-scale calibration 1.0
        ];
        for (register, value) in defaults {
            image.set(register, value);
        }
        image
    }

    /// Sets the register at this address.
    pub fn set(&mut self, address: u8, value: u8) {
        if let Some(register) = self.0.get_mut(usize::from(address)) {
            *register = value;
        }
    }

    /// The register at this address; 0 behind the last one, as the chip has it.
    #[must_use]
    pub fn get(&self, address: u8) -> u8 {
        self.0.get(usize::from(address)).copied().unwrap_or(0)
    }

    /// Compares with the registers read, from address 0 on.
    ///
    /// # Errors
    /// The first one that differs.
    pub fn compare(&self, read: &[u8]) -> Result<(), Difference> {
        let pairs = self.0.iter().zip(read).zip(NAMES);
        let mut differing = pairs.filter(|((expected, found), _)| expected != found);
        differing.next().map_or(Ok(()), |((expected, found), register)| {
            Err(Difference { register, expected: *expected, found: *found })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_chips_are_told_apart_and_a_silent_bus_is_neither() {
        assert_eq!(Model::from_id(0x03), Some(Model::Ads1262));
        assert_eq!(Model::from_id(0x23), Some(Model::Ads1263));
        for id in [0x00, 0xFF, 0x43, 0x80] {
            assert_eq!(Model::from_id(id), None, "{id:#04x}");
        }
    }

    #[test]
    fn each_status_bit_has_its_meaning() {
        let bits: [fn(Status) -> bool; 8] = [
            Status::was_reset,
            Status::beyond_full_scale,
            Status::at_a_supply,
            Status::at_a_supply,
            Status::reference_low,
            Status::external_clock,
            Status::is_new,
            Status::second_is_new,
        ];
        for (bit, meaning) in bits.into_iter().enumerate() {
            assert!(meaning(Status(1 << bit)), "bit {bit}");
            assert!(!meaning(Status(!(1 << bit))) || bit == 2 || bit == 3, "bit {bit}");
        }
        assert!(!Status(0xF3).at_a_supply());
    }

    #[test]
    fn any_flipped_bit_of_any_register_is_found_and_named() {
        let image = Image::at_reset(0x23);
        let all: Vec<u8> = (0..27).map(|address| image.get(address)).collect();
        assert_eq!(image.compare(&all), Ok(()));
        for register in 0..27 {
            for bit in 0..8 {
                let mut read = all.clone();
                read[register] ^= 1 << bit;
                let difference = image.compare(&read).unwrap_err();
                assert_eq!(difference.register, NAMES[register]);
                assert_eq!(difference.found ^ difference.expected, 1 << bit);
            }
        }
    }
}
