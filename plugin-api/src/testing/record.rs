// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver asked of its buses.

use crate::{LineLevel, abi};

/// One request of a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Modbus functions 1 to 4.
    ModbusRead {
        /// The device's address.
        unit: u8,
        /// What is read.
        table: ModbusTable,
        /// From this address on.
        address: u16,
        /// So many.
        count: u16,
    },
    /// Modbus functions 5, 6, 15, 16.
    ModbusWrite {
        /// The device's address.
        unit: u8,
        /// What is written.
        table: ModbusTable,
        /// From this address on.
        address: u16,
        /// The values; bits are 0 or 1.
        values: Vec<u16>,
    },
    /// Bytes sent on the serial line.
    SerialWrite(Vec<u8>),
    /// Bytes sent under one chip select.
    Spi {
        /// Index of the chip.
        device: u32,
        /// What was sent; zeros where only read.
        sent: Vec<u8>,
    },
    /// One I2C transaction.
    I2c {
        /// The chip's address.
        address: u8,
        /// What was written.
        written: Vec<u8>,
    },
    /// A line driven.
    GpioSet {
        /// Its name.
        line: String,
        /// To this.
        level: LineLevel,
    },
    /// A kernel driver's file read.
    AttributeRead {
        /// Below the port's directory.
        path: String,
    },
    /// A kernel driver's file written.
    AttributeWrite {
        /// Below the port's directory.
        path: String,
        /// What was written.
        text: String,
    },
}

impl Request {
    /// Whether it changes what a device does; see [`super::FakeHost::writes`].
    #[must_use]
    pub const fn is_write(&self) -> bool {
        matches!(self, Self::ModbusWrite { .. } | Self::GpioSet { .. })
    }
}

/// The four tables of a Modbus device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum ModbusTable {
    /// Bits that can be written.
    Coils = abi::ECMOD_MODBUS_COILS,
    /// Bits that can only be read.
    DiscreteInputs = abi::ECMOD_MODBUS_DISCRETE_INPUTS,
    /// Words that can be written.
    HoldingRegisters = abi::ECMOD_MODBUS_HOLDING_REGISTERS,
    /// Words that can only be read.
    InputRegisters = abi::ECMOD_MODBUS_INPUT_REGISTERS,
}

impl ModbusTable {
    /// The one with this ABI number, if there is one.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            abi::ECMOD_MODBUS_COILS => Some(Self::Coils),
            abi::ECMOD_MODBUS_DISCRETE_INPUTS => Some(Self::DiscreteInputs),
            abi::ECMOD_MODBUS_HOLDING_REGISTERS => Some(Self::HoldingRegisters),
            abi::ECMOD_MODBUS_INPUT_REGISTERS => Some(Self::InputRegisters),
            _ => None,
        }
    }

    /// Whether its items are bits.
    #[must_use]
    pub const fn is_bits(self) -> bool {
        matches!(self, Self::Coils | Self::DiscreteInputs)
    }

    /// Whether it can be written.
    #[must_use]
    pub const fn is_writable(self) -> bool {
        matches!(self, Self::Coils | Self::HoldingRegisters)
    }
}
