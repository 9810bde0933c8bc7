// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pressure and temperature transmitter, to be read by a configured driver. Its map is ours:
//!
//! | register (functions 3 and 4) | |
//! |---|---|
//! | 0 | status: b0 to b4 channel invalid in the order below, b15 device failed |
//! | 1 | counter, one more with every conversion (50 Hz), wraps |
//! | 2, 3, 4 | venous, pre-membrane, arterial pressure, `i16`, 0.1 mmHg |
//! | 5, 6 | venous, arterial temperature, `i16`, 0.01 degC |
//! | 16, 18, 20, 22, 24 | the same five as `f32`, high word first, mmHg and degC |
//! | 32, 34 .. | the same five as `f32`, low word first |
//! | 100 to 107 | "ECMOD-SIM TRANSM", two characters a register |
//!
//! An invalid channel reads 0x8000 as integer and NaN as float. Function 2 reads the status bits as discrete inputs
//! 0 to 15. There is nothing to write.

use super::{Exception, Registers, fill};
use crate::circuit::Signals;
use crate::random::Noise;
use crate::words::{f32_of, i16_of, split};
use serde::{Deserialize, Serialize};

/// A channel of the transmitter, in register order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Channel {
    /// Before the pump.
    Venous = 0,
    /// Before the membrane.
    PreMembrane = 1,
    /// After the membrane.
    Arterial = 2,
    /// Blood before the membrane.
    VenousTemperature = 3,
    /// Blood after the membrane.
    ArterialTemperature = 4,
}

/// Number of channels.
const CHANNELS: usize = 5;

/// What is wrong with the transmitter, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TransmitterFault {
    /// It answers, but converts no more: values and counter stand still.
    pub frozen: bool,
    /// Channels without a sensor, one bit each.
    pub invalid: u8,
    /// It failed as a whole: b15, every channel invalid.
    pub failed: bool,
}

impl TransmitterFault {
    /// With this channel invalid as well.
    #[must_use]
    pub const fn with_invalid(self, channel: Channel) -> Self {
        Self { invalid: self.invalid | 1 << channel as u8, ..self }
    }

    const fn invalid_bits(self) -> u8 {
        if self.failed { 0x1F } else { self.invalid }
    }
}

/// The transmitter.
#[derive(Debug, Clone, PartialEq)]
pub struct Transmitter {
    fault: TransmitterFault,
    counter: u16,
    values: [f64; CHANNELS],
}

impl Transmitter {
    /// Conversions per second.
    pub const RATE_HZ: u32 = 50;
    /// Noise of a pressure conversion, mmHg, one standard deviation `[C]`.
    const PRESSURE_NOISE: f64 = 0.4;
    /// Noise of a temperature conversion, K, one standard deviation `[C]`.
    const TEMPERATURE_NOISE: f64 = 0.01;

    /// Before its first conversion.
    #[must_use]
    pub const fn new() -> Self {
        let fault = TransmitterFault { frozen: false, invalid: 0, failed: false };
        Self { fault, counter: 0, values: [0.0; CHANNELS] }
    }

    /// What is wrong with it from now on.
    pub const fn set_fault(&mut self, fault: TransmitterFault) {
        self.fault = fault;
    }

    /// One conversion of all channels; to be called 50 times a second.
    pub fn convert(&mut self, truth: &Signals, noise: &mut Noise) {
        if self.fault.frozen {
            return;
        }
        self.counter = self.counter.wrapping_add(1);
        let mut spread = |value: f64, deviation: f64| value + deviation * noise.normal();
        self.values = [
            spread(truth.venous.value(), Self::PRESSURE_NOISE),
            spread(truth.pre_membrane.value(), Self::PRESSURE_NOISE),
            spread(truth.arterial.value(), Self::PRESSURE_NOISE),
            spread(truth.venous_temperature.value(), Self::TEMPERATURE_NOISE),
            spread(truth.arterial_temperature.value(), Self::TEMPERATURE_NOISE),
        ];
    }

    /// What this channel shows: `None` when it is invalid.
    #[must_use]
    pub fn value(&self, channel: Channel) -> Option<f64> {
        let index = channel as u8;
        let valid = self.fault.invalid_bits() >> index & 1 == 0;
        self.values.get(usize::from(index)).copied().filter(|_| valid)
    }

    /// Conversions so far, as the register shows it.
    #[must_use]
    pub const fn counter(&self) -> u16 {
        self.counter
    }

    fn status(&self) -> u16 {
        u16::from(self.fault.invalid_bits()) | if self.fault.failed { 0x8000 } else { 0 }
    }

    fn channel(&self, index: u16) -> Option<f64> {
        let valid = self.fault.invalid_bits() >> index & 1 == 0;
        self.values.get(usize::from(index)).copied().filter(|_| valid)
    }

    fn integer(&self, index: u16) -> u16 {
        let scale = if index < 3 { 10.0 } else { 100.0 };
        self.channel(index).map_or(0x8000, |value| i16_of(value * scale).cast_unsigned())
    }

    fn float(&self, index: u16) -> [u16; 2] {
        split(self.channel(index).map_or(f32::NAN, f32_of).to_bits())
    }

