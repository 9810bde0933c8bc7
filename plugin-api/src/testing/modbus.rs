// SPDX-License-Identifier: MIT OR Apache-2.0
//! A scripted Modbus device: registers that exist, and failures to come.

use super::Fake;
use super::record::ModbusTable;
use crate::Error;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// What a device of the fake host holds.
#[derive(Debug, Default)]
pub(super) struct UnitState {
    pub(super) items: BTreeMap<(ModbusTable, u16), u16>,
    pub(super) failures: VecDeque<Error>,
    pub(super) silent: bool,
}

/// A Modbus device of a [`super::FakeHost`]. An address that was never set answers with exception 2.
#[derive(Debug, Clone)]
pub struct FakeUnit {
    fake: Rc<Fake>,
    unit: u8,
}

impl FakeUnit {
    pub(super) const fn new(fake: Rc<Fake>, unit: u8) -> Self {
        Self { fake, unit }
    }

    /// Sets holding registers from `address` on.
    pub fn holding(&self, address: u16, values: &[u16]) -> &Self {
        self.set(ModbusTable::HoldingRegisters, address, values.iter().copied())
    }

    /// Sets input registers from `address` on.
    pub fn input(&self, address: u16, values: &[u16]) -> &Self {
        self.set(ModbusTable::InputRegisters, address, values.iter().copied())
    }

    /// Sets coils from `address` on.
    pub fn coils(&self, address: u16, bits: &[bool]) -> &Self {
        self.set(ModbusTable::Coils, address, bits.iter().copied().map(u16::from))
    }

    /// Sets discrete inputs from `address` on.
    pub fn discrete(&self, address: u16, bits: &[bool]) -> &Self {
        self.set(ModbusTable::DiscreteInputs, address, bits.iter().copied().map(u16::from))
    }

    /// A register or bit as it is now: as the driver wrote it, if it did.
    #[must_use]
    pub fn get(&self, table: ModbusTable, address: u16) -> Option<u16> {
        self.unit(|unit| unit.items.get(&(table, address)).copied())
    }

    /// The next `times` requests fail with this, whatever they ask; behind failures that wait already.
    pub fn fail(&self, times: usize, error: Error) -> &Self {
        self.unit(|unit| unit.failures.extend(std::iter::repeat_n(error, times)));
        self
    }

    /// Whether the device answers at all; one that does not, times out.
    pub fn set_silent(&self, silent: bool) -> &Self {
        self.unit(|unit| unit.silent = silent);
        self
    }

    fn set(&self, table: ModbusTable, address: u16, values: impl Iterator<Item = u16>) -> &Self {
        self.unit(|unit| {
            for (address, value) in (address..=u16::MAX).zip(values) {
                unit.items.insert((table, address), value);
            }
        });
        self
    }

    fn unit<R>(&self, use_it: impl FnOnce(&mut UnitState) -> R) -> R {
        use_it(self.fake.state.borrow_mut().units.entry(self.unit).or_default())
    }
}
