// SPDX-License-Identifier: MIT OR Apache-2.0
//! The buses as `embedded-hal` 1.0 traits, so that a driver crate of that ecosystem works unchanged.
//!
//! | trait | on |
//! |---|---|
//! | [`embedded_hal::spi::SpiDevice`] | [`Spi`](crate::Spi) |
//! | [`embedded_hal::i2c::I2c`] | [`I2c`](crate::I2c) for one chip, [`I2cBus`] for chips with several addresses |
//! | [`embedded_hal::digital::InputPin`], [`OutputPin`](embedded_hal::digital::OutputPin) | [`InputLine`], [`OutputLine`] |
//! | [`embedded_hal::delay::DelayNs`] | [`Delay`] |
//!
//! The error type of all is [`Error`] itself: what a driver crate wraps comes out again with its cause. Nothing here
//! allocates.

use super::{Calls, Host, InputLine, LineLevel, OutputLine};
use crate::Error;
use crate::quantities::Span;
use embedded_hal::{delay, digital, i2c, spi};
use std::rc::Rc;

mod i2c_bus;
mod spi_device;

pub use i2c_bus::I2cBus;
pub(super) use i2c_bus::MOST_STEPS as MOST_I2C_STEPS;
pub(super) use spi_device::MOST_STEPS as MOST_SPI_STEPS;

/// What the trait's kinds of error say of ours. The ABI knows no more of SPI than that a transfer failed.
impl spi::Error for Error {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

/// A chip that does not acknowledge and a bus that failed are one number of the ABI, [`Error::Io`]. It is given as "not
/// acknowledged", since that is what driver crates act on (a memory that is busy is asked again).
impl i2c::Error for Error {
    fn kind(&self) -> i2c::ErrorKind {
        match self {
            Self::Io => i2c::ErrorKind::NoAcknowledge(i2c::NoAcknowledgeSource::Unknown),
            Self::Timeout => i2c::ErrorKind::Bus, // a line held low
            Self::Corrupt
            | Self::Unsupported
            | Self::Invalid
            | Self::Config
            | Self::Device
            | Self::NotFound
            | Self::TooLong
            | Self::State
            | Self::Denied
            | Self::Modbus(_) => i2c::ErrorKind::Other,
        }
    }
}

impl digital::Error for Error {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}

impl digital::ErrorType for InputLine {
    type Error = Error;
}

impl digital::InputPin for InputLine {
    fn is_high(&mut self) -> Result<bool, Error> {
        Ok(self.get()? == LineLevel::High)
    }

    fn is_low(&mut self) -> Result<bool, Error> {
        Ok(self.get()? == LineLevel::Low)
    }
}

impl digital::ErrorType for OutputLine {
    type Error = Error;
}

impl digital::OutputPin for OutputLine {
    fn set_low(&mut self) -> Result<(), Error> {
        self.set(LineLevel::Low)
    }

    fn set_high(&mut self) -> Result<(), Error> {
        self.set(LineLevel::High)
    }
}

/// Sleeps by the host's clock; the time counts towards the cycle's budget.
#[derive(Debug, Clone)]
pub struct Delay(Rc<Calls>);

impl Delay {
    /// The delays of this host.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        Self(Rc::clone(&host.0))
    }
}

impl delay::DelayNs for Delay {
    fn delay_ns(&mut self, ns: u32) {
        self.0.delay(Span(ns.into()));
    }

    fn delay_us(&mut self, us: u32) {
        self.0.delay(Span::from_micros(us.into()));
    }

    fn delay_ms(&mut self, ms: u32) {
        self.0.delay(Span::from_millis(ms.into()));
    }
}
