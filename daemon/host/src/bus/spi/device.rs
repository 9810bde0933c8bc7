// SPDX-License-Identifier: MIT OR Apache-2.0
//! One SPI chip, real (`/dev/spidevB.C`) or simulated (`unix:PATH`).

use std::io;
use std::time::Duration;

use ecmod_config::SpiChip;
use ecmod_quantities::Span;
use ecmod_sim_link::{MAX_STEPS, SpiClient, SpiStep};
use linux_embedded_hal::SpidevDevice;
use linux_embedded_hal::spidev::{SpiModeFlags, Spidev, SpidevOptions, SpidevTransfer};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::bus::node::{SOCKET_PREFIX, at, open_alone};
use crate::clock;

/// An open chip.
pub enum SpiDevice {
    /// The kernel's.
    Real(SpidevDevice),
    /// The simulator's.
    Simulated(SpiClient),
}

impl SpiDevice {
    /// Opens a chip for this host alone.
    ///
    /// # Errors
    /// What went wrong, with the device and, if somebody else has it, who.
    pub fn open(chip: &SpiChip, consumer: &str, timeout: Span) -> io::Result<Self> {
        if let Some(path) = chip.device.strip_prefix(SOCKET_PREFIX) {
            let client =
                SpiClient::open(path.as_ref(), chip.mode, chip.max_hz, consumer, clock::duration(timeout));
            return client.map(Self::Simulated).map_err(|error| {
                let kind = io::Error::from_raw_os_error(error.errno()).kind();
                io::Error::new(kind, format!("{}: {error}", chip.device))
            });
        }
        let mut spidev = Spidev::new(open_alone(&chip.device, OFlags::RDWR)?.into());
        let mut options = SpidevOptions::new();
        options
            .bits_per_word(8)
            .lsb_first(false)
            .max_speed_hz(chip.max_hz)
            .mode(SpiModeFlags::from_bits_truncate(chip.mode.into()));
        spidev.configure(&options).map_err(|error| at(&chip.device, &error))?;
        Ok(Self::Real(SpidevDevice(spidev)))
    }

    /// One transaction. Does not allocate if it succeeds.
    ///
    /// # Errors
    /// `TimedOut`, `InvalidInput`, `InvalidData` (the simulator's answer is no answer), or what the kernel says.
    pub fn transfer(
        &mut self,
        steps: &[SpiStep],
        out: &[u8],
        back: &mut [u8],
        timeout: Duration,
    ) -> io::Result<()> {
        match self {
            Self::Real(device) => transfer(device, steps, out, back),
            Self::Simulated(client) => {
                client.transfer(steps, out, back, timeout).map_err(|error| match error {
                    ecmod_sim_link::Error::Malformed(words) => {
                        io::Error::new(io::ErrorKind::InvalidData, words)
                    }
                    ecmod_sim_link::Error::Io(error) => error,
                    error => (&error).into(),
                })
            }
        }
    }
}

/// Whether the descriptor will never serve again: the chip was unbound or the simulator went away.
pub fn is_gone(error: &io::Error) -> bool {
    let gone = [
        Errno::SHUTDOWN,
        Errno::NODEV,
        Errno::NXIO,
        Errno::BADF,
        Errno::CONNRESET,
        Errno::PIPE,
        Errno::NOTCONN,
    ];
    matches!(error.kind(), io::ErrorKind::UnexpectedEof)
        || error.raw_os_error().is_some_and(|code| gone.iter().any(|errno| errno.raw_os_error() == code))
}

fn transfer(device: &SpidevDevice, steps: &[SpiStep], mut out: &[u8], mut back: &mut [u8]) -> io::Result<()> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
    let mut messages: [SpidevTransfer<'_, '_>; MAX_STEPS] = Default::default();
    for (message, step) in messages.iter_mut().zip(steps) {
        let (sent, rest) = out.split_at_checked(step.length.into()).ok_or_else(invalid)?;
        out = rest;
        let (received, rest) =
            std::mem::take(&mut back).split_at_mut_checked(step.length.into()).ok_or_else(invalid)?;
        back = rest;
        *message = match (step.sends, step.receives) {
            (true, true) => SpidevTransfer::read_write(sent, received),
            (true, false) => SpidevTransfer::write(sent),
            // without bytes to send the kernel clocks zeros
            (false, true) => SpidevTransfer::read(received),
            (false, false) if step.length == 0 => SpidevTransfer::delay(0),
            (false, false) => SpidevTransfer::write(sent),
        };
        message.delay_usecs = u16::try_from(step.delay_ns.div_ceil(1000)).map_err(|_| invalid())?;
    }
    let used = messages.get_mut(..steps.len()).ok_or_else(invalid)?;
    device.0.transfer_multiple(used)
}
