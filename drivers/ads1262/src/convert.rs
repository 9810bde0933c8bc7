// SPDX-License-Identifier: MIT OR Apache-2.0
//! Codes to volts, mmHg and degrees. Pure.

/// The internal reference in volts.
pub const INTERNAL_REFERENCE: f64 = 2.5;
/// Codes of full scale of the first converter.
const FULL_SCALE: f64 = 2_147_483_648.0;
/// Codes of full scale of the second converter.
const SECOND_FULL_SCALE: f64 = 8_388_608.0;

/// A code of the first converter as a share of full scale, which is the reference divided by the gain.
#[must_use]
pub fn share(code: i32) -> f64 {
    f64::from(code) / FULL_SCALE
}

/// A code of the second converter as a share of its full scale.
#[must_use]
pub fn second_share(code: i32) -> f64 {
    f64::from(code) / SECOND_FULL_SCALE
}

/// mmHg at full scale, for a transducer of so many uV/V/mmHg whose excitation is so many times the reference.
///
/// At its output are `pressure * sensitivity * excitation`; full scale is `reference / gain`; the reference cancels.
#[must_use]
pub fn mmhg_at_full_scale(sensitivity: f64, excitation_per_reference: f64, gain: f64) -> f64 {
    1e6 / (sensitivity * excitation_per_reference * gain)
}

/// The chip's temperature in degC from its sensor's volts: 122.4 mV at 25 degC, 0.42 mV/K [K].
#[must_use]
pub fn celsius(volts: f64) -> f64 {
    (volts - 0.1224) / 0.000_42 + 25.0
}

/// A supply in volts from its monitor, measured at gain 1 with the internal reference.
#[must_use]
pub fn supply(share: f64) -> f64 {
    4.0 * share * INTERNAL_REFERENCE
}

/// The reference in volts: a supply, known in volts, was also measured with that reference. `None` if that gave no
/// positive share.
#[must_use]
pub fn reference(supply: f64, share: f64) -> Option<f64> {
    (share > 1e-3).then(|| supply / (4.0 * share))
}

/// The resistance between two inputs in ohms: a test current changed the voltage between them by this much.
#[must_use]
pub fn resistance(volts_with: f64, volts_without: f64, amperes: f64) -> f64 {
    (volts_with - volts_without) / amperes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * b.abs().max(1.0)
    }

    #[test]
    fn codes_become_what_the_data_sheet_says() {
        assert!(close(share(0x4000_0000), 0.5));
        assert!(close(share(i32::MIN), -1.0));
        assert!(close(second_share(-0x40_0000), -0.5));
        assert!(close(celsius(0.1224), 25.0));
        assert!(close(celsius(0.1287), 40.0));
        assert!(close(supply(0.5), 5.0));
        assert_eq!(reference(5.0, 0.0), None);
        assert!(close(reference(5.0, 0.25).unwrap(), 5.0));
        assert!(close(reference(5.0, 0.30625).unwrap(), 5.0 / 1.225));
        assert!(close(resistance(0.0125, 0.0025, 10e-6), 1000.0));
    }

    #[test]
    fn a_transducer_of_5_uv_per_v_and_mmhg_has_6250_mmhg_at_gain_32() {
        assert!(close(mmhg_at_full_scale(5.0, 1.0, 32.0), 6250.0));
        // 100 mmHg at 5 V are 2.5 mV of 156.25 mV.
        let pressure = share(34_359_738) * mmhg_at_full_scale(5.0, 1.0, 32.0);
        assert!((pressure - 100.0).abs() < 1e-5);
        // 2.5 V internal reference, 5 V excitation.
        assert!(close(mmhg_at_full_scale(5.0, 2.0, 32.0), 3125.0));
    }

    proptest! {
        #[test]
        fn the_reference_cancels(pressure in -500.0..900.0f64, excitation in 3.0..5.5f64) {
            let volts = pressure * 5e-6 * excitation;
            #[allow(clippy::cast_possible_truncation)]
            let code = (volts / (excitation / 32.0) * 2_147_483_648.0) as i32;
            let found = share(code) * mmhg_at_full_scale(5.0, 1.0, 32.0);
            prop_assert!((found - pressure).abs() < 1e-4);
        }
    }
}
