// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is asked of a Modbus device and what its answer must look like. Pure.

use tokio_modbus::{Request, Response};

use super::error::{BusError, Damage, Result};
use super::rtu::frame::{Expected, Shape};

/// The four tables of a Modbus device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Bits, read and written.
    Coils,
    /// Bits, read only.
    DiscreteInputs,
    /// Registers, read and written.
    HoldingRegisters,
    /// Registers, read only.
    InputRegisters,
}

/// Most items in one request (MODBUS Application Protocol V1.1b3, 6.1, 6.3, 6.11, 6.12).
const MOST_BITS_READ: usize = 2000;
const MOST_REGISTERS_READ: usize = 125;
const MOST_BITS_WRITTEN: usize = 1968;
const MOST_REGISTERS_WRITTEN: usize = 123;
/// The highest address of a single unit; 248 to 255 are reserved on a serial line, but gateways use 255.
const BROADCAST: u8 = 0;

/// A request together with what answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    unit: u8,
    address: u16,
    count: u16,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read(Table),
    WriteCoil(bool),
    WriteRegister(u16),
    WriteCoils,
    WriteRegisters,
}

impl Expectation {
    /// A read of `count` items.
    ///
    /// # Errors
    /// [`BusError::Invalid`] if no device could answer it.
    pub fn read(unit: u8, table: Table, address: u16, count: usize) -> Result<Self> {
        if unit == BROADCAST {
            return Err(BusError::Invalid("nobody answers a broadcast read"));
        }
        let most = match table {
            Table::Coils | Table::DiscreteInputs => MOST_BITS_READ,
            Table::HoldingRegisters | Table::InputRegisters => MOST_REGISTERS_READ,
        };
        Ok(Self { unit, address, count: checked_count(address, count, most)?, kind: Kind::Read(table) })
    }

    /// A write of `items`.
    ///
    /// # Errors
    /// [`BusError::Invalid`] if no device could carry it out.
    pub fn write(unit: u8, table: Table, address: u16, items: &[u16]) -> Result<Self> {
        let (kind, most) = match (table, items) {
            (Table::DiscreteInputs | Table::InputRegisters, _) => {
                return Err(BusError::Invalid("this table cannot be written"));
            }
            (Table::Coils, items) if items.iter().any(|item| *item > 1) => {
                return Err(BusError::Invalid("a coil is 0 or 1"));
            }
            (Table::Coils, [item]) => (Kind::WriteCoil(*item == 1), 1),
            (Table::Coils, _) => (Kind::WriteCoils, MOST_BITS_WRITTEN),
            (Table::HoldingRegisters, [item]) => (Kind::WriteRegister(*item), 1),
            (Table::HoldingRegisters, _) => (Kind::WriteRegisters, MOST_REGISTERS_WRITTEN),
        };
        Ok(Self { unit, address, count: checked_count(address, items.len(), most)?, kind })
    }

    /// The unit that is asked.
    #[must_use]
    pub fn unit(&self) -> u8 {
        self.unit
    }

    /// Whether nobody will answer.
    #[must_use]
    pub fn is_broadcast(&self) -> bool {
        self.unit == BROADCAST
    }

