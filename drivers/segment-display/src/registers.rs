// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip's registers: what they should hold, and what they hold as far as anybody knows. Pure.
//!
//! The chip cannot be read. After a dip of its supply it is dark, and nobody is told; so every register is written again from
//! time to time, one after the other.

use crate::glyphs::{self, MOST};
use ecmod_plugin::quantities::{Monotonic, Span};

/// Decode mode: 0, none; a digit's bits are its segments.
pub const DECODE: u8 = 0x9;
/// Brightness, 0 to 15.
pub const INTENSITY: u8 = 0xA;
/// The number of the last digit in use.
pub const SCAN_LIMIT: u8 = 0xB;
/// 0: dark, 1: on.
pub const SHUTDOWN: u8 = 0xC;
/// 1: everything is lit, whatever the others hold.
pub const TEST: u8 = 0xF;
/// Of digit 0; the others follow.
pub const FIRST_DIGIT: u8 = 0x1;

/// One register is written again behind this time `[C]`: all of them within six seconds.
const REFRESH: Span = Span::from_millis(500);
/// The point is lit for so long, and dark for so long `[C]`.
const BEAT: Span = Span::from_millis(500);
/// Registers in use: five and the digits.
const PLACES: usize = 5 + MOST;

#[derive(Debug, Clone, Copy)]
struct Register {
    address: u8,
    wanted: u8,
    is_written: bool,
}

/// The point behind a number, which beats as long as somebody looks after the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// It is lit.
    Lit,
    /// It is dark.
    Dark,
}

impl Point {
    /// Once a second on and off, by the clock.
    #[must_use]
    pub const fn at(now: Monotonic) -> Self {
        if (now.0 / BEAT.0).is_multiple_of(2) { Self::Lit } else { Self::Dark }
    }
}

/// All of them, in the order in which they are written: the chip is switched on last, when it has something to show.
#[derive(Debug, Clone)]
pub struct Registers {
    all: [Register; PLACES],
    digits: u8,
    refreshed: Monotonic,
    /// Which one is refreshed next.
    turn: usize,
}

impl Registers {
    /// None of them is written.
    #[must_use]
    pub fn new(digits: u8, brightness: u8) -> Self {
        let register = |address, wanted| Register { address, wanted, is_written: false };
        let mut all = [register(SHUTDOWN, 1); PLACES];
        let first = [
            register(TEST, 0),
            register(DECODE, 0),
            register(SCAN_LIMIT, digits.saturating_sub(1)),
            register(INTENSITY, brightness),
        ];
        // the chip's own rest of the digits is beyond the scan limit; blank does no harm there
        let places = (FIRST_DIGIT..).take(MOST).map(|address| register(address, glyphs::BLANK));
        for (to, from) in all.iter_mut().zip(first.into_iter().chain(places)) {
            *to = from;
        }
        Self { all, digits, refreshed: Monotonic(0), turn: 0 }
    }

    /// The number to be shown, with or without a point behind it; `None`: dashes.
    pub fn show(&mut self, number: Option<(u16, Point)>) {
        let mut segments = glyphs::segments(number.map(|(number, _)| number), self.digits);
        if let (Some((_, Point::Lit)), [last, ..]) = (number, &mut segments) {
            *last |= glyphs::POINT;
        }
        for (register, segments) in self.all.iter_mut().skip(4).zip(segments) {
            if register.wanted != segments {
                register.wanted = segments;
                register.is_written = false;
            }
        }
    }

    /// What is to be written next, if anything: address and value.
    pub fn next(&mut self, now: Monotonic) -> Option<(u8, u8)> {
        if let Some(register) = self.all.iter().find(|register| !register.is_written) {
            return Some((register.address, register.wanted));
        }
        if now.since(self.refreshed) < REFRESH {
            return None;
        }
        let register = self.all.get(self.turn % PLACES)?;
        Some((register.address, register.wanted))
    }

