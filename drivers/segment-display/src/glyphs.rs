// SPDX-License-Identifier: MIT OR Apache-2.0
//! A number in segments. Pure.
//!
//! A segment is a bit, as the chip has them without decoding: decimal point, A, B, C, D, E, F, G from the highest to the lowest.

/// Nothing is lit.
pub const BLANK: u8 = 0;
/// The segment in the middle: there is no number.
pub const DASH: u8 = 0x01;
/// The decimal point of a place.
pub const POINT: u8 = 0x80;
/// 0 to 9.
pub const DIGITS: [u8; 10] = [0x7E, 0x30, 0x6D, 0x79, 0x33, 0x5B, 0x5F, 0x70, 0x7F, 0x7B];
/// The most digits that the chip drives.
pub const MOST: usize = 8;

/// The nearest whole number from 0 to 9999; the command's range allows no other.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped before
pub fn whole(value: f64) -> u16 {
    value.round().clamp(0.0, 9999.0) as u16
}

/// Segments of `digits` places, the right one first: the number without leading zeros, or dashes.
#[must_use]
pub fn segments(number: Option<u16>, digits: u8) -> [u8; MOST] {
    let mut places = [BLANK; MOST];
    let mut rest = number;
    for (place, segments) in places.iter_mut().take(digits.into()).enumerate() {
        *segments = match rest {
            None => DASH,
            Some(0) if place > 0 => BLANK,
            Some(number) => {
                rest = Some(number / 10);
                DIGITS.get(usize::from(number % 10)).copied().unwrap_or(DASH)
            }
        };
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(number: Option<u16>, digits: u8) -> String {
        let sign = |segments: &u8| match DIGITS.iter().position(|digit| digit == segments) {
            Some(digit) => char::from_digit(u32::try_from(digit).unwrap(), 10).unwrap(),
            None if *segments == DASH => '-',
            None => ' ',
        };
        segments(number, digits).iter().rev().map(sign).collect()
    }

    #[test]
    fn a_number_stands_at_the_right_without_leading_zeros() {
        assert_eq!(drawn(Some(0), 4), "       0");
        assert_eq!(drawn(Some(3100), 4), "    3100");
        assert_eq!(drawn(Some(705), 8), "     705");
        assert_eq!(drawn(Some(9999), 4), "    9999");
    }

    #[test]
    fn no_number_is_dashes_in_every_place_that_there_is() {
        assert_eq!(drawn(None, 4), "    ----");
        assert_eq!(drawn(None, 6), "  ------");
    }

    #[test]
    fn a_speed_is_shown_as_the_nearest_whole_number() {
        assert_eq!((whole(3099.5), whole(3099.4), whole(-1.0), whole(1e9)), (3100, 3099, 0, 9999));
    }
}
