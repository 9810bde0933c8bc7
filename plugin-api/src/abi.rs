// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `repr(C)` twin of `include/ecmod_driver.h`, which is the norm.
//!
//! Owns layouts and numbers, nothing else: no behaviour, no safety. `ecmod_signal` is [`Signal`] here, a macro
//! `ECMOD_E_IO` is the constant [`ECMOD_E_IO`]. `tests/abi_twin.rs` compiles the header and compares every
//! size, alignment, offset and number with this module.
//!
//! Function pointers are `Option`: a missing function is `None`, which is NULL in C.

use core::ffi::{c_char, c_void};

mod constants;
mod layout;

pub use constants::*;

/// A signal: something the device measures.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Signal {
    /// Size of this struct as its author knew it.
    pub struct_size: u32,
    /// One of `ECMOD_BLOOD_FLOW` and so on.
    pub quantity: u32,
    /// `[a-z][a-z0-9_]*`, unique in the driver.
    pub name: *const c_char,
    /// One line for a person.
    pub label: *const c_char,
    /// Smallest value, in the quantity's unit.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Fastest physical change per second; 0: not stated.
    pub max_slew: f64,
    /// An older sample is stale.
    pub longest_age_ns: u64,
    /// 0.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
}

/// A command: something the device can be told.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Command {
    /// Size of this struct as its author knew it.
    pub struct_size: u32,
    /// One of `ECMOD_BLOOD_FLOW` and so on.
    pub quantity: u32,
    /// `[a-z][a-z0-9_]*`, unique in the driver, and no signal's name.
    pub name: *const c_char,
    /// One line for a person.
    pub label: *const c_char,
    /// Smallest demand, in the quantity's unit.
    pub min: f64,
    /// Largest demand.
    pub max: f64,
    /// `ECMOD_COMMAND_*`.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
}

/// What one cycle delivers for one signal. Frozen for version 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct Sample {
    /// In the quantity's unit.
    pub value: f64,
    /// When it was acquired, `CLOCK_MONOTONIC`.
    pub t_ns: u64,
    /// `ECMOD_QUALITY_*`.
    pub quality: u32,
    /// `ECMOD_CAUSE_*`.
    pub cause: u32,
}

/// What the console demands of one command. Frozen for version 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct Demand {
    /// Meaningful only if `valid` is 1.
    pub value: f64,
    /// When it was decided, `CLOCK_MONOTONIC`.
    pub t_ns: u64,
    /// Grows with every decision, also when the value stays.
    pub sequence: u64,
    /// 0: nothing has been demanded yet.
    pub valid: u32,
    /// 0.
    pub reserved: u32,
}

/// Signals and commands of an instance. In an array the elements lie `struct_size` of the first apart.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Table {
    /// Size of this struct as its author knew it.
    pub struct_size: u32,
    /// Number of elements behind `signals`.
    pub n_signals: u32,
    /// NULL if there are none.
    pub signals: *const Signal,
    /// NULL if there are none.
    pub commands: *const Command,
    /// Number of elements behind `commands`.
    pub n_commands: u32,
    /// 0.
    pub reserved: u32,
}

/// One step of an SPI transaction.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct SpiOp {
    /// Size of this struct as its author knew it.
    pub struct_size: u32,
    /// Bytes in this step.
    pub length: u32,
    /// NULL: zeros are sent.
    pub tx: *const u8,
    /// NULL: what comes is dropped.
    pub rx: *mut u8,
    /// Wait behind this step.
    pub delay_ns: u32,
    /// 0.
    pub reserved: u32,
}

/// One step of an I2C transaction: a write (`tx`) or a read (`rx`), the other one NULL.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct I2cOp {
    /// Size of this struct as its author knew it.
    pub struct_size: u32,
    /// Bytes in this step.
    pub length: u32,
    /// What to write.
    pub tx: *const u8,
    /// Where to read to.
    pub rx: *mut u8,
}

