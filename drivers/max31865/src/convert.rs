// SPDX-License-Identifier: MIT OR Apache-2.0
//! Codes to ohms to degrees, and back. Pure.
//!
//! Callendar-Van Dusen equation with the coefficients of IEC 60751 `[K]`:
//! R(t) = R0 (1 + A t + B t^2), and below 0 degC R0 (1 + A t + B t^2 + C (t - 100) t^3).

/// Coldest temperature of the equation, degC.
pub const COLDEST: f64 = -200.0;
/// Hottest temperature of the equation, degC.
pub const HOTTEST: f64 = 850.0;
/// One more than the largest code.
pub const FULL_SCALE: f64 = 32_768.0;

const A: f64 = 3.9083e-3;
const B: f64 = -5.775e-7;
const C: f64 = -4.183e-12;

/// Resistance at `degc` relative to that at 0 degC.
#[must_use]
pub fn ratio(degc: f64) -> f64 {
    let above = (B * degc + A) * degc + 1.0;
    if degc >= 0.0 { above } else { above + C * (degc - 100.0) * degc.powi(3) }
}

/// The temperature at which the resistance is `ratio` times that at 0 degC; `None` outside -200 to 850 degC (and half a
/// degree beyond, so that no rounding matters).
#[must_use]
pub fn degc(ratio: f64) -> Option<f64> {
    // Exact from 0 degC up; below, the start of Newton's method, 2.4 degC off at most.
    let discriminant = A * A - 4.0 * B * (1.0 - ratio);
    if discriminant.is_nan() || discriminant < 0.0 {
        return None;
    }
    let mut degc = (discriminant.sqrt() - A) / (2.0 * B);
    if degc < 0.0 {
        // Doubles its digits with each step: two would do for any code of the chip.
        for _ in 0..4 {
            let slope = A + 2.0 * B * degc + C * (4.0 * degc - 300.0) * degc * degc;
            degc -= (self::ratio(degc) - ratio) / slope;
        }
    }
    (COLDEST - 0.5..=HOTTEST + 0.5).contains(&degc).then(|| degc.clamp(COLDEST, HOTTEST))
}

/// What the chip measured with, and against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Reference resistor, ohm.
    pub reference_ohm: f64,
    /// The element at 0 degC, ohm.
    pub ohm_at_zero: f64,
    /// Its leads, ohm.
    pub lead_ohm: f64,
}

impl Scale {
    /// The temperature of a 15-bit code, degC; `None` if no element can have this resistance.
    #[must_use]
    pub fn degc(&self, code: u16) -> Option<f64> {
        let ohm = f64::from(code) * self.reference_ohm / FULL_SCALE - self.lead_ohm;
        degc(ohm / self.ohm_at_zero)
    }

    /// The nearest code for a temperature, at most full scale.
    #[must_use]
    pub fn code(&self, degc: f64) -> u16 {
        let ohm = ratio(degc) * self.ohm_at_zero + self.lead_ohm;
        let code = (ohm * FULL_SCALE / self.reference_ohm).round().clamp(0.0, FULL_SCALE - 1.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within 0 to 32767
        let code = code as u16;
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// IEC 60751, PT100: degC, ohm (rounded to 0.01 ohm there).
    const TABLE: [(f64, f64); 14] = [
        (-200.0, 18.52),
        (-150.0, 39.72),
        (-100.0, 60.26),
        (-50.0, 80.31),
        (-10.0, 96.09),
        (0.0, 100.0),
        (20.0, 107.79),
        (25.0, 109.73),
        (37.0, 114.38),
        (50.0, 119.40),
        (100.0, 138.51),
        (200.0, 175.86),
        (400.0, 247.09),
        (850.0, 390.48),
    ];

    #[test]
    fn the_standards_table_is_met_both_ways() {
        for (t, ohm) in TABLE {
            assert!((ratio(t) * 100.0 - ohm).abs() <= 0.0051, "{t}: {}", ratio(t) * 100.0);
            let back = degc(ohm / 100.0).unwrap();
            assert!((back - t).abs() <= 0.02, "{ohm}: {back}");
        }
    }

    #[test]
    fn the_data_sheets_example_with_a_reference_of_400_ohm_is_met() {
        let scale = Scale { reference_ohm: 400.0, ohm_at_zero: 100.0, lead_ohm: 0.0 };
        for (t, code) in [(0.0, 8192), (25.0, 8989), (100.0, 11_346), (-100.0, 4936), (200.0, 14_406)] {
            assert!(scale.code(t).abs_diff(code) <= 1, "{t}: {}", scale.code(t));
            assert!((scale.degc(code).unwrap() - t).abs() < 0.04, "{code}: {:?}", scale.degc(code));
        }
    }

    #[test]
    fn a_pt1000_with_its_own_reference_has_the_codes_of_a_pt100() {
        let small = Scale { reference_ohm: 430.0, ohm_at_zero: 100.0, lead_ohm: 0.0 };
        let large = Scale { reference_ohm: 4300.0, ohm_at_zero: 1000.0, lead_ohm: 0.0 };
        for t in [-40.0, 0.0, 37.0, 125.0] {
            assert_eq!(small.code(t), large.code(t));
        }
    }

    #[test]
    fn the_leads_are_subtracted() {
        let bare = Scale { reference_ohm: 430.0, ohm_at_zero: 100.0, lead_ohm: 0.0 };
        let leads = Scale { lead_ohm: 2.0, ..bare };
        let code = leads.code(37.0);
        assert!((leads.degc(code).unwrap() - 37.0).abs() < 0.02);
        assert!((bare.degc(code).unwrap() - 37.0 - 2.0 / 0.3851).abs() < 0.1);
    }

    #[test]
    fn what_no_element_can_have_is_no_temperature() {
        for ratio in [f64::NAN, -1.0, 0.0, 0.17, 3.92, 10.0, f64::INFINITY] {
            assert_eq!(degc(ratio), None, "{ratio}");
        }
    }

    proptest! {
        #[test]
        fn the_inverse_is_exact(t in COLDEST..=HOTTEST) {
            prop_assert!((degc(ratio(t)).unwrap() - t).abs() < 1e-6);
        }

        #[test]
        fn every_code_is_a_temperature_in_range_or_none_and_grows(code in 0_u16..0x7FFF) {
            let scale = Scale { reference_ohm: 430.0, ohm_at_zero: 100.0, lead_ohm: 0.0 };
            let (Some(here), Some(next)) = (scale.degc(code), scale.degc(code + 1)) else { return Ok(()) };
            prop_assert!((COLDEST..=HOTTEST).contains(&here) && here <= next);
        }
    }
}
