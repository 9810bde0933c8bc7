// SPDX-License-Identifier: MIT OR Apache-2.0
//! An I2C bus: transactions with its devices, one at a time, high priority first. No repetitions: reading may change a device, and
//! only its driver knows.

mod device;

pub use device::I2cBus;
pub use ecmod_sim_link::I2cStep;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ecmod_quantities::Span;
use ecmod_sim_link::{MAX_BYTES, MAX_STEPS};
use rustix::io::Errno;

use crate::clock;

use super::counters::{Counters, DeviceCounter, PortCounter};
use super::error::{BusError, Damage, Result};
use super::gate::{Gate, Keeper, PortState};
use super::modbus::{Caller, LONGEST_WAIT};
use super::turnstile::Turnstile;

/// Addresses that devices have; the others are reserved (NXP UM10204, 3.1.12).
const ADDRESSES: std::ops::RangeInclusive<u32> = 0x08..=0x77;

/// The bus.
pub struct I2c {
    gate: Keeper<I2cBus>,
    turnstile: Turnstile,
    /// Touched only by whoever has the turn.
    line: Mutex<Line>,
    counters: Arc<Counters>,
    timeout: Span,
}

struct Line {
    open: Option<I2cBus>,
    bytes: Box<[u8; MAX_BYTES]>,
}

impl I2c {
    /// Opens the bus in the background; `consumer` is what a simulated one is told.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(device: &str, consumer: &str, timeout: Span, counters: Arc<Counters>) -> io::Result<Self> {
        let (device, consumer) = (device.to_owned(), consumer.to_owned());
        let opener = Box::new(move || I2cBus::open(&device, &consumer, timeout));
        let gate = Gate::start(opener, Arc::clone(&counters))?;
        let line = Mutex::new(Line { open: None, bytes: Box::new([0; MAX_BYTES]) });
        Ok(Self { gate, turnstile: Turnstile::default(), line, counters, timeout })
    }

    /// One transaction between start and stop. `fill` writes the bytes of the writing steps into those of all steps, one behind the
    /// other; `take` gets all of them back, those of the reading steps filled, and only if all went well.
    ///
    /// # Errors
    /// [`BusError`]; [`BusError::NotAcknowledged`] if nobody is there.
    pub fn transfer(
        &self,
        caller: &Caller,
        address: u32,
        steps: &[I2cStep],
        fill: impl FnOnce(&mut [u8]),
        take: impl FnOnce(&[u8]),
    ) -> Result<()> {
        let address = u8::try_from(address).ok().filter(|_| ADDRESSES.contains(&address));
        let address = address.ok_or(BusError::Invalid("not the address of a device: 0x08 to 0x77"))?;
        let length = steps.iter().map(|step| usize::from(step.length)).sum();
        if steps.is_empty() || steps.len() > MAX_STEPS || length > MAX_BYTES {
            return Err(BusError::Invalid("a transaction has 1 to 16 steps and at most 4096 bytes"));
        }
        let asked = clock::now();
        let turn = self.turnstile.enter(caller.priority(), asked.plus(LONGEST_WAIT));
        caller.waited(asked);
        let _turn = turn.inspect_err(|error| {
            let full = *error == BusError::QueueFull;
            self.counters.port(if full { PortCounter::QueueFull } else { PortCounter::Busy }, 1);
        })?;
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let Line { open, bytes } = &mut *line;
        let bytes = bytes.get_mut(..length).unwrap_or_default();
        bytes.fill(0);
        fill(bytes);
        let result = self.attempt(open, address, steps, bytes);
        self.count(address, &result);
        result.map(|()| take(bytes))
    }

    fn attempt(
        &self,
        open: &mut Option<I2cBus>,
        address: u8,
        steps: &[I2cStep],
        bytes: &mut [u8],
    ) -> Result<()> {
        let bus = match &mut *open {
            Some(bus) => bus,
            empty => {
                if self.gate.status().0 == PortState::Waiting {
                    self.gate.wait_open(clock::now().plus(self.timeout));
                }
                empty.insert(self.gate.take()?)
            }
        };
        let Err(error) = bus.transfer(address, steps, bytes, clock::duration(self.timeout)) else {
            return Ok(());
        };
        if device::is_gone(&error) {
            *open = None;
            self.gate.lost(&error);
        }
        // the fault codes of Linux, Documentation/i2c/fault-codes.rst
        let errno = error.raw_os_error().map(Errno::from_raw_os_error);
        Err(match (error.kind(), errno) {
            (_, Some(Errno::NXIO | Errno::REMOTEIO)) => BusError::NotAcknowledged,
            (io::ErrorKind::TimedOut, _) => BusError::Timeout,
            (io::ErrorKind::InvalidData, _) => BusError::Corrupt(Damage::Length),
            (_, Some(Errno::BUSY)) => {
                BusError::State(format!("a driver of the kernel has the address {address:#04x}"))
            }
            (_, Some(Errno::INVAL | Errno::OPNOTSUPP)) => {
                BusError::Invalid("the I2C adapter cannot do such a transaction")
            }
            _ => BusError::Io(error.to_string()),
        })
    }

    fn count(&self, address: u8, result: &Result<()>) {
        let cause = match result {
            Ok(()) => return self.counters.device(address, DeviceCounter::Transfers),
            Err(BusError::Timeout) => DeviceCounter::Timeouts,
            Err(BusError::NotAcknowledged) => DeviceCounter::NotAcknowledged,
            Err(BusError::Corrupt(_)) => DeviceCounter::WrongLength,
            Err(BusError::Io(_)) => DeviceCounter::Io,
            Err(_) => DeviceCounter::Failures,
        };
        self.counters.device_both(address, DeviceCounter::Transfers, cause);
    }

    /// Its opening and reopening.
    #[must_use]
    pub fn gate(&self) -> &Keeper<I2cBus> {
        &self.gate
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
