// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver may ask of its host: buses, clock, log, and nothing else.
//!
//! [`Host`] is cheap to clone and belongs to one thread. Once the instance is closed every call answers
//! [`Error::State`], so that a forgotten clone does no harm. Nothing a host answers is trusted: lengths are
//! compared with the buffer, levels and bits must be 0 or 1.

use crate::quantities::{Monotonic, Span};
use crate::{Error, abi};
use std::rc::Rc;

mod attributes;
mod calls;
mod gpio;
mod hal;
mod i2c;
mod modbus;
mod serial;
mod spi;
mod stream;

pub use attributes::{Attribute, Attributes};
pub(crate) use calls::Calls;
pub use gpio::{Edge, InputLine, Level as LineLevel, OutputLine};
pub use hal::{Delay, I2cBus};
pub use i2c::{I2c, I2cStep};
pub use modbus::ModbusUnit;
pub use serial::Serial;
pub use spi::{Spi, SpiStep};
pub use stream::Stream;

/// How urgent a line of log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum Level {
    /// Something that should work does not.
    Error = abi::ECMOD_LOG_ERROR,
    /// Something is odd.
    Warning = abi::ECMOD_LOG_WARNING,
    /// Something changed.
    Info = abi::ECMOD_LOG_INFO,
    /// For the driver's author.
    Debug = abi::ECMOD_LOG_DEBUG,
}

/// The host's functions, for one instance of a driver.
#[derive(Debug, Clone)]
pub struct Host(Rc<Calls>);

impl Host {
    pub(crate) fn new(calls: Rc<Calls>) -> Self {
        Self(calls)
    }

    /// `CLOCK_MONOTONIC` now.
    #[must_use]
    pub fn now(&self) -> Monotonic {
        self.0.now()
    }

    /// Writes one line to the host's log. Say what changes, not what is.
    pub fn log(&self, level: Level, text: &str) {
        self.0.log(level, text);
    }

    /// For the beginning of [`Driver::open`](crate::Driver::open): takes a configuration that has no problem, and logs one that has.
    ///
    /// # Errors
    /// [`Error::Config`] if there is a problem.
    pub fn accept(&self, problem: Option<impl AsRef<str>>) -> Result<(), Error> {
        let Some(problem) = problem else { return Ok(()) };
        self.log(Level::Error, problem.as_ref());
        Err(Error::Config)
    }

    /// Sleeps; the time counts towards the cycle's budget.
    pub fn delay(&self, span: Span) {
        self.0.delay(span);
    }

    /// The Modbus device with this unit address on the port, RTU and TCP alike.
    #[must_use]
    pub fn modbus(&self, unit: u8) -> ModbusUnit {
        ModbusUnit::new(Rc::clone(&self.0), unit)
    }

    /// The port's serial line.
    #[must_use]
    pub fn serial(&self) -> Serial {
        Serial::new(Rc::clone(&self.0))
    }

    /// The SPI chip with this index in the port's configuration.
    #[must_use]
    pub fn spi(&self, device: u32) -> Spi {
        Spi::new(Rc::clone(&self.0), device)
    }

    /// The I2C chip with this 7-bit address.
    #[must_use]
    pub fn i2c(&self, address: u8) -> I2c {
        I2c::new(Rc::clone(&self.0), address)
    }

    /// The port's I2C bus, for a driver crate whose chip has several addresses.
    #[must_use]
    pub fn i2c_bus(&self) -> I2cBus {
        I2cBus::new(Rc::clone(&self.0))
    }

    /// A GPIO line of the port that is read, by its configured name.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the name contains a NUL. Whether there is such a line shows the first use.
    pub fn input_line(&self, name: &str) -> Result<InputLine, Error> {
        InputLine::new(Rc::clone(&self.0), name)
    }

    /// A GPIO line of the port that is driven, by its configured name.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the name contains a NUL. Whether there is such a line shows the first use.
    pub fn output_line(&self, name: &str) -> Result<OutputLine, Error> {
        OutputLine::new(Rc::clone(&self.0), name)
    }

    /// Looks whether the port has a GPIO line of this name, input or output, and whether it can be read.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the name contains a NUL, [`Error::NotFound`] if there is no such line; what the bus says.
    pub fn look_for_line(&self, name: &str) -> Result<(), Error> {
        self.input_line(name)?.get().map(drop)
    }

    /// The files of a kernel driver below the port's directory.
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        Attributes::new(Rc::clone(&self.0))
    }

    /// The stream of records that belongs to the port's attributes.
    #[must_use]
    pub fn stream(&self) -> Stream {
        Stream::new(Rc::clone(&self.0))
    }

    /// What this cycle delivers must not wait for the control loop's next tick. For what happened (an edge, a fault),
    /// not for what is measured regularly.
    ///
    /// # Errors
    /// [`Error::Unsupported`] on a host of version 1.0, where it waits for the next tick; nothing needs to be done.
    pub fn urgent(&self) -> Result<(), Error> {
        self.0.urgent()
    }
}

/// A timeout as the ABI wants it. Zero stays zero, which means the port's own; anything else is at least 1 us.
pub(crate) fn timeout_us(span: Span) -> u32 {
    u32::try_from(span.0.div_ceil(1_000)).unwrap_or(u32::MAX)
}

/// The length of a buffer as the ABI wants it.
///
/// # Errors
/// [`Error::TooLong`] beyond 4 GiB.
pub(crate) fn length_u32(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Error::TooLong)
}
