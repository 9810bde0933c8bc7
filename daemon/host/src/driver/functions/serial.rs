// SPDX-License-Identifier: MIT OR Apache-2.0
//! A serial line as a stream of bytes.

use core::ffi::c_void;

use ecmod_plugin::Error;

use super::pointers::{elements, elements_mut, put};
use super::{Context, ask, bus_error, timeout};
use crate::bus::Bus;

pub(super) unsafe extern "C" fn serial_read(
    context: *mut c_void,
    buffer: *mut u8,
    capacity: u32,
    length: *mut u32,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::Serial(serial) = &context.port.bus else { return Err(Error::Unsupported) };
        // SAFETY: the driver passes room for `capacity` bytes.
        let buffer = unsafe { elements_mut(buffer, capacity) }?;
        let result = serial.read(buffer, timeout(timeout_us));
        // SAFETY: the driver passes a place for the length, or null.
        unsafe { put(length, result.as_ref().map_or(0, |count| *count)) };
        result.map(|_| ()).map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { ask(context, timeout(timeout_us), action) }
}

pub(super) unsafe extern "C" fn serial_write(
    context: *mut c_void,
    bytes: *const u8,
    length: u32,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::Serial(serial) = &context.port.bus else { return Err(Error::Unsupported) };
        // SAFETY: the driver passes `length` bytes.
        let bytes = unsafe { elements(bytes, length) }?;
        serial.write(bytes, timeout(timeout_us)).map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { ask(context, timeout(timeout_us), action) }
}