    /// The request of a read. (Writes carry their items, which stay with the caller.)
    #[must_use]
    pub fn request(&self) -> Request<'static> {
        match self.kind {
            Kind::Read(Table::Coils) => Request::ReadCoils(self.address, self.count),
            Kind::Read(Table::DiscreteInputs) => Request::ReadDiscreteInputs(self.address, self.count),
            Kind::Read(Table::InputRegisters) => Request::ReadInputRegisters(self.address, self.count),
            _ => Request::ReadHoldingRegisters(self.address, self.count),
        }
    }

    /// The answer's frame on a serial line; `None` for a broadcast.
    #[must_use]
    pub fn frame(&self) -> Option<Expected> {
        let (function, shape) = match self.kind {
            Kind::Read(Table::Coils) => (1, self.data_bytes()),
            Kind::Read(Table::DiscreteInputs) => (2, self.data_bytes()),
            Kind::Read(Table::HoldingRegisters) => (3, self.data_bytes()),
            Kind::Read(Table::InputRegisters) => (4, self.data_bytes()),
            Kind::WriteCoil(_) => (5, Shape::Confirmation),
            Kind::WriteRegister(_) => (6, Shape::Confirmation),
            Kind::WriteCoils => (15, Shape::Confirmation),
            Kind::WriteRegisters => (16, Shape::Confirmation),
        };
        (!self.is_broadcast()).then_some(Expected { unit: self.unit, function, shape })
    }

    fn data_bytes(&self) -> Shape {
        let bytes = match self.kind {
            Kind::Read(Table::Coils | Table::DiscreteInputs) => self.count.div_ceil(8),
            _ => self.count.saturating_mul(2),
        };
        // at most 250, by the checks of `read`
        Shape::Data(u8::try_from(bytes).unwrap_or(u8::MAX))
    }

    /// Compares an answer with the request.
    ///
    /// # Errors
    /// In what they differ.
    pub fn check(&self, response: Option<&Response>) -> std::result::Result<(), Damage> {
        let count = usize::from(self.count);
        let length = |right: bool| if right { Ok(()) } else { Err(Damage::Length) };
        let confirmed = |right: bool| if right { Ok(()) } else { Err(Damage::Confirmation) };
        match (self.kind, response) {
            (_, None) if self.is_broadcast() => Ok(()),
            (Kind::Read(Table::Coils), Some(Response::ReadCoils(bits)))
            | (Kind::Read(Table::DiscreteInputs), Some(Response::ReadDiscreteInputs(bits))) => {
                length(bits.len() == count.div_ceil(8) * 8)
            }
            (Kind::Read(Table::HoldingRegisters), Some(Response::ReadHoldingRegisters(words)))
            | (Kind::Read(Table::InputRegisters), Some(Response::ReadInputRegisters(words))) => {
                length(words.len() == count)
            }
            (Kind::WriteCoil(bit), Some(Response::WriteSingleCoil(address, back))) => {
                confirmed(*address == self.address && *back == bit)
            }
            (Kind::WriteRegister(word), Some(Response::WriteSingleRegister(address, back))) => {
                confirmed(*address == self.address && *back == word)
            }
            (Kind::WriteCoils, Some(Response::WriteMultipleCoils(address, back)))
            | (Kind::WriteRegisters, Some(Response::WriteMultipleRegisters(address, back))) => {
                confirmed(*address == self.address && *back == self.count)
            }
            _ => Err(Damage::Function),
        }
    }

    /// Copies what a checked answer to a read carries.
    ///
    /// # Errors
    /// If it is not such an answer.
    pub fn unpack(&self, response: Option<&Response>, items: &mut [u16]) -> std::result::Result<(), Damage> {
        self.check(response)?;
        match response {
            Some(Response::ReadCoils(bits) | Response::ReadDiscreteInputs(bits)) => {
                items.iter_mut().zip(bits).for_each(|(item, bit)| *item = u16::from(*bit));
                Ok(())
            }
            Some(Response::ReadHoldingRegisters(words) | Response::ReadInputRegisters(words)) => {
                items.iter_mut().zip(words).for_each(|(item, word)| *item = *word);
                Ok(())
            }
            _ => Err(Damage::Function),
        }
    }
}

fn checked_count(address: u16, count: usize, most: usize) -> Result<u16> {
    match u16::try_from(count) {
        Ok(0) => Err(BusError::Invalid("no items")),
        Ok(small) if count <= most && u32::from(address) + u32::from(small) <= 0x1_0000 => Ok(small),
        _ => Err(BusError::Invalid("more items than fit into one request")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_no_device_could_answer_is_refused_before_it_is_sent() {
        let invalid = |result: Result<Expectation>| assert!(matches!(result, Err(BusError::Invalid(_))));
        invalid(Expectation::read(0, Table::HoldingRegisters, 0, 1));
        invalid(Expectation::read(1, Table::HoldingRegisters, 0, 0));
        invalid(Expectation::read(1, Table::HoldingRegisters, 0, 126));
        invalid(Expectation::read(1, Table::Coils, 0, 2001));
        invalid(Expectation::read(1, Table::InputRegisters, 0xFFFF, 2));
        invalid(Expectation::write(1, Table::InputRegisters, 0, &[1]));
        invalid(Expectation::write(1, Table::Coils, 0, &[0, 2]));
        invalid(Expectation::write(1, Table::HoldingRegisters, 0, &[0; 124]));
        assert!(Expectation::read(1, Table::InputRegisters, 0xFFFF, 1).is_ok());
        assert!(Expectation::write(0, Table::HoldingRegisters, 0, &[1]).unwrap().is_broadcast());
    }

    #[test]
    fn an_answer_of_another_length_address_or_value_is_not_accepted() {
        let read = Expectation::read(1, Table::HoldingRegisters, 5, 2).unwrap();
        assert_eq!(read.check(Some(&Response::ReadHoldingRegisters(vec![1]))), Err(Damage::Length));
        assert_eq!(read.check(Some(&Response::ReadInputRegisters(vec![1, 2]))), Err(Damage::Function));
        assert_eq!(read.check(None), Err(Damage::Function));
        let write = Expectation::write(1, Table::HoldingRegisters, 5, &[9]).unwrap();
        assert_eq!(write.check(Some(&Response::WriteSingleRegister(5, 8))), Err(Damage::Confirmation));
        assert_eq!(write.check(Some(&Response::WriteSingleRegister(4, 9))), Err(Damage::Confirmation));
        assert_eq!(write.check(Some(&Response::WriteSingleRegister(5, 9))), Ok(()));
    }

    #[test]
    fn bits_are_unpacked_and_the_filling_of_the_last_byte_is_left_away() {
        let read = Expectation::read(1, Table::Coils, 0, 3).unwrap();
        let mut items = [7; 3];
        let bits = vec![true, false, true, true, true, true, true, true];
        read.unpack(Some(&Response::ReadCoils(bits)), &mut items).unwrap();
        assert_eq!(items, [1, 0, 1]);
        assert_eq!(read.frame().unwrap().shape, Shape::Data(1));
    }
}
