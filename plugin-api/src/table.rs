// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signals and commands that are known only once the configuration has been read.
//!
//! A [`Table`] owns its texts and never changes once built, since the host keeps pointers into it until `close`.

use crate::abi;
use crate::info::is_range;
use crate::names;
use crate::quantities::{Quantity, Span};
use core::ffi::c_char;
use std::ffi::CString;
use std::rc::Rc;

/// Most signals, and most commands, of one driver: what the process image holds.
pub const MOST_ENTRIES: usize = 512;

/// What a driver learnt from its configuration: its signals and commands. Cloning shares.
#[derive(Debug, Clone)]
pub struct Table(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    table: abi::Table,
    // What `table` points to. Vectors, since moving one leaves pointers into it valid; a box would not promise that.
    _signals: Vec<abi::Signal>,
    _commands: Vec<abi::Command>,
    _texts: Vec<Vec<u8>>,
}

impl Table {
    pub(crate) fn as_abi(&self) -> &abi::Table {
        &self.0.table
    }
}

/// One signal of a [`Table`], with the defaults of [`crate::Signal::new`].
#[derive(Debug, Clone, PartialEq)]
pub struct SignalSpec {
    /// `[a-z][a-z0-9_]*`, unique in the driver.
    pub name: String,
    /// One line for a person.
    pub label: String,
    /// What is measured.
    pub quantity: Quantity,
    /// Smallest value, in the quantity's unit.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Fastest physical change per second; `None`: not stated.
    pub max_slew: Option<f64>,
    /// An older sample is stale.
    pub longest_age: Span,
}

impl SignalSpec {
    /// A signal with its range `(min, max)`; its label is its name, its longest age one second.
    #[must_use]
    pub fn new(name: &str, quantity: Quantity, (min, max): (f64, f64)) -> Self {
        Self {
            name: name.to_owned(),
            label: name.to_owned(),
            quantity,
            min,
            max,
            max_slew: None,
            longest_age: Span::from_secs(1),
        }
    }
}

/// One command of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub struct CommandSpec {
    /// `[a-z][a-z0-9_]*`, unique in the driver and no signal's name.
    pub name: String,
    /// One line for a person.
    pub label: String,
    /// What is commanded.
    pub quantity: Quantity,
    /// Smallest demand, in the quantity's unit.
    pub min: f64,
    /// Largest demand.
    pub max: f64,
    /// The command moves the blood.
    pub pump: bool,
}

impl CommandSpec {
    /// A command with its range `(min, max)`; its label is its name, and it does not move blood.
    #[must_use]
    pub fn new(name: &str, quantity: Quantity, (min, max): (f64, f64)) -> Self {
        Self { name: name.to_owned(), label: name.to_owned(), quantity, min, max, pump: false }
    }
}

/// Why an entry does not fit into a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Not `[a-z][a-z0-9_]*`, or longer than 48 characters.
    #[error("`{0}` is no name: a name is [a-z][a-z0-9_]*, at most 48 characters")]
    Name(String),
    /// A signal or command of this name is there already.
    #[error("there is a second `{0}`")]
    Twice(String),
    /// The range is not finite or not ascending.
    #[error("the range of `{0}` is not finite and ascending")]
    Range(String),
    /// The longest age is zero.
    #[error("the longest age of `{0}` is zero")]
    Age(String),
    /// The slew is not finite or not positive.
    #[error("the slew of `{0}` is not finite and positive")]
    Slew(String),
    /// The label contains a NUL.
    #[error("the label of `{0}` contains a NUL")]
    Label(String),
    /// More entries than a process image has slots.
    #[error("`{0}` is one too many: a driver has at most {MOST_ENTRIES} signals and as many commands")]
    Full(String),
}

impl From<TableError> for crate::Error {
    fn from(_: TableError) -> Self {
        Self::Config
    }
}

