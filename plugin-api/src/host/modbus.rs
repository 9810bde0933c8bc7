// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modbus, RTU and TCP alike. Addresses are those of the PDU, from 0.

use super::{Calls, timeout_us};
use crate::quantities::Span;
use crate::{Error, abi};
use std::rc::Rc;

/// Most registers of one read, by the Modbus Application Protocol 1.1b3, 6.3.
const MOST_REGISTERS_READ: usize = 125;
/// Most registers of one write, 6.12.
const MOST_REGISTERS_WRITTEN: usize = 123;
/// Most bits of one read, 6.1.
const MOST_BITS_READ: usize = 2000;
/// Most bits of one write, 6.11.
const MOST_BITS_WRITTEN: usize = 1968;

/// One device on the port's Modbus line.
#[derive(Debug, Clone)]
pub struct ModbusUnit {
    calls: Rc<Calls>,
    unit: u8,
    timeout_us: u32,
}

/// All functions fail with what the host says: [`Error::Timeout`], [`Error::Corrupt`], [`Error::Modbus`] with the
/// device's exception code, [`Error::Io`]; with [`Error::Invalid`] for a count that no Modbus request can carry or an
/// address beyond 65535; with [`Error::Unsupported`] where the port has no Modbus. The content of a buffer is not
/// defined after an error.
impl ModbusUnit {
    pub(crate) fn new(calls: Rc<Calls>, unit: u8) -> Self {
        Self { calls, unit, timeout_us: 0 }
    }

    /// The same device with its own timeout for one request; zero means the port's.
    #[must_use]
    pub fn timeout(mut self, timeout: Span) -> Self {
        self.timeout_us = timeout_us(timeout);
        self
    }

    /// Its unit address.
    #[must_use]
    pub const fn unit(&self) -> u8 {
        self.unit
    }

    /// Function 3: fills `registers` from holding registers (1 to 125).
    ///
    /// # Errors
    /// See [`ModbusUnit`].
    pub fn read_holding(&self, address: u16, registers: &mut [u16]) -> Result<(), Error> {
        self.read(abi::ECMOD_MODBUS_HOLDING_REGISTERS, address, registers, MOST_REGISTERS_READ)
    }

    /// Function 4: fills `registers` from input registers (1 to 125).
    ///
    /// # Errors
    /// See [`ModbusUnit`].
    pub fn read_input(&self, address: u16, registers: &mut [u16]) -> Result<(), Error> {
        self.read(abi::ECMOD_MODBUS_INPUT_REGISTERS, address, registers, MOST_REGISTERS_READ)
    }

    /// Function 1: fills `bits` from coils (1 to 2000).
    ///
    /// # Errors
    /// See [`ModbusUnit`].
    pub fn read_coils(&self, address: u16, bits: &mut [bool]) -> Result<(), Error> {
        self.read_bits(abi::ECMOD_MODBUS_COILS, address, bits)
    }

    /// Function 2: fills `bits` from discrete inputs (1 to 2000).
    ///
    /// # Errors
    /// See [`ModbusUnit`].
    pub fn read_discrete(&self, address: u16, bits: &mut [bool]) -> Result<(), Error> {
        self.read_bits(abi::ECMOD_MODBUS_DISCRETE_INPUTS, address, bits)
    }

    /// Function 6: writes one holding register.
    ///
    /// # Errors
    /// See [`ModbusUnit`].
    pub fn write_register(&self, address: u16, value: u16) -> Result<(), Error> {
        self.calls.modbus_write(
            self.unit,
            abi::ECMOD_MODBUS_HOLDING_REGISTERS,
            address,
            &[value],
            self.timeout_us,
        )
    }

    /// Function 16: writes holding registers (1 to 123). One alone goes out as function 6.
    ///
    /// # Errors
    /// See [`ModbusUnit`].
    pub fn write_registers(&self, address: u16, values: &[u16]) -> Result<(), Error> {
        check(address, values.len(), MOST_REGISTERS_WRITTEN)?;
        self.calls.modbus_write(
            self.unit,
            abi::ECMOD_MODBUS_HOLDING_REGISTERS,
            address,
            values,
            self.timeout_us,
        )
    }

    /// Function 5: writes one coil.
    ///
    /// # Errors
    /// See [`ModbusUnit`].
    pub fn write_coil(&self, address: u16, on: bool) -> Result<(), Error> {
        self.calls.modbus_write(
            self.unit,
            abi::ECMOD_MODBUS_COILS,
            address,
            &[u16::from(on)],
            self.timeout_us,
        )
    }

    /// Function 15: writes coils (1 to 1968). One alone goes out as function 5.
    ///
    /// # Errors
    /// See [`ModbusUnit`].
    pub fn write_coils(&self, address: u16, bits: &[bool]) -> Result<(), Error> {
        check(address, bits.len(), MOST_BITS_WRITTEN)?;
        let items: Vec<u16> = bits.iter().copied().map(u16::from).collect();
        self.calls.modbus_write(self.unit, abi::ECMOD_MODBUS_COILS, address, &items, self.timeout_us)
    }

    fn read(&self, table: u32, address: u16, items: &mut [u16], most: usize) -> Result<(), Error> {
        check(address, items.len(), most)?;
        self.calls.modbus_read(self.unit, table, address, items, self.timeout_us)
    }

    fn read_bits(&self, table: u32, address: u16, bits: &mut [bool]) -> Result<(), Error> {
        let mut items = vec![0; bits.len().min(MOST_BITS_READ + 1)];
        self.read(table, address, &mut items, MOST_BITS_READ)?;
        for (bit, item) in bits.iter_mut().zip(items) {
            *bit = match item {
                0 => false,
                1 => true,
                _ => return Err(Error::Corrupt),
            };
        }
        Ok(())
    }
}

/// Whether a request can carry `count` items, and all lie inside the 65536 addresses.
fn check(address: u16, count: usize, most: usize) -> Result<(), Error> {
    let end = usize::from(address) + count;
    if count == 0 || count > most || end > 0x1_0000 { Err(Error::Invalid) } else { Ok(()) }
}
