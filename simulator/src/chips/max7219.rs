// SPDX-License-Identifier: MIT OR Apache-2.0
//! MAX7219: eight seven-segment digits behind a shift register, as its three inputs see it.
//!
//! Data sheet 19-4452 `[K]`: sixteen bits, the highest first, are shifted in at the rising edges of CLK and taken over at the rising
//! edge of LOAD; bits 11 to 8 are the register, bits 7 to 0 its value. At power-up it is shut down, and all registers are 0.

use super::{DrivenBy, Edge, Level, Line, LineChip};
use ecmod_quantities::Monotonic;

/// Lines, by their number here.
pub const DATA: usize = 0;
/// See [`DATA`].
pub const CLOCK: usize = 1;
/// See [`DATA`].
pub const LOAD: usize = 2;
/// A lamp beside the digits, which has nothing to do with the chip. See [`DATA`].
pub const LAMP: usize = 3;

const LINES: [Line; 4] = {
    const fn line(name: &'static str) -> Line {
        Line { name, driven_by: DrivenBy::Host }
    }
    [line("DISPLAY_DATA"), line("DISPLAY_CLOCK"), line("DISPLAY_LOAD"), line("LOCAL_LAMP")]
};

const FIRST_DIGIT: usize = 1;
const DECODE: usize = 9;
const SCAN_LIMIT: usize = 11;
const SHUTDOWN: usize = 12;
const TEST: usize = 15;

/// Segments of 0 to 9: A in bit 6 to G in bit 0.
const DIGITS: [u8; 10] = [0x7E, 0x30, 0x6D, 0x79, 0x33, 0x5B, 0x5F, 0x70, 0x7F, 0x7B];
const DASH: u8 = 0x01;

/// The chip and the lamp.
#[derive(Debug, Clone)]
pub struct Max7219 {
    levels: [Level; 4],
    shift: u16,
    registers: [u8; 16],
}

impl Max7219 {
    /// Just powered up: dark.
    #[must_use]
    pub fn new() -> Self {
        Self { levels: [Level::Low; 4], shift: 0, registers: [0; 16] }
    }

    /// Its supply dips: it is as after switching on, whatever is on its lines.
    pub fn brown_out(&mut self) {
        (self.shift, self.registers) = (0, [0; 16]);
    }

    /// What a person reads, the left digit first; `?` is a sign that is none, and the decimal points are left out. Empty: dark.
    #[must_use]
    pub fn reads(&self) -> String {
        let register = |number: usize| self.registers.get(number).copied().unwrap_or(0);
        let last = usize::from(register(SCAN_LIMIT) & 7);
        if register(TEST) & 1 == 1 {
            return "8".repeat(last + 1);
        }
        if register(SHUTDOWN) & 1 == 0 {
            return String::new();
        }
        let sign = |place: usize| {
            let value = register(FIRST_DIGIT + place);
            let is_decoded = register(DECODE) >> place & 1 == 1;
            let digit =
                |digit: usize| u32::try_from(digit).ok().and_then(|digit| char::from_digit(digit, 10));
            if is_decoded {
                return digit(usize::from(value & 0x0F)).unwrap_or('?');
            }
            match value & 0x7F {
                0 => ' ',
                DASH => '-',
                segments => DIGITS.iter().position(|known| *known == segments).and_then(digit).unwrap_or('?'),
            }
        };
        (0..=last).rev().map(sign).collect()
    }

    fn rises(&mut self, line: usize) {
        match line {
            CLOCK => {
                let bit = self.levels.first().is_some_and(|data| data.is_high());
                self.shift = (self.shift << 1) | u16::from(bit);
            }
            LOAD => {
                let [register, value] = self.shift.to_be_bytes();
                if let Some(place) = self.registers.get_mut(usize::from(register & 0x0F)) {
                    *place = value;
                }
            }
            _ => {}
        }
    }
}

impl Default for Max7219 {
    fn default() -> Self {
        Self::new()
    }
}

impl LineChip for Max7219 {
    fn lines(&self) -> &[Line] {
        &LINES
    }

    fn drive(&mut self, _: Monotonic, line: usize, level: Option<Level>) {
        let level = level.unwrap_or(Level::Low);
        let Some(place) = self.levels.get_mut(line) else { return };
        if core::mem::replace(place, level) == Level::Low && level.is_high() {
            self.rises(line);
        }
    }

    fn level(&mut self, _: Monotonic, line: usize) -> Level {
        self.levels.get(line).copied().unwrap_or(Level::Low)
    }

    fn advance(&mut self, _: Monotonic, _: &mut dyn FnMut(Edge)) {}

    fn next_change(&self) -> Option<Monotonic> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Monotonic = Monotonic(0);

    fn set(chip: &mut Max7219, line: usize, high: bool) {
        chip.drive(NOW, line, Some(Level::from_bool(high)));
    }

    fn shift(chip: &mut Max7219, word: u16, bits: u32) {
        for bit in (0..bits).rev() {
            set(chip, CLOCK, false);
            set(chip, DATA, word >> bit & 1 == 1);
            set(chip, CLOCK, true);
        }
    }

    fn write(chip: &mut Max7219, register: u8, value: u8) {
        set(chip, LOAD, false);
        shift(chip, u16::from_be_bytes([register, value]), 16);
        set(chip, LOAD, true);
    }

    #[test]
    fn it_is_dark_until_it_is_switched_on_and_reads_its_digits_from_the_left() {
        let mut chip = Max7219::new();
        for (register, value) in [(11, 3), (1, 0x7E), (2, 0x30), (3, 0), (4, 0x01)] {
            write(&mut chip, register, value);
        }
        assert_eq!(chip.reads(), "");
        write(&mut chip, 12, 1);
        assert_eq!(chip.reads(), "- 10");
        write(&mut chip, 9, 1);
        write(&mut chip, 1, 7);
        assert_eq!(chip.reads(), "- 17", "decoded by the chip");
        write(&mut chip, 15, 1);
        assert_eq!(chip.reads(), "8888", "the test lights everything");
        chip.brown_out();
        assert_eq!(chip.reads(), "");
    }

    #[test]
    fn nothing_is_taken_over_before_load_rises_and_then_the_last_sixteen_bits() {
        let mut chip = Max7219::new();
        for (register, value) in [(11, 0), (12, 1), (1, 0x30)] {
            write(&mut chip, register, value);
        }
        set(&mut chip, LOAD, false);
        shift(&mut chip, 0x2AA, 10);
        assert_eq!(chip.reads(), "1");
        shift(&mut chip, 0x016D, 16);
        set(&mut chip, LOAD, true);
        assert_eq!(chip.reads(), "2");
    }
}
