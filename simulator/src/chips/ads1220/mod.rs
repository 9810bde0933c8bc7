// SPDX-License-Identifier: MIT OR Apache-2.0
//! Texas Instruments ADS1220: a 24-bit delta-sigma converter with four inputs, amplifier, reference.
//!
//! Modelled: registers, all commands, single-shot and continuous conversion at every rate of all modes, multiplexer, gain,
//! references, burn-out current, excitation currents, temperature sensor, data-ready on its own pin, reading direct and
//! by command. The chip has no id, no checksum and no reset bit; its registers tell a reset by having their first values.
//!
//! Source: datasheet SBAS501; conversion times in normal mode are its table of 2^k clocks of 4.096 MHz `[K]`.

#[cfg(test)]
mod tests;

use super::pins::Pins;
use super::{Level, SpiChip};
use crate::random::Noise;
use crate::words::{i16_of, i32_of, u64_of};
use ecmod_quantities::{Monotonic, Span};

/// What is wrong with the chip itself, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Fault {
    /// Probability that a bit of a conversion's data is damaged on the way.
    pub damaged_data: f64,
    /// Data-ready stays inactive.
    pub ready_silent: bool,
}

/// What the bytes that come next mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expecting {
    Command,
    Values { next: usize, left: u8 },
    Reading { left: u8 },
}

/// The chip; AIN0 to AIN3 are the first four of its [`Pins`], REFP0 and REFN0 the next two.
#[derive(Debug, Clone)]
pub struct Ads1220 {
    registers: [u8; 4],
    pins: Pins,
    fault: Fault,
    noise: Noise,
    running: Option<Monotonic>,
    ready: bool,
    code: i32,
    out: Vec<u8>,
    expecting: Expecting,
    powered: bool,
}

impl Ads1220 {
    /// The pins of REFP0 and REFN0.
    pub const REFERENCE: [usize; 2] = [4, 5];