/// An edge of a GPIO line with the kernel's time stamp. Frozen for version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C)]
pub struct Edge {
    /// `CLOCK_MONOTONIC`.
    pub t_ns: u64,
    /// 1: rising, 0: falling.
    pub rising: u32,
    /// Counts the line's edges; a gap means that edges were lost.
    pub sequence: u32,
}

/// What the host offers. Every function takes `context` first.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Host {
    /// Size of this struct as its author knew it.
    pub struct_size: u32,
    /// Major version in the upper half, minor version in the lower.
    pub abi: u32,
    /// The host's own; passed back to every function.
    pub context: *mut c_void,
    /// `CLOCK_MONOTONIC`.
    pub now_ns: Option<unsafe extern "C" fn(context: *mut c_void) -> u64>,
    /// One line of text for the journal.
    pub log: Option<unsafe extern "C" fn(context: *mut c_void, level: u32, text: *const c_char, length: u32)>,
    /// The driver's own configuration as JSON.
    pub config_get: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            pointer: *const c_char,
            buffer: *mut c_char,
            capacity: u32,
            length: *mut u32,
        ) -> i32,
    >,
    /// Reads exactly `count` items or fails.
    pub modbus_read: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            unit: u32,
            table: u32,
            address: u32,
            count: u32,
            items: *mut u16,
            timeout_us: u32,
        ) -> i32,
    >,
    /// Writes coils or holding registers.
    pub modbus_write: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            unit: u32,
            table: u32,
            address: u32,
            count: u32,
            items: *const u16,
            timeout_us: u32,
        ) -> i32,
    >,
    /// Waits until at least one byte is there or the time is over.
    pub serial_read: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            buffer: *mut u8,
            capacity: u32,
            length: *mut u32,
            timeout_us: u32,
        ) -> i32,
    >,
    /// Writes all bytes or fails.
    pub serial_write: Option<
        unsafe extern "C" fn(context: *mut c_void, bytes: *const u8, length: u32, timeout_us: u32) -> i32,
    >,
    /// All steps in one chip select.
    pub spi_transfer:
        Option<unsafe extern "C" fn(context: *mut c_void, device: u32, ops: *const SpiOp, n_ops: u32) -> i32>,
    /// All steps in one transaction.
    pub i2c_transfer: Option<
        unsafe extern "C" fn(context: *mut c_void, address: u32, ops: *const I2cOp, n_ops: u32) -> i32,
    >,
    /// The level of a named line: 0 or 1.
    pub gpio_get:
        Option<unsafe extern "C" fn(context: *mut c_void, line: *const c_char, level: *mut u32) -> i32>,
    /// Drives a named line.
    pub gpio_set: Option<unsafe extern "C" fn(context: *mut c_void, line: *const c_char, level: u32) -> i32>,
    /// Edges since the last call.
    pub gpio_edges: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            line: *const c_char,
            edges: *mut Edge,
            capacity: u32,
            length: *mut u32,
            timeout_us: u32,
        ) -> i32,
    >,
    /// Sleeps.
    pub delay_ns: Option<unsafe extern "C" fn(context: *mut c_void, span_ns: u64)>,
    /// Since 1.1. A whole small file of a kernel driver, by its path below the port's directory.
    pub attribute_read: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            path: *const c_char,
            buffer: *mut c_char,
            capacity: u32,
            length: *mut u32,
        ) -> i32,
    >,
    /// Since 1.1. Writes such a file in one piece.
    pub attribute_write: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            path: *const c_char,
            bytes: *const c_char,
            length: u32,
        ) -> i32,
    >,
    /// Since 1.1. The names in a folder, ascending, each followed by a NUL.
    pub attribute_list: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            path: *const c_char,
            buffer: *mut c_char,
            capacity: u32,
            length: *mut u32,
        ) -> i32,
    >,
    /// Since 1.1. Waits until at least one byte of the port's stream is there or the time is over.
    pub stream_read: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            buffer: *mut u8,
            capacity: u32,
            length: *mut u32,
            timeout_us: u32,
        ) -> i32,
    >,
    /// Since 1.1. Whether an edge of this line ends the pause before the next cycle.
    pub gpio_wake: Option<unsafe extern "C" fn(context: *mut c_void, line: *const c_char, on: u32) -> i32>,
    /// Since 1.1. What this cycle delivers must not wait for the control loop's next tick.
    pub urgent: Option<unsafe extern "C" fn(context: *mut c_void) -> i32>,
}

