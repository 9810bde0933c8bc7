// SPDX-License-Identifier: MIT OR Apache-2.0
//! Transactions with a simulated SPI chip or I2C bus.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Duration;

use super::Channel;
use crate::error::{Error, Result};
use crate::message::request::Builder;
use crate::message::{Bus, Hello, I2cStep, Name, SpiStep};

/// A simulated SPI chip.
#[derive(Debug)]
pub struct SpiClient(Channel);

impl SpiClient {
    /// Connects and says hello.
    ///
    /// # Errors
    /// [`Error`]; `EBUSY` with the holder's name if somebody else has the chip.
    pub fn open(path: &Path, mode: u8, max_hz: u32, consumer: &str, timeout: Duration) -> Result<Self> {
        let hello = Hello { bus: Bus::Spi { mode, max_hz }, consumer: Name::cut(consumer) };
        Ok(Self(Channel::open(path, &hello, timeout)?))
    }

    /// One transaction under one chip select. `out` and `back` have one byte for each byte that is clocked, so as many as all
    /// steps together. Does not allocate.
    ///
    /// # Errors
    /// [`Error`]. After [`Error::Silent`] the next transfer may follow: the late answer is dropped.
    pub fn transfer(
        &mut self,
        steps: &[SpiStep],
        out: &[u8],
        back: &mut [u8],
        timeout: Duration,
    ) -> Result<()> {
        if out.len() != back.len() {
            return Err(Error::Malformed("steps and bytes do not fit together"));
        }
        let build = |buffer: &mut [u8], sequence| Builder::spi(buffer, sequence, steps, out);
        let answer = self.0.ask(timeout, build, |_| ())?;
        if answer.len() != back.len() {
            return Err(Error::Malformed("an answer of another length"));
        }
        back.copy_from_slice(answer);
        Ok(())
    }
}

impl AsFd for SpiClient {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A simulated I2C bus.
#[derive(Debug)]
pub struct I2cClient(Channel);

impl I2cClient {
    /// Connects and says hello.
    ///
    /// # Errors
    /// [`Error`]; `EBUSY` with the holder's name if somebody else has the bus.
    pub fn open(path: &Path, consumer: &str, timeout: Duration) -> Result<Self> {
        let hello = Hello { bus: Bus::I2c, consumer: Name::cut(consumer) };
        Ok(Self(Channel::open(path, &hello, timeout)?))
    }

    /// One transaction between start and stop. `bytes` has those of all steps one behind the other; those of reading steps are
    /// filled. Does not allocate.
    ///
    /// # Errors
    /// [`Error`]; `ENXIO` or `EREMOTEIO` if nobody acknowledges.
    pub fn transfer(
        &mut self,
        address: u16,
        steps: &[I2cStep],
        bytes: &mut [u8],
        timeout: Duration,
    ) -> Result<()> {
        let build = |buffer: &mut [u8], sequence| Builder::i2c(buffer, sequence, address, steps, bytes);
        let answer = self.0.ask(timeout, build, |_| ())?;
        if answer.len() != bytes.len() {
            return Err(Error::Malformed("an answer of another length"));
        }
        let mut at = 0_usize;
        for step in steps {
            let end = at.saturating_add(step.length.into());
            if step.read
                && let (Some(to), Some(from)) = (bytes.get_mut(at..end), answer.get(at..end))
            {
                to.copy_from_slice(from);
            }
            at = end;
        }
        Ok(())
    }
}

impl AsFd for I2cClient {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
