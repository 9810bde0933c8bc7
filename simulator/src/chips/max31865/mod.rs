// SPDX-License-Identifier: MIT OR Apache-2.0
//! Maxim MAX31865: a resistance thermometer to digital converter.
//!
//! Modelled: all registers; bias that needs time to settle; one-shot and continuous conversion with the times of both
//! filters; thresholds; the cycle that looks for faults of the wires; the fault register and its bit beside the result;
//! data-ready. Source: datasheet 19-6478; times are typical values `[K]`.

#[cfg(test)]
mod tests;

use super::{Level, SpiChip};
use crate::random::Noise;
use crate::words::i32_of;
use ecmod_quantities::{Celsius, Monotonic, Span};
use serde::{Deserialize, Serialize};

/// What hangs on the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Element {
    /// A thermometer.
    #[default]
    Connected,
    /// A broken element: nothing between RTDIN+ and RTDIN-.
    Open,
    /// The wires touch each other.
    Shorted,
    /// The force wire has come off: no current flows.
    ForceOpen,
}

/// What is wrong, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fault {
    /// The thermometer and its wires.
    pub element: Element,
    /// Voltage beyond the supply on an input (a defibrillator's, a short to another circuit).
    pub overvoltage: bool,
    /// Data-ready stays inactive.
    pub ready_silent: bool,
}

/// The chip with a PT100 and a reference resistor of 430 ohm.
#[derive(Debug, Clone)]
pub struct Max31865 {
    temperature: Celsius,
    /// Of the element at 0 degC, ohm.
    nominal: f64,
    /// Reference resistor, ohm.
    reference: f64,
    fault: Fault,
    noise: Noise,
    configuration: u8,
    result: u16,
    thresholds: [u16; 2],
    status: u8,
    bias_since: Option<Monotonic>,
    /// A conversion began and ends.
    converting: Option<(Monotonic, Monotonic)>,
    /// A look for faults ends.
    looking: Option<Monotonic>,
    ready: bool,
    address: Option<u8>,
}

/// Bits of the configuration register.
mod bits {
    pub const BIAS: u8 = 0x80;
    pub const AUTOMATIC: u8 = 0x40;
    pub const ONE_SHOT: u8 = 0x20;
    pub const LOOK: u8 = 0x0C;
    pub const CLEAR: u8 = 0x02;
    pub const FIFTY: u8 = 0x01;
}

/// Bits of the fault register.
mod faults {
    pub const HIGH: u8 = 0x80;
    pub const LOW: u8 = 0x40;
    pub const REFIN_HIGH: u8 = 0x20;
    pub const REFIN_LOW: u8 = 0x10;
    pub const RTDIN_LOW: u8 = 0x08;
    pub const VOLTAGE: u8 = 0x04;
}

impl Max31865 {
    /// How fast the input filter settles after the bias is on: one time constant `[K]`.
    const SETTLING: Span = Span::from_micros(1_000);
    /// How long the automatic look for faults takes `[K]`.
    const LOOK_TIME: Span = Span::from_micros(600);
    /// Noise of a conversion, one standard deviation, K `[K]`.
    const NOISE: f64 = 0.02;

