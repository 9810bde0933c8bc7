// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lines of the manual, and what must never pass for one.

use super::*;
use proptest::prelude::*;

/// The five lines of the manual `[S15-S18]`, and what they mean.
const MANUAL: [(&str, Line); 5] = [
    (
        "00 00 100 0.99 7195 7193 6897 +41",
        Line {
            error: 0,
            status: 0,
            coupling: Field::Value(100),
            factor: Field::Value(99),
            flow: [Field::Value(7195), Field::Value(7193), Field::Value(6897)],
            temperature: Field::Value(41),
        },
    ),
    (
        "00 04 100 1.00 -3588 -3590 -3589 +43",
        Line {
            error: 0,
            status: 4,
            coupling: Field::Value(100),
            factor: Field::Value(100),
            flow: [Field::Value(-3588), Field::Value(-3590), Field::Value(-3589)],
            temperature: Field::Value(43),
        },
    ),
    (
        "00 24 34 0.99 ------- ------- ------- +43",
        Line {
            error: 0,
            status: 0x24,
            coupling: Field::Value(34),
            factor: Field::Value(99),
            flow: [Field::Blanked; 3],
            temperature: Field::Value(43),
        },
    ),
    (
        "1A 41 --- ---- ------- ------- ------- +77",
        Line {
            error: 0x1A,
            status: 0x41,
            coupling: Field::Blanked,
            factor: Field::Blanked,
            flow: [Field::Blanked; 3],
            temperature: Field::Value(77),
        },
    ),
    (
        "00 E0 --- ---- ------- ------- ------- +35",
        Line {
            error: 0,
            status: 0xE0,
            coupling: Field::Blanked,
            factor: Field::Blanked,
            flow: [Field::Blanked; 3],
            temperature: Field::Value(35),
        },
    ),
];

/// The same line with every field at its full width.
fn pad(line: &str) -> String {
    let cells: Vec<String> =
        line.split(' ').zip(WIDTHS).map(|(field, width)| format!("{field:>width$}")).collect();
    cells.join(" ")
}

#[test]
fn the_five_lines_of_the_manual_are_understood_in_both_layouts() {
    for (text, expected) in MANUAL {
        assert_eq!(parse(text.as_bytes(), Layout::Compact), Some(expected), "{text}");
        assert_eq!(parse(pad(text).as_bytes(), Layout::Padded), Some(expected), "{text}");
        assert_eq!(pad(text).len(), PADDED_LENGTH);
    }
}

#[test]
fn overflow_and_underflow_are_told_apart() {
    let line = parse(b"00 00 100 1.00 ^^^^^^ vvvvvv ^^^^^^^ +41", Layout::Compact).unwrap();
    assert_eq!(line.flow, [Field::Overflow, Field::Underflow, Field::Overflow]);
}

#[test]
fn what_is_damaged_is_no_line() {
    let damaged = [
        "",
        "00 00 100 0.99 7195 7193 6897",
        "00 00 100 0.99 7195 7193 6897 +41 +41",
        "0 00 100 0.99 7195 7193 6897 +41",
        "0G 00 100 0.99 7195 7193 6897 +41",
        "00  00 100 0.99 7195 7193 6897 +41",
        " 00 00 100 0.99 7195 7193 6897 +41",
        "00 00 100 0.99 7195 7193 6897 +41 ",
        "00 00 100 099 7195 7193 6897 +41",
        "00 00 100 0,99 7195 7193 6897 +41",
        "00 00 100 0.99 71Y5 7193 6897 +41",
        "00 00 100 0.99 7195 7193 6897 41",
        "00 00 100 0.99 --- 7193 6897 +41",
        "00 00 100 0.99 - 7193 6897 +41",
        "00 00 100 0.99 --7195 7193 6897 +41",
        "00 00 100 0.99 0719 7193 6897 +41",
        "00 00 100 0.99 -0719 7193 6897 +41",
        "00 00 100 0.99 12345678 7193 6897 +41",
        "00 00 --- 0.99 7195 ^^^-^^^ 6897 +41",
        "00 00 000 0.99 7195 7193 6897 +41",
        "00 00 034 0.99 7195 7193 6897 +41",
    ];
    for text in damaged {
        assert_eq!(parse(text.as_bytes(), Layout::Compact), None, "{text:?}");
    }
}

#[test]
fn a_lost_byte_never_passes_in_the_padded_layout() {
    for (text, _) in MANUAL {
        let whole = pad(text);
        for lost in 0..whole.len() {
            let mut damaged = whole.clone().into_bytes();
            damaged.remove(lost);
            assert_eq!(parse(&damaged, Layout::Padded), None, "byte {lost} of {whole:?} lost");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_and_numbers_keep_their_width(
        text in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        for layout in [Layout::Padded, Layout::Compact] {
            if let Some(line) = parse(&text, layout) {
                for field in line.flow {
                    if let Field::Value(flow) = field {
                        prop_assert!((-999_999..=9_999_999).contains(&flow));
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_printed_in_either_layout_is_read_back(
        error in any::<u8>(), status in any::<u8>(), coupling in 0i32..=999, factor in 0i32..=999,
        flow in proptest::array::uniform3(-999_999i32..=9_999_999), temperature in -999i32..=999,
    ) {
        let sign = if temperature < 0 { '-' } else { '+' };
        let text = format!(
            "{error:02X} {status:02X} {coupling} {}.{:02} {} {} {} {sign}{:02}",
            factor / 100, factor % 100, flow[0], flow[1], flow[2], temperature.abs(),
        );
        let expected = Line {
            error, status, coupling: Field::Value(coupling), factor: Field::Value(factor),
            flow: flow.map(Field::Value), temperature: Field::Value(temperature),
        };
        prop_assert_eq!(parse(text.as_bytes(), Layout::Compact), Some(expected));
        prop_assert_eq!(parse(pad(&text).as_bytes(), Layout::Padded), Some(expected));
    }

    #[test]
    fn one_changed_byte_is_never_read_as_a_field_of_another_kind(position in 0usize..43, byte in any::<u8>()) {
        let mut text = pad(MANUAL[0].0).into_bytes();
        text[position] = byte;
        if let Some(line) = parse(&text, Layout::Padded) {
            // A digit may become another digit (the layout cannot tell); a number never becomes a fill pattern.
            prop_assert!(line.flow.iter().all(|field| matches!(field, Field::Value(_))));
        }
    }
}
