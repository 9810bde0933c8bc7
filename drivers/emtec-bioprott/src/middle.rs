// SPDX-License-Identifier: MIT OR Apache-2.0
//! The middle one of three lines. Pure.
//!
//! The flows of a line vouch for each other (see [`crate::agreement`]); coupling, factor, temperature and the two code bytes stand alone, and
//! the text has no checksum: a damaged `95` is a perfect `15`, and a fall of the coupling is a sign of air. So each is given as
//! the middle one of what the last three lines say: one damaged line never shows, a real change shows with the second line that says
//! it, 100 ms late, and what goes up and down from line to line stays within what was said.

use crate::line::{Field, Line};

/// One number of the lines.
#[derive(Debug, Clone, Copy, Default)]
struct Middle<T> {
    /// Of the last two lines; `None` at the beginning, and where they had no number.
    before: Option<[T; 2]>,
}

impl<T: Copy + Ord> Middle<T> {
    /// What to give for a line that says `now`.
    fn of(&mut self, now: T) -> T {
        let [older, newer] = self.before.unwrap_or([now, now]);
        self.before = Some([newer, now]);
        older.max(newer).min(older.min(newer).max(now))
    }

    /// The same of a field. One without a number is given as it is, and what was before counts no more.
    fn of_field(&mut self, now: Field<T>) -> Field<T> {
        match now {
            Field::Value(number) => Field::Value(self.of(number)),
            Field::Blanked | Field::Overflow | Field::Underflow => {
                self.before = None;
                now
            }
        }
    }
}

/// Those of the numbers of a line that nothing else of the line vouches for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Middles {
    coupling: Middle<i32>,
    factor: Middle<i32>,
    temperature: Middle<i32>,
    codes: [Middle<u8>; 2],
}

impl Middles {
    /// The line with each of those numbers as it is to be given; the flows are those of the line.
    pub fn of(&mut self, line: &Line) -> Line {
        let [error, status] = &mut self.codes;
        Line {
            error: error.of(line.error),
            status: status.of(line.status),
            coupling: self.coupling.of_field(line.coupling),
            factor: self.factor.of_field(line.factor),
            flow: line.flow,
            temperature: self.temperature.of_field(line.temperature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn given(said: &[i32]) -> Vec<i32> {
        let mut middle = Middle::default();
        said.iter().map(|number| middle.of(*number)).collect()
    }

    #[test]
    fn one_line_that_says_another_number_never_shows_and_the_second_one_does() {
        assert_eq!(given(&[95, 95, 15, 95, 95]), [95; 5]);
        assert_eq!(given(&[95, 15, 95]), [95; 3]);
        assert_eq!(given(&[95, 95, 34, 34, 30]), [95, 95, 95, 34, 34]);
    }

    #[test]
    fn a_field_without_a_number_is_given_at_once_and_what_comes_behind_it_too() {
        let mut middle = Middle::default();
        for said in [Field::Value(95), Field::Value(95), Field::Blanked, Field::Value(34), Field::Overflow] {
            assert_eq!(middle.of_field(said), said);
        }
    }

    proptest! {
        #[test]
        fn it_is_one_of_the_last_three_with_as_many_on_either_side(said in prop::collection::vec(0i32..=100, 3..40)) {
            let given = given(&said);
            for (three, given) in said.windows(3).zip(&given[2..]) {
                let mut sorted = three.to_vec();
                sorted.sort_unstable();
                prop_assert_eq!(sorted[1], *given);
            }
        }
    }
}