/// Collects the entries of a [`Table`].
#[derive(Debug, Default)]
pub struct TableBuilder {
    names: Vec<String>,
    /// With their NULs.
    texts: Vec<Vec<u8>>,
    signals: Vec<abi::Signal>,
    commands: Vec<abi::Command>,
}

impl TableBuilder {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a signal and returns its index.
    ///
    /// # Errors
    /// What is wrong with it; the table stays as it was.
    pub fn signal(&mut self, spec: &SignalSpec) -> Result<usize, TableError> {
        let index = self.signals.len();
        self.check(&spec.name, (spec.min, spec.max), index)?;
        if spec.longest_age == Span::ZERO {
            return Err(TableError::Age(spec.name.clone()));
        }
        if spec.max_slew.is_some_and(|slew| !slew.is_finite() || slew <= 0.0) {
            return Err(TableError::Slew(spec.name.clone()));
        }
        let (name, label) = self.texts(&spec.name, &spec.label)?;
        self.signals.push(abi::Signal {
            struct_size: abi::size_of_u32::<abi::Signal>(),
            quantity: spec.quantity.code(),
            name,
            label,
            min: spec.min,
            max: spec.max,
            max_slew: spec.max_slew.unwrap_or(0.0),
            longest_age_ns: spec.longest_age.0,
            flags: 0,
            reserved: 0,
        });
        Ok(index)
    }

    /// Appends a command and returns its index.
    ///
    /// # Errors
    /// What is wrong with it; the table stays as it was.
    pub fn command(&mut self, spec: &CommandSpec) -> Result<usize, TableError> {
        let index = self.commands.len();
        self.check(&spec.name, (spec.min, spec.max), index)?;
        let (name, label) = self.texts(&spec.name, &spec.label)?;
        self.commands.push(abi::Command {
            struct_size: abi::size_of_u32::<abi::Command>(),
            quantity: spec.quantity.code(),
            name,
            label,
            min: spec.min,
            max: spec.max,
            flags: if spec.pump { abi::ECMOD_COMMAND_PUMP } else { 0 },
            reserved: 0,
        });
        Ok(index)
    }

    /// The finished table.
    #[must_use]
    pub fn build(self) -> Table {
        let (signals, commands) = (self.signals, self.commands);
        let length = |n: usize| u32::try_from(n).unwrap_or(0); // at most MOST_ENTRIES, so exact
        let table = abi::Table {
            n_signals: length(signals.len()),
            n_commands: length(commands.len()),
            signals: if signals.is_empty() { core::ptr::null() } else { signals.as_ptr() },
            commands: if commands.is_empty() { core::ptr::null() } else { commands.as_ptr() },
            ..abi::Table::EMPTY
        };
        Table(Rc::new(Inner { table, _signals: signals, _commands: commands, _texts: self.texts }))
    }

    fn check(&self, name: &str, range: (f64, f64), index: usize) -> Result<(), TableError> {
        if !names::is_name(name.as_bytes()) {
            return Err(TableError::Name(name.to_owned()));
        }
        if self.names.iter().any(|other| other == name) {
            return Err(TableError::Twice(name.to_owned()));
        }
        if !is_range(range) {
            return Err(TableError::Range(name.to_owned()));
        }
        if index >= MOST_ENTRIES {
            return Err(TableError::Full(name.to_owned()));
        }
        Ok(())
    }

    /// Keeps both texts and returns their addresses.
    fn texts(&mut self, name: &str, label: &str) -> Result<(*const c_char, *const c_char), TableError> {
        let c_name = CString::new(name).map_err(|_| TableError::Name(name.to_owned()))?.into_bytes_with_nul();
        let c_label =
            CString::new(label).map_err(|_| TableError::Label(name.to_owned()))?.into_bytes_with_nul();
        let pointers = (c_name.as_ptr().cast(), c_label.as_ptr().cast());
        self.texts.extend([c_name, c_label]);
        self.names.push(name.to_owned());
        Ok(pointers)
    }
}
