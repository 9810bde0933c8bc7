// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver ABI v1 and the SDK on top of it: write a driver for one device, in safe Rust.
#![deny(unsafe_code)]

pub use ecmod_quantities as quantities;

pub mod abi;
pub mod conformance;
mod driver;
mod error;
mod exchange;
mod host;
#[doc(hidden)]
pub mod info;
pub mod loaded;
pub mod names;
#[doc(hidden)]
pub mod shim;
mod table;
pub mod testing;

pub use driver::{Driver, Hold, NoConfig};
pub use error::Error;
pub use exchange::{Demand, Demands, Findings, Samples};
pub use host::{
    Edge, Host, I2c, I2cStep, InputLine, Level, LineLevel, ModbusUnit, OutputLine, Serial, Spi, SpiStep,
};
pub use info::{Bus, Command, Info, Signal};
pub use table::{CommandSpec, MOST_ENTRIES, SignalSpec, Table, TableBuilder, TableError};
