// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers of ADS1262 and ADS1263: addresses, what they are after a reset, and what their fields mean.
//! Source: datasheet SBAS661C, section 9.6; numbers that were not at hand there are `[K]`.

/// How many registers there are.
pub const COUNT: usize = 0x1B;

/// Addresses.
pub mod address {
    pub const ID: usize = 0x00;
    pub const POWER: usize = 0x01;
    pub const INTERFACE: usize = 0x02;
    pub const MODE0: usize = 0x03;
    pub const MODE1: usize = 0x04;
    pub const MODE2: usize = 0x05;
    pub const INPMUX: usize = 0x06;
    pub const OFCAL0: usize = 0x07;
    pub const FSCAL0: usize = 0x0A;
    pub const IDACMUX: usize = 0x0D;
    pub const IDACMAG: usize = 0x0E;
    pub const REFMUX: usize = 0x0F;
    pub const TDACP: usize = 0x10;
    pub const TDACN: usize = 0x11;
    pub const ADC2CFG: usize = 0x15;
    pub const ADC2MUX: usize = 0x16;
    pub const ADC2OFC0: usize = 0x17;
    pub const ADC2FSC0: usize = 0x19;
}

/// POWER: the chip was reset and nobody has said that he knows.
pub const POWER_RESET: u8 = 0x10;

/// After a reset; ID is the model's.
pub const AFTER_RESET: [u8; COUNT] = [
    0x00, 0x11, 0x05, 0x00, 0x80, 0x04, 0x01, // ID POWER INTERFACE MODE0 MODE1 MODE2 INPMUX
    0x00, 0x00, 0x00, 0x00, 0x00, 0x40, // OFCAL FSCAL
    0xBB, 0x00, 0x00, 0x00, 0x00, // IDACMUX IDACMAG REFMUX TDACP TDACN
    0x00, 0x00, 0x00, // GPIOCON GPIODIR GPIODAT
    0x00, 0x01, 0x00, 0x00, 0x00, 0x40, // ADC2CFG ADC2MUX ADC2OFC ADC2FSC
];

/// What is added after the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Nothing.
    None,
    /// Sum of the data bytes and 0x9B.
    Sum,
    /// CRC-8, polynomial 0x07, over the data bytes, from 0.
    Crc,
}

/// The digital filter of the first converter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Of this order, 1 to 4.
    Sinc(u32),
    /// 50 and 60 Hz rejection, single-cycle settling.
    Fir,
}

/// All registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registers([u8; COUNT]);

impl Registers {
    /// After a reset.
    pub const fn reset() -> Self {
        Self(AFTER_RESET)
    }

    /// One register; what does not exist reads 0.
    pub fn get(&self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(0)
    }

    /// Writes a register; what does not exist or cannot be written stays. Whether it may have changed a conversion.
    pub fn set(&mut self, at: usize, value: u8) -> bool {
        if at == address::ID {
            return false;
        }
        if let Some(place) = self.0.get_mut(at) {
            *place = value;
        }
        // Interface, GPIO and calibration do not restart a conversion `[K]`.
        (address::MODE0..=address::INPMUX).contains(&at)
            || (address::IDACMUX..=address::TDACN).contains(&at)
            || at == address::POWER
    }

    pub fn was_reset(&self) -> bool {
        self.get(address::POWER) & POWER_RESET != 0
    }

    pub fn internal_reference_on(&self) -> bool {
        self.get(address::POWER) & 0x01 != 0
    }

    pub fn status_byte(&self) -> bool {
        self.get(address::INTERFACE) & 0x04 != 0
    }

    pub fn check(&self) -> Check {
        match self.get(address::INTERFACE) & 0x03 {
            1 => Check::Sum,
            2 => Check::Crc,
            _ => Check::None,
        }
    }

    /// One conversion and then a stop.
    pub fn pulse_mode(&self) -> bool {
        self.get(address::MODE0) & 0x40 != 0
    }

    /// The input chop mode exchanges the inputs for every second conversion and takes their mean.
    pub fn chopped(&self) -> bool {
        self.get(address::MODE0) & 0x10 != 0
    }

    pub fn reference_reversed(&self) -> bool {
        self.get(address::MODE0) & 0x80 != 0
    }

    /// Delay before a conversion begins, ns `[K]`.
    pub fn delay_ns(&self) -> u64 {
        const DELAYS: [u64; 12] = [
            0, 8_700, 17_000, 35_000, 69_000, 139_000, 278_000, 555_000, 1_100_000, 2_200_000, 4_400_000,
            8_800_000,
        ];
        let at = usize::from(self.get(address::MODE0) & 0x0F);
        DELAYS.get(at).copied().unwrap_or(0)
    }

    pub fn filter(&self) -> Filter {
        match self.get(address::MODE1) >> 5 {
            0 => Filter::Sinc(1),
            1 => Filter::Sinc(2),
            2 => Filter::Sinc(3),
            3 => Filter::Sinc(4),
            _ => Filter::Fir,
        }
    }

