// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host's side of the ABI: reads a driver's descriptor, trusting nothing but the addresses, and calls its functions.
//!
//! Everything is copied out, so that what is looked at cannot change or vanish. What is wrong with a descriptor is
//! kept beside what is right, for the conformance checks to report.
#![allow(unsafe_code)]

use crate::abi;
use crate::quantities::{Quantity, Span};
use core::mem::{offset_of, size_of};

mod instance;
mod text;

pub use instance::{Finding, Instance, OpenFailure};
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

/// Signals and commands, copied out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// What the device measures.
    pub signals: Vec<Signal>,
    /// What the device can be told.
    pub commands: Vec<Command>,
    /// What is wrong with the arrays themselves; they are empty then.
    pub defect: Option<TableDefect>,
}

/// One signal, copied out.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Unique in the driver.
    pub name: Text,
    /// One line for a person.
    pub label: Text,
    /// What is measured; `Err` holds a number that is none of the ABI's.
    pub quantity: Result<Quantity, u32>,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Fastest physical change per second; 0: not stated.
    pub max_slew: f64,
    /// An older sample is stale.
    pub longest_age: Span,
    /// 0 in version 1.0.
    pub flags: u32,
}

/// One command, copied out.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Unique in the driver.
    pub name: Text,
    /// One line for a person.
    pub label: Text,
    /// What is commanded; `Err` holds a number that is none of the ABI's.
    pub quantity: Result<Quantity, u32>,
    /// Smallest demand.
    pub min: f64,
    /// Largest demand.
    pub max: f64,
    /// `ECMOD_COMMAND_*`.
    pub flags: u32,
}

impl Command {
    /// Whether it moves the blood: nothing but the control loop may own it.
    #[must_use]
    pub const fn is_pump(&self) -> bool {
        self.flags & abi::ECMOD_COMMAND_PUMP != 0
    }
}

/// What is wrong with a table's arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TableDefect {
    /// The table is smaller than in version 1.0.
    #[error("the table's struct_size is {0}, smaller than version 1.0")]
    Small(u32),
    /// An element is smaller than in version 1.0.
    #[error("an element's struct_size is {0}, smaller than version 1.0")]
    SmallElement(u32),
    /// There should be elements behind a NULL.
    #[error("n_signals or n_commands is not 0, but the pointer is NULL or not aligned")]
    Null,
    /// More elements than the process image has slots.
    #[error("{0} elements; a driver has at most 512 signals and as many commands")]
    Many(u32),
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

impl Table {
    /// Copies a table out.
    ///
    /// # Safety
    /// The arrays are null or as the header says.
    pub(crate) unsafe fn read(table: &abi::Table) -> Self {
        // A table that is all zero says "ask describe".
        if table.struct_size == 0 && table.n_signals == 0 && table.n_commands == 0 {
            return Self::default();
        }
        if table.struct_size < abi::size_of_u32::<abi::Table>() {
            return Self { defect: Some(TableDefect::Small(table.struct_size)), ..Self::default() };
        }
        // SAFETY: as promised.
        let read = unsafe {
            elements(table.signals, table.n_signals, offset_of!(abi::Signal, struct_size)).and_then(
                |signals| {
                    let commands =
                        elements(table.commands, table.n_commands, offset_of!(abi::Command, struct_size))?;
                    Ok((signals, commands))
                },
            )
        };
        match read {
            Ok((signals, commands)) => Self {
                // SAFETY: strings as promised.
                signals: signals.iter().map(|signal| unsafe { Signal::read(signal) }).collect(),
                // SAFETY: strings as promised.
                commands: commands.iter().map(|command| unsafe { Command::read(command) }).collect(),
                defect: None,
            },
            Err(defect) => Self { defect: Some(defect), ..Self::default() },
        }
    }
}

/// Copies an array out whose elements lie `struct_size` of the first one apart.
///
/// # Safety
/// `first` is null or points to `n` elements, each of which starts with its size at `size_at`.
unsafe fn elements<T: Copy>(first: *const T, n: u32, size_at: usize) -> Result<Vec<T>, TableDefect> {
    let n_usize = usize::try_from(n).unwrap_or(usize::MAX);
    if n == 0 {
        return Ok(Vec::new());
    }
    if n_usize > crate::MOST_ENTRIES {
        return Err(TableDefect::Many(n));
    }
    if first.is_null() || !first.is_aligned() {
        return Err(TableDefect::Null);
    }
    // SAFETY: there is a first element and its size is where the caller says.
    let stride = unsafe { first.byte_add(size_at).cast::<u32>().read() };
    let step = usize::try_from(stride).unwrap_or(0);
    if step < size_of::<T>() || step % align_of::<T>() != 0 {
        return Err(TableDefect::SmallElement(stride));
    }
    // SAFETY: `n` elements lie `step` apart, each at least as large as ours.
    Ok((0..n_usize).map(|index| unsafe { first.byte_add(index * step).read() }).collect())
}

fn quantity(code: u32) -> Result<Quantity, u32> {
    Quantity::from_code(code).ok_or(code)
}

impl Signal {
    /// # Safety
    /// The strings are null or as the header says.
    unsafe fn read(raw: &abi::Signal) -> Self {
        Self {
            // SAFETY: as promised.
            name: unsafe { Text::read(raw.name) },
            // SAFETY: as promised.
            label: unsafe { Text::read(raw.label) },
            quantity: quantity(raw.quantity),
            min: raw.min,
            max: raw.max,
            max_slew: raw.max_slew,
            longest_age: Span(raw.longest_age_ns),
            flags: raw.flags,
        }
    }
}

impl Command {
    /// # Safety
    /// The strings are null or as the header says.
    unsafe fn read(raw: &abi::Command) -> Self {
        Self {
            // SAFETY: as promised.
            name: unsafe { Text::read(raw.name) },
            // SAFETY: as promised.
            label: unsafe { Text::read(raw.label) },
            quantity: quantity(raw.quantity),
            min: raw.min,
            max: raw.max,
            flags: raw.flags,
        }
    }
}
