// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finds the one frame that answers a request in whatever came over the line. Pure.
//!
//! The request says how long its answer must be, from which unit and to which function. Anything else on the line is
//! noise, another unit's answer, our own echo, or an answer of another length; it is named and never delivered.
//! Frames are recognised by their checksum, not by pauses: through buffers and USB the pauses are long gone.

use std::ops::Range;

/// CRC-16/MODBUS (MODBUS over Serial Line V1.02, 6.2.2): polynomial 0xA001 reflected, start 0xFFFF.
#[must_use]
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        let [low, _] = (crc ^ u16::from(*byte)).to_le_bytes();
        (crc >> 8) ^ TABLE.get(usize::from(low)).copied().unwrap_or(0)
    })
}

static TABLE: [u16; 256] = table();

#[allow(clippy::cast_possible_truncation, clippy::indexing_slicing)] // the index stays below 256, at compile time
const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

/// How the regular answer to a request is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Functions 1 to 4: a byte count and that many bytes.
    Data(u8),
    /// Functions 5, 6, 15 and 16: address and value or count.
    Confirmation,
}

/// What may answer a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The unit that was asked.
    pub unit: u8,
    /// The function it was asked for.
    pub function: u8,
    /// How the regular answer is built.
    pub shape: Shape,
}

/// What stood on the line beside the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    /// An intact frame of another unit.
    pub other_unit: bool,
    /// An intact frame of this unit to another function.
    pub other_function: bool,
    /// An intact frame of this unit and function, of another length.
    pub other_length: bool,
    /// Bytes that belong to no intact frame.
    pub noise: bool,
}

const EXCEPTION: u8 = 0x80;
const CRC: usize = 2;
/// Longest frame on a serial line (V1.02, 2.5.1).
pub const LONGEST_FRAME: usize = 256;

impl Expected {
    /// The length of the regular answer in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        match self.shape {
            Shape::Data(count) => 3 + usize::from(count) + CRC,
            Shape::Confirmation => 6 + CRC,
        }
    }

    /// Looks for the answer (regular or exception) in `received`. `echo` is a frame that is passed over once.
    #[must_use]
    pub fn find(&self, received: &[u8], echo: Option<&[u8]>) -> (Option<Range<usize>>, Beside) {
        let mut beside = Beside::default();
        let mut at = 0;
        if let Some(echo) = echo
            && received.starts_with(echo)
        {
            at = echo.len();
        }
        while let Some(rest) = received.get(at..)
            && !rest.is_empty()
        {
            if let Some(length) = self.answer(rest) {
                return (Some(at..at + length), beside);
            }
            if let Some(length) = foreign(rest) {
                self.name_foreign(rest, &mut beside);
                at += length;
            } else {
                beside.noise = true;
                at += 1;
            }
        }
        (None, beside)
    }

    /// The length of the answer that `bytes` begin with.
    fn answer(&self, bytes: &[u8]) -> Option<usize> {
        let [unit, function, third, ..] = bytes else { return None };
        if *unit != self.unit {
            return None;
        }
        let length = if *function == self.function | EXCEPTION {
            3 + CRC
        } else if *function == self.function {
            match self.shape {
                Shape::Data(count) if *third != count => return None,
                Shape::Data(_) | Shape::Confirmation => self.length(),
            }
        } else {
            return None;
        };
        intact(bytes, length).then_some(length)
    }

    fn name_foreign(&self, frame: &[u8], beside: &mut Beside) {
        match frame {
            [unit, ..] if *unit != self.unit => beside.other_unit = true,
            [_, function, ..] if *function != self.function => beside.other_function = true,
            _ => beside.other_length = true,
        }
    }
}

/// The length of the intact answer of any unit and any of the usual functions that `bytes` begin with.
fn foreign(bytes: &[u8]) -> Option<usize> {
    let [_, function, third, ..] = bytes else { return None };
    let length = match function {
        1..=4 => 3 + usize::from(*third) + CRC,
        5 | 6 | 15 | 16 => 6 + CRC,
        0x81..=0xFF => 3 + CRC,
        _ => return None,
    };
    intact(bytes, length).then_some(length)
}

fn intact(bytes: &[u8], length: usize) -> bool {
    let Some((body, tail)) = bytes.get(..length).and_then(<[u8]>::split_last_chunk::<CRC>) else {
        return false;
    };
    crc(body) == u16::from_le_bytes(*tail)
}

#[cfg(test)]
mod tests;