    fn register(&self, address: u16) -> Result<u16, Exception> {
        const NAME: &[u8; 16] = b"ECMOD-SIM TRANSM";
        Ok(match address {
            0 => self.status(),
            1 => self.counter,
            2..=6 => self.integer(address - 2),
            7..=15 | 26..=31 => 0,
            16..=25 => {
                let [high, low] = self.float((address - 16) / 2);
                if address.is_multiple_of(2) { high } else { low }
            }
            32..=41 => {
                let [high, low] = self.float((address - 32) / 2);
                if address.is_multiple_of(2) { low } else { high }
            }
            100..=107 => {
                let at = usize::from(address - 100) * 2;
                let text = NAME.get(at..at + 2).unwrap_or_default();
                u16::from_be_bytes(text.try_into().unwrap_or_default())
            }
            _ => return Err(Exception::IllegalDataAddress),
        })
    }
}

impl Default for Transmitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Registers for Transmitter {
    fn read_holding(&mut self, address: u16, words: &mut [u16]) -> Result<(), Exception> {
        fill(address, words, |at| self.register(at))
    }

    fn read_input(&mut self, address: u16, words: &mut [u16]) -> Result<(), Exception> {
        self.read_holding(address, words)
    }

    fn read_discrete(&mut self, address: u16, bits: &mut [bool]) -> Result<(), Exception> {
        for (input, bit) in (u32::from(address)..).zip(bits) {
            *bit = match input {
                0..=15 => self.status() >> input & 1 == 1,
                _ => return Err(Exception::IllegalDataAddress),
            };
        }
        Ok(())
    }

    fn write(&mut self, _: u16, _: &[u16]) -> Result<(), Exception> {
        Err(Exception::IllegalFunction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_quantities::{Celsius, MmHg};

    fn truth() -> Signals {
        Signals {
            venous: MmHg(-60.0),
            pre_membrane: MmHg(250.0),
            arterial: MmHg(210.0),
            venous_temperature: Celsius(36.5),
            arterial_temperature: Celsius(37.0),
            ..Signals::default()
        }
    }

    fn read(device: &mut Transmitter, address: u16, count: usize) -> Vec<u16> {
        let mut words = vec![0; count];
        device.read_input(address, &mut words).unwrap();
        words
    }

    #[test]
    fn integers_and_both_float_orders_agree() {
        let mut device = Transmitter::new();
        device.convert(&truth(), &mut Noise::seeded(1));
        let integers = read(&mut device, 2, 5);
        let (big, little) = (read(&mut device, 16, 10), read(&mut device, 32, 10));
        for (index, expected) in [-60.0, 250.0, 210.0, 36.5, 37.0].into_iter().enumerate() {
            let scale = if index < 3 { 10.0 } else { 100.0 };
            let integer = f64::from(integers[index].cast_signed()) / scale;
            let float = f32::from_bits(u32::from(big[2 * index]) << 16 | u32::from(big[2 * index + 1]));
            let swapped =
                f32::from_bits(u32::from(little[2 * index + 1]) << 16 | u32::from(little[2 * index]));
            assert!((integer - expected).abs() < 2.5 && (f64::from(float) - integer).abs() < 0.1);
            assert_eq!(float.to_bits(), swapped.to_bits());
        }
        assert_eq!(read(&mut device, 0, 2), [0, 1]);
    }

    #[test]
    fn an_invalid_channel_has_no_value_in_any_format() {
        let mut device = Transmitter::new();
        device.convert(&truth(), &mut Noise::seeded(1));
        device.set_fault(TransmitterFault::default().with_invalid(Channel::Arterial));
        assert_eq!(read(&mut device, 0, 1), [0b100]);
        assert_eq!(read(&mut device, 4, 1), [0x8000]);
        let float = read(&mut device, 20, 2);
        assert!(f32::from_bits(u32::from(float[0]) << 16 | u32::from(float[1])).is_nan());
        let mut bits = [false; 5];
        device.read_discrete(0, &mut bits).unwrap();
        assert_eq!(bits, [false, false, true, false, false]);
        assert_eq!((device.value(Channel::Arterial), device.value(Channel::Venous).is_some()), (None, true));
    }

    #[test]
    fn a_frozen_transmitter_answers_with_a_counter_that_stands() {
        let mut device = Transmitter::new();
        device.convert(&truth(), &mut Noise::seeded(1));
        device.set_fault(TransmitterFault { frozen: true, ..TransmitterFault::default() });
        let before = read(&mut device, 0, 7);
        device.convert(&Signals::default(), &mut Noise::seeded(2));
        assert_eq!(read(&mut device, 0, 7), before);
    }

    #[test]
    fn it_says_what_it_is_and_takes_no_writes() {
        let mut device = Transmitter::new();
        let text: Vec<u8> = read(&mut device, 100, 8).into_iter().flat_map(u16::to_be_bytes).collect();
        assert_eq!(text, b"ECMOD-SIM TRANSM");
        assert_eq!(device.write(2, &[0]), Err(Exception::IllegalFunction));
        assert_eq!(device.read_input(50, &mut [0]), Err(Exception::IllegalDataAddress));
    }
}
