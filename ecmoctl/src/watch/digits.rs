// SPDX-License-Identifier: MIT OR Apache-2.0
//! Big numbers from block characters, three lines high, to be read from the other side of the bed.

/// Lines a big number takes.
pub const HEIGHT: u16 = 3;

/// The three lines of a glyph.
const fn glyph(character: char) -> Option<[&'static str; 3]> {
    Some(match character {
        '0' => ["█▀█", "█ █", "▀▀▀"],
        '1' => [" ▄█", "  █", "  ▀"],
        '2' => ["▀▀█", "█▀▀", "▀▀▀"],
        '3' => ["▀▀█", " ▀█", "▀▀▀"],
        '4' => ["█ █", "▀▀█", "  ▀"],
        '5' => ["█▀▀", "▀▀█", "▀▀▀"],
        '6' => ["█▀▀", "█▀█", "▀▀▀"],
        '7' => ["▀▀█", "  █", "  ▀"],
        '8' => ["█▀█", "█▀█", "▀▀▀"],
        '9' => ["█▀█", "▀▀█", "▀▀▀"],
        '-' => ["  ", "▀▀", "  "],
        '.' => [" ", " ", "▀"],
        _ => return None,
    })
}

/// The three lines of a number such as `-12.5`, or of `---`.
pub fn lines(number: &str) -> [String; 3] {
    let mut lines = [String::new(), String::new(), String::new()];
    for rows in number.chars().filter_map(glyph) {
        for (line, row) in lines.iter_mut().zip(rows) {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(row);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_that_is_shown_has_lines_of_one_width_that_fit_a_cell() {
        for number in ["-12.5", "3012", "0.00", "12.34", "-500", "---", "5000", "36.4", "789", "156"] {
            let widths = lines(number).map(|line| line.chars().count());
            assert!(widths.iter().all(|width| *width == widths[0]), "{number}: {widths:?}");
            assert!(widths[0] <= 17, "{number} is {} wide", widths[0]);
        }
        assert_eq!(lines("-1.0")[1], "▀▀   █   █ █");
    }
}
