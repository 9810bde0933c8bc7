// SPDX-License-Identifier: MIT OR Apache-2.0
//! From pins to codes: multiplexer, amplifier, reference, converter.

use super::registers::{Filter, Registers, address};
use super::timing::{Pace, span};
use crate::chips::pins::{PINS, Pins};
use crate::random::Noise;
use crate::words::i64_of;
use ecmod_quantities::Span;

/// Status byte: reference too low, amplifier's output too low, too high, beyond full scale.
pub const REFERENCE_LOW: u8 = 0x10;
pub const OUTPUT_LOW: u8 = 0x08;
pub const OUTPUT_HIGH: u8 = 0x04;
pub const BEYOND_SCALE: u8 = 0x02;

/// The internal reference, V.
const INTERNAL: f64 = 2.5;
/// Offset of the amplifier at gain 1, V; it shrinks with the gain `[K]`.
const OFFSET: f64 = 1.2e-7;

/// One conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conversion {
    /// Signed code, in the converter's width.
    pub code: i32,
    /// Alarms of the status byte.
    pub alarms: u8,
}

/// What stands at an input of a multiplexer, V against AVSS.
fn voltage(registers: &Registers, pins: &Pins, choice: u8, bias: f64) -> f64 {
    let supply = pins.supply;
    match choice {
        pin if usize::from(pin) < PINS => {
            let pin = usize::from(pin);
            let own = registers.pin_current(pin);
            let common = pin == PINS - 1 && registers.get(address::POWER) & 0x02 != 0;
            if common && pins.pin(pin).is_open() {
                // The level shift holds AINCOM in the middle.
                supply / 2.0
            } else {
                pins.pin(pin).with_current(own + bias, supply)
            }
        }
        0xE => registers.test_voltage(address::TDACP, supply),
        _ => supply / 2.0, // left open
    }
}

/// The difference between two choices of a multiplexer, with the voltages themselves.
fn difference(registers: &Registers, pins: &Pins, inputs: (u8, u8), bias: f64) -> (f64, [f64; 2]) {
    let middle = pins.supply / 2.0;
    let monitor = |volts: f64| (volts, [middle + volts / 2.0, middle - volts / 2.0]);
    match inputs {
        (0xB, 0xB) => monitor(0.1224 + 420e-6 * (pins.die_temperature - 25.0)),
        (0xC, 0xC) => monitor(pins.supply / 4.0),
        (0xD, 0xD) => monitor(pins.digital_supply / 4.0),
        (0xE, 0xE) => {
            let positive = registers.test_voltage(address::TDACP, pins.supply);
            let negative = registers.test_voltage(address::TDACN, pins.supply);
            (positive - negative, [positive, negative])
        }
        (positive, negative) => {
            let positive = voltage(registers, pins, positive, bias);
            let negative = voltage(registers, pins, negative, -bias);
            (positive - negative, [positive, negative])
        }
    }
}

/// The reference between two choices (0 internal, 1 to 3 pairs of pins, 4 the supply), V.
fn reference(registers: &Registers, pins: &Pins, positive: u8, negative: u8) -> f64 {
    let end = |choice: u8, first: usize, internal: f64, supply: f64| match choice {
        0 if registers.internal_reference_on() => internal,
        choice @ 1..=3 => pins.pin(usize::from(choice - 1) * 2 + first).voltage,
        4 => supply,
        _ => 0.0,
    };
    let internal = INTERNAL * pins.reference_factor;
    end(positive, 0, internal, pins.supply) - end(negative, 1, 0.0, 0.0)
}

/// A conversion of the first converter.
pub fn first(registers: &Registers, pins: &Pins, noise: &mut Noise) -> Conversion {
    let (positive, negative) = registers.reference();
    let mut reference = reference(registers, pins, positive, negative);
    if registers.reference_reversed() {
        reference = -reference;
    }
    let gain = registers.gain();
    let (mut volts, outputs) = difference(registers, pins, registers.inputs(), registers.sensor_bias());
    if !registers.chopped() {
        volts += OFFSET / gain;
    }
    volts += pins.noise * noise.normal();
    let mut alarms = 0;
    if reference <= 0.4 {
        alarms |= REFERENCE_LOW;
    }
    if !registers.bypassed() {
        alarms |= amplifier_alarms(volts, outputs, gain, reference, pins.supply);
    }
    let (offset, scale) = registers.calibration();
    let full = 2_147_483_648.0;
    let raw = volts * gain / reference.max(1e-6) * full - f64::from(offset) * 256.0;
    Conversion { code: code_of(raw * scale, full), alarms }
}

/// A conversion of the second converter: 24 bits.
pub fn second(registers: &Registers, pins: &Pins, noise: &mut Noise) -> Conversion {
    let choice = registers.second_reference();
    // The second converter's pairs are chosen with one field `[K]`.
    let reference = reference(registers, pins, choice, choice);
    let (volts, _) = difference(registers, pins, registers.second_inputs(), 0.0);
    // 16 times as noisy as the first `[C]`.
    let volts = volts + pins.noise * noise.normal();
    let (offset, scale) = registers.second_calibration();
    let full = 8_388_608.0;
    let raw = volts * registers.second_gain() / reference.max(1e-6) * full - f64::from(offset) * 256.0;
    Conversion { code: code_of(raw * scale, full), alarms: 0 }
}

/// Alarms of the amplifier; its outputs stand around the inputs' middle, as far apart as the gain makes the difference.
fn amplifier_alarms(volts: f64, inputs: [f64; 2], gain: f64, reference: f64, supply: f64) -> u8 {
    let [positive, negative] = inputs;
    let middle = f64::midpoint(positive, negative);
    let half = (volts * gain / 2.0).abs();
    let mut alarms = 0;
    if middle - half < 0.2 {
        alarms |= OUTPUT_LOW;
    }
    if middle + half > supply - 0.2 {
        alarms |= OUTPUT_HIGH;
    }
    if 2.0 * half > 1.05 * reference.abs() {
        alarms |= BEYOND_SCALE;
    }
    alarms
}

/// Saturated at the ends of `-full..full`.
fn code_of(raw: f64, full: f64) -> i32 {
    i32::try_from(i64_of(raw.clamp(-full, full - 1.0))).unwrap_or(i32::MAX)
}

/// How long the first converter takes.
pub fn first_pace(registers: &Registers) -> Pace {
    let rate = registers.rate();
    let delay = registers.delay_ns();
    // From the table of latencies, as a formula: so many periods, and the filter's own time.
    let seconds = match registers.filter() {
        _ if rate > 14_000.0 => 5.0 / rate + 77e-6,

        Filter::Sinc(order) => f64::from(order) / rate + 424.7e-6,
        Filter::Fir => 1.0 / rate + 2.2e-3,
    };
    let first = Span(span(seconds).0 + delay);
    let chopped = if registers.chopped() { Span(first.0 * 2) } else { first };
    let period = if registers.chopped() { first } else { span(1.0 / rate) };
    Pace { first: chopped, period, single: registers.pulse_mode() }
}

/// How long the second converter takes `[K]`.
pub fn second_pace(registers: &Registers) -> Pace {
    let rate = registers.second_rate();
    let first = match rate {
        rate if rate < 50.0 => 121e-3,
        rate if rate < 200.0 => 31.2e-3,
        rate if rate < 600.0 => 8.71e-3,
        _ => 4.97e-3,
    };
    Pace { first: span(first), period: span(1.0 / rate), single: false }
}
