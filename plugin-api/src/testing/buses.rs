// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the fake host's serial line, SPI, I2C and GPIO lines answer. No pointers here.

use super::record::Request;
use super::state::{Everywhere, State};
use crate::{Error, LineLevel, abi};

impl State {
    pub(super) fn serial_read(&mut self, capacity: usize, timeout_us: u32) -> Result<Vec<u8>, Error> {
        self.used |= abi::ECMOD_BUS_SERIAL;
        match self.everywhere() {
            Some(Everywhere::Silence | Everywhere::Zeros) => return Err(self.time_out(timeout_us)),
            Some(Everywhere::Noise(_)) => {
                self.noise_failure(timeout_us)?;
                let length = 1 + usize::from(self.noise() % 64).min(capacity.saturating_sub(1));
                return Ok((0..length).map(|_| self.noise().to_le_bytes()[0]).collect());
            }
            None => {}
        }
        if let Some(error) = self.serial_failures.pop_front() {
            return Err(self.fail(error, timeout_us));
        }
        if self.serial.is_empty() {
            return Err(self.time_out(timeout_us));
        }
        self.transact();
        let length = capacity.min(self.serial.len());
        Ok(self.serial.drain(..length).collect())
    }

    /// Records a write and says who answers it.
    pub(super) fn serial_write(&mut self, bytes: &[u8]) {
        self.used |= abi::ECMOD_BUS_SERIAL;
        self.requests.push(Request::SerialWrite(bytes.to_vec()));
        self.transact();
    }

    pub(super) fn spi(&mut self, device: u32, sent: &[u8]) -> Option<Result<Vec<u8>, Error>> {
        self.used |= abi::ECMOD_BUS_SPI;
        self.requests.push(Request::Spi { device, sent: sent.to_vec() });
        self.by_everywhere(sent.len())
    }

    pub(super) fn i2c(
        &mut self,
        address: u8,
        written: &[u8],
        to_read: usize,
    ) -> Option<Result<Vec<u8>, Error>> {
        self.used |= abi::ECMOD_BUS_I2C;
        self.requests.push(Request::I2c { address, written: written.to_vec() });
        self.by_everywhere(to_read)
    }

    /// The answer of a chip, if one rule holds for all.
    fn by_everywhere(&mut self, length: usize) -> Option<Result<Vec<u8>, Error>> {
        match self.everywhere()? {
            Everywhere::Silence => Some(Err(self.time_out(0))),
            Everywhere::Zeros => {
                self.transact();
                Some(Ok(Vec::new()))
            }
            Everywhere::Noise(_) => Some(
                self.noise_failure(0).map(|()| (0..length).map(|_| self.noise().to_le_bytes()[0]).collect()),
            ),
        }
    }

    pub(super) fn gpio_get(&mut self, line: &str) -> Result<LineLevel, Error> {
        match self.everywhere() {
            Some(Everywhere::Silence) => Err(Error::Io),
            Some(Everywhere::Zeros) => Ok(LineLevel::Low),
            Some(Everywhere::Noise(_)) => {
                self.noise_failure(0)?;
                Ok(if self.noise() & 1 == 1 { LineLevel::High } else { LineLevel::Low })
            }
            None => self.lines.get(line).map(|line| line.level).ok_or(Error::NotFound),
        }
    }

    pub(super) fn gpio_set(&mut self, line: &str, level: LineLevel) -> Result<(), Error> {
        self.requests.push(Request::GpioSet { line: line.to_owned(), level });
        match self.everywhere() {
            Some(Everywhere::Silence) => Err(Error::Io),
            Some(Everywhere::Zeros) => Ok(()),
            Some(Everywhere::Noise(_)) => self.noise_failure(0),
            None if self.lines.contains_key(line) => {
                self.set_line(line, level);
                Ok(())
            }
            None => Err(Error::NotFound),
        }
    }

    pub(super) fn gpio_edges(
        &mut self,
        line: &str,
        capacity: usize,
        timeout_us: u32,
    ) -> Result<Vec<abi::Edge>, Error> {
        match self.everywhere() {
            Some(_) => Err(self.time_out(timeout_us)),
            None => {
                let line = self.lines.get_mut(line).ok_or(Error::NotFound)?;
                let length = capacity.min(line.edges.len());
                let edges: Vec<_> = line.edges.drain(..length).collect();
                if edges.is_empty() { Err(self.time_out(timeout_us)) } else { Ok(edges) }
            }
        }
    }
}
