// SPDX-License-Identifier: MIT OR Apache-2.0
//! Codes to volts, mmHg and degrees. Pure.

/// The internal reference in volts.
pub const INTERNAL_REFERENCE: f64 = 2.048;
/// Codes of full scale.
const FULL_SCALE: f64 = 8_388_608.0;
/// The highest and the lowest code: no more than "beyond".
const ENDS: [i32; 2] = [0x7F_FFFF, -0x80_0000];

/// A code as a share of full scale, which is the reference divided by the gain.
#[must_use]
pub fn share(code: i32) -> f64 {
    f64::from(code) / FULL_SCALE
}

/// Whether a code is at an end of its range.
#[must_use]
pub fn is_clipped(code: i32) -> bool {
    ENDS.contains(&code)
}

/// mmHg at full scale, for a transducer of so many uV/V/mmHg whose excitation is so many times the reference.
///
/// At its output are `pressure * sensitivity * excitation`; full scale is `reference / gain`; the reference cancels.
#[must_use]
pub fn mmhg_at_full_scale(sensitivity: f64, excitation_per_reference: f64, gain: f64) -> f64 {
    1e6 / (sensitivity * excitation_per_reference * gain)
}

/// The chip's temperature in degC: the upper 14 bits, 0.03125 degC each.
#[must_use]
pub fn celsius(code: i32) -> f64 {
    f64::from(code >> 10) * 0.031_25
}

/// A supply or the reference in volts, from a quarter of it, measured with the internal reference.
#[must_use]
pub fn from_quarter(share: f64) -> f64 {
    4.0 * share * INTERNAL_REFERENCE
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * b.abs().max(1.0)
    }

    #[test]
    fn temperatures_are_those_of_the_data_sheet() {
        // The sister chip's table: 14 bits, here with ten more behind them.
        for (bits, expected) in [
            (0x1000, 128.0),
            (0x0FFF, 127.968_75),
            (0x0C80, 100.0),
            (0x0320, 25.0),
            (0x0001, 0.031_25),
            (0x0000, 0.0),
            (0x3FF8 - 0x4000, -0.25),
            (0x3CE0 - 0x4000, -25.0),
            (0x3B00 - 0x4000, -40.0),
        ] {
            assert!(close(celsius(bits << 10), expected), "{bits:#06x}");
            assert!(
                close(celsius((bits << 10) + 0x3FF), expected),
                "{bits:#06x}: the lower bits say nothing"
            );
        }
    }

    #[test]
    fn a_transducer_of_5_uv_per_v_and_mmhg_has_3125_mmhg_at_gain_64() {
        assert!(close(mmhg_at_full_scale(5.0, 1.0, 64.0), 3125.0));
        assert!(close(share(0x40_0000), 0.5));
        assert!(close(from_quarter(1.25 / 2.048), 5.0));
        assert!(is_clipped(0x7F_FFFF) && is_clipped(-0x80_0000) && !is_clipped(0x7F_FFFE));
    }

    proptest! {
        #[test]
        fn the_reference_cancels(pressure in -500.0..900.0f64, excitation in 3.0..5.5f64) {
            let volts = pressure * 5e-6 * excitation;
            #[allow(clippy::cast_possible_truncation)]
            let code = (volts / (excitation / 64.0) * 8_388_608.0) as i32;
            let found = share(code) * mmhg_at_full_scale(5.0, 1.0, 64.0);
            prop_assert!((found - pressure).abs() < 1e-3);
        }
    }
}
