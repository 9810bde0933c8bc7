// SPDX-License-Identifier: MIT OR Apache-2.0
//! The only place that calls the host's functions: a checked copy of its table, and one safe function per call.
//!
//! The copy is taken field by field inside `struct_size`; what lies outside is `None` and answers
//! [`Error::Unsupported`].
#![allow(unsafe_code)]

use super::{Level, length_u32};
use crate::quantities::{Monotonic, Span};
use crate::{Error, abi};
use core::any::Any;
use core::cell::Cell;
use core::ffi::CStr;
use core::mem::{MaybeUninit, offset_of, size_of};
use std::rc::Rc;

mod attributes;

use attributes::whole_length;

/// A host's table for one instance, and whether it may still be called.
pub(crate) struct Calls {
    table: abi::Host,
    open: Cell<bool>,
    /// Keeps an in-process host alive for as long as its table is held.
    #[allow(dead_code)] // held, never read
    keep: Option<Rc<dyn Any>>,
}

impl core::fmt::Debug for Calls {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Host").field("abi", &self.table.abi).field("open", &self.open).finish_non_exhaustive()
    }
}

impl Calls {
    /// Copies what lies inside the table's `struct_size`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no pointer at all, [`Error::Unsupported`] for another major version or a table
    /// without a clock.
    ///
    /// # Safety
    /// `host` is null or points to a table of at least `struct_size` bytes, whose functions may be called from this
    /// thread until [`Calls::close`].
    pub(crate) unsafe fn copy(host: *const abi::Host) -> Result<Self, Error> {
        if host.is_null() || !host.is_aligned() {
            return Err(Error::Invalid);
        }
        // SAFETY: the caller promises a table, which starts with its size.
        let struct_size = unsafe { (&raw const (*host).struct_size).read() };
        let struct_size = usize::try_from(struct_size).unwrap_or(usize::MAX);
        if struct_size < offset_of!(abi::Host, now_ns) + size_of::<usize>() {
            return Err(Error::Unsupported);
        }
        // Behind `context` there are only pointers: a whole number of them is a whole number of fields.
        let inside = struct_size.min(size_of::<abi::Host>());
        let whole = inside - inside % size_of::<usize>();
        let mut table = MaybeUninit::<abi::Host>::zeroed();
        // SAFETY: `whole` bytes lie inside both tables, which do not overlap.
        unsafe { core::ptr::copy_nonoverlapping(host.cast::<u8>(), table.as_mut_ptr().cast::<u8>(), whole) };
        // SAFETY: every field was copied whole from a valid table or is zero, and zero is valid: 0, NULL, `None`.
        let table = unsafe { table.assume_init() };
        if table.abi >> 16 != abi::ECMOD_ABI_MAJOR || table.now_ns.is_none() {
            return Err(Error::Unsupported);
        }
        Ok(Self { table, open: Cell::new(true), keep: None })
    }

    /// Holds `owner`, to which the table's context belongs, for as long as this lives.
    pub(crate) fn keeping(mut self, owner: Rc<dyn Any>) -> Self {
        self.keep = Some(owner);
        self
    }

    /// From now on nothing reaches the host any more.
    pub(crate) fn close(&self) {
        self.open.set(false);
    }

    fn table(&self) -> Result<&abi::Host, Error> {
        if self.open.get() { Ok(&self.table) } else { Err(Error::State) }
    }

    pub(crate) fn now(&self) -> Monotonic {
        match self.table() {
            Ok(abi::Host { now_ns: Some(now_ns), context, .. }) => {
                // SAFETY: `copy` was promised callable functions; `context` is the table's own.
                Monotonic(unsafe { now_ns(*context) })
            }
            _ => Monotonic(0),
        }
    }

    pub(crate) fn log(&self, level: Level, text: &str) {
        if let (Ok(abi::Host { log: Some(log), context, .. }), Ok(length)) =
            (self.table(), length_u32(text.len()))
        {
            // SAFETY: as in `now`; `length` bytes of text live during the call.
            unsafe { log(*context, level as u32, text.as_ptr().cast(), length) };
        }
    }

    pub(crate) fn delay(&self, span: Span) {
        if let Ok(abi::Host { delay_ns: Some(delay_ns), context, .. }) = self.table() {
            // SAFETY: as in `now`.
            unsafe { delay_ns(*context, span.0) };
        }
    }

    /// Copies a part of the configuration into `buffer`; returns its whole length, which may be larger.
    pub(crate) fn config_get(&self, pointer: &CStr, buffer: &mut [u8]) -> Result<usize, Error> {
        let table = self.table()?;
        let function = table.config_get.ok_or(Error::Unsupported)?;
        let capacity = length_u32(buffer.len())?;
        let mut length = 0;
        // SAFETY: as in `now`; the host may write `capacity` bytes to `buffer` and one `u32` to `length`.
        let code = unsafe {
            function(table.context, pointer.as_ptr(), buffer.as_mut_ptr().cast(), capacity, &raw mut length)
        };
        whole_length(code, length, capacity)
    }

