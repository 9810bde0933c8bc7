// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers and bytes into and out of a bounded buffer. Nothing here allocates.

use crate::error::{Error, Result};

/// Writes into a buffer of fixed size.
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, at: 0 }
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let end = self.at.saturating_add(bytes.len());
        let room = self.buffer.get_mut(self.at..end).ok_or(Error::TooLong("a message"))?;
        room.copy_from_slice(bytes);
        self.at = end;
        Ok(())
    }

    pub fn u8(&mut self, number: u8) -> Result<()> {
        self.bytes(&[number])
    }

    pub fn u16(&mut self, number: u16) -> Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    pub fn u32(&mut self, number: u32) -> Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    pub fn u64(&mut self, number: u64) -> Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    /// The length of a list, which its limit keeps below 256.
    pub fn count(&mut self, count: usize, most: usize, what: &'static str) -> Result<()> {
        match u8::try_from(count) {
            Ok(small) if count <= most => self.u8(small),
            _ => Err(Error::TooLong(what)),
        }
    }

    pub fn length(&self) -> usize {
        self.at
    }
}

/// Reads a message that somebody else has made.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(Error::Malformed("it is too short"))?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.bytes(N)?;
        bytes.try_into().map_err(|_| Error::Malformed("it is too short"))
    }

    pub fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub fn flag(&mut self) -> Result<bool> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error::Malformed("a flag is neither 0 nor 1")),
        }
    }

    pub fn count(&mut self, most: usize) -> Result<usize> {
        let count = usize::from(self.u8()?);
        if count > most { Err(Error::Malformed("a list is too long")) } else { Ok(count) }
    }

    /// What is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub fn end(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Malformed("it is too long")) }
    }
}
