// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fake host's table: C functions that check what a driver passes, and ask the state.
//!
//! A scripted closure is taken out while it runs, so that it may use the fake host itself.
#![allow(unsafe_code)]

use super::record::ModbusTable;
use super::state::State;
use super::{Fake, FakeHost};
use crate::host::Calls;
use crate::quantities::Span;
use crate::{Error, Host, Level, LineLevel, abi};
use core::ffi::{c_char, c_void};
use std::rc::Rc;

mod chips;
mod kernel;
mod pointers;

use chips::{i2c_transfer, spi_transfer};
use kernel::{attribute_list, attribute_read, attribute_write, gpio_wake, stream_read, urgent};
use pointers::{bytes, c_text, deliver};

/// The table of the host at `fake`, which need not be there yet.
pub(super) fn table(fake: *const Fake) -> abi::Host {
    abi::Host {
        struct_size: abi::size_of_u32::<abi::Host>(),
        abi: abi::ECMOD_ABI,
        context: fake.cast_mut().cast(),
        now_ns: Some(now_ns),
        log: Some(log),
        config_get: Some(config_get),
        modbus_read: Some(modbus_read),
        modbus_write: Some(modbus_write),
        serial_read: Some(serial_read),
        serial_write: Some(serial_write),
        spi_transfer: Some(spi_transfer),
        i2c_transfer: Some(i2c_transfer),
        gpio_get: Some(gpio_get),
        gpio_set: Some(gpio_set),
        gpio_edges: Some(gpio_edges),
        delay_ns: Some(delay_ns),
        attribute_read: Some(attribute_read),
        attribute_write: Some(attribute_write),
        attribute_list: Some(attribute_list),
        stream_read: Some(stream_read),
        gpio_wake: Some(gpio_wake),
        urgent: Some(urgent),
    }
}

/// The SDK's host over the table; it keeps the fake host alive.
#[allow(clippy::expect_used)] // a test's own host; our table is never refused
pub(super) fn host(fake: &FakeHost) -> Host {
    // SAFETY: the table belongs to the `Rc` that is kept; `Host` stays on this thread, as `Rc` does.
    let calls = unsafe { Calls::copy(fake.as_abi()) }.expect("the fake host's table is whole");
    Host::new(Rc::new(calls.keeping(Rc::clone(&fake.0) as Rc<dyn core::any::Any>)))
}

/// Uses the state behind `context`; a script that calls back into its own use gets `ECMOD_E_STATE`.
///
/// # Safety
/// `context` is that of a living fake host, on its thread.
unsafe fn with<R>(context: *mut c_void, use_it: impl FnOnce(&mut State) -> R) -> Result<R, Error> {
    // SAFETY: as promised.
    let fake = unsafe { context.cast::<Fake>().as_ref() }.ok_or(Error::Invalid)?;
    let mut state = fake.state.try_borrow_mut().map_err(|_| Error::State)?;
    Ok(use_it(&mut state))
}

fn code<T>(result: Result<T, Error>) -> i32 {
    result.map_or_else(Error::code, |_| abi::ECMOD_OK)
}

unsafe extern "C" fn now_ns(context: *mut c_void) -> u64 {
    // SAFETY: our own context.
    unsafe { with(context, |state| state.now.0) }.unwrap_or(0)
}

unsafe extern "C" fn delay_ns(context: *mut c_void, span_ns: u64) {
    // SAFETY: our own context.
    let _ = unsafe { with(context, |state| state.now = state.now.plus(Span(span_ns))) };
}

unsafe extern "C" fn log(context: *mut c_void, level: u32, text: *const c_char, length: u32) {
    // SAFETY: the driver passes `length` bytes.
    let text = unsafe { bytes(text.cast(), length) }.unwrap_or_default();
    let level = match level {
        abi::ECMOD_LOG_ERROR => Level::Error,
        abi::ECMOD_LOG_WARNING => Level::Warning,
        abi::ECMOD_LOG_INFO => Level::Info,
        _ => Level::Debug,
    };
    let line = (level, String::from_utf8_lossy(text).into_owned());
    // SAFETY: our own context.
    let _ = unsafe { with(context, |state| state.log.push(line)) };
}

unsafe extern "C" fn config_get(
    context: *mut c_void,
    pointer: *const c_char,
    buffer: *mut c_char,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    // SAFETY: the driver passes a C string or null, and pointers it may be answered through.
    code((|| unsafe {
        let pointer = c_text(pointer)?;
        let config = with(context, |state| state.config.clone())?;
        let text = if pointer.is_empty() {
            config
        } else {
            let tree: serde_json::Value = serde_json::from_str(&config).map_err(|_| Error::Config)?;
            tree.pointer(pointer).ok_or(Error::NotFound)?.to_string()
        };
        let whole = u32::try_from(text.len()).map_err(|_| Error::TooLong)?;
        deliver(text.as_bytes(), buffer.cast(), capacity)?;
        if let Some(length) = length.as_mut() {
            *length = whole;
        }
        if whole > capacity { Err(Error::TooLong) } else { Ok(()) }
    })())
}

