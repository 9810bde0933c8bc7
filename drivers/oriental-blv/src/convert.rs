// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers to values and back, without I/O.

use crate::registers::{MAXIMUM_RPM, MINIMUM_RPM};

/// How far beyond its rated range the drive's speeds may read before they are taken for nonsense, rpm.
const OVERSHOOT_RPM: i32 = 500;

/// A signed 32-bit value from two registers, high word first.
#[must_use]
pub const fn signed(high: u16, low: u16) -> i32 {
    unsigned(high, low).cast_signed()
}

/// An unsigned 32-bit value from two registers, high word first.
#[must_use]
pub const fn unsigned(high: u16, low: u16) -> u32 {
    ((high as u32) << 16) | low as u32
}

/// A speed register's value in rpm, or `None` when no such drive can turn that fast.
#[must_use]
pub fn speed(high: u16, low: u16) -> Option<i32> {
    let limit = i32::from(MAXIMUM_RPM).saturating_add(OVERSHOOT_RPM);
    let rpm = signed(high, low);
    (-limit..=limit).contains(&rpm).then_some(rpm)
}

/// An alarm code, or `None` when the registers hold no code (codes are one byte).
#[must_use]
pub fn alarm(high: u16, low: u16) -> Option<u16> {
    (high == 0 && low <= 0xFF).then_some(low)
}

/// The speed to write for a demanded one.
///
/// `None` is a demanded stop: exactly zero. Anything above, however little, is a running pump: it is never
/// less than the drive's minimum of 80 rpm and never more than `maximum`. A demand that is not a number or
/// negative never gets here (the host checks); it is treated as the minimum, because no broken number may stop a pump.
#[must_use]
pub fn speed_to_write(demanded: f64, maximum: u16) -> Option<u16> {
    if demanded.abs() < f64::MIN_POSITIVE {
        return None;
    }
    let low = f64::from(MINIMUM_RPM);
    let bounded = demanded.round().max(low).min(f64::from(maximum));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // 80..=65535 by the line above; NaN became 80
    let rpm = bounded as u16;
    Some(rpm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_high_word_comes_first() {
        assert_eq!(signed(0, 3000), 3000);
        assert_eq!(signed(0xFFFF, 0xF448), -3000);
        assert_eq!(unsigned(1, 0), 65_536);
    }

    #[test]
    fn words_in_the_wrong_order_are_not_a_speed() {
        assert_eq!(speed(3000, 0), None);
        assert_eq!(speed(0, 4100), Some(4100));
        assert_eq!(speed(0xFFFF, 0xFFFF), Some(-1));
    }

    #[test]
    fn only_a_demanded_zero_stops_the_pump() {
        assert_eq!(speed_to_write(0.0, 4000), None);
        assert_eq!(speed_to_write(0.1, 4000), Some(80));
        assert_eq!(speed_to_write(79.4, 4000), Some(80));
        assert_eq!(speed_to_write(3199.6, 4000), Some(3200));
        assert_eq!(speed_to_write(3999.0, 3500), Some(3500));
        assert_eq!(speed_to_write(f64::NAN, 4000), Some(80));
        assert_eq!(speed_to_write(f64::INFINITY, 4000), Some(4000));
    }

    proptest! {
        #[test]
        fn whatever_is_demanded_only_a_regulated_speed_is_written(demanded in any::<f64>(), maximum in 80u16..=4000) {
            if let Some(rpm) = speed_to_write(demanded, maximum) {
                prop_assert!((80..=maximum).contains(&rpm));
            }
        }

        #[test]
        fn no_registers_make_a_speed_outside_the_range(high in any::<u16>(), low in any::<u16>()) {
            if let Some(rpm) = speed(high, low) {
                prop_assert!((-4500..=4500).contains(&rpm));
            }
            if let Some(code) = alarm(high, low) {
                prop_assert!(code <= 0xFF);
            }
        }
    }
}
