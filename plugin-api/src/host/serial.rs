// SPDX-License-Identifier: MIT OR Apache-2.0
//! The port's serial line.

use super::{Calls, timeout_us};
use crate::Error;
use crate::quantities::Span;
use std::rc::Rc;

/// The port's serial line: bytes as they come, without frames.
#[derive(Debug, Clone)]
pub struct Serial(Rc<Calls>);

impl Serial {
    pub(crate) fn new(calls: Rc<Calls>) -> Self {
        Self(calls)
    }

    /// Waits until at least one byte is there and returns how many came, at most `buffer.len()`.
    /// A timeout of zero means the port's own.
    ///
    /// # Errors
    /// [`Error::Timeout`] if none came, [`Error::Corrupt`] on a parity or framing error, [`Error::Io`] if the line
    /// is gone, [`Error::Unsupported`] where the port has none, [`Error::Invalid`] for an empty buffer.
    pub fn read(&self, buffer: &mut [u8], timeout: Span) -> Result<usize, Error> {
        if buffer.is_empty() {
            return Err(Error::Invalid);
        }
        match self.0.serial_read(buffer, timeout_us(timeout))? {
            0 => Err(Error::Timeout),
            length => Ok(length),
        }
    }

    /// Writes all bytes, within the port's own timeout.
    ///
    /// # Errors
    /// [`Error::Timeout`] if they could not be sent in time, [`Error::Io`] if the line is gone,
    /// [`Error::Unsupported`] where the port has none.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.0.serial_write(bytes, 0)
    }
}
