// SPDX-License-Identifier: MIT OR Apache-2.0
//! Texas Instruments ADS1262 and ADS1263: 32-bit delta-sigma converters with multiplexer, amplifier and reference; the
//! second has another converter of 24 bits.
//!
//! Modelled: all registers, read and write; reset with its bit; both converters with multiplexer, gain, references,
//! calibration registers, latency and pace of every filter; data-ready; reading direct and by command with status, checksum and
//! CRC bytes; burn-out and excitation currents; the monitors of supply, temperature and test voltages; alarms of
//! amplifier and reference. Not modelled: GPIO pins, the time-out of the serial interface, gain calibration.
//!
//! Source: datasheet SBAS661C; latencies are its table 9-13 as a formula `[K]`.

mod analog;
mod interface;
mod registers;
mod timing;

#[cfg(test)]
mod tests;

use super::pins::Pins;
use super::{Level, SpiChip};
use crate::random::Noise;
use analog::Conversion;
use ecmod_quantities::{Monotonic, Span};
use interface::{Command, Interface};
use registers::{Check, Registers, address};
use timing::{Clock, Pace};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// One converter.
    Ads1262,
    /// With the second converter.
    Ads1263,
}

/// What is wrong with the chip itself, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Fault {
    /// The id register says that this is another chip.
    pub wrong_id: bool,
    /// Probability that a bit of a conversion's data is damaged on the way.
    pub damaged_data: f64,
    /// Data-ready stays inactive.
    pub ready_silent: bool,
}

/// One of the converters: its clock, and its newest data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Converter {
    clock: Clock,
    data: Conversion,
}

/// The chip.
#[derive(Debug, Clone)]
pub struct Ads126x {
    model: Model,
    registers: Registers,
    pins: Pins,
    fault: Fault,
    noise: Noise,
    interface: Interface,
    first: Converter,
    second: Converter,
    /// An offset calibration instead of a conversion is under way.
    calibrating: bool,
    /// Nothing was exchanged since data became ready: they can be read without a command.
    direct: bool,
    /// Bytes until the data that come by themselves were read whole.
    direct_left: usize,
    seen: Monotonic,
}

impl Ads126x {
    /// Powered up, with nothing connected.
    #[must_use]
    pub fn new(model: Model, seed: u64) -> Self {
        Self {
            model,
            registers: Registers::reset(),
            pins: Pins::NOTHING,
            fault: Fault::default(),
            noise: Noise::seeded(seed),
            interface: Interface::default(),
            first: Converter::default(),
            second: Converter::default(),
            calibrating: false,
            direct: false,
            direct_left: 0,
            seen: Monotonic::default(),
        }
    }

    /// What is on the pins from `now` on.
    pub fn set_pins(&mut self, now: Monotonic, pins: Pins) {
        self.settle(now);
        self.pins = pins;
    }

    /// What is wrong with it from `now` on.
    pub fn set_fault(&mut self, now: Monotonic, fault: Fault) {
        self.settle(now);
        self.fault = fault;
    }

    /// The supply dips: the chip is as after switching on.
    pub fn brown_out(&mut self, now: Monotonic) {
        self.settle(now);
        self.reset();
    }

    fn reset(&mut self) {
        self.registers = Registers::reset();
        self.first = Converter::default();
        self.second = Converter::default();
        self.calibrating = false;
        self.direct = false;
    }

    /// Lets conversions end that are due.
    fn settle(&mut self, now: Monotonic) {
        self.seen = now;
        while self.first.clock.take_due(now).is_some() {
            let calibrating = core::mem::take(&mut self.calibrating);
            if calibrating {
                self.registers.store_offset(0);
            }
            self.first.data = analog::first(&self.registers, &self.pins, &mut self.noise);
            if calibrating {
                self.registers.store_offset(self.first.data.code >> 8);
            }
            self.direct = true;
        }
        while self.second.clock.take_due(now).is_some() {
            self.second.data = analog::second(&self.registers, &self.pins, &mut self.noise);
        }
    }

    fn status(&self) -> u8 {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        self.first.data.alarms
            | bit(self.second.clock.is_new(), 0x80)
            | bit(self.first.clock.is_new(), 0x40)
            | bit(self.registers.was_reset(), 0x01)
    }

