// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers into register words, rounded and saturated as a device's firmware does it. NaN becomes 0.

/// Rounded into an `i16`.
#[must_use]
pub(crate) fn i16_of(value: f64) -> i16 {
    // Saturating by definition of `as` for floats.
    #[allow(clippy::cast_possible_truncation)]
    {
        value.round() as i16
    }
}

/// Rounded into an `i32`.
#[must_use]
pub(crate) fn i32_of(value: f64) -> i32 {
    // Saturating by definition of `as` for floats.
    #[allow(clippy::cast_possible_truncation)]
    {
        value.round() as i32
    }
}

/// Rounded into an `i64`.
#[must_use]
pub(crate) fn i64_of(value: f64) -> i64 {
    // Saturating by definition of `as` for floats.
    #[allow(clippy::cast_possible_truncation)]
    {
        value.round() as i64
    }
}

/// Rounded into a `u64`; negative numbers become 0.
#[must_use]
pub(crate) fn u64_of(value: f64) -> u64 {
    // Saturating by definition of `as` for floats.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    {
        value.round() as u64
    }
}

/// The nearest `f32`.
#[must_use]
pub(crate) fn f32_of(value: f64) -> f32 {
    // Rounds to nearest, overflows to infinity: what a 32-bit float register can say.
    #[allow(clippy::cast_possible_truncation)]
    {
        value as f32
    }
}

/// High word, low word.
#[must_use]
pub(crate) const fn split(value: u32) -> [u16; 2] {
    let [a, b, c, d] = value.to_be_bytes();
    [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
}

/// The number whose high and low words these are.
#[must_use]
pub(crate) const fn join(high: u16, low: u16) -> u32 {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// The bits of a signed number as two words, high word first.
#[must_use]
pub(crate) const fn split_i32(value: i32) -> [u16; 2] {
    split(value.cast_unsigned())
}
