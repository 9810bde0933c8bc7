// SPDX-License-Identifier: MIT OR Apache-2.0
//! One command: what is demanded against what the device holds. Writes what differs, and nothing before a demand.

use crate::config::{Command, Table, WriteOn};
use crate::number;
use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Error, Host, Level, ModbusUnit};

/// The writing side of one command.
#[derive(Debug)]
pub struct Writer {
    command: Command,
    /// What the device holds, as last read back or acknowledged; `None`: not known.
    held: Option<u64>,
    next_read_back: Monotonic,
    next_write: Monotonic,
    outcome: Result<(), Error>,
}

impl Writer {
    /// For a checked command.
    #[must_use]
    pub const fn new(command: Command) -> Self {
        Self { command, held: None, next_read_back: Monotonic(0), next_write: Monotonic(0), outcome: Ok(()) }
    }

    /// Brings the device to the demanded value, if it does not hold it already.
    ///
    /// # Errors
    /// What the bus says. The demand is tried again in the next cycle.
    pub fn demand(
        &mut self,
        value: f64,
        host: &Host,
        unit: &ModbusUnit,
        now: Monotonic,
    ) -> Result<(), Error> {
        let outcome = self.reconcile(value, unit, now);
        if outcome.is_err() {
            self.held = None;
        }
        if outcome != self.outcome {
            self.outcome = outcome;
            let name = &self.command.name;
            match outcome {
                Ok(()) => host.log(Level::Info, &format!("command {name} reaches the device again")),
                Err(error) => {
                    host.log(Level::Warning, &format!("command {name} does not reach the device: {error}"))
                }
            }
        }
        outcome
    }

    /// The device was silent: what it holds is not known any more.
    pub const fn forget(&mut self) {
        self.held = None;
    }

    fn reconcile(&mut self, value: f64, unit: &ModbusUnit, now: Monotonic) -> Result<(), Error> {
        let number = (value - self.command.offset) / self.command.scale;
        let wanted = number::encode(number, self.command.kind).map_err(|_| Error::Invalid)?
            & self.command.kind.all_bits();
        if self.command.read_back_ms > 0 && (self.held.is_none() || now >= self.next_read_back) {
            self.held = Some(self.read(unit)?);
            self.next_read_back = now.plus(Span::from_millis(u64::from(self.command.read_back_ms)));
        }
        let target = match (self.command.mask, self.held) {
            (Some(mask), Some(held)) => (held & !mask) | ((wanted << mask.trailing_zeros()) & mask),
            (Some(_), None) => return Err(Error::State), // not possible: a masked command is read back first
            (None, _) => wanted,
        };
        let repeat = match self.command.write_on {
            WriteOn::Change => false,
            WriteOn::EveryMs(_) => now >= self.next_write,
        };
        if self.held == Some(target) && !repeat {
            return Ok(());
        }
        self.write(target, unit)?;
        self.held = Some(target);
        if let WriteOn::EveryMs(interval) = self.command.write_on {
            self.next_write = now.plus(Span::from_millis(u64::from(interval)));
        }
        Ok(())
    }

    fn read(&self, unit: &ModbusUnit) -> Result<u64, Error> {
        if self.command.table == Table::Coil {
            let mut bit = [false];
            unit.read_coils(self.command.address, &mut bit)?;
            return Ok(bit.into_iter().map(u64::from).sum());
        }
        let mut items = [0; 4];
        let items = items.get_mut(..usize::from(self.command.kind.items())).unwrap_or_default();
        unit.read_holding(self.command.address, items)?;
        Ok(number::raw(items, self.command.word_order))
    }

    fn write(&self, bits: u64, unit: &ModbusUnit) -> Result<(), Error> {
        if self.command.table == Table::Coil {
            return unit.write_coil(self.command.address, bits != 0);
        }
        let mut items = [0; 4];
        let items = items.get_mut(..usize::from(self.command.kind.items())).unwrap_or_default();
        number::registers(bits, self.command.word_order, items);
        unit.write_registers(self.command.address, items)
    }
}
