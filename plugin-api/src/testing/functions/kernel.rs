// SPDX-License-Identifier: MIT OR Apache-2.0
//! The functions of ABI 1.1: attributes, stream, waking lines, urgency.
#![allow(unsafe_code)]

use super::pointers::{bytes, c_text, deliver};
use super::{code, with};
use crate::{Error, LineLevel};
use core::ffi::{c_char, c_void};

/// Copies what fits and tells the whole length.
///
/// # Safety
/// `buffer` is null or has room for `capacity` bytes; `length` is null or may be written.
unsafe fn deliver_whole(
    text: &[u8],
    buffer: *mut c_char,
    capacity: u32,
    length: *mut u32,
) -> Result<(), Error> {
    let whole = u32::try_from(text.len()).map_err(|_| Error::TooLong)?;
    // SAFETY: as promised.
    unsafe {
        deliver(text, buffer.cast(), capacity)?;
        if let Some(length) = length.as_mut() {
            *length = whole;
        }
    }
    if whole > capacity { Err(Error::TooLong) } else { Ok(()) }
}

pub(super) unsafe extern "C" fn attribute_read(
    context: *mut c_void,
    path: *const c_char,
    buffer: *mut c_char,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    // SAFETY: the driver passes a C string, room for `capacity` bytes and a place for the length.
    code((|| unsafe {
        let path = c_text(path)?;
        let text = with(context, |state| state.attribute_read(path))??;
        deliver_whole(&text, buffer, capacity, length)
    })())
}

pub(super) unsafe extern "C" fn attribute_write(
    context: *mut c_void,
    path: *const c_char,
    text: *const c_char,
    length: u32,
) -> i32 {
    // SAFETY: the driver passes a C string and `length` bytes.
    code((|| unsafe {
        let (path, text) = (c_text(path)?, bytes(text.cast::<u8>(), length)?);
        with(context, |state| state.attribute_write(path, text))?
    })())
}

pub(super) unsafe extern "C" fn attribute_list(
    context: *mut c_void,
    path: *const c_char,
    buffer: *mut c_char,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    // SAFETY: as `attribute_read`.
    code((|| unsafe {
        let path = c_text(path)?;
        let names = with(context, |state| state.attribute_list(path))??;
        deliver_whole(&names, buffer, capacity, length)
    })())
}

pub(super) unsafe extern "C" fn stream_read(
    context: *mut c_void,
    buffer: *mut u8,
    capacity: u32,
    length: *mut u32,
    timeout_us: u32,
) -> i32 {
    // SAFETY: the driver passes room for `capacity` bytes and a place for the length.
    code((|| unsafe {
        let length = length.as_mut().ok_or(Error::Invalid)?;
        *length = 0;
        if buffer.is_null() || capacity == 0 {
            return Err(Error::Invalid);
        }
        let room = usize::try_from(capacity).map_err(|_| Error::Invalid)?;
        let read = with(context, |state| state.stream_read(room, timeout_us))??;
        *length = u32::try_from(read.len()).map_err(|_| Error::Invalid)?;
        deliver(&read, buffer, capacity)
    })())
}

pub(super) unsafe extern "C" fn gpio_wake(context: *mut c_void, line: *const c_char, on: u32) -> i32 {
    // SAFETY: the driver passes a C string.
    code((|| unsafe {
        let line = c_text(line)?;
        let level = match on {
            0 => LineLevel::Low,
            1 => LineLevel::High,
            _ => return Err(Error::Invalid),
        };
        with(context, |state| state.gpio_wake(line, level))?
    })())
}

pub(super) unsafe extern "C" fn urgent(context: *mut c_void) -> i32 {
    // SAFETY: our own context.
    code(unsafe { with(context, |state| state.urgent += 1) })
}