    /// Powered up at 20 degC.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            temperature: Celsius(20.0),
            nominal: 100.0,
            reference: 430.0,
            fault: Fault::default(),
            noise: Noise::seeded(seed),
            configuration: 0,
            result: 0,
            thresholds: [0xFFFF, 0],
            status: 0,
            bias_since: None,
            converting: None,
            looking: None,
            ready: false,
            address: None,
        }
    }

    /// What the thermometer is at from `now` on.
    pub fn set_temperature(&mut self, now: Monotonic, temperature: Celsius) {
        self.settle(now);
        self.temperature = temperature;
    }

    /// What is wrong from `now` on.
    pub fn set_fault(&mut self, now: Monotonic, fault: Fault) {
        self.settle(now);
        self.fault = fault;
    }

    /// The supply dips: the chip is as after switching on.
    pub fn brown_out(&mut self, now: Monotonic) {
        self.settle(now);
        let (temperature, fault, noise) = (self.temperature, self.fault, self.noise.clone());
        *self = Self { temperature, fault, noise, ..Self::new(0) };
    }

    /// Resistance of a platinum thermometer (IEC 60751, Callendar and Van Dusen), as a multiple of that at 0 degC.
    fn platinum(temperature: Celsius) -> f64 {
        let t = temperature.value();
        let below = if t < 0.0 { -4.183e-12 * (t - 100.0) * t.powi(3) } else { 0.0 };
        1.0 + 3.9083e-3 * t - 5.775e-7 * t * t + below
    }

    fn conversion_time(&self, one_shot: bool) -> Span {
        match (self.configuration & bits::FIFTY != 0, one_shot) {
            (false, true) => Span::from_millis(52),
            (true, true) => Span::from_micros(62_500),
            (false, false) => Span::from_micros(16_700),
            (true, false) => Span::from_millis(20),
        }
    }

    fn settle(&mut self, now: Monotonic) {
        if let Some(end) = self.looking.filter(|end| *end <= now) {
            self.looking = None;
            self.configuration &= !bits::LOOK;
            self.look(end);
        }
        while let Some((begin, end)) = self.converting.filter(|(_, end)| *end <= now) {
            self.convert(begin);
            self.ready = true;
            self.configuration &= !bits::ONE_SHOT;
            self.converting = (self.configuration & bits::AUTOMATIC != 0)
                .then(|| (end, end.plus(self.conversion_time(false))));
        }
    }

    /// How much of its final value the voltage on the element has reached.
    fn settled(&self, at: Monotonic) -> f64 {
        match self.bias_since {
            Some(since) => 1.0 - (-at.since(since).seconds() / Self::SETTLING.seconds()).exp(),
            None => 0.0,
        }
    }

    fn convert(&mut self, begin: Monotonic) {
        let noisy = self.temperature + Celsius(Self::NOISE) * self.noise.normal();
        let ratio = match self.fault.element {
            Element::Connected => Self::platinum(noisy) * self.nominal / self.reference * self.settled(begin),
            Element::Open if self.bias_since.is_some() => 1.0,
            Element::Open | Element::Shorted | Element::ForceOpen => 0.0,
        };
        let code = i32_of(ratio * 32_768.0).clamp(0, 0x7FFF);
        self.result = u16::try_from(code).unwrap_or(0x7FFF) << 1;
        let [high, low] = self.thresholds.map(|threshold| threshold & 0xFFFE);
        if self.result >= high {
            self.status |= faults::HIGH;
        }
        if self.result <= low {
            self.status |= faults::LOW;
        }
        self.watch_voltage();
    }

    fn look(&mut self, at: Monotonic) {
        if self.settled(at) > 0.0 {
            self.status |= match self.fault.element {
                Element::Connected | Element::Shorted => 0,
                // No current through the reference resistor: REFIN- is pulled up to the bias.
                Element::Open => faults::REFIN_HIGH,
                Element::ForceOpen => faults::REFIN_LOW | faults::RTDIN_LOW,
            };
        }
        self.watch_voltage();
    }

    fn watch_voltage(&mut self) {
        if self.fault.overvoltage {
            self.status |= faults::VOLTAGE;
        }
    }

    fn read(&mut self, address: u8) -> u8 {
        let [result_high, result_low] = self.result.to_be_bytes();
        let [[a, b], [c, d]] = self.thresholds.map(u16::to_be_bytes);
        match address {
            0 => self.configuration,
            1 => {
                self.ready = false;
                result_high
            }
            2 => {
                self.ready = false;
                result_low | u8::from(self.status != 0)
            }
            3 => a,
            4 => b,
            5 => c,
            6 => d,
            7 => self.status,
            _ => 0xFF,
        }
    }

    fn write(&mut self, now: Monotonic, address: u8, value: u8) {
        let [high, low] = &mut self.thresholds;
        let put = |threshold: &mut u16, high: bool| {
            let [a, b] = threshold.to_be_bytes();
            *threshold = u16::from_be_bytes(if high { [value, b] } else { [a, value] });
        };
        match address {
            0 => self.configure(now, value),
            3 => put(high, true),
            4 => put(high, false),
            5 => put(low, true),
            6 => put(low, false),
            _ => {}
        }
    }

    fn configure(&mut self, now: Monotonic, value: u8) {
        if value & bits::CLEAR != 0 {
            self.status = 0;
        }
        self.bias_since = (value & bits::BIAS != 0).then(|| self.bias_since.unwrap_or(now));
        let was_automatic = self.configuration & bits::AUTOMATIC != 0;
        self.configuration = value & !bits::CLEAR;
        if value & bits::LOOK == 0x04 {
            self.looking = Some(now.plus(Self::LOOK_TIME));
        }
        if value & bits::AUTOMATIC != 0 {
            if !was_automatic {
                self.converting = Some((now, now.plus(self.conversion_time(false))));
            }
        } else if value & bits::ONE_SHOT != 0 {
            self.converting = Some((now, now.plus(self.conversion_time(true))));
        } else if was_automatic {
            self.converting = None;
        }
    }
}

impl SpiChip for Max31865 {
    fn select(&mut self, now: Monotonic) {
        self.settle(now);
        self.address = None;
    }

    fn exchange(&mut self, now: Monotonic, out: u8) -> u8 {
        self.settle(now);
        let Some(address) = self.address else {
            self.address = Some(out);
            return 0;
        };
        let writes = address & 0x80 != 0;
        // The address goes up by itself, and from the last to the first.
        self.address = Some(address & 0x80 | (address.wrapping_add(1) & 0x7F));
        if writes {
            self.write(now, address & 0x7F, out);
            0
        } else {
            self.read(address & 0x7F)
        }
    }

    fn deselect(&mut self, now: Monotonic) {
        self.settle(now);
    }

    fn data_ready(&mut self, now: Monotonic) -> Option<Level> {
        self.settle(now);
        Some(Level::from_bool(self.fault.ready_silent || !self.ready))
    }

    fn next_change(&self) -> Option<Monotonic> {
        let ends = [self.converting.map(|(_, end)| end), self.looking];
        ends.into_iter().flatten().min()
    }
}
