// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers to numbers and back: word order, type, mask, scale. Pure.

use crate::config::{Signal, Type, WordOrder};
use ecmod_plugin::quantities::Cause;

/// Why a demanded value cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoesNotFit;

impl core::fmt::Display for DoesNotFit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the number does not fit into the register's type")
    }
}

impl core::error::Error for DoesNotFit {}

/// The bits of a value, its registers put in order; the most significant register of an `ABCD` value comes first.
#[must_use]
pub fn raw(items: &[u16], order: WordOrder) -> u64 {
    let join = |sum: u64, word: &u16| (sum << 16) | u64::from(byte_order(*word, order));
    match order {
        WordOrder::Abcd | WordOrder::Badc => items.iter().fold(0, join),
        WordOrder::Cdab | WordOrder::Dcba => items.iter().rev().fold(0, join),
    }
}

/// Puts the low `16 * items.len()` bits of a value into registers: the inverse of [`raw`].
pub fn registers(raw: u64, order: WordOrder, items: &mut [u16]) {
    let mut rest = raw;
    let mut put = |item: &mut u16| {
        let [.., high, low] = rest.to_be_bytes();
        *item = byte_order(u16::from_be_bytes([high, low]), order);
        rest >>= 16;
    };
    match order {
        WordOrder::Abcd | WordOrder::Badc => items.iter_mut().rev().for_each(&mut put),
        WordOrder::Cdab | WordOrder::Dcba => items.iter_mut().for_each(&mut put),
    }
}

const fn byte_order(word: u16, order: WordOrder) -> u16 {
    match order {
        WordOrder::Abcd | WordOrder::Cdab => word,
        WordOrder::Badc | WordOrder::Dcba => word.swap_bytes(),
    }
}

/// The value of a signal from its items.
///
/// # Errors
/// The cause why there is none: a number declared invalid, not finite, or outside the signal's range.
pub fn decode(items: &[u16], signal: &Signal) -> Result<f64, Cause> {
    let raw = raw(items, signal.word_order);
    if let Some(invalid) = signal.invalid.iter().find(|invalid| invalid.raw == raw) {
        return Err(invalid.cause.0);
    }
    let number = match (signal.kind, signal.mask) {
        (Type::Bit, _) if signal.table.is_bits() => integer(raw & 1),
        (Type::Bit, _) => integer((raw >> u32::from(signal.bit.unwrap_or(0)).min(63)) & 1),
        (kind, Some(mask)) if kind.is_integer() => integer(masked(raw, mask)),
        (kind, _) => number(raw, kind),
    };
    let value = number * signal.scale + signal.offset;
    if !value.is_finite() {
        Err(Cause::NotFinite)
    } else if value < signal.minimum || value > signal.maximum {
        Err(Cause::OutOfRange)
    } else {
        Ok(value)
    }
}

/// The bits that `mask` selects, shifted down to the lowest of them.
#[must_use]
pub const fn masked(raw: u64, mask: u64) -> u64 {
    if mask == 0 { 0 } else { (raw & mask) >> mask.trailing_zeros() }
}

/// The bits of `raw` as a number of type `kind`.
fn number(raw: u64, kind: Type) -> f64 {
    let [.., b4, b5, b6, b7] = raw.to_be_bytes();
    let (low16, low32) = (u16::from_be_bytes([b6, b7]), u32::from_be_bytes([b4, b5, b6, b7]));
    match kind {
        Type::Bit => integer(raw & 1),
        Type::U16 => f64::from(low16),
        Type::I16 => f64::from(low16.cast_signed()),
        Type::U32 => f64::from(low32),
        Type::I32 => f64::from(low32.cast_signed()),
        Type::U64 => integer(raw),
        #[allow(clippy::cast_precision_loss)]
        // a double holds 53 bits: counts beyond that lose their last digits
        Type::I64 => raw.cast_signed() as f64,
        Type::F32 => f64::from(f32::from_bits(low32)),
        Type::F64 => f64::from_bits(raw),
    }
}

#[allow(clippy::cast_precision_loss)] // as above
const fn integer(raw: u64) -> f64 {
    raw as f64
}

/// The bits to write for a number (the demand, already scaled back). Integers are rounded to the nearest.
///
/// # Errors
/// If the number is not finite or does not fit into the type.
pub fn encode(number: f64, kind: Type) -> Result<u64, DoesNotFit> {
    if !number.is_finite() {
        return Err(DoesNotFit);
    }
    match kind {
        Type::F32 => {
            #[allow(clippy::cast_possible_truncation)]
            // rounding to single precision is what the register holds
            let single = number as f32;
            if single.is_finite() { Ok(u64::from(single.to_bits())) } else { Err(DoesNotFit) }
        }
        Type::F64 => Ok(number.to_bits()),
        Type::Bit | Type::U16 | Type::I16 | Type::U32 | Type::I32 | Type::U64 | Type::I64 => {
            let (low, high) = bounds(kind);
            let rounded = number.round();
            if rounded < low || rounded > high {
                return Err(DoesNotFit);
            }
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            // inside the bounds just checked
            Ok(if rounded < 0.0 { (rounded as i64).cast_unsigned() } else { rounded as u64 })
        }
    }
}

/// The largest and smallest number of an integer type that a double holds exactly.
const fn bounds(kind: Type) -> (f64, f64) {
    match kind {
        Type::Bit => (0.0, 1.0),
        Type::U16 => (0.0, 65_535.0),
        Type::I16 => (-32_768.0, 32_767.0),
        Type::U32 => (0.0, 4_294_967_295.0),
        Type::I32 => (-2_147_483_648.0, 2_147_483_647.0),
        // Largest integers below 2^64 and 2^63 with 53 significant bits.
        Type::U64 => (0.0, 18_446_744_073_709_549_568.0),
        Type::I64 => (-9_223_372_036_854_775_808.0, 9_223_372_036_854_774_784.0),
        Type::F32 | Type::F64 => (f64::MIN, f64::MAX),
    }
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
