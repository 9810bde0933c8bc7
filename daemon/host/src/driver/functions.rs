// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the host offers to a driver: the C functions of `ecmod_host`, over this port's bus.
//!
//! Every function checks its pointers, catches panics (none may cross into C) and ends within its timeout. SPI, I2C and GPIO
//! ports do not exist in this release: their functions answer "unsupported".

use core::ffi::{CStr, c_char, c_void};
use core::slice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ecmod_config::Priority;
use ecmod_plugin::{Error, abi};
use ecmod_quantities::Span;

use crate::bus::{Bus, BusError, Caller, Table};
use crate::clock;

/// No driver waits longer for one answer or one delay.
const LONGEST_TIMEOUT: Span = Span::from_secs(10);
/// Longest line that a driver can log.
const LONGEST_LOG: usize = 1024;

/// What stands behind a driver's `context`. It lives as long as the process: a driver that panicked may still hold it.
pub struct Context {
    id: String,
    bus: Arc<Bus>,
    config: serde_json::Value,
    text: String,
    /// Who makes this driver's requests.
    pub caller: Caller,
}

impl Context {
    /// For the driver called `id`.
    #[must_use]
    pub fn new(id: &str, bus: Arc<Bus>, config: serde_json::Value, priority: Priority) -> Self {
        let text = config.to_string();
        Self { id: id.to_owned(), bus, config, text, caller: Caller::new(priority) }
    }

    /// The table for this context, both for the rest of the process's life.
    #[must_use]
    pub fn table(&'static self) -> &'static abi::Host {
        Box::leak(Box::new(abi::Host {
            struct_size: abi::size_of_u32::<abi::Host>(),
            abi: abi::ECMOD_ABI,
            context: core::ptr::from_ref(self).cast_mut().cast(),
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
        }))
    }
}

/// Runs `action` on the context; whatever happens, a number comes back.
///
/// # Safety
/// `context` is null or what [`Context::table`] put into the table.
unsafe fn with(context: *mut c_void, action: impl FnOnce(&Context) -> Result<(), Error>) -> i32 {
    // SAFETY: as promised; a context lives as long as the process and is only read.
    let Some(context) = (unsafe { context.cast::<Context>().as_ref() }) else { return abi::ECMOD_E_INVALID };
    match catch_unwind(AssertUnwindSafe(|| action(context))) {
        Ok(result) => result.map_or_else(Error::code, |()| abi::ECMOD_OK),
        Err(_) => abi::ECMOD_E_IO,
    }
}

fn bus_error(error: &BusError) -> Error {
    match error {
        BusError::Io(_) => Error::Io,
        BusError::Timeout | BusError::QueueFull | BusError::Busy => Error::Timeout,
        BusError::Corrupt(_) => Error::Corrupt,
        BusError::Exception(code) => Error::Modbus(*code),
        BusError::Unsupported => Error::Unsupported,
        BusError::Invalid(_) => Error::Invalid,
    }
}

fn timeout(microseconds: u32) -> Option<Span> {
    (microseconds != 0).then(|| Span::from_micros(microseconds.into()).min(LONGEST_TIMEOUT))
}

fn table(number: u32) -> Result<Table, Error> {
    match number {
        abi::ECMOD_MODBUS_COILS => Ok(Table::Coils),
        abi::ECMOD_MODBUS_DISCRETE_INPUTS => Ok(Table::DiscreteInputs),
        abi::ECMOD_MODBUS_HOLDING_REGISTERS => Ok(Table::HoldingRegisters),
        abi::ECMOD_MODBUS_INPUT_REGISTERS => Ok(Table::InputRegisters),
        _ => Err(Error::Invalid),
    }
}

/// `length` elements behind `first`.
///
/// # Safety
/// `first` is null or points to that many elements, valid and unchanged for the call.
unsafe fn elements<'a, T>(first: *const T, length: u32) -> Result<&'a [T], Error> {
    let length = usize::try_from(length).map_err(|_| Error::Invalid)?;
    if length == 0 {
        return Ok(&[]);
    }
    if first.is_null() || !first.is_aligned() {
        return Err(Error::Invalid);
    }
    // SAFETY: as promised, not null and aligned.
    Ok(unsafe { slice::from_raw_parts(first, length) })
}

/// As [`elements`], to write to.
///
/// # Safety
/// As [`elements`], and nobody else uses them.
unsafe fn elements_mut<'a, T>(first: *mut T, length: u32) -> Result<&'a mut [T], Error> {
    let length = usize::try_from(length).map_err(|_| Error::Invalid)?;
    if length == 0 {
        return Ok(&mut []);
    }
    if first.is_null() || !first.is_aligned() {
        return Err(Error::Invalid);
    }
    // SAFETY: as promised, not null and aligned.
    Ok(unsafe { slice::from_raw_parts_mut(first, length) })
}

/// Writes an answer through a pointer that may be null.
///
/// # Safety
/// `place` is null or may be written to.
unsafe fn put(place: *mut u32, value: usize) {
    // SAFETY: as promised.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = u32::try_from(value).unwrap_or(u32::MAX);
    }
}

unsafe extern "C" fn now_ns(_context: *mut c_void) -> u64 {
    clock::now().0
}

unsafe extern "C" fn delay_ns(_context: *mut c_void, span_ns: u64) {
    clock::sleep_until(clock::now().plus(Span(span_ns).min(LONGEST_TIMEOUT)));
}

