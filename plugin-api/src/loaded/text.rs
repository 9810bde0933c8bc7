// SPDX-License-Identifier: MIT OR Apache-2.0
//! A driver's C strings, copied out.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char};
use core::fmt;

/// Longest text of a descriptor that is read, a JSON Schema included.
const LONGEST: usize = 1 << 20;

/// A text of a driver: what it says, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Result<String, TextDefect>);

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextDefect {
    /// There is none.
    #[error("it is NULL")]
    Null,
    /// Not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// No NUL within a megabyte.
    #[error("it has no end within 1 MiB")]
    Endless,
}

impl Text {
    /// The text; empty if there is a [`Text::defect`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("")
    }

    /// What is wrong with it.
    #[must_use]
    pub fn defect(&self) -> Option<TextDefect> {
        self.0.as_ref().err().copied()
    }

    /// # Safety
    /// `text` is null or points to bytes that end in NUL, or at least to a megabyte.
    pub(crate) unsafe fn read(text: *const c_char) -> Self {
        if text.is_null() {
            return Self(Err(TextDefect::Null));
        }
        // Byte by byte, so that nothing behind the end is touched.
        // SAFETY: up to the NUL or a megabyte, as promised.
        let length = (0..LONGEST).find(|&index| unsafe { text.add(index).read() } == 0);
        let Some(length) = length else { return Self(Err(TextDefect::Endless)) };
        // SAFETY: `length` bytes and the NUL were just read.
        let bytes = unsafe { core::slice::from_raw_parts(text.cast::<u8>(), length + 1) };
        let text = CStr::from_bytes_with_nul(bytes).ok().and_then(|text| text.to_str().ok());
        Self(text.map(str::to_owned).ok_or(TextDefect::NotUtf8))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
