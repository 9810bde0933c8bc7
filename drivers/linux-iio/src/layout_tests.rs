// SPDX-License-Identifier: MIT OR Apache-2.0
//! Formats and layouts as the kernel gives them.

use crate::layout::{Element, Format, Kind, Layout};
use ecmod_plugin::Error;
use proptest::prelude::*;

fn format(text: &str) -> Format {
    Format::parse(text).unwrap()
}

#[test]
fn the_kernels_formats_are_understood() {
    let expected = Format { big_endian: false, kind: Kind::Signed, bits: 12, bytes: 2, repeat: 1, shift: 4 };
    assert_eq!(format("le:s12/16>>4\n"), expected);
    assert_eq!(format("be:u24/32>>8").length(), 4);
    assert_eq!(format("le:s16/32X4>>0").length(), 16);
    assert_eq!(format("le:f32/32>>0").kind, Kind::Float);
    for wrong in [
        "",
        "le",
        "le:s12",
        "le:s12/16",
        "xx:s12/16>>4",
        "le:x12/16>>4",
        "le:s0/16>>0",
        "le:s12/12>>0",
        "le:s12/16>>5",
        "le:s65/128>>0",
        "le:s12/16X0>>4",
        "le:f16/16>>0",
        "le:s+2/16>>4",
        "le:s-2/16>>4",
        "le:s12/16>>",
        "le:s12/0>>0",
        "le:s4294967295/16>>1",
        "é:s12/16>>4",
        "le:é/16>>4",
    ] {
        assert_eq!(Format::parse(wrong), Err(Error::Corrupt), "{wrong}");
    }
}

#[test]
fn values_are_shifted_masked_and_signed_as_the_format_says() {
    // The accelerometer of the kernel's documentation: 12 bits, 4 up, little endian.
    assert_eq!(format("le:s12/16>>4").value(&[0x0F, 0x00]), Some(0.0), "the low bits do not count");
    assert_eq!(format("le:s12/16>>4").value(&[0xF0, 0x7F]), Some(2047.0));
    assert_eq!(format("le:s12/16>>4").value(&[0x00, 0x80]), Some(-2048.0));
    assert_eq!(format("le:s12/16>>4").value(&[0xFF, 0xFF]), Some(-1.0));
    assert_eq!(format("be:s24/32>>8").value(&[0x80, 0x00, 0x00, 0x55]), Some(-8_388_608.0));
    assert_eq!(format("be:u24/32>>0").value(&[0xEE, 0xFF, 0xFF, 0xFF]), Some(16_777_215.0), "above the bits");
    assert_eq!(format("be:s24/24>>0").value(&[0xFF, 0xFF, 0xFE]), Some(-2.0));
    assert_eq!(format("be:u15/16>>1").value(&[0x40, 0x01]), Some(8192.0));
    assert_eq!(format("le:u64/64>>0").value(&[1, 0, 0, 0, 0, 0, 0, 0]), Some(1.0));
    assert_eq!(format("le:s64/64>>0").integer(&[0xFF; 8]), Some(-1));
    assert_eq!(format("be:f32/32>>0").value(&1.5_f32.to_be_bytes()), Some(1.5));
    assert_eq!(format("le:f64/64>>0").value(&(-2.5_f64).to_le_bytes()), Some(-2.5));
    assert_eq!(format("le:s16/16>>0").value(&[1]), None, "too short");
}

fn element(name: &str, index: u32, text: &str) -> Element {
    Element { name: name.to_owned(), index, format: format(text) }
}

#[test]
fn elements_are_aligned_to_their_size_and_records_to_the_largest() {
    let layout = Layout::new(vec![
        element("in_timestamp", 3, "le:s64/64>>0"),
        element("in_voltage1", 1, "be:u24/32>>0"),
        element("in_voltage0", 0, "le:s12/16>>4"),
        element("in_temp", 2, "le:s8/8>>0"),
    ])
    .unwrap();
    let start = |name: &str| layout.place(name).unwrap().1;
    assert_eq!(
        [start("in_voltage0"), start("in_voltage1"), start("in_temp"), start("in_timestamp")],
        [0, 4, 8, 16]
    );
    assert_eq!(layout.length(), 24);
    assert_eq!(layout.place("in_voltage2"), None);

    let tight = Layout::new(vec![element("a", 0, "le:s16/16>>0"), element("b", 1, "le:s16/16>>0")]).unwrap();
    assert_eq!(tight.length(), 4);
    let tail = Layout::new(vec![element("a", 0, "le:s32/32>>0"), element("b", 1, "le:s8/8>>0")]).unwrap();
    assert_eq!(tail.length(), 8, "padded behind");
}

#[test]
fn a_layout_that_cannot_be_is_refused() {
    assert_eq!(Layout::new(vec![]), Err(Error::Corrupt));
    let twice = vec![element("a", 0, "le:s16/16>>0"), element("b", 0, "le:s16/16>>0")];
    assert_eq!(Layout::new(twice), Err(Error::Corrupt));
    let huge = (0..80).map(|index| element("a", index, "le:s64/64>>0")).collect();
    assert_eq!(Layout::new(huge), Err(Error::Corrupt));
}

proptest! {
    #[test]
    fn no_text_and_no_bytes_make_it_panic(text in "[bl]e:[suf][0-9]{0,3}/[0-9]{0,3}(X[0-9])?>>[0-9]{0,2}", bytes: Vec<u8>) {
        if let Ok(format) = Format::parse(&text) {
            let _ = (format.value(&bytes), format.integer(&bytes));
        }
    }

    #[test]
    fn every_signed_number_goes_there_and_back(number in -(1_i64 << 23)..(1 << 23), shift in 0..9_u32) {
        let format = Format::parse(&format!("be:s24/32>>{}", shift.min(8))).unwrap();
        let word = (u32::try_from(number & 0xFF_FFFF).unwrap()) << shift.min(8);
        prop_assert_eq!(format.integer(&word.to_be_bytes()), Some(number));
    }
}
