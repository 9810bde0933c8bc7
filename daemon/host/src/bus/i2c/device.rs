// SPDX-License-Identifier: MIT OR Apache-2.0
//! One I2C bus, real (`/dev/i2c-N`) or simulated (`unix:PATH`).

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use ecmod_quantities::Span;
use ecmod_sim_link::{I2cClient, I2cStep};
use embedded_hal::i2c::{I2c as _, Operation};
use linux_embedded_hal::I2cdev;
use linux_embedded_hal::i2cdev::linux::LinuxI2CError;
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::bus::node::{SOCKET_PREFIX, open_alone};
use crate::clock;

/// An open bus.
pub enum I2cBus {
    /// The kernel's.
    Real {
        /// Its node.
        path: String,
        /// Keeps other hosts away.
        lock: OwnedFd,
        /// One open file for each address: changing the address of one would open the node anew each time.
        devices: BTreeMap<u8, I2cdev>,
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
            return Ok(Self::Real { path: device.to_owned(), lock, devices: BTreeMap::new() });
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
            Self::Real { path, devices, .. } => {
                let device = match devices.entry(address) {
                    std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                    std::collections::btree_map::Entry::Vacant(entry) => {
                        entry.insert(I2cdev::new(&*path).map_err(plain)?)
                    }
                };
                let mut operations = operations(steps, bytes)?;
                device.transaction(address, &mut operations).map_err(|error| match error.inner() {
                    LinuxI2CError::Errno(code) => io::Error::from_raw_os_error(*code),
                    LinuxI2CError::Io(error) => match error.raw_os_error() {
                        Some(code) => io::Error::from_raw_os_error(code),
                        None => io::Error::new(error.kind(), error.to_string()),
                    },
                })
            }
        }
    }
}

/// Whether the descriptor will never serve again. (`ENXIO` is a device that does not acknowledge.)
pub fn is_gone(error: &io::Error) -> bool {
    let gone = [Errno::NODEV, Errno::BADF, Errno::SHUTDOWN, Errno::CONNRESET, Errno::PIPE, Errno::NOTCONN];
    // NotFound: the node was taken away before an address was used for the first time
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound)
        || error.raw_os_error().is_some_and(|code| gone.iter().any(|errno| errno.raw_os_error() == code))
}

fn plain(error: LinuxI2CError) -> io::Error {
    match error {
        LinuxI2CError::Errno(code) => io::Error::from_raw_os_error(code),
        LinuxI2CError::Io(error) => error,
    }
}

fn operations<'b>(steps: &[I2cStep], mut bytes: &'b mut [u8]) -> io::Result<Vec<Operation<'b>>> {
    let mut operations = Vec::with_capacity(steps.len());
    for step in steps {
        let parts = std::mem::take(&mut bytes).split_at_mut_checked(step.length.into());
        let (part, rest) = parts.ok_or(io::ErrorKind::InvalidInput)?;
        bytes = rest;
        operations.push(if step.read { Operation::Read(part) } else { Operation::Write(part) });
    }
    Ok(operations)
}