    /// A data field: status, data, padding, check.
    fn field(&mut self, data: &[u8], padded: bool) -> Vec<u8> {
        let mut field = Vec::with_capacity(6);
        if self.registers.status_byte() {
            field.push(self.status());
        }
        let begin = field.len();
        field.extend_from_slice(data);
        if padded {
            field.push(0);
        }
        match self.registers.check() {
            Check::None => {}
            Check::Sum => field.push(data.iter().fold(0x9B, |sum: u8, byte| sum.wrapping_add(*byte))),
            Check::Crc => field.push(data.iter().fold(0, crc8)),
        }
        if self.noise.chance(self.fault.damaged_data) {
            let at = begin + usize::from(self.noise.byte()) % data.len();
            if let Some(byte) = field.get_mut(at) {
                *byte ^= 1 << (self.noise.byte() % 8);
            }
        }
        field
    }

    fn first_field(&mut self) -> Vec<u8> {
        self.field(&self.first.data.code.to_be_bytes(), false)
    }

    fn second_field(&mut self) -> Vec<u8> {
        let [_, a, b, c] = self.second.data.code.to_be_bytes();
        self.field(&[a, b, c], true)
    }

    fn perform(&mut self, now: Monotonic, command: Command) {
        match command {
            Command::Reset => self.reset(),
            Command::StartFirst => self.start(now),
            Command::StopFirst => self.first.clock.stop(),
            Command::StartSecond if self.model == Model::Ads1263 => {
                self.second.clock.start(now, analog::second_pace(&self.registers));
            }
            Command::StartSecond => {}
            Command::StopSecond => self.second.clock.stop(),
            Command::CalibrateOffset => {
                // The mean of 16 conversions.
                let pace = analog::first_pace(&self.registers);
                let first = Span(pace.first.0 + 15 * pace.period.0);
                self.calibrating = true;
                self.direct = false;
                self.first.clock.start(now, Pace { first, single: true, ..pace });
            }
            Command::ReadFirst => {
                let field = self.first_field();
                self.first.clock.read();
                self.interface.answer(field);
            }
            Command::ReadSecond => {
                let field = self.second_field();
                self.second.clock.read();
                self.interface.answer(field);
            }
            Command::ReadRegisters { first, count } => {
                let values = (first..first + count).map(|at| self.register(at)).collect();
                self.interface.answer(values);
            }
            Command::WriteRegister { at, value } => {
                let restarts = self.registers.set(at, value);
                if restarts && self.first.clock.runs() {
                    self.start(now);
                }
                if (at == address::ADC2CFG || at == address::ADC2MUX) && self.second.clock.runs() {
                    self.second.clock.start(now, analog::second_pace(&self.registers));
                }
            }
        }
    }

    fn start(&mut self, now: Monotonic) {
        self.direct = false;
        self.first.clock.start(now, analog::first_pace(&self.registers));
    }

    fn register(&self, at: usize) -> u8 {
        let revision = 0x03;
        match (at == address::ID, self.fault.wrong_id, self.model) {
            (false, ..) => self.registers.get(at),
            (true, true, _) => 0xE0 | revision,
            (true, false, Model::Ads1262) => revision,
            (true, false, Model::Ads1263) => 0x20 | revision,
        }
    }
}

impl SpiChip for Ads126x {
    fn select(&mut self, now: Monotonic) {
        self.settle(now);
        let direct = if self.direct { self.first_field() } else { Vec::new() };
        self.direct_left = direct.len();
        self.interface.select(direct);
    }

    fn exchange(&mut self, now: Monotonic, out: u8) -> u8 {
        self.settle(now);
        // The first clock takes data-ready back; from now on these data can be had by command alone.
        self.first.clock.begin_read();
        self.direct = false;
        let (byte, command) = self.interface.exchange(out);
        if self.direct_left == 1 {
            self.first.clock.read();
        }
        self.direct_left = self.direct_left.saturating_sub(1);
        if let Some(command) = command {
            self.direct_left = 0;
            self.perform(now, command);
        }
        byte
    }

    fn deselect(&mut self, now: Monotonic) {
        self.settle(now);
        self.interface.select(Vec::new());
    }

    fn data_ready(&mut self, now: Monotonic) -> Option<Level> {
        self.settle(now);
        Some(Level::from_bool(self.fault.ready_silent || !self.first.clock.ready(now)))
    }

    fn next_change(&self) -> Option<Monotonic> {
        self.first.clock.next_change(self.seen)
    }
}

fn crc8(crc: u8, byte: &u8) -> u8 {
    (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 })
}