unsafe extern "C" fn log(context: *mut c_void, level: u32, text: *const c_char, length: u32) {
    let action = |context: &Context| {
        // SAFETY: the driver passes `length` bytes.
        let bytes = unsafe { elements(text.cast::<u8>(), length) }?;
        let text = String::from_utf8_lossy(bytes.get(..LONGEST_LOG).unwrap_or(bytes));
        let driver = context.id.as_str();
        match level {
            abi::ECMOD_LOG_ERROR => tracing::error!(event = "driver.says", driver, "{text}"),
            abi::ECMOD_LOG_WARNING => tracing::warn!(event = "driver.says", driver, "{text}"),
            abi::ECMOD_LOG_INFO => tracing::info!(event = "driver.says", driver, "{text}"),
            _ => tracing::debug!(event = "driver.says", driver, "{text}"),
        }
        Ok(())
    };
    // SAFETY: our own context.
    let _ = unsafe { with(context, action) };
}

unsafe extern "C" fn config_get(
    context: *mut c_void,
    pointer: *const c_char,
    buffer: *mut c_char,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    let action = |context: &Context| {
        if pointer.is_null() {
            return Err(Error::Invalid);
        }
        // SAFETY: the driver passes a C string.
        let pointer = unsafe { CStr::from_ptr(pointer) }.to_str().map_err(|_| Error::Invalid)?;
        let part;
        let text = if pointer.is_empty() {
            context.text.as_str()
        } else {
            part = context.config.pointer(pointer).ok_or(Error::NotFound)?.to_string();
            part.as_str()
        };
        // SAFETY: the driver passes room for `capacity` bytes, or none.
        let room = unsafe { elements_mut(buffer.cast::<u8>(), capacity) }?;
        room.iter_mut().zip(text.bytes()).for_each(|(to, byte)| *to = byte);
        // SAFETY: the driver passes a place for the length, or null.
        unsafe { put(length, text.len()) };
        if text.len() > room.len() { Err(Error::TooLong) } else { Ok(()) }
    };
    // SAFETY: our own context.
    unsafe { with(context, action) }
}

unsafe extern "C" fn modbus_read(
    context: *mut c_void,
    unit: u32,
    number: u32,
    address: u32,
    count: u32,
    items: *mut u16,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::Modbus(modbus) = &*context.bus else { return Err(Error::Unsupported) };
        let unit = u8::try_from(unit).map_err(|_| Error::Invalid)?;
        let address = u16::try_from(address).map_err(|_| Error::Invalid)?;
        // SAFETY: the driver passes room for `count` items.
        let items = unsafe { elements_mut(items, count) }?;
        let result = modbus.read(&context.caller, unit, table(number)?, address, items, timeout(timeout_us));
        result.map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { with(context, action) }
}

unsafe extern "C" fn modbus_write(
    context: *mut c_void,
    unit: u32,
    number: u32,
    address: u32,
    count: u32,
    items: *const u16,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::Modbus(modbus) = &*context.bus else { return Err(Error::Unsupported) };
        let unit = u8::try_from(unit).map_err(|_| Error::Invalid)?;
        let address = u16::try_from(address).map_err(|_| Error::Invalid)?;
        // SAFETY: the driver passes `count` items.
        let items = unsafe { elements(items, count) }?;
        let result = modbus.write(&context.caller, unit, table(number)?, address, items, timeout(timeout_us));
        result.map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { with(context, action) }
}

unsafe extern "C" fn serial_read(
    context: *mut c_void,
    buffer: *mut u8,
    capacity: u32,
    length: *mut u32,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::Serial(serial) = &*context.bus else { return Err(Error::Unsupported) };
        // SAFETY: the driver passes room for `capacity` bytes.
        let buffer = unsafe { elements_mut(buffer, capacity) }?;
        let result = serial.read(buffer, timeout(timeout_us));
        // SAFETY: the driver passes a place for the length, or null.
        unsafe { put(length, result.as_ref().map_or(0, |count| *count)) };
        result.map(|_| ()).map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { with(context, action) }
}

unsafe extern "C" fn serial_write(
    context: *mut c_void,
    bytes: *const u8,
    length: u32,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::Serial(serial) = &*context.bus else { return Err(Error::Unsupported) };
        // SAFETY: the driver passes `length` bytes.
        let bytes = unsafe { elements(bytes, length) }?;
        serial.write(bytes, timeout(timeout_us)).map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { with(context, action) }
}

unsafe extern "C" fn spi_transfer(_: *mut c_void, _: u32, _: *const abi::SpiOp, _: u32) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn i2c_transfer(_: *mut c_void, _: u32, _: *const abi::I2cOp, _: u32) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn gpio_get(_: *mut c_void, _: *const c_char, _: *mut u32) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn gpio_set(_: *mut c_void, _: *const c_char, _: u32) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn gpio_edges(
    _: *mut c_void,
    _: *const c_char,
    _: *mut abi::Edge,
    _: u32,
    _: *mut u32,
    _: u32,
) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn attribute_read(
    _: *mut c_void,
    _: *const c_char,
    _: *mut c_char,
    _: u32,
    _: *mut u32,
) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn attribute_write(_: *mut c_void, _: *const c_char, _: *const c_char, _: u32) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn attribute_list(
    _: *mut c_void,
    _: *const c_char,
    _: *mut c_char,
    _: u32,
    _: *mut u32,
) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn stream_read(_: *mut c_void, _: *mut u8, _: u32, _: *mut u32, _: u32) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn gpio_wake(_: *mut c_void, _: *const c_char, _: u32) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}

unsafe extern "C" fn urgent(_: *mut c_void) -> i32 {
    abi::ECMOD_E_UNSUPPORTED
}
