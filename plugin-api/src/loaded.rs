// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host's side of the ABI: reads a driver's descriptor, trusting nothing but the addresses, and calls its functions.
//!
//! Everything is copied out, so that what is looked at cannot change or vanish. What is wrong with a descriptor is
//! kept beside what is right, for the conformance checks to report.
#![allow(unsafe_code)]

use crate::abi;
use crate::quantities::Span;

mod instance;
mod table;
mod text;

pub use instance::{Finding, Instance, OpenFailure};
pub use table::{Command, Signal, Table, TableDefect};
pub use text::{Text, TextDefect};

/// A driver's descriptor, copied out.
#[derive(Debug, Clone)]
pub struct Descriptor {
    /// Minor version of the ABI that the driver was built with.
    pub minor: u32,
    /// `vendor,model`.
    pub id: Text,
    /// Semantic version.
    pub version: Text,
    /// SPDX expression.
    pub licence: Text,
    /// One line.
    pub description: Text,
    /// JSON Schema of the configuration; empty if there is none.
    pub config_schema: Text,
    /// `ECMOD_BUS_*` it needs.
    pub buses: u32,
    /// 0 in version 1.0.
    pub flags: u32,
    /// How often `cycle` wants to be called; zero: the port's default.
    pub period: Span,
    /// Longest regular duration of one cycle.
    pub budget: Span,
    /// Signals and commands of every instance, unless `describe` says otherwise.
    pub table: Table,
    pub(crate) functions: Functions,
}

/// The driver's functions; the first three are mandatory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Functions {
    pub(crate) open: unsafe extern "C" fn(*const abi::Host, *mut *mut core::ffi::c_void) -> i32,
    pub(crate) cycle:
        unsafe extern "C" fn(*mut core::ffi::c_void, u64, *const abi::Demand, *mut abi::Sample) -> i32,
    pub(crate) close: unsafe extern "C" fn(*mut core::ffi::c_void),
    pub(crate) rest: abi::Driver,
}

/// Why a descriptor cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No descriptor.
    #[error("ecmod_driver_v1 returned NULL")]
    Null,
    /// No valid address for one.
    #[error("ecmod_driver_v1 returned an address that is not aligned")]
    Misaligned,
    /// Another major version.
    #[error("the driver speaks ABI version {0}.{1}, this host speaks 1")]
    Version(u32, u32),
    /// Smaller than version 1.0 has it.
    #[error("the descriptor's struct_size is {0}, smaller than version 1.0")]
    Small(u32),
    /// A mandatory function is missing.
    #[error("the driver has no `{0}`")]
    Missing(&'static str),
}

impl Descriptor {
    /// Reads a descriptor.
    ///
    /// # Errors
    /// Why it cannot be read or called. Defects inside it are kept in their place instead.
    ///
    /// # Safety
    /// `driver` is null, or what a driver's `ecmod_driver_v1` returned: pointers in it that are not null must
    /// point to what the header says, and the functions must keep its rules.
    pub unsafe fn read(driver: *const abi::Driver) -> Result<Self, Unreadable> {
        if driver.is_null() {
            return Err(Unreadable::Null);
        }
        if !driver.is_aligned() {
            return Err(Unreadable::Misaligned);
        }
        // SAFETY: not null; every version of a descriptor starts with these two.
        let (struct_size, version) =
            unsafe { ((&raw const (*driver).struct_size).read(), (&raw const (*driver).abi).read()) };
        if version >> 16 != abi::ECMOD_ABI_MAJOR {
            return Err(Unreadable::Version(version >> 16, version & 0xFFFF));
        }
        if struct_size < abi::size_of_u32::<abi::Driver>() {
            return Err(Unreadable::Small(struct_size));
        }
        // SAFETY: it is at least as large as ours.
        let driver = unsafe { driver.read() };
        let functions = Functions {
            open: driver.open.ok_or(Unreadable::Missing("open"))?,
            cycle: driver.cycle.ok_or(Unreadable::Missing("cycle"))?,
            close: driver.close.ok_or(Unreadable::Missing("close"))?,
            rest: driver,
        };
        // SAFETY: the caller promises strings and arrays as the header has them.
        unsafe {
            Ok(Self {
                minor: version & 0xFFFF,
                id: Text::read(driver.id),
                version: Text::read(driver.version),
                licence: Text::read(driver.licence),
                description: Text::read(driver.description),
                config_schema: Text::read(driver.config_schema),
                buses: driver.buses,
                flags: driver.flags,
                period: Span(driver.period_ns),
                budget: Span(driver.budget_ns),
                table: Table::read(&driver.table),
                functions,
            })
        }
    }
}
