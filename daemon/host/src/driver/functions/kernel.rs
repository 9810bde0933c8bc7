// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files and the stream of a kernel driver.

use core::ffi::{c_char, c_void};

use ecmod_plugin::Error;

use super::pointers::{elements, elements_mut, put, text};
use super::{Context, ask, bus_error, timeout};
use crate::bus::{Attributes, Bus, BusError};

impl Context {
    fn attributes(&self) -> Result<&Attributes, Error> {
        match &self.port.bus {
            Bus::Attributes(attributes) => Ok(attributes),
            Bus::None | Bus::Modbus(_) | Bus::Serial(_) | Bus::Spi(_) | Bus::I2c(_) => {
                Err(Error::Unsupported)
            }
        }
    }
}

/// A whole length beside the room that there was.
fn whole(length: usize, room: usize) -> Result<(), Error> {
    if length > room { Err(Error::TooLong) } else { Ok(()) }
}

pub(super) unsafe extern "C" fn attribute_read(
    context: *mut c_void,
    path: *const c_char,
    buffer: *mut c_char,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    let action = |context: &Context| {
        // SAFETY: the driver passes a C string.
        let path = unsafe { text(path) }?;
        // SAFETY: the driver passes room for `capacity` bytes, or none.
        let room = unsafe { elements_mut(buffer.cast::<u8>(), capacity) }?;
        let result = context.attributes()?.read(path, room);
        let count = match &result {
            Ok(count) | Err(BusError::TooLong(count)) => *count,
            Err(_) => 0,
        };
        // SAFETY: the driver passes a place for the length, or null.
        unsafe { put(length, count) };
        result.map_err(|error| bus_error(&error)).and_then(|count| whole(count, room.len()))
    };
    // SAFETY: our own context.
    unsafe { ask(context, None, action) }
}

pub(super) unsafe extern "C" fn attribute_write(
    context: *mut c_void,
    path: *const c_char,
    bytes: *const c_char,
    length: u32,
) -> i32 {
    let action = |context: &Context| {
        // SAFETY: the driver passes a C string.
        let path = unsafe { text(path) }?;
        // SAFETY: the driver passes `length` bytes.
        let bytes = unsafe { elements(bytes.cast::<u8>(), length) }?;
        context.attributes()?.write(path, bytes).map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { ask(context, None, action) }
}

pub(super) unsafe extern "C" fn attribute_list(
    context: *mut c_void,
    path: *const c_char,
    buffer: *mut c_char,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    let action = |context: &Context| {
        // SAFETY: the driver passes a C string.
        let path = unsafe { text(path) }?;
        // SAFETY: the driver passes room for `capacity` bytes, or none.
        let room = unsafe { elements_mut(buffer.cast::<u8>(), capacity) }?;
        let names = context.attributes()?.list(path).map_err(|error| bus_error(&error))?;
        let text: Vec<u8> = names.into_iter().flat_map(|name| name.into_iter().chain([0])).collect();
        room.iter_mut().zip(&text).for_each(|(to, byte)| *to = *byte);
        // SAFETY: the driver passes a place for the length, or null.
        unsafe { put(length, text.len()) };
        whole(text.len(), room.len())
    };
    // SAFETY: our own context.
    unsafe { ask(context, None, action) }
}

pub(super) unsafe extern "C" fn stream_read(
    context: *mut c_void,
    buffer: *mut u8,
    capacity: u32,
    length: *mut u32,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        let records = context.attributes()?.records().ok_or(Error::Unsupported)?;
        // SAFETY: the driver passes room for `capacity` bytes.
        let room = unsafe { elements_mut(buffer, capacity) }?;
        let result = records.read(room, timeout(timeout_us));
        // SAFETY: the driver passes a place for the length, or null.
        unsafe { put(length, result.as_ref().map_or(0, |count| *count)) };
        result.map(|_| ()).map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { ask(context, timeout(timeout_us), action) }
}
