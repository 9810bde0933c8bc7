// SPDX-License-Identifier: MIT OR Apache-2.0
//! An SPI bus: transactions of its chips, one at a time, high priority first.
//!
//! A transfer that succeeds allocates nothing: steps and messages stand on the stack, bytes in two buffers that belong to the bus.
//! The driver's own buffers are only copied from and to, so that it does not matter whether they overlap. There are no
//! repetitions: reading a chip's register may change the chip, and only its driver knows.
//!
//! A transfer of a real chip is one `ioctl` that ends when the kernel's driver ends it; if it hangs, so does the driver's cycle,
//! and [`crate::host`] says what follows.

mod device;

pub use device::SpiDevice;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ecmod_config::SpiChip;
use ecmod_quantities::{Monotonic, Span};
use ecmod_sim_link::{MAX_BYTES, MAX_STEPS};

pub use ecmod_sim_link::SpiStep;

use crate::clock;

use super::counters::{Counters, DeviceCounter, PortCounter};
use super::error::{BusError, Damage, Result};
use super::gate::{Gate, Keeper, PortState};
use super::modbus::{Caller, LONGEST_WAIT};
use super::turnstile::Turnstile;

/// Most steps in one transaction.
pub const MOST_STEPS: usize = MAX_STEPS;
/// Most bytes in one transaction.
pub const MOST_BYTES: usize = MAX_BYTES;

/// The bus.
pub struct Spi {
    chips: Vec<Chip>,
    turnstile: Turnstile,
    /// Touched only by whoever has the turn.
    buffers: Mutex<Buffers>,
    counters: Arc<Counters>,
    timeout: Span,
}

struct Chip {
    number: u8,
    gate: Keeper<SpiDevice>,
    /// Touched only by whoever has the turn.
    open: Mutex<Option<SpiDevice>>,
}

struct Buffers {
    out: Box<[u8; MOST_BYTES]>,
    back: Box<[u8; MOST_BYTES]>,
}

impl Spi {
    /// Opens the chips in the background; `consumer` is what simulated ones are told.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        chips: &[SpiChip],
        consumer: &str,
        timeout: Span,
        counters: Arc<Counters>,
    ) -> io::Result<Self> {
        let chip = |(number, settings): (usize, &SpiChip)| {
            let (settings, consumer) = (settings.clone(), consumer.to_owned());
            let opener = Box::new(move || SpiDevice::open(&settings, &consumer, timeout));
            let gate = Gate::start(opener, Arc::clone(&counters))?;
            // the configuration allows 16
            Ok(Chip { number: u8::try_from(number).unwrap_or(u8::MAX), gate, open: Mutex::new(None) })
        };
        let chips = chips.iter().enumerate().map(chip).collect::<io::Result<_>>()?;
        let buffers = Buffers { out: Box::new([0; MOST_BYTES]), back: Box::new([0; MOST_BYTES]) };
        Ok(Self { chips, turnstile: Turnstile::default(), buffers: Mutex::new(buffers), counters, timeout })
    }

    /// One transaction under one chip select. `fill` writes what is sent, one byte for each byte that is clocked (zeros are there
    /// already); `take` gets what came back, and only if all went well.
    ///
    /// # Errors
    /// [`BusError`].
    pub fn transfer(
        &self,
        caller: &Caller,
        chip: u32,
        steps: &[SpiStep],
        fill: impl FnOnce(&mut [u8]),
        take: impl FnOnce(&[u8]),
    ) -> Result<()> {
        let chip = usize::try_from(chip).ok().and_then(|chip| self.chips.get(chip));
        let chip = chip.ok_or(BusError::NotFound("chip"))?;
        let length = steps.iter().map(|step| usize::from(step.length)).sum();
        if steps.is_empty() || steps.len() > MOST_STEPS || length > MOST_BYTES {
            return Err(BusError::Invalid("a transaction has 1 to 16 steps and at most 4096 bytes"));
        }
        let asked = clock::now();
        let turn = self.turnstile.enter(caller.priority(), asked.plus(LONGEST_WAIT));
        caller.waited(asked);
        let _turn = turn.inspect_err(|error| {
            let full = *error == BusError::QueueFull;
            self.counters.port(if full { PortCounter::QueueFull } else { PortCounter::Busy }, 1);
        })?;
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let Buffers { out, back } = &mut *buffers;
        let out = out.get_mut(..length).unwrap_or_default();
        let back = back.get_mut(..length).unwrap_or_default();
        out.fill(0);
        fill(out);
        let result = self.attempt(chip, steps, out, back);
        self.count(chip.number, &result);
        result.map(|()| take(back))
    }

    fn attempt(&self, chip: &Chip, steps: &[SpiStep], out: &[u8], back: &mut [u8]) -> Result<()> {
        let mut open = chip.open.lock().unwrap_or_else(PoisonError::into_inner);
        let device = match &mut *open {
            Some(device) => device,
            empty => {
                if chip.gate.status().0 == PortState::Waiting {
                    chip.gate.wait_open(clock::now().plus(self.timeout));
                }
                empty.insert(chip.gate.take()?)
            }
        };
        let Err(error) = device.transfer(steps, out, back, clock::duration(self.timeout)) else {
            return Ok(());
        };
        if device::is_gone(&error) {
            *open = None;
            chip.gate.lost(&error);
        }
        Err(match error.kind() {
            io::ErrorKind::TimedOut => BusError::Timeout,
            io::ErrorKind::InvalidInput => BusError::Invalid("the SPI host cannot do such a transaction"),
            io::ErrorKind::InvalidData => BusError::Corrupt(Damage::Length),
            _ => BusError::Io(error.to_string()),
        })
    }

    fn count(&self, chip: u8, result: &Result<()>) {
        let cause = match result {
            Ok(()) => return self.counters.device(chip, DeviceCounter::Transfers),
            Err(BusError::Timeout) => DeviceCounter::Timeouts,
            Err(BusError::Corrupt(_)) => DeviceCounter::WrongLength,
            Err(BusError::Io(_)) => DeviceCounter::Io,
            Err(_) => DeviceCounter::Failures,
        };
        self.counters.device_both(chip, DeviceCounter::Transfers, cause);
    }

    /// Waits until all chips are open; `false` at `deadline`.
    #[must_use]
    pub fn wait_open(&self, deadline: Monotonic) -> bool {
        self.chips.iter().all(|chip| chip.gate.wait_connected(deadline))
    }

    /// The first chip that is not open, and why.
    #[must_use]
    pub fn status(&self) -> (PortState, String) {
        let closed = self.chips.iter().map(|chip| chip.gate.status());
        closed
            .into_iter()
            .find(|(state, _)| *state != PortState::Connected)
            .unwrap_or((PortState::Connected, String::new()))
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