    /// The sensor bias: into the positive input and out of the negative one, A; negative with the other polarity. 0: a
    /// resistor or nothing. `ADC1`.
    pub fn sensor_bias(&self) -> f64 {
        let mode = self.get(address::MODE1);
        if mode & 0x10 != 0 {
            return 0.0; // connected to the other converter
        }
        let magnitude = match mode & 0x07 {
            1 => 0.5e-6,
            2 => 2e-6,
            3 => 10e-6,
            4 => 50e-6,
            5 => 200e-6,
            // 10 Mohm from the inputs to the supplies: about this much into an open wire, next to nothing otherwise.
            6 => 0.25e-6,
            _ => 0.0,
        };
        if mode & 0x08 == 0 { magnitude } else { -magnitude }
    }

    pub fn bypassed(&self) -> bool {
        self.get(address::MODE2) & 0x80 != 0
    }

    /// Gain of the first converter, 1 to 32.
    pub fn gain(&self) -> f64 {
        if self.bypassed() {
            return 1.0;
        }
        f64::from(1_u32 << u32::from(self.get(address::MODE2) >> 4 & 0x07).min(5))
    }

    /// Conversions per second of the first converter.
    pub fn rate(&self) -> f64 {
        const RATES: [f64; 16] = [
            2.5,
            5.0,
            10.0,
            50.0 / 3.0,
            20.0,
            50.0,
            60.0,
            100.0,
            400.0,
            1200.0,
            2400.0,
            4800.0,
            7200.0,
            14_400.0,
            19_200.0,
            38_400.0,
        ];
        RATES.get(usize::from(self.get(address::MODE2) & 0x0F)).copied().unwrap_or(20.0)
    }

    /// Positive and negative input of the first converter.
    pub fn inputs(&self) -> (u8, u8) {
        let mux = self.get(address::INPMUX);
        (mux >> 4, mux & 0x0F)
    }

    /// Positive and negative input of the second converter.
    pub fn second_inputs(&self) -> (u8, u8) {
        let mux = self.get(address::ADC2MUX);
        (mux >> 4, mux & 0x0F)
    }

    /// Reference of the first converter: positive and negative choice.
    pub fn reference(&self) -> (u8, u8) {
        let mux = self.get(address::REFMUX);
        (mux >> 3 & 0x07, mux & 0x07)
    }

    /// Reference of the second converter.
    pub fn second_reference(&self) -> u8 {
        self.get(address::ADC2CFG) >> 3 & 0x07
    }

    pub fn second_gain(&self) -> f64 {
        f64::from(1_u32 << u32::from(self.get(address::ADC2CFG) & 0x07))
    }

    pub fn second_rate(&self) -> f64 {
        match self.get(address::ADC2CFG) >> 6 {
            0 => 10.0,
            1 => 100.0,
            2 => 400.0,
            _ => 800.0,
        }
    }

    /// Current that the two sources push out of this pin, A.
    pub fn pin_current(&self, pin: usize) -> f64 {
        const MICROAMPERES: [f64; 11] =
            [0.0, 50.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 1500.0, 2000.0, 2500.0, 3000.0];
        let (mux, magnitude) = (self.get(address::IDACMUX), self.get(address::IDACMAG));
        let source = |mux: u8, magnitude: u8| {
            let here = usize::from(mux) == pin;
            let current = MICROAMPERES.get(usize::from(magnitude)).copied().unwrap_or(0.0);
            if here { current * 1e-6 } else { 0.0 }
        };
        source(mux & 0x0F, magnitude & 0x0F) + source(mux >> 4, magnitude >> 4)
    }

    /// Output of a test converter (`TDACP` or `TDACN`) against AVSS, V.
    pub fn test_voltage(&self, at: usize, supply: f64) -> f64 {
        let code = self.get(at) & 0x1F;
        let step = i32::from(code & 0x0F);
        let away = if step == 0 { 0.0 } else { 0.4 * f64::from(step - 9).exp2() };
        let fraction = if code & 0x10 == 0 { 0.5 + away } else { 0.5 - away };
        supply * fraction.clamp(0.1, 0.9)
    }

    /// Offset and gain calibration of the first converter: subtracted from and multiplied with its codes.
    pub fn calibration(&self) -> (i32, f64) {
        let offset = self.three_bytes(address::OFCAL0);
        let gain = [0, 1, 2].map(|at| self.get(address::FSCAL0 + at));
        let gain = u32::from_le_bytes([gain[0], gain[1], gain[2], 0]);
        (offset, f64::from(gain) / f64::from(0x0040_0000))
    }

    /// Stores an offset calibration (in units of 2^8 codes).
    pub fn store_offset(&mut self, offset: i32) {
        for (at, byte) in (address::OFCAL0..).zip(offset.to_le_bytes().into_iter().take(3)) {
            if let Some(place) = self.0.get_mut(at) {
                *place = byte;
            }
        }
    }

    /// Offset and gain calibration of the second converter.
    pub fn second_calibration(&self) -> (i32, f64) {
        let at = address::ADC2OFC0;
        let offset = i32::from(i16::from_le_bytes([self.get(at), self.get(at + 1)]));
        let at = address::ADC2FSC0;
        let gain = u16::from_le_bytes([self.get(at), self.get(at + 1)]);
        (offset, f64::from(gain) / f64::from(0x4000))
    }

    fn three_bytes(&self, at: usize) -> i32 {
        i32::from_le_bytes([0, self.get(at), self.get(at + 1), self.get(at + 2)]) >> 8
    }
}
