// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stream of records of a kernel driver, for example an IIO buffer (ABI 1.1).

use super::{Calls, timeout_us};
use crate::Error;
use crate::quantities::Span;
use std::rc::Rc;

/// The port's stream.
#[derive(Debug, Clone)]
pub struct Stream(Rc<Calls>);

impl Stream {
    pub(crate) fn new(calls: Rc<Calls>) -> Self {
        Self(calls)
    }

    /// Waits until at least one byte is there and returns how many came, at most `buffer.len()`. A device that gives
    /// whole records gives as many as fit. A timeout of zero means the port's own.
    ///
    /// # Errors
    /// [`Error::Timeout`] if none came, [`Error::Io`] at the stream's end or if the device failed,
    /// [`Error::Invalid`] for an empty buffer, [`Error::Unsupported`] where the port has no stream or the host is of
    /// version 1.0.
    pub fn read(&self, buffer: &mut [u8], timeout: Span) -> Result<usize, Error> {
        if buffer.is_empty() {
            return Err(Error::Invalid);
        }
        match self.0.stream_read(buffer, timeout_us(timeout))? {
            0 => Err(Error::Timeout),
            length => Ok(length),
        }
    }
}
