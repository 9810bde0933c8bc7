// SPDX-License-Identifier: MIT OR Apache-2.0
//! From bytes to lines: cuts the stream at its line ends and gives each line the time of its first byte.
//!
//! Both `CR LF` and the `LF CR` of firmware V1.00 end a line; what stands before the first line end is thrown
//! away, because nobody knows where it began. A line longer than any the meter sends is noise up to its end.
//! The memory is one fixed buffer.

use ecmod_plugin::quantities::{Monotonic, Span};

/// Longest line that is kept; the meter's longest has 43 characters.
const CAPACITY: usize = 64;

/// A line with the time its first byte arrived.
#[derive(Debug, Clone, Copy)]
pub struct Cut<'a> {
    /// The line without its end.
    pub text: &'a [u8],
    /// When its first byte arrived.
    pub began: Monotonic,
}

/// Cuts a stream into lines.
#[derive(Debug)]
pub struct Cutter {
    buffer: [u8; CAPACITY],
    length: usize,
    began: Monotonic,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first line end, or in a line that is too long: wait for a line end.
    Resynchronising,
    /// In a line.
    Collecting,
}

impl Cutter {
    /// A cutter that waits for the first line end.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: [0; CAPACITY], length: 0, began: Monotonic(0), state: State::Resynchronising }
    }

    /// Takes bytes in of which the last one arrived at `now`, and hands every line that they end to `line`.
    /// `byte_time` is how long one byte takes on the wire: the time of a line's first byte is reckoned back with it.
    /// Returns how many stretches of noise were thrown away (lines that are too long).
    pub fn feed(
        &mut self,
        bytes: &[u8],
        now: Monotonic,
        byte_time: Span,
        mut line: impl FnMut(Cut<'_>),
    ) -> u32 {
        let mut discarded = 0u32;
        let mut behind = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        for byte in bytes {
            behind = behind.saturating_sub(1);
            if matches!(byte, b'\r' | b'\n') {
                if self.state == State::Collecting
                    && self.length > 0
                    && let Some(text) = self.buffer.get(..self.length)
                {
                    line(Cut { text, began: self.began });
                }
                self.state = State::Collecting;
                self.length = 0;
                continue;
            }
            if self.state == State::Resynchronising {
                continue;
            }
            if self.length == 0 {
                // The byte is complete when it is received: its start is one byte time earlier.
                let back = byte_time.0.saturating_mul(behind.saturating_add(1));
                self.began = Monotonic(now.0.saturating_sub(back));
            }
            match self.buffer.get_mut(self.length) {
                Some(place) => {
                    *place = *byte;
                    self.length = self.length.saturating_add(1);
                }
                None => {
                    self.state = State::Resynchronising;
                    discarded = discarded.saturating_add(1);
                }
            }
        }
        discarded
    }
}

impl Default for Cutter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BYTE: Span = Span(260_417);

    fn lines(cutter: &mut Cutter, bytes: &[u8], now: u64) -> Vec<(Vec<u8>, u64)> {
        let mut found = Vec::new();
        cutter.feed(bytes, Monotonic(now), BYTE, |cut| found.push((cut.text.to_vec(), cut.began.0)));
        found
    }

    fn texts(bytes: &[u8]) -> Vec<Vec<u8>> {
        lines(&mut Cutter::new(), bytes, 1_000_000_000).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn the_partial_first_line_is_thrown_away() {
        assert_eq!(texts(b"193 6897 +41\r\nwhole\r\n"), [b"whole".to_vec()]);
    }

    #[test]
    fn both_orders_of_line_ends_are_understood() {
        assert_eq!(texts(b"\r\none\r\ntwo\r\n"), [b"one".to_vec(), b"two".to_vec()]);
        assert_eq!(texts(b"\n\rone\n\rtwo\n\r"), [b"one".to_vec(), b"two".to_vec()]);
    }

    #[test]
    fn a_line_may_arrive_byte_by_byte() {
        let mut cutter = Cutter::new();
        let mut found = Vec::new();
        for (index, byte) in b"\r\n00 00\r\n".iter().enumerate() {
            found.extend(lines(&mut cutter, &[*byte], 1_000_000_000 + index as u64 * 1_000_000));
        }
        // The first byte was complete at 1.002 s, so it began one byte time earlier.
        assert_eq!(found, [(b"00 00".to_vec(), 1_002_000_000 - BYTE.0)]);
    }

    #[test]
    fn the_time_of_the_first_byte_is_reckoned_back_through_the_chunk() {
        let mut cutter = Cutter::new();
        lines(&mut cutter, b"\r\n", 0);
        let found = lines(&mut cutter, b"abc\r\n", 2_000_000_000);
        assert_eq!(found, [(b"abc".to_vec(), 2_000_000_000 - 5 * BYTE.0)]);
    }

    #[test]
    fn an_overlong_line_is_noise_up_to_its_end() {
        let mut bytes = b"\r\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 10_000));
        bytes.extend(b"\r\ngood\r\n");
        let mut cutter = Cutter::new();
        let mut found = Vec::new();
        let discarded = cutter.feed(&bytes, Monotonic(0), BYTE, |cut| found.push(cut.text.to_vec()));
        assert_eq!((found, discarded), (vec![b"good".to_vec()], 1));
    }

    proptest! {
        #[test]
        fn however_the_stream_is_chopped_the_lines_are_the_same(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..400),
            chunk in 1usize..50,
        ) {
            let whole = texts(&bytes);
            let mut cutter = Cutter::new();
            let mut pieces = Vec::new();
            for piece in bytes.chunks(chunk) {
                pieces.extend(lines(&mut cutter, piece, 1_000_000_000).into_iter().map(|(text, _)| text));
            }
            prop_assert_eq!(&whole, &pieces);
            prop_assert!(whole.iter().all(|text| !text.is_empty() && text.len() <= CAPACITY));
        }
    }
}
