// SPDX-License-Identifier: MIT OR Apache-2.0
//! A driver's signals and commands, copied out, also those of a later minor version.
#![allow(unsafe_code)]

use super::Text;
use crate::abi;
use crate::quantities::{Quantity, Span};
use core::mem::{offset_of, size_of};

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