    /// Powered up, with nothing connected.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            registers: [0; 4],
            pins: Pins::NOTHING,
            fault: Fault::default(),
            noise: Noise::seeded(seed),
            running: None,
            ready: false,
            code: 0,
            out: Vec::new(),
            expecting: Expecting::Command,
            powered: true,
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
        self.registers = [0; 4];
        self.running = None;
        self.ready = false;
        self.code = 0;
        self.expecting = Expecting::Command;
    }

    fn continuous(&self) -> bool {
        self.registers[1] & 0x04 != 0
    }

    /// How long a conversion takes.
    fn period(&self) -> Span {
        const NORMAL: [f64; 7] = [20.0, 45.0, 90.0, 175.0, 330.0, 600.0, 1000.0];
        let rate = NORMAL.get(usize::from(self.registers[1] >> 5)).copied().unwrap_or(20.0);
        let rate = match self.registers[1] >> 3 & 0x03 {
            1 => rate / 4.0, // duty cycle: as in normal mode, three quarters of the time asleep
            2 => rate * 2.0, // turbo
            _ => rate,
        };
        Span(u64_of(1e9 / rate))
    }

    fn start(&mut self, now: Monotonic) {
        self.powered = true;
        self.ready = false;
        self.running = Some(now.plus(self.period()));
    }

    fn settle(&mut self, now: Monotonic) {
        while let Some(due) = self.running.filter(|due| *due <= now) {
            self.code = self.convert();
            self.ready = true;
            self.running = self.continuous().then(|| due.plus(self.period()));
        }
    }

    fn convert(&mut self) -> i32 {
        if self.registers[1] & 0x02 != 0 {
            // 14 bits on the left, 0.03125 degC each.
            return i32::from(i16_of(self.pins.die_temperature / 0.03125)) << 10;
        }
        let setting = self.registers[0];
        let gain = f64::from(1_u32 << (setting >> 1 & 0x07));
        let supply = self.pins.supply;
        let burn = if self.registers[1] & 0x01 != 0 { 10e-6 } else { 0.0 };
        let level =
            |pin: usize, bias: f64| self.pins.pin(pin).with_current(bias + self.excitation(pin), supply);
        let internal = 2.048 * self.pins.reference_factor;
        let reference = match self.registers[2] >> 6 {
            0 => internal,
            1 => self.pins.pin(4).voltage - self.pins.pin(5).voltage,
            2 => self.pins.pin(0).voltage - self.pins.pin(3).voltage,
            _ => supply,
        };
        let pair = |positive, negative| level(positive, burn) - level(negative, -burn);
        // The three monitors bypass the amplifier.
        let (volts, gain, reference) = match setting >> 4 {
            0x0 => (pair(0, 1), gain, reference),
            0x1 => (pair(0, 2), gain, reference),
            0x2 => (pair(0, 3), gain, reference),
            0x3 => (pair(1, 2), gain, reference),
            0x4 => (pair(1, 3), gain, reference),
            0x5 => (pair(2, 3), gain, reference),
            0x6 => (pair(1, 0), gain, reference),
            0x7 => (pair(3, 2), gain, reference),
            single @ 0x8..=0xB => (level(usize::from(single - 8), burn), gain.min(4.0), reference),
            0xC => ((self.pins.pin(4).voltage - self.pins.pin(5).voltage) / 4.0, 1.0, internal),
            0xD => (supply / 4.0, 1.0, internal),
            0xE => (0.0, gain, reference),
            _ => (0.0, 1.0, reference),
        };
        let volts = volts + self.pins.noise * self.noise.normal();
        let raw = volts * gain / reference.max(1e-6) * 8_388_608.0;
        i32_of(raw.clamp(-8_388_608.0, 8_388_607.0))
    }

    fn excitation(&self, pin: usize) -> f64 {
        const MICROAMPERES: [f64; 8] = [0.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 1500.0];
        let current = MICROAMPERES.get(usize::from(self.registers[2] & 0x07)).copied().unwrap_or(0.0);
        let to = [self.registers[3] >> 5, self.registers[3] >> 2 & 0x07];
        let sources = to.into_iter().filter(|mux| usize::from(*mux) == pin + 1).count();
        if sources == 0 { 0.0 } else { current * 1e-6 * if sources == 2 { 2.0 } else { 1.0 } }
    }

    fn load(&mut self) {
        let [_, a, b, c] = self.code.to_be_bytes();
        self.out = vec![c, b, a];
        if self.noise.chance(self.fault.damaged_data) {
            let at = usize::from(self.noise.byte()) % 3;
            if let Some(byte) = self.out.get_mut(at) {
                *byte ^= 1 << (self.noise.byte() % 8);
            }
        }
    }

    fn command(&mut self, now: Monotonic, byte: u8) {
        match byte {
            0x06 | 0x07 => self.reset(),
            0x08 | 0x09 => self.start(now),
            0x02 | 0x03 => {
                self.powered = false;
                self.running = None;
            }
            0x10..=0x1F => {
                self.ready = false;
                self.load();
                self.expecting = Expecting::Reading { left: 3 };
            }
            0x20..=0x2F => {
                let (first, count) = (usize::from(byte >> 2 & 0x03), usize::from(byte & 0x03) + 1);
                let values = self.registers.iter().skip(first).take(count).copied();
                self.out = values.collect::<Vec<u8>>().into_iter().rev().collect();
                self.expecting = Expecting::Reading { left: (byte & 0x03) + 1 };
            }
            0x40..=0x4F => {
                let next = usize::from(byte >> 2 & 0x03);
                self.expecting = Expecting::Values { next, left: (byte & 0x03) + 1 };
            }
            _ => {}
        }
    }
}

impl SpiChip for Ads1220 {
    fn select(&mut self, now: Monotonic) {
        self.settle(now);
        self.expecting = Expecting::Command;
        self.out.clear();
        if self.ready {
            self.load();
        }
    }

    fn exchange(&mut self, now: Monotonic, out: u8) -> u8 {
        self.settle(now);
        self.ready = false; // the first clock takes data-ready back
        let answer = self.out.pop().unwrap_or(0);
        match self.expecting {
            Expecting::Command => self.command(now, out),
            Expecting::Reading { left } => {
                self.expecting =
                    if left > 1 { Expecting::Reading { left: left - 1 } } else { Expecting::Command };
            }
            Expecting::Values { next, left } => {
                if let Some(place) = self.registers.get_mut(next) {
                    *place = out;
                }
                self.expecting = if left > 1 {
                    Expecting::Values { next: next + 1, left: left - 1 }
                } else {
                    Expecting::Command
                };
                // A change of the settings begins a running conversion anew.
                if self.running.is_some() || self.continuous() && self.powered && next == 1 {
                    self.start(now);
                }
            }
        }
        answer
    }

    fn deselect(&mut self, now: Monotonic) {
        self.settle(now);
    }

    fn data_ready(&mut self, now: Monotonic) -> Option<Level> {
        self.settle(now);
        Some(Level::from_bool(self.fault.ready_silent || !self.ready))
    }

    fn next_change(&self) -> Option<Monotonic> {
        self.running
    }
}
