// SPDX-License-Identifier: MIT OR Apache-2.0
//! One I2C bus, real (`/dev/i2c-N`) or simulated (`unix:PATH`).

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use ecmod_quantities::Span;
use ecmod_sim_link::{I2cClient, I2cStep};
use linux_embedded_hal::i2cdev::core::{I2CMessage as _, I2CTransfer as _};
use linux_embedded_hal::i2cdev::linux::{LinuxI2CBus, LinuxI2CError, LinuxI2CMessage};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::bus::node::{SOCKET_PREFIX, at, open_alone};
use crate::clock;

/// An open bus.
pub enum I2cBus {
    /// The kernel's.
    Real {
        /// Keeps other hosts away.
        lock: OwnedFd,
        /// Addresses go with each message: an `I2cdev` would open the node anew for every one, and that right may be gone by then.
        bus: LinuxI2CBus,
    },
    /// The simulator's.
    Simulated(I2cClient),
}

impl I2cBus {
    /// Opens a bus for this host alone.
    ///
    /// # Errors
    /// What went wrong, with the device and, if somebody else has it, who.
    pub fn open(device: &str, consumer: &str, timeout: Span) -> io::Result<Self> {
        let Some(path) = device.strip_prefix(SOCKET_PREFIX) else {
            let lock = open_alone(device, OFlags::RDWR)?;
            let bus = LinuxI2CBus::new(device).map_err(|error| at(device, &plain(error)))?;
            return Ok(Self::Real { lock, bus });
        };
        let client = I2cClient::open(path.as_ref(), consumer, clock::duration(timeout));
        client.map(Self::Simulated).map_err(|error| {
            io::Error::new(io::Error::from_raw_os_error(error.errno()).kind(), format!("{device}: {error}"))
        })
    }

    /// One transaction.
    ///
    /// # Errors
    /// `TimedOut`, `InvalidData` (the simulator's answer is no answer), or what the kernel says.
    pub fn transfer(
        &mut self,
        address: u8,
        steps: &[I2cStep],
        bytes: &mut [u8],
        timeout: Duration,
    ) -> io::Result<()> {
        match self {
            Self::Simulated(client) => {
                client.transfer(address.into(), steps, bytes, timeout).map_err(|error| match error {
                    ecmod_sim_link::Error::Malformed(words) => {
                        io::Error::new(io::ErrorKind::InvalidData, words)
                    }
                    ecmod_sim_link::Error::Io(error) => error,
                    error => (&error).into(),
                })
            }
            Self::Real { bus, .. } => {
                let mut messages = messages(address, steps, bytes)?;
                bus.transfer(&mut messages).map(|_| ()).map_err(plain)
            }
        }
    }
}

/// Whether the descriptor will never serve again. (`ENXIO` is a device that does not acknowledge.)
pub fn is_gone(error: &io::Error) -> bool {
    let gone = [Errno::NODEV, Errno::BADF, Errno::SHUTDOWN, Errno::CONNRESET, Errno::PIPE, Errno::NOTCONN];
    error.kind() == io::ErrorKind::UnexpectedEof
        || error.raw_os_error().is_some_and(|code| gone.iter().any(|errno| errno.raw_os_error() == code))
}

fn plain(error: LinuxI2CError) -> io::Error {
    match error {
        LinuxI2CError::Errno(code) => io::Error::from_raw_os_error(code),
        LinuxI2CError::Io(error) => error,
    }
}

fn messages<'b>(
    address: u8,
    steps: &[I2cStep],
    mut bytes: &'b mut [u8],
) -> io::Result<Vec<LinuxI2CMessage<'b>>> {
    let mut messages = Vec::with_capacity(steps.len());
    for step in steps {
        let parts = std::mem::take(&mut bytes).split_at_mut_checked(step.length.into());
        let (part, rest) = parts.ok_or(io::ErrorKind::InvalidInput)?;
        bytes = rest;
        let message = if step.read { LinuxI2CMessage::read(part) } else { LinuxI2CMessage::write(part) };
        messages.push(message.with_address(address.into()));
    }
    Ok(messages)
}
