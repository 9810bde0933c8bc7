// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the host offers to a driver: the C functions of `ecmod_host`, over this port's bus and lines.
//!
//! Every function checks its pointers, catches panics (none may cross into C) and ends within its timeout; those of a bus that this
//! port does not have answer "unsupported". What the kernel does at once, an SPI transfer or the read of an attribute, has no
//! timeout of ours: if it hangs, the driver hangs.

mod chips;
mod gpio;
mod kernel;
mod modbus;
mod pointers;
mod serial;

use core::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use ecmod_config::Priority;
use ecmod_plugin::{Error, abi};
use ecmod_quantities::Span;

use self::gpio::Cursors;
use self::pointers::{elements, elements_mut, put, text};
use super::watch::Watch;
use crate::bus::lines::Wake;
use crate::bus::{BusError, Caller, Port};
use crate::clock;

/// No driver waits longer for one answer or one delay.
const LONGEST_TIMEOUT: Span = Span::from_secs(10);
/// Longest line that a driver can log.
const LONGEST_LOG: usize = 1024;

/// What stands behind a driver's `context`. It lives as long as the process: a driver that panicked may still hold it.
pub struct Context {
    id: String,
    port: Arc<Port>,
    config: serde_json::Value,
    text: String,
    cursors: Cursors,
    wake: Arc<dyn Wake>,
    wakes: AtomicBool,
    urgency: Urgency,
    watch: Arc<Watch>,
    /// Who makes this driver's requests.
    pub caller: Caller,
}

/// Whether the driver is inside `cycle`, and whether it has said there that its samples are urgent.
#[derive(Debug, Default)]
struct Urgency(AtomicU8);

impl Urgency {
    const OUTSIDE: u8 = 0;
    const INSIDE: u8 = 1;
    const URGENT: u8 = 2;
}

impl Context {
    /// For the driver called `id`.
    #[must_use]
    pub fn new(
        id: &str,
        port: Arc<Port>,
        config: serde_json::Value,
        priority: Priority,
        wake: Arc<dyn Wake>,
        watch: Arc<Watch>,
    ) -> Self {
        Self {
            id: id.to_owned(),
            port,
            text: config.to_string(),
            config,
            cursors: Cursors::default(),
            wake,
            wakes: AtomicBool::new(false),
            urgency: Urgency::default(),
            watch,
            caller: Caller::new(priority),
        }
    }

    /// Whether the driver has ever asked for an edge to wake it.
    #[must_use]
    pub fn can_be_woken(&self) -> bool {
        self.wakes.load(Ordering::Relaxed)
    }

    /// The driver's `cycle` begins.
    pub fn enter_cycle(&self) {
        self.urgency.0.store(Urgency::INSIDE, Ordering::Relaxed);
    }

    /// It has ended. True if what it delivered is urgent.
    pub fn leave_cycle(&self) -> bool {
        self.urgency.0.swap(Urgency::OUTSIDE, Ordering::Relaxed) == Urgency::URGENT
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
            modbus_read: Some(modbus::modbus_read),
            modbus_write: Some(modbus::modbus_write),
            serial_read: Some(serial::serial_read),
            serial_write: Some(serial::serial_write),
            spi_transfer: Some(chips::spi_transfer),
            i2c_transfer: Some(chips::i2c_transfer),
            gpio_get: Some(gpio::gpio_get),
            gpio_set: Some(gpio::gpio_set),
            gpio_edges: Some(gpio::gpio_edges),
            delay_ns: Some(delay_ns),
            attribute_read: Some(kernel::attribute_read),
            attribute_write: Some(kernel::attribute_write),
            attribute_list: Some(kernel::attribute_list),
            stream_read: Some(kernel::stream_read),
            gpio_wake: Some(gpio::gpio_wake),
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

/// The same for what a bus, a line or the kernel has to do. The time that this takes is not the driver's, as long as it keeps to its timeouts.
///
/// # Safety
/// As above.
unsafe fn ask(
    context: *mut c_void,
    timeout: Option<Span>,
    action: impl FnOnce(&Context) -> Result<(), Error>,
) -> i32 {
    let excused = |context: &Context| {
        let is_excused = context.watch.ask(context.port.longest(timeout), clock::now());
        let result = action(context);
        if is_excused {
            context.watch.answered(clock::now());
        }
        result
    };
    // SAFETY: as promised.
    unsafe { with(context, excused) }
}

fn bus_error(error: &BusError) -> Error {
    match error {
        BusError::Io(_) => Error::Io,
        BusError::Timeout | BusError::QueueFull | BusError::Busy => Error::Timeout,
        BusError::Corrupt(_) => Error::Corrupt,
        BusError::Exception(code) => Error::Modbus(*code),
        BusError::Unsupported => Error::Unsupported,
        BusError::Invalid(_) => Error::Invalid,
        BusError::NotAcknowledged => Error::Io,
        BusError::NotFound(_) => Error::NotFound,
        BusError::Denied(_) => Error::Denied,
        BusError::TooLong(_) => Error::TooLong,
        BusError::Device(_) => Error::Device,
        BusError::State(_) => Error::State,
    }
}

fn timeout(microseconds: u32) -> Option<Span> {
    (microseconds != 0).then(|| Span::from_micros(microseconds.into()).min(LONGEST_TIMEOUT))
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
        // SAFETY: the driver passes a C string.
        let pointer = unsafe { text(pointer) }?;
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

unsafe extern "C" fn urgent(context: *mut c_void) -> i32 {
    let action = |context: &Context| {
        let said = context.urgency.0.compare_exchange(
            Urgency::INSIDE,
            Urgency::URGENT,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        // once is enough; outside of a cycle nothing is delivered
        if said == Err(Urgency::OUTSIDE) { Err(Error::State) } else { Ok(()) }
    };
    // SAFETY: our own context.
    unsafe { with(context, action) }
}

#[cfg(test)]
mod tests;