unsafe extern "C" fn modbus_read(
    context: *mut c_void,
    unit: u32,
    table: u32,
    address: u32,
    count: u32,
    items: *mut u16,
    timeout_us: u32,
) -> i32 {
    // SAFETY: the driver passes room for `count` items.
    code((|| unsafe {
        let (unit, table, address) = request(unit, table, address)?;
        let count_u16 = u16::try_from(count).map_err(|_| Error::Invalid)?;
        let most = if table.is_bits() { 2000 } else { 125 };
        if items.is_null() || count == 0 || count > most || u32::from(address) + count > 0x1_0000 {
            return Err(Error::Invalid);
        }
        let read = with(context, |state| state.modbus_read(unit, table, address, count_u16, timeout_us))??;
        deliver(&read, items, count)
    })())
}

unsafe extern "C" fn modbus_write(
    context: *mut c_void,
    unit: u32,
    table: u32,
    address: u32,
    count: u32,
    items: *const u16,
    timeout_us: u32,
) -> i32 {
    // SAFETY: the driver passes `count` items.
    code((|| unsafe {
        let (unit, table, address) = request(unit, table, address)?;
        let most = if table.is_bits() { 1968 } else { 123 };
        if !table.is_writable() || count == 0 || count > most || u32::from(address) + count > 0x1_0000 {
            return Err(Error::Invalid);
        }
        let values = bytes(items, count)?;
        if table.is_bits() && values.iter().any(|&bit| bit > 1) {
            return Err(Error::Invalid);
        }
        with(context, |state| state.modbus_write(unit, table, address, values, timeout_us))?
    })())
}

unsafe extern "C" fn serial_read(
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
        let read = with(context, |state| state.serial_read(room, timeout_us))??;
        *length = u32::try_from(read.len()).map_err(|_| Error::Invalid)?;
        deliver(&read, buffer, capacity)
    })())
}

unsafe extern "C" fn serial_write(
    context: *mut c_void,
    sent: *const u8,
    length: u32,
    _timeout_us: u32,
) -> i32 {
    // SAFETY: the driver passes `length` bytes; the script runs while nothing is borrowed.
    code((|| unsafe {
        let sent = bytes(sent, length)?;
        let script = with(context, |state| {
            state.serial_write(sent);
            state.on_serial.take()
        })?;
        if let Some(mut script) = script {
            let answer = script(sent);
            with(context, |state| {
                state.serial.extend(answer);
                state.on_serial.get_or_insert(script);
            })?;
        }
        Ok(())
    })())
}

unsafe extern "C" fn gpio_get(context: *mut c_void, line: *const c_char, level: *mut u32) -> i32 {
    // SAFETY: the driver passes a C string and a place for the level.
    code((|| unsafe {
        let level = level.as_mut().ok_or(Error::Invalid)?;
        let line = c_text(line)?;
        *level = with(context, |state| state.gpio_get(line))?? as u32;
        Ok(())
    })())
}

unsafe extern "C" fn gpio_set(context: *mut c_void, line: *const c_char, level: u32) -> i32 {
    // SAFETY: the driver passes a C string.
    code((|| unsafe {
        let level = match level {
            0 => LineLevel::Low,
            1 => LineLevel::High,
            _ => return Err(Error::Invalid),
        };
        let line = c_text(line)?;
        with(context, |state| state.gpio_set(line, level))?
    })())
}

unsafe extern "C" fn gpio_edges(
    context: *mut c_void,
    line: *const c_char,
    edges: *mut abi::Edge,
    capacity: u32,
    length: *mut u32,
    timeout_us: u32,
) -> i32 {
    // SAFETY: the driver passes a C string, room for `capacity` edges and a place for the length.
    code((|| unsafe {
        let length = length.as_mut().ok_or(Error::Invalid)?;
        *length = 0;
        if edges.is_null() {
            return Err(Error::Invalid);
        }
        let line = c_text(line)?;
        let room = usize::try_from(capacity).map_err(|_| Error::Invalid)?;
        let read = with(context, |state| state.gpio_edges(line, room, timeout_us))??;
        *length = u32::try_from(read.len()).map_err(|_| Error::Invalid)?;
        deliver(&read, edges, capacity)
    })())
}

fn request(unit: u32, table: u32, address: u32) -> Result<(u8, ModbusTable, u16), Error> {
    Ok((
        u8::try_from(unit).map_err(|_| Error::Invalid)?,
        ModbusTable::from_code(table).ok_or(Error::Invalid)?,
        u16::try_from(address).map_err(|_| Error::Invalid)?,
    ))
}