    /// This was written.
    pub fn written(&mut self, address: u8, value: u8, now: Monotonic) {
        let is_refresh = self.are_written();
        for register in self.all.iter_mut().filter(|register| register.address == address) {
            register.is_written = register.wanted == value;
        }
        if is_refresh {
            self.turn = (self.turn + 1) % PLACES;
        }
        // Digits that change all the time must not keep the others from their turn; behind a whole writing nobody has one yet.
        if is_refresh || address == SHUTDOWN {
            self.refreshed = now;
        }
    }

    /// Nobody knows what the chip holds.
    pub fn doubt(&mut self) {
        self.all.iter_mut().for_each(|register| register.is_written = false);
    }

    /// Whether everything was written as it should be.
    #[must_use]
    pub fn are_written(&self) -> bool {
        self.all.iter().all(|register| register.is_written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Monotonic {
        Monotonic(ms * 1_000_000)
    }

    /// Writes what there is to write, and returns the addresses.
    fn write(registers: &mut Registers, now: Monotonic) -> Vec<u8> {
        let mut addresses = Vec::new();
        while let Some((address, value)) = registers.next(now) {
            addresses.push(address);
            registers.written(address, value, now);
        }
        addresses
    }

    #[test]
    fn everything_is_written_once_and_the_chip_is_switched_on_last() {
        let mut registers = Registers::new(4, 8);
        registers.show(Some((3100, Point::Lit)));
        let addresses = write(&mut registers, at(10));
        assert_eq!(addresses, [TEST, DECODE, SCAN_LIMIT, INTENSITY, 1, 2, 3, 4, 5, 6, 7, 8, SHUTDOWN]);
        assert!(registers.are_written());
        assert!(write(&mut registers, at(11)).is_empty());
    }

    #[test]
    fn of_another_number_only_the_digits_that_differ_are_written() {
        let mut registers = Registers::new(4, 8);
        registers.show(Some((3100, Point::Lit)));
        write(&mut registers, at(10));
        registers.show(Some((3200, Point::Lit)));
        assert_eq!(write(&mut registers, at(20)), [3]);
        registers.show(None);
        assert_eq!(write(&mut registers, at(30)), [1, 2, 3, 4]);
    }

    #[test]
    fn a_chip_that_has_forgotten_everything_is_told_again_while_the_number_changes_all_the_time() {
        let mut registers = Registers::new(4, 8);
        let mut again = std::collections::BTreeSet::new();
        for ms in (0..8000).step_by(100) {
            let number = 3000 + u16::try_from(ms / 200 % 2).unwrap();
            registers.show(Some((number, Point::at(at(ms)))));
            again.extend(write(&mut registers, at(ms)).into_iter().filter(|_| ms > 0));
        }
        assert_eq!(again.len(), PLACES);
    }

    #[test]
    fn the_point_beats_behind_the_last_digit_and_costs_one_register_each_time() {
        let mut registers = Registers::new(4, 8);
        registers.show(Some((3100, Point::at(at(0)))));
        write(&mut registers, at(1));
        let mut writes = Vec::new();
        for ms in (100..500).step_by(100).chain([500, 600]) {
            registers.show(Some((3100, Point::at(at(ms)))));
            while let Some(next) = registers.next(at(400)) {
                registers.written(next.0, next.1, at(400));
                writes.push(next);
            }
        }
        assert_eq!(writes, [(FIRST_DIGIT, glyphs::DIGITS[0])]);
        registers.show(Some((3100, Point::at(at(1000)))));
        assert_eq!(registers.next(at(400)), Some((FIRST_DIGIT, glyphs::DIGITS[0] | glyphs::POINT)));
        registers.show(None);
        assert_eq!(registers.next(at(400)), Some((FIRST_DIGIT, glyphs::DASH)), "dashes have none");
    }

    #[test]
    fn a_chip_that_has_forgotten_everything_is_told_again_within_seven_seconds() {
        let mut registers = Registers::new(4, 8);
        registers.show(Some((3100, Point::Lit)));
        write(&mut registers, at(0));
        let mut again: Vec<u8> =
            (0..7000).step_by(100).flat_map(|ms| write(&mut registers, at(ms))).collect();
        again.sort_unstable();
        again.dedup();
        assert_eq!(again.len(), PLACES);
        registers.doubt();
        assert_eq!(write(&mut registers, at(7000)).len(), PLACES);
    }
}
