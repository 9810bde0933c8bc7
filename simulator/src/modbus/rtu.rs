// SPDX-License-Identifier: MIT OR Apache-2.0
//! RTU: finds requests in a stream of bytes that may hold anything, and never gives up on the line.
//!
//! A frame is accepted where its length and checksum fit, wherever it begins: noise before a frame costs nothing.
//! Bytes that lead to nothing are forgotten after a silence. Frames of other units are recognised, so that their
//! bytes cannot be taken for something else, and ignored.

use super::request_length;
use crc::{CRC_16_MODBUS, Crc};
use ecmod_quantities::Span;

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);

/// The unit that every slave obeys and none answers.
pub const BROADCAST: u8 = 0;

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whom it is for.
    pub unit: u8,
    /// What is asked.
    pub pdu: Vec<u8>,
}

/// `body` with its checksum behind it.
#[must_use]
pub fn with_checksum(body: &[u8]) -> Vec<u8> {
    [body, &CRC.checksum(body).to_le_bytes()].concat()
}

/// The frame of an answer.
#[must_use]
pub fn frame(unit: u8, pdu: &[u8]) -> Vec<u8> {
    with_checksum(&[&[unit], pdu].concat())
}

/// Collects bytes until they are a request.
#[derive(Debug, Clone)]
pub struct Deframer {
    buffer: Vec<u8>,
    last: Span,
    silence: Span,
}

impl Deframer {
    /// Longest legal frame.
    const LONGEST: usize = 256;

    /// Forgets what has led to nothing after this silence. A real slave waits 3.5 characters; a pty has no baud rate
    /// and a loaded machine splits a frame by milliseconds, so more is wiser here.
    #[must_use]
    pub const fn new(silence: Span) -> Self {
        Self { buffer: Vec::new(), last: Span::ZERO, silence }
    }

    /// Takes bytes that arrived at `now`.
    pub fn push(&mut self, bytes: &[u8], now: Span) {
        if now.0.saturating_sub(self.last.0) > self.silence.0 {
            self.buffer.clear();
        }
        self.last = now;
        self.buffer.extend_from_slice(bytes);
        let excess = self.buffer.len().saturating_sub(2 * Self::LONGEST);
        self.buffer.drain(..excess);
    }

    /// The next request in what has arrived, for whatever unit.
    pub fn next_request(&mut self) -> Option<Request> {
        let (request, end) = (0..self.buffer.len()).find_map(|start| self.request_at(start))?;
        self.buffer.drain(..end);
        Some(request)
    }

    fn request_at(&self, start: usize) -> Option<(Request, usize)> {
        let (&unit, rest) = self.buffer.get(start..)?.split_first()?;
        let length = request_length(rest)??;
        let end = start + 1 + length + 2;
        let body = self.buffer.get(start..end - 2)?;
        let checksum = self.buffer.get(end - 2..end)?;
        (CRC.checksum(body).to_le_bytes() == checksum)
            .then(|| (Request { unit, pdu: rest.get(..length).unwrap_or_default().to_vec() }, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SILENCE: Span = Span::from_millis(10);

    fn read(unit: u8) -> Vec<u8> {
        frame(unit, &[3, 0, 0xCE, 0, 2])
    }

    fn all(deframer: &mut Deframer) -> Vec<u8> {
        core::iter::from_fn(|| deframer.next_request()).map(|request| request.unit).collect()
    }

    #[test]
    fn the_checksum_is_that_of_the_specification() {
        assert_eq!(with_checksum(&[1, 3, 0, 0, 0, 1])[6..], [0x84, 0x0A]);
    }

    #[test]
    fn noise_around_frames_costs_none_of_them() {
        let mut deframer = Deframer::new(SILENCE);
        let noise: Vec<u8> = (0..200_u8).map(|i| i.wrapping_mul(37).wrapping_add(11)).collect();
        deframer.push(&[&noise[..], &read(1), &noise[..30], &read(2), &[0, 0]].concat(), Span::ZERO);
        assert_eq!(all(&mut deframer), [1, 2]);
    }

    #[test]
    fn a_leading_zero_does_not_stall_the_line() {
        let mut deframer = Deframer::new(SILENCE);
        deframer.push(&[&[0], &read(1)[..]].concat(), Span::ZERO);
        assert_eq!(all(&mut deframer), [1]);
    }

    #[test]
    fn a_frame_may_arrive_byte_by_byte_but_not_across_a_silence() {
        let mut deframer = Deframer::new(SILENCE);
        for (at, byte) in read(1).iter().enumerate() {
            deframer.push(&[*byte], Span::from_millis(at as u64));
        }
        assert_eq!(all(&mut deframer), [1]);
        let (first, second) = (&read(1)[..4], &read(1)[4..]);
        deframer.push(first, Span::from_millis(100));
        deframer.push(second, Span::from_millis(120));
        assert!(all(&mut deframer).is_empty());
        deframer.push(&read(1), Span::from_millis(140));
        assert_eq!(all(&mut deframer), [1]);
    }

    #[test]
    fn a_wrong_checksum_is_no_request() {
        let mut deframer = Deframer::new(SILENCE);
        let mut broken = read(1);
        broken[3] ^= 0x40;
        deframer.push(&broken, Span::ZERO);
        assert!(all(&mut deframer).is_empty());
    }

    #[test]
    fn a_write_of_many_registers_is_as_long_as_it_says() {
        let mut deframer = Deframer::new(SILENCE);
        let write = frame(1, &[16, 4, 0x80, 0, 2, 4, 0, 0, 12, 128]);
        deframer.push(&write[..9], Span::ZERO);
        assert_eq!(deframer.next_request(), None);
        deframer.push(&write[9..], Span::ZERO);
        assert_eq!(deframer.next_request().unwrap().pdu.len(), 10);
    }

    proptest! {
        #[test]
        fn a_frame_after_any_garbage_and_a_silence_is_found(garbage in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut deframer = Deframer::new(SILENCE);
            deframer.push(&garbage, Span::ZERO);
            all(&mut deframer);
            deframer.push(&read(7), Span::from_millis(50));
            prop_assert_eq!(all(&mut deframer), vec![7]);
        }
    }
}
