// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's texts.

use super::*;
use proptest::prelude::*;

#[test]
fn the_kernels_units_and_words_are_converted() {
    assert_eq!(number("11441000", MICRO), Ok(11.441));
    assert_eq!(number("-26000\n", MICRO), Ok(-0.026));
    assert_eq!(number("-5", TENTH), Ok(-0.5));
    assert_eq!(number("999999999999999", 1.0), Ok(999_999_999_999_999.0));
    assert_eq!(number("1000000000000000", 1.0), Err(Error::Corrupt));
    assert_eq!(flags("0x80000000"), Ok(0x8000_0000));
    assert_eq!(flags("12"), Ok(12));
    assert_eq!(flags("0x+1"), Err(Error::Corrupt));
    assert_eq!(Status::from_text("Not charging\n"), Ok(Status::NotCharging));
    assert_eq!(Health::from_text("good"), Err(Error::Corrupt));
    assert_eq!(Health::CalibrationRequired.condition(), Condition::Uncalibrated);
}

proptest! {
    #[test]
    fn no_text_makes_a_conversion_panic_and_every_number_comes_through(text: String, whole in -1_000_000_000_000_i64..1_000_000_000_000) {
        let _ = (number(&text, 1.0), flags(&text), yes_no(&text), is_critical(&text));
        let _ = (Status::from_text(&text), Health::from_text(&text));
        prop_assert_eq!(number(&whole.to_string(), 1.0), Ok(whole as f64));
    }
}
