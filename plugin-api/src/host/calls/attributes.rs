// SPDX-License-Identifier: MIT OR Apache-2.0
//! The calls of ABI 1.1 that reach a kernel driver's files. A host of version 1.0 has none of them.

use super::{Calls, length_u32};
use crate::Error;
use core::ffi::CStr;

impl Calls {
    /// Copies a file into `buffer`; returns its whole length, which may be larger.
    pub(crate) fn attribute_read(&self, path: &CStr, buffer: &mut [u8]) -> Result<usize, Error> {
        let table = self.table()?;
        let function = table.attribute_read.ok_or(Error::Unsupported)?;
        let capacity = length_u32(buffer.len())?;
        let mut length = 0;
        // SAFETY: as in `now`; the host may write `capacity` bytes to `buffer` and one `u32` to `length`.
        let code = unsafe {
            function(table.context, path.as_ptr(), buffer.as_mut_ptr().cast(), capacity, &raw mut length)
        };
        whole_length(code, length, capacity)
    }

    pub(crate) fn attribute_write(&self, path: &CStr, bytes: &[u8]) -> Result<(), Error> {
        let table = self.table()?;
        let function = table.attribute_write.ok_or(Error::Unsupported)?;
        let length = length_u32(bytes.len())?;
        // SAFETY: as in `now`; the host reads `length` bytes.
        Error::check(unsafe { function(table.context, path.as_ptr(), bytes.as_ptr().cast(), length) })
    }

    /// Copies the names in a folder into `buffer`; returns the length of all, which may be larger.
    pub(crate) fn attribute_list(&self, path: &CStr, buffer: &mut [u8]) -> Result<usize, Error> {
        let table = self.table()?;
        let function = table.attribute_list.ok_or(Error::Unsupported)?;
        let capacity = length_u32(buffer.len())?;
        let mut length = 0;
        // SAFETY: as in `attribute_read`.
        let code = unsafe {
            function(table.context, path.as_ptr(), buffer.as_mut_ptr().cast(), capacity, &raw mut length)
        };
        whole_length(code, length, capacity)
    }

    pub(crate) fn stream_read(&self, buffer: &mut [u8], timeout_us: u32) -> Result<usize, Error> {
        let table = self.table()?;
        let function = table.stream_read.ok_or(Error::Unsupported)?;
        let capacity = length_u32(buffer.len())?;
        let mut length = 0;
        // SAFETY: as in `now`; the host may write `capacity` bytes and one `u32`.
        Error::check(unsafe {
            function(table.context, buffer.as_mut_ptr(), capacity, &raw mut length, timeout_us)
        })?;
        if length > capacity {
            Err(Error::Corrupt)
        } else {
            usize::try_from(length).map_err(|_| Error::Corrupt)
        }
    }
}

/// What a call that says the whole length came to: success has it fit, "too long" has it not.
pub(super) fn whole_length(code: i32, length: u32, capacity: u32) -> Result<usize, Error> {
    match Error::check(code) {
        Ok(()) if length > capacity => Err(Error::Corrupt),
        Err(Error::TooLong) if length <= capacity => Err(Error::Corrupt),
        Ok(()) | Err(Error::TooLong) => usize::try_from(length).map_err(|_| Error::TooLong),
        Err(error) => Err(error),
    }
}
