// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver ABI v1 and the SDK on top of it: write a driver for one device, in safe Rust.
//!
//! A driver is a shared library that turns one device into **signals** (what it measures) and **commands** (what it can
//! be told). It implements [`Driver`], calls [`export_driver!`], and asks its [`Host`] for everything else: it opens no
//! device node, starts no thread, keeps no clock. It may panic, hang or be wrong without harm to others.
//!
//! ```
//! use ecmod_plugin::quantities::{Monotonic, Quantity, Span};
//! use ecmod_plugin::testing::{FakeHost, Harness};
//! use ecmod_plugin::{Bus, Demands, Driver, Error, Host, Info, ModbusUnit, Samples, Signal};
//!
//! struct Thermometer { host: Host, device: ModbusUnit }
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Config { unit: u8 }
//!
//! impl Driver for Thermometer {
//!     const INFO: Info = Info::new(c"example,thermometer", c"0.1.0", c"MIT", c"One thermometer")
//!         .needs(Bus::Modbus)
//!         .period(Span::from_millis(500))
//!         .signals(&[Signal::new(c"temperature", Quantity::Temperature, (0.0, 60.0))]);
//!     type Config = Config;
//!
//!     fn open(host: Host, config: Config) -> Result<Self, Error> {
//!         let device = host.modbus(config.unit);
//!         Ok(Self { host, device })
//!     }
//!
//!     fn cycle(&mut self, _: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
//!         let mut tenths = [0];
//!         self.device.read_input(0, &mut tenths)?;
//!         samples.good(0, f64::from(tenths[0]) / 10.0, self.host.now());
//!         Ok(())
//!     }
//! }
//! ecmod_plugin::export_driver!(Thermometer);
//!
//! // Its test: no device, no process, and the way through the C ABI that a host takes.
//! let fake = FakeHost::new();
//! fake.configure(r#"{"unit": 7}"#);
//! fake.unit(7).input(0, &[371]);
//! let mut driver = Harness::open::<Thermometer>(&fake).unwrap();
//! assert_eq!(driver.cycle(), 0);
//! assert_eq!(driver.sample("temperature").unwrap().value, Some(37.1));
//! ```
//!
//! # Where things are
//! - [`Driver`], [`Info`], [`Signal`], [`Command`], [`Table`]: what a driver is and says of itself.
//! - [`Host`] and the buses it gives; [`Demands`], [`Samples`], [`Findings`]: what goes in and out of a cycle.
//! - The buses have the traits of [`embedded_hal`] 1.0: a driver crate of that ecosystem works unchanged.
//! - [`testing`]: a host without a process. [`conformance`]: does a driver keep the rules?
//! - [`abi`]: the C ABI itself, whose norm is `include/ecmod_driver.h`. [`loaded`]: the host's side of it.
//!
//! # Unsafe code
//! Stands only where C is: `abi`, `shim`, the host's calls, `loaded` and the fake host. A driver can be
//! `#![forbid(unsafe_code)]`, [`export_driver!`] included.
#![deny(unsafe_code)]

pub use ecmod_quantities as quantities;
/// The traits that [`Spi`], [`I2c`], [`InputLine`], [`OutputLine`] and [`Delay`] have, for drivers built on them.
pub use embedded_hal;

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
    Attribute, Attributes, Delay, Edge, Host, I2c, I2cBus, I2cStep, InputLine, Level, LineLevel, ModbusUnit,
    OutputLine, Serial, Spi, SpiStep, Stream,
};
pub use info::{Bus, Command, Info, Signal};
pub use table::{CommandSpec, MOST_ENTRIES, SignalSpec, Table, TableBuilder, TableError};