/// One finding of a self test. The strings are static.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Finding {
    /// Size of this struct as its author knew it.
    pub struct_size: u32,
    /// 1 or 0.
    pub passed: u32,
    /// What was tested.
    pub item: *const c_char,
    /// What was found and what to do; may be NULL.
    pub detail: *const c_char,
}

/// The driver's descriptor.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Driver {
    /// Size of this struct as its author knew it.
    pub struct_size: u32,
    /// Major version in the upper half, minor version in the lower.
    pub abi: u32,
    /// `vendor,model`.
    pub id: *const c_char,
    /// Semantic version of the driver.
    pub version: *const c_char,
    /// SPDX expression.
    pub licence: *const c_char,
    /// One line.
    pub description: *const c_char,
    /// JSON Schema of its configuration; `""` if it has none.
    pub config_schema: *const c_char,
    /// NULL.
    pub reserved: *const c_void,
    /// `ECMOD_BUS_*` it needs.
    pub buses: u32,
    /// 0.
    pub flags: u32,
    /// How often `cycle` wants to be called; 0: the port's default.
    pub period_ns: u64,
    /// Longest regular duration of one cycle.
    pub budget_ns: u64,
    /// Signals and commands; all zero if they depend on the configuration.
    pub table: Table,
    /// Opens the device.
    pub open: Option<unsafe extern "C" fn(host: *const Host, instance: *mut *mut c_void) -> i32>,
    /// Signals and commands of this instance.
    pub describe: Option<unsafe extern "C" fn(instance: *mut c_void, table: *mut *const Table) -> i32>,
    /// One round.
    pub cycle: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            now_ns: u64,
            demands: *const Demand,
            samples: *mut Sample,
        ) -> i32,
    >,
    /// Tests the device without disturbing what it does.
    pub self_test: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            findings: *mut Finding,
            capacity: u32,
            length: *mut u32,
        ) -> i32,
    >,
    /// `ECMOD_HOLD_*`.
    pub holds_on_link_loss: Option<unsafe extern "C" fn(instance: *mut c_void) -> u32>,
    /// Ends the instance.
    pub close: Option<unsafe extern "C" fn(instance: *mut c_void)>,
}

/// The type of the only exported symbol, [`ECMOD_SYMBOL`].
pub type EntryPoint = unsafe extern "C" fn() -> *const Driver;

// SAFETY (all six): descriptors and tables are constant data. Sharing or sending a raw pointer is harmless as such;
// following one is `unsafe` at the place that does it, and needs the promise that what it points to lives and
// stays as it is.
#[allow(unsafe_code)]
mod shared {
    use super::{Command, Driver, Signal};
    // SAFETY: see above.
    unsafe impl Send for Signal {}
    // SAFETY: see above.
    unsafe impl Sync for Signal {}
    // SAFETY: see above.
    unsafe impl Send for Command {}
    // SAFETY: see above.
    unsafe impl Sync for Command {}
    // SAFETY: see above.
    unsafe impl Send for Driver {}
    // SAFETY: see above.
    unsafe impl Sync for Driver {}
}

impl Table {
    /// A table without signals and commands.
    pub const EMPTY: Self = Self {
        struct_size: size_of_u32::<Self>(),
        n_signals: 0,
        signals: core::ptr::null(),
        commands: core::ptr::null(),
        n_commands: 0,
        reserved: 0,
    };
}

/// `size_of::<T>()` for a `struct_size` field.
#[must_use]
#[allow(clippy::cast_possible_truncation)] // the assertion makes it exact
pub const fn size_of_u32<T>() -> u32 {
    const { assert!(size_of::<T>() <= u32::MAX as usize) };
    size_of::<T>() as u32
}