    pub(crate) fn modbus_read(
        &self,
        unit: u8,
        kind: u32,
        address: u16,
        items: &mut [u16],
        timeout_us: u32,
    ) -> Result<(), Error> {
        let table = self.table()?;
        let function = table.modbus_read.ok_or(Error::Unsupported)?;
        let count = length_u32(items.len())?;
        // SAFETY: as in `now`; the host may write `count` items.
        Error::check(unsafe {
            function(table.context, unit.into(), kind, address.into(), count, items.as_mut_ptr(), timeout_us)
        })
    }

    pub(crate) fn modbus_write(
        &self,
        unit: u8,
        kind: u32,
        address: u16,
        items: &[u16],
        timeout_us: u32,
    ) -> Result<(), Error> {
        let table = self.table()?;
        let function = table.modbus_write.ok_or(Error::Unsupported)?;
        let count = length_u32(items.len())?;
        // SAFETY: as in `now`; the host reads `count` items.
        Error::check(unsafe {
            function(table.context, unit.into(), kind, address.into(), count, items.as_ptr(), timeout_us)
        })
    }

    pub(crate) fn serial_read(&self, buffer: &mut [u8], timeout_us: u32) -> Result<usize, Error> {
        let table = self.table()?;
        let function = table.serial_read.ok_or(Error::Unsupported)?;
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

    pub(crate) fn serial_write(&self, bytes: &[u8], timeout_us: u32) -> Result<(), Error> {
        let table = self.table()?;
        let function = table.serial_write.ok_or(Error::Unsupported)?;
        let length = length_u32(bytes.len())?;
        // SAFETY: as in `now`; the host reads `length` bytes.
        Error::check(unsafe { function(table.context, bytes.as_ptr(), length, timeout_us) })
    }

    /// # Safety
    /// Every step's pointers are null or valid for `length` bytes, `rx` for writing.
    pub(crate) unsafe fn spi_transfer(&self, device: u32, ops: &[abi::SpiOp]) -> Result<(), Error> {
        let table = self.table()?;
        let function = table.spi_transfer.ok_or(Error::Unsupported)?;
        let n_ops = length_u32(ops.len())?;
        // SAFETY: as in `now`; the caller promises the steps' pointers.
        Error::check(unsafe { function(table.context, device, ops.as_ptr(), n_ops) })
    }

    /// # Safety
    /// Every step's pointers are null or valid for `length` bytes, `rx` for writing.
    pub(crate) unsafe fn i2c_transfer(&self, address: u8, ops: &[abi::I2cOp]) -> Result<(), Error> {
        let table = self.table()?;
        let function = table.i2c_transfer.ok_or(Error::Unsupported)?;
        let n_ops = length_u32(ops.len())?;
        // SAFETY: as in `now`; the caller promises the steps' pointers.
        Error::check(unsafe { function(table.context, address.into(), ops.as_ptr(), n_ops) })
    }

    pub(crate) fn gpio_get(&self, line: &CStr) -> Result<u32, Error> {
        let table = self.table()?;
        let function = table.gpio_get.ok_or(Error::Unsupported)?;
        let mut level = 0;
        // SAFETY: as in `now`; the host may write one `u32`.
        Error::check(unsafe { function(table.context, line.as_ptr(), &raw mut level) })?;
        Ok(level)
    }

    pub(crate) fn gpio_set(&self, line: &CStr, level: u32) -> Result<(), Error> {
        let table = self.table()?;
        let function = table.gpio_set.ok_or(Error::Unsupported)?;
        // SAFETY: as in `now`.
        Error::check(unsafe { function(table.context, line.as_ptr(), level) })
    }

    pub(crate) fn gpio_edges(
        &self,
        line: &CStr,
        edges: &mut [abi::Edge],
        timeout_us: u32,
    ) -> Result<usize, Error> {
        let table = self.table()?;
        let function = table.gpio_edges.ok_or(Error::Unsupported)?;
        let capacity = length_u32(edges.len())?;
        let mut length = 0;
        // SAFETY: as in `now`; the host may write `capacity` edges and one `u32`.
        Error::check(unsafe {
            function(table.context, line.as_ptr(), edges.as_mut_ptr(), capacity, &raw mut length, timeout_us)
        })?;
        if length > capacity {
            Err(Error::Corrupt)
        } else {
            usize::try_from(length).map_err(|_| Error::Corrupt)
        }
    }

    pub(crate) fn gpio_wake(&self, line: &CStr, on: u32) -> Result<(), Error> {
        let table = self.table()?;
        let function = table.gpio_wake.ok_or(Error::Unsupported)?;
        // SAFETY: as in `now`.
        Error::check(unsafe { function(table.context, line.as_ptr(), on) })
    }

    pub(crate) fn urgent(&self) -> Result<(), Error> {
        let table = self.table()?;
        let function = table.urgent.ok_or(Error::Unsupported)?;
        // SAFETY: as in `now`.
        Error::check(unsafe { function(table.context) })
    }
}
