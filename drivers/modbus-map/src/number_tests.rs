// SPDX-License-Identifier: MIT OR Apache-2.0
//! Conversions against values worked out by hand and by a calculator, and their properties.

use super::*;
use crate::config::{CauseName, Invalid, QuantityName, Table};
use ecmod_plugin::quantities::Quantity;
use proptest::prelude::*;

const ORDERS: [WordOrder; 4] = [WordOrder::Abcd, WordOrder::Cdab, WordOrder::Badc, WordOrder::Dcba];

fn signal(kind: Type) -> Signal {
    Signal {
        name: "x".into(),
        label: None,
        quantity: QuantityName(Quantity::Pressure),
        table: Table::Holding,
        address: 0,
        kind,
        word_order: WordOrder::Abcd,
        bit: None,
        mask: None,
        scale: 1.0,
        offset: 0.0,
        minimum: -1e12,
        maximum: 1e12,
        max_slew: None,
        poll_ms: 100,
        longest_age_ms: None,
        invalid: Vec::new(),
    }
}

#[test]
fn the_four_orders_of_one_float() {
    // 123.456 as a single is 0x42F6E979.
    let cases = [
        (WordOrder::Abcd, [0x42F6, 0xE979]),
        (WordOrder::Cdab, [0xE979, 0x42F6]),
        (WordOrder::Badc, [0xF642, 0x79E9]),
        (WordOrder::Dcba, [0x79E9, 0xF642]),
    ];
    for (word_order, items) in cases {
        let value = decode(&items, &Signal { word_order, ..signal(Type::F32) }).unwrap();
        assert!((value - 123.456).abs() < 1e-5, "{word_order:?}: {value}");
    }
}

#[test]
fn every_type_of_number() {
    let cases: [(Type, &[u16], f64); 9] = [
        (Type::U16, &[0xFFFF], 65_535.0),
        (Type::I16, &[0xFFFF], -1.0),
        (Type::U32, &[0xFFFF, 0xFFFE], 4_294_967_294.0),
        (Type::I32, &[0xFFFF, 0xFFFE], -2.0),
        (Type::U64, &[0, 0, 1, 0], 65_536.0),
        (Type::I64, &[0xFFFF, 0xFFFF, 0xFFFF, 0xFFFD], -3.0),
        (Type::F32, &[0xC2F6, 0xE666], -123.45),
        (Type::F64, &[0x405E, 0xDD2F, 0x1A9F, 0xBE77], 123.456),
        (Type::Bit, &[1], 1.0),
    ];
    for (kind, items, expected) in cases {
        let value = decode(items, &signal(kind)).unwrap();
        assert!((value - expected).abs() < 1e-4, "{kind:?}: {value}");
    }
}

#[test]
fn scale_offset_and_range() {
    let pressure =
        Signal { scale: 0.1, offset: -500.0, minimum: -500.0, maximum: 900.0, ..signal(Type::U16) };
    assert!((decode(&[5400], &pressure).unwrap() - 40.0).abs() < 1e-9);
    assert_eq!(decode(&[14_001], &pressure), Err(Cause::OutOfRange));
    assert_eq!(decode(&[0x7FC0, 0], &signal(Type::F32)), Err(Cause::NotFinite));
    assert_eq!(decode(&[0x7F80, 0], &signal(Type::F32)), Err(Cause::NotFinite));
}

#[test]
fn bits_and_masks() {
    assert_eq!(decode(&[0x0400], &Signal { bit: Some(10), ..signal(Type::Bit) }), Ok(1.0));
    assert_eq!(decode(&[0xFBFF], &Signal { bit: Some(10), ..signal(Type::Bit) }), Ok(0.0));
    assert_eq!(decode(&[1], &Signal { table: Table::Coil, ..signal(Type::Bit) }), Ok(1.0));
    assert_eq!(decode(&[0x1230], &Signal { mask: Some(0x0FF0), ..signal(Type::U16) }), Ok(f64::from(0x23)));
}

#[test]
fn a_declared_invalid_number_is_bad_with_its_cause() {
    let invalid = vec![
        Invalid { raw: 0x8000, cause: CauseName(Cause::Disconnected) },
        Invalid { raw: 0x7FFF, cause: CauseName(Cause::Saturated) },
    ];
    let signal = Signal { invalid, ..signal(Type::I16) };
    assert_eq!(decode(&[0x8000], &signal), Err(Cause::Disconnected));
    assert_eq!(decode(&[0x7FFF], &signal), Err(Cause::Saturated));
    assert_eq!(decode(&[0x8001], &signal), Ok(-32_767.0));
}

#[test]
fn what_does_not_fit_is_not_written() {
    assert_eq!(encode(65_536.0, Type::U16), Err(DoesNotFit));
    assert_eq!(encode(-0.6, Type::U16), Err(DoesNotFit));
    assert_eq!(encode(f64::NAN, Type::I32), Err(DoesNotFit));
    assert_eq!(encode(1e39, Type::F32), Err(DoesNotFit));
    assert_eq!(encode(-2.0, Type::I16).map(|raw| raw & 0xFFFF), Ok(0xFFFE));
    assert_eq!(encode(2.5, Type::U32), Ok(3));
}

fn any_type() -> impl Strategy<Value = Type> {
    prop_oneof![
        Just(Type::Bit),
        Just(Type::U16),
        Just(Type::I16),
        Just(Type::U32),
        Just(Type::I32),
        Just(Type::U64),
        Just(Type::I64),
        Just(Type::F32),
        Just(Type::F64),
    ]
}

proptest! {
    #[test]
    fn registers_hold_what_was_put_into_them(words in proptest::collection::vec(any::<u16>(), 1..=4), order in 0usize..4) {
        let mut back = vec![0; words.len()];
        registers(raw(&words, ORDERS[order]), ORDERS[order], &mut back);
        prop_assert_eq!(words, back);
    }

    #[test]
    fn no_registers_make_a_value_that_is_not_finite_or_out_of_range(
        kind in any_type(), words in proptest::array::uniform4(any::<u16>()), order in 0usize..4,
        scale in any::<f64>(), offset in any::<f64>(), mask in proptest::option::of(any::<u64>()),
        bit in proptest::option::of(any::<u8>()), minimum in -1e6..0.0f64, maximum in 0.0..1e6f64,
    ) {
        let signal = Signal {
            word_order: ORDERS[order], scale, offset, mask, bit, minimum, maximum, ..signal(kind)
        };
        if let Ok(value) = decode(&words[..usize::from(kind.items())], &signal) {
            prop_assert!(value.is_finite() && value >= minimum && value <= maximum);
        }
    }

    #[test]
    fn what_is_written_reads_back_as_the_demand(kind in any_type(), number in -1e5..1e5f64, order in 0usize..4) {
        if let Ok(bits) = encode(number, kind) {
            let mut items = [0u16; 4];
            let items = &mut items[..usize::from(kind.items())];
            registers(bits, ORDERS[order], items);
            let value = decode(items, &Signal { word_order: ORDERS[order], ..signal(kind) }).unwrap();
            let step = match kind { Type::F32 => 0.01, Type::F64 => 0.0, _ => 0.5 };
            prop_assert!((value - number).abs() <= step, "{} became {}", number, value);
        }
    }
}
