// SPDX-License-Identifier: MIT OR Apache-2.0
//! The name of a line or of who holds one: at most [`MAX_NAME`] bytes, on the stack.

use std::fmt;

use crate::MAX_NAME;
use crate::error::{Error, Result};
use crate::wire::{Reader, Writer};

/// A short name.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Name {
    bytes: [u8; MAX_NAME],
    length: u8,
}

impl Name {
    /// # Errors
    /// [`Error::TooLong`] beyond [`MAX_NAME`] bytes.
    pub fn new(text: &str) -> Result<Self> {
        let mut name = Self::default();
        let room = name.bytes.get_mut(..text.len()).ok_or(Error::TooLong("a name"))?;
        room.copy_from_slice(text.as_bytes());
        name.length = u8::try_from(text.len()).map_err(|_| Error::TooLong("a name"))?;
        Ok(name)
    }

    /// As much of `text` as fits.
    #[must_use]
    pub fn cut(text: &str) -> Self {
        let mut end = text.len().min(MAX_NAME);
        while !text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        text.get(..end).and_then(|text| Self::new(text).ok()).unwrap_or_default()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub(super) fn encode(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.u8(self.length)?;
        writer.bytes(self.as_str().as_bytes())
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let length = reader.count(MAX_NAME)?;
        let text = std::str::from_utf8(reader.bytes(length)?);
        Self::new(text.map_err(|_| Error::Malformed("a name is not text"))?)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
