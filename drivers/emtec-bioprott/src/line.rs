// SPDX-License-Identifier: MIT OR Apache-2.0
//! One line of the meter's stream: its fields, exactly as the manual lays them out.
//!
//! `ee ss aaa p.pp fffffff mmmmmmm sssssss tttt`: error byte, status byte (both hexadecimal), coupling in %,
//! calibration factor, mean flow over 100 ms, 1 s and 10 s in mL/min, board temperature in degC.
//!
//! A byte that was lost or damaged on the wire must not become a flow. There is no checksum, so the layout is
//! all there is, and it is checked to the last blank. Two layouts exist ([`Layout`]); a stream has one of them.

/// How the fields of a line are placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Every field has its full width, right-aligned; a line has exactly 43 characters.
    Padded,
    /// Fields without padding, exactly one blank between two of them, as the manual prints its examples.
    Compact,
}

/// A number, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<T> {
    /// The number.
    Value(T),
    /// Filled with `-`: the meter has no value.
    Blanked,
    /// Filled with `^`: above what the meter can show.
    Overflow,
    /// Filled with `v`: below what the meter can show.
    Underflow,
}

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Error code; 0 is none.
    pub error: u8,
    /// Status bits, see [`crate::status::Status`].
    pub status: u8,
    /// Coupling (received signal strength), percent.
    pub coupling: Field<i32>,
    /// Calibration factor in hundredths.
    pub factor: Field<i32>,
    /// Mean flow over 100 ms, 1 s and 10 s, mL/min.
    pub flow: [Field<i32>; 3],
    /// Board temperature, degC.
    pub temperature: Field<i32>,
}

/// Width of each field in the padded layout.
const WIDTHS: [usize; 8] = [2, 2, 3, 4, 7, 7, 7, 4];
/// Characters of a padded line: the fields and the blanks between them.
pub const PADDED_LENGTH: usize = 43;

/// Parses one line without its line end. `None`: it is not a line of this meter in this layout.
#[must_use]
pub fn parse(text: &[u8], layout: Layout) -> Option<Line> {
    let fields = match layout {
        Layout::Padded => padded(text)?,
        Layout::Compact => compact(text)?,
    };
    let [error, status, coupling, factor, mean_100ms, mean_1s, mean_10s, temperature] = fields;
    Some(Line {
        error: hexadecimal(error)?,
        status: hexadecimal(status)?,
        coupling: filled(coupling, 3).or_else(|| unsigned(coupling))?,
        factor: filled(factor, 4).or_else(|| hundredths(factor))?,
        flow: [flow(mean_100ms)?, flow(mean_1s)?, flow(mean_10s)?],
        temperature: filled(temperature, 4).or_else(|| signed_with_sign(temperature))?,
    })
}

/// The fields of a padded line, their padding taken off.
fn padded(text: &[u8]) -> Option<[&[u8]; 8]> {
    if text.len() != PADDED_LENGTH {
        return None;
    }
    let mut fields: [&[u8]; 8] = [&[]; 8];
    let mut rest = text;
    for (index, (field, width)) in fields.iter_mut().zip(WIDTHS).enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(b" ")?;
        }
        let (cell, behind) = rest.split_at_checked(width)?;
        *field = cell.trim_ascii_start();
        if field.is_empty() || field.contains(&b' ') {
            return None;
        }
        rest = behind;
    }
    Some(fields)
}

/// The fields of a compact line.
fn compact(text: &[u8]) -> Option<[&[u8]; 8]> {
    let mut fields: [&[u8]; 8] = [&[]; 8];
    let mut parts = text.split(|byte| *byte == b' ');
    for (field, width) in fields.iter_mut().zip(WIDTHS) {
        *field = parts.next().filter(|part| !part.is_empty() && part.len() <= width)?;
    }
    parts.next().is_none().then_some(fields)
}

/// Exactly two hexadecimal digits, capitals as the meter writes them.
fn hexadecimal(field: &[u8]) -> Option<u8> {
    let [high, low] = field else { return None };
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    Some((digit(high)? << 4) | digit(low)?)
}

/// A field that holds a fill pattern over its whole width (the manual prints six of the seven `^` and `v`).
fn filled(field: &[u8], width: usize) -> Option<Field<i32>> {
    let (first, rest) = field.split_first()?;
    let full = field.len() == width || (width == 7 && field.len() == 6);
    if !full || rest.iter().any(|byte| byte != first) {
        return None;
    }
    match first {
        b'-' => Some(Field::Blanked),
        b'^' => Some(Field::Overflow),
        b'v' => Some(Field::Underflow),
        _ => None,
    }
}

/// A flow: an optional minus and one to six digits, or seven digits, or a fill pattern. The meter prints no zeros in
/// front: `0408` was another number.
fn flow(field: &[u8]) -> Option<Field<i32>> {
    if let Some(pattern) = filled(field, 7) {
        return Some(pattern);
    }
    let (negative, digits) = match field.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, field),
    };
    if digits.starts_with(b"0") && digits.len() > 1 {
        return None;
    }
    let magnitude = number(digits)?;
    Some(Field::Value(if negative { magnitude.checked_neg()? } else { magnitude }))
}

/// Digits only, without zeros in front: `100` with one bit flipped is `000`.
fn unsigned(field: &[u8]) -> Option<Field<i32>> {
    if field.starts_with(b"0") && field.len() > 1 {
        return None;
    }
    number(field).map(Field::Value)
}

/// `d.dd`, as hundredths.
fn hundredths(field: &[u8]) -> Option<Field<i32>> {
    let [ones, b'.', tenths, hundredths] = field else { return None };
    number(&[*ones, *tenths, *hundredths]).map(Field::Value)
}

/// A number that always carries its sign, two or three digits.
fn signed_with_sign(field: &[u8]) -> Option<Field<i32>> {
    let (sign, digits) = field.split_first()?;
    if digits.len() < 2 {
        return None;
    }
    let magnitude = number(digits)?;
    match sign {
        b'+' => Some(Field::Value(magnitude)),
        b'-' => Some(Field::Value(magnitude.checked_neg()?)),
        _ => None,
    }
}

/// One or more digits and nothing else (no sign, no blank, no underscore).
fn number(digits: &[u8]) -> Option<i32> {
    if digits.is_empty() || digits.len() > 7 {
        return None;
    }
    digits.iter().try_fold(0i32, |sum, byte| {
        byte.is_ascii_digit().then(|| sum.saturating_mul(10).saturating_add(i32::from(byte - b'0')))
    })
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
