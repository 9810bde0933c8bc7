// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the server says.

use super::kind;
use super::name::Name;
use crate::error::{Error, Result};
use crate::wire::{Reader, Writer};

/// Levels of lines by their place in the request for them; bits outside the mask mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Levels {
    /// Which lines.
    pub mask: u64,
    /// Their levels.
    pub bits: u64,
}

impl Levels {
    /// The level of one line, if it is told.
    #[must_use]
    pub fn of(self, line: usize) -> Option<bool> {
        let bit = u32::try_from(line).ok().and_then(|line| 1_u64.checked_shl(line))?;
        (self.mask & bit != 0).then_some(self.bits & bit != 0)
    }

    /// With the level of one more line; a place beyond the mask's bits changes nothing.
    #[must_use]
    pub fn with(self, line: usize, level: bool) -> Self {
        let Some(bit) = u32::try_from(line).ok().and_then(|line| 1_u64.checked_shl(line)) else {
            return self;
        };
        Self { mask: self.mask | bit, bits: if level { self.bits | bit } else { self.bits & !bit } }
    }
}

/// An edge of a held line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The line's place in the request for it.
    pub line: u8,
    /// Inactive to active.
    pub rising: bool,
    /// `CLOCK_MONOTONIC`.
    pub t_ns: u64,
    /// Counts the edges of this line; a gap means that some were lost.
    pub sequence: u32,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// It was done; for a transaction these bytes came back.
    Done(&'a [u8]),
    /// It was not done.
    Refused {
        /// An error number of Linux.
        errno: i32,
        /// Who holds what was asked for; empty if that is not the reason.
        holder: Name,
    },
}

/// Whatever comes from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromServer<'a> {
    /// The answer to the request of this sequence.
    Answer(u32, Answer<'a>),
    /// An edge.
    Event(Event),
}

impl<'a> FromServer<'a> {
    /// Writes a message; its length.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(buffer);
        match self {
            Self::Answer(sequence, answer) => {
                writer.u8(kind::ANSWER)?;
                writer.u32(*sequence)?;
                match answer {
                    Answer::Done(bytes) => {
                        writer.u32(0)?;
                        writer.bytes(bytes)?;
                    }
                    Answer::Refused { errno, holder } => {
                        // never 0, which would mean success
                        writer.u32(u32::try_from(*errno).unwrap_or(0).max(1))?;
                        holder.encode(&mut writer)?;
                    }
                }
            }
            Self::Event(event) => {
                writer.bytes(&[kind::EVENT, event.line, u8::from(event.rising)])?;
                writer.u64(event.t_ns)?;
                writer.u32(event.sequence)?;
            }
        }
        Ok(writer.length())
    }

    /// Reads a message. Does not allocate.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn decode(message: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(message);
        match reader.u8()? {
            kind::ANSWER => {
                let sequence = reader.u32()?;
                let errno = reader.u32()?;
                if errno == 0 {
                    return Ok(Self::Answer(sequence, Answer::Done(reader.rest())));
                }
                let errno = i32::try_from(errno).map_err(|_| Error::Malformed("no error number"))?;
                let holder = Name::decode(&mut reader)?;
                reader.end()?;
                Ok(Self::Answer(sequence, Answer::Refused { errno, holder }))
            }
            kind::EVENT => {
                let (line, rising) = (reader.u8()?, reader.flag()?);
                let event = Event { line, rising, t_ns: reader.u64()?, sequence: reader.u32()? };
                reader.end()?;
                Ok(Self::Event(event))
            }
            _ => Err(Error::Malformed("an unknown answer")),
        }
    }
}

/// The payload of an answer to `Get`.
pub(crate) fn encode_levels(levels: Levels) -> [u8; 16] {
    let mut bytes = [0; 16];
    let (mask, bits) = bytes.split_at_mut(8);
    mask.copy_from_slice(&levels.mask.to_le_bytes());
    bits.copy_from_slice(&levels.bits.to_le_bytes());
    bytes
}

/// Reads it.
pub(crate) fn decode_levels(payload: &[u8]) -> Result<Levels> {
    let mut reader = Reader::new(payload);
    let levels = Levels { mask: reader.u64()?, bits: reader.u64()? };
    reader.end()?;
    Ok(levels)
}
