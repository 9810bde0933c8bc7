// SPDX-License-Identifier: MIT OR Apache-2.0
//! A monitor of gas and blood, to be read by a configured driver: pressure of the gas supply, oxygen in the membrane's
//! exhaust, saturation of the drained blood. Its map is ours:
//!
//! | register (functions 3 and 4) | |
//! |---|---|
//! | 0 | status: b0 to b2 channel invalid in the order below |
//! | 1 | counter, one more with every measurement (5 Hz), wraps |
//! | 2 | pressure of the gas supply, `u16`, mbar |
//! | 3 | oxygen in the exhaust, `u16`, 0.01 % |
//! | 4 | venous saturation, `u16`, 0.01 % |
//! | 100 to 107 | "ECMOD-SIM ANALYS", two characters a register |
//!
//! An invalid channel reads 0xFFFF. There is nothing to write.

use super::{Exception, Registers, fill};
use crate::circuit::Signals;
use crate::random::Noise;
use crate::words::i32_of;
use serde::{Deserialize, Serialize};

/// A channel of the analyser, in register order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Analyte {
    /// Pressure of the gas supply.
    GasSupply = 0,
    /// Oxygen in the membrane's exhaust.
    ExhaustOxygen = 1,
    /// Saturation of the blood before the membrane.
    VenousSaturation = 2,
}

/// Number of channels.
const CHANNELS: usize = 3;
/// What an invalid channel reads.
const INVALID: u16 = 0xFFFF;

/// What is wrong with the analyser, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AnalyserFault {
    /// Channels without a sensor, one bit each.
    invalid: u8,
}

impl AnalyserFault {
    /// With this channel invalid as well.
    #[must_use]
    pub const fn with_invalid(self, channel: Analyte) -> Self {
        Self { invalid: self.invalid | 1 << channel as u8 }
    }
}

/// The analyser.
#[derive(Debug, Clone, PartialEq)]
pub struct Analyser {
    fault: AnalyserFault,
    counter: u16,
    values: [u16; CHANNELS],
    noise: Noise,
}

impl Analyser {
    /// Measurements per second.
    pub const RATE_HZ: u32 = 5;
    /// Noise, one standard deviation, in the registers' units: mbar, 0.01 %, 0.01 % `[C]`.
    const NOISE: [f64; CHANNELS] = [10.0, 30.0, 40.0];

    /// Before its first measurement; the seed is that of its noise.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let fault = AnalyserFault { invalid: 0 };
        Self { fault, counter: 0, values: [0; CHANNELS], noise: Noise::seeded(seed) }
    }

    /// What is wrong with it from now on.
    pub const fn set_fault(&mut self, fault: AnalyserFault) {
        self.fault = fault;
    }

    /// One measurement of all channels; to be called five times a second.
    pub fn measure(&mut self, truth: &Signals) {
        self.counter = self.counter.wrapping_add(1);
        let scaled =
            [truth.gas_supply * 1000.0, truth.exhaust_oxygen * 100.0, truth.venous_saturation * 100.0];
        let most = [f64::from(INVALID - 1), 10_000.0, 10_000.0];
        for (((value, truth), noise), most) in self.values.iter_mut().zip(scaled).zip(Self::NOISE).zip(most) {
            let measured = (truth + noise * self.noise.normal()).clamp(0.0, most);
            *value = u16::try_from(i32_of(measured)).unwrap_or(INVALID);
        }
    }

    fn channel(&self, index: u16) -> u16 {
        let valid = self.fault.invalid >> index & 1 == 0;
        self.values.get(usize::from(index)).copied().filter(|_| valid).unwrap_or(INVALID)
    }

    fn register(&self, address: u16) -> Result<u16, Exception> {
        const NAME: &[u8; 16] = b"ECMOD-SIM ANALYS";
        Ok(match address {
            0 => u16::from(self.fault.invalid),
            1 => self.counter,
            2..=4 => self.channel(address - 2),
            100..=107 => {
                let at = usize::from(address - 100) * 2;
                let text = NAME.get(at..at + 2).unwrap_or_default();
                u16::from_be_bytes(text.try_into().unwrap_or_default())
            }
            _ => return Err(Exception::IllegalDataAddress),
        })
    }
}

impl Registers for Analyser {
    fn read_holding(&mut self, address: u16, words: &mut [u16]) -> Result<(), Exception> {
        fill(address, words, |at| self.register(at))
    }

    fn read_input(&mut self, address: u16, words: &mut [u16]) -> Result<(), Exception> {
        self.read_holding(address, words)
    }

    fn write(&mut self, _: u16, _: &[u16]) -> Result<(), Exception> {
        Err(Exception::IllegalFunction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(device: &mut Analyser, address: u16, count: usize) -> Vec<u16> {
        let mut words = vec![0; count];
        device.read_input(address, &mut words).unwrap();
        words
    }

    fn measured() -> Analyser {
        let mut device = Analyser::new(1);
        let truth =
            Signals { gas_supply: 4.1, exhaust_oxygen: 99.9, venous_saturation: 71.5, ..Signals::default() };
        device.measure(&truth);
        device
    }

    #[test]
    fn registers_hold_what_is_true_in_their_units_and_never_more_than_all() {
        let mut device = measured();
        let words = read(&mut device, 0, 5);
        assert_eq!(words[..2], [0, 1]);
        for (word, (truth, off)) in words[2..].iter().zip([(4100, 60), (9990, 180), (7150, 240)]) {
            assert!(i32::from(*word).abs_diff(truth) <= off, "{words:?}");
        }
        assert!(words[3] <= 10_000);
    }

    #[test]
    fn an_invalid_channel_says_so_in_the_status_and_has_no_value() {
        let mut device = measured();
        device.set_fault(AnalyserFault::default().with_invalid(Analyte::VenousSaturation));
        let words = read(&mut device, 0, 5);
        assert_eq!((words[0], words[4]), (0b100, INVALID));
        assert!(words[2] != INVALID && words[3] != INVALID);
    }

    #[test]
    fn it_says_what_it_is_and_takes_no_writes() {
        let mut device = measured();
        let text: Vec<u8> = read(&mut device, 100, 8).into_iter().flat_map(u16::to_be_bytes).collect();
        assert_eq!(text, b"ECMOD-SIM ANALYS");
        assert_eq!(device.write(2, &[0]), Err(Exception::IllegalFunction));
        assert_eq!(device.read_input(5, &mut [0]), Err(Exception::IllegalDataAddress));
    }
}
