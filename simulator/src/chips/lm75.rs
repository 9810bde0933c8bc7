// SPDX-License-Identifier: MIT OR Apache-2.0
//! NXP LM75B: a thermometer on I2C, 11 bits, 0.125 degC each.
//!
//! Modelled: pointer, temperature, configuration (kept, without effect but shutdown), both limits; conversions every 100 ms.
//! Source: datasheet LM75B `[K]`.

use super::{Acknowledge, I2cChip, Transfer};
use crate::words::i16_of;
use ecmod_quantities::{Celsius, Monotonic, Span};

/// The chip.
#[derive(Debug, Clone)]
pub struct Lm75 {
    address: u8,
    temperature: Celsius,
    present: bool,
    converted: u16,
    next: Monotonic,
    configuration: u8,
    limits: [u16; 2],
    pointer: u8,
    /// Bytes of this transfer so far.
    count: usize,
}

impl Lm75 {
    /// Between conversions.
    const PERIOD: Span = Span::from_millis(100);

    /// At this address, 20 degC.
    #[must_use]
    pub fn new(address: u8) -> Self {
        Self {
            address,
            temperature: Celsius(20.0),
            present: true,
            converted: 0,
            next: Monotonic::default(),
            configuration: 0,
            limits: [75 << 8, 80 << 8],
            pointer: 0,
            count: 0,
        }
    }

    /// What it is at.
    pub fn set_temperature(&mut self, temperature: Celsius) {
        self.temperature = temperature;
    }

    /// Whether it is on the bus at all.
    pub fn set_present(&mut self, present: bool) {
        self.present = present;
    }

    /// The supply dips: the chip is as after switching on.
    pub fn brown_out(&mut self) {
        let (temperature, present) = (self.temperature, self.present);
        *self = Self { temperature, present, ..Self::new(self.address) };
    }

    fn settle(&mut self, now: Monotonic) {
        let shut_down = self.configuration & 0x01 != 0;
        if now >= self.next && !shut_down {
            let steps = i16_of(self.temperature.value() / 0.125).clamp(-440, 1016);
            self.converted = steps.cast_unsigned() << 5;
            self.next = now.plus(Self::PERIOD);
        }
    }

    fn register(&self) -> [u8; 2] {
        let [hysteresis, limit] = self.limits;
        match self.pointer {
            0 => self.converted.to_be_bytes(),
            1 => [self.configuration; 2],
            2 => hysteresis.to_be_bytes(),
            _ => limit.to_be_bytes(),
        }
    }
}

impl I2cChip for Lm75 {
    fn address(&self) -> u8 {
        self.address
    }

    fn start(&mut self, now: Monotonic, _transfer: Transfer) -> Acknowledge {
        self.settle(now);
        self.count = 0;
        if self.present { Acknowledge::Ack } else { Acknowledge::Nack }
    }

    fn write(&mut self, now: Monotonic, byte: u8) -> Acknowledge {
        self.settle(now);
        let [hysteresis, limit] = &mut self.limits;
        let put = |register: &mut u16| {
            let [a, b] = register.to_be_bytes();
            *register = u16::from_be_bytes(if self.count == 1 { [byte, b] } else { [a, byte] }) & 0xFF80;
        };
        match (self.count, self.pointer) {
            (0, _) => self.pointer = byte & 0x03,
            (1, 1) => self.configuration = byte & 0x1F,
            (1 | 2, 2) => put(hysteresis),
            (1 | 2, 3) => put(limit),
            _ => {}
        }
        self.count += 1;
        Acknowledge::Ack
    }

    fn read(&mut self, now: Monotonic) -> u8 {
        self.settle(now);
        let [high, low] = self.register();
        self.count += 1;
        if self.count % 2 == 1 { high } else { low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chip: &mut Lm75, now: u64, pointer: u8) -> [u8; 2] {
        let now = Monotonic(now);
        assert_eq!(chip.start(now, Transfer::Write), Acknowledge::Ack);
        assert_eq!(chip.write(now, pointer), Acknowledge::Ack);
        assert_eq!(chip.start(now, Transfer::Read), Acknowledge::Ack);
        [chip.read(now), chip.read(now)]
    }

    #[test]
    fn the_datasheets_temperatures() {
        let mut chip = Lm75::new(0x48);
        for (celsius, code) in
            [(127.0, 0x3F8_u16), (25.125, 0x0C9), (0.0, 0), (-0.125, 0x7FF), (-25.0, 0x738)]
        {
            chip.set_temperature(Celsius(celsius));
            chip.next = Monotonic(0);
            assert_eq!(u16::from_be_bytes(read(&mut chip, 1, 0)) >> 5, code, "{celsius}");
        }
    }

    #[test]
    fn limits_can_be_written_and_are_forgotten_at_a_brown_out_and_a_missing_chip_does_not_answer() {
        let mut chip = Lm75::new(0x48);
        assert_eq!(read(&mut chip, 1, 3), [80, 0]);
        chip.start(Monotonic(2), Transfer::Write);
        for byte in [3, 45, 0x80] {
            assert_eq!(chip.write(Monotonic(2), byte), Acknowledge::Ack);
        }
        assert_eq!(read(&mut chip, 3, 3), [45, 0x80]);
        chip.brown_out();
        assert_eq!(read(&mut chip, 4, 3), [80, 0]);
        chip.set_present(false);
        assert_eq!(chip.start(Monotonic(5), Transfer::Write), Acknowledge::Nack);
    }
}
