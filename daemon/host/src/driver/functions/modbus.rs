// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modbus, RTU and TCP alike.

use core::ffi::c_void;

use ecmod_plugin::{Error, abi};

use super::pointers::{elements, elements_mut};
use super::{Context, ask, bus_error, timeout};
use crate::bus::{Bus, Table};

fn table(number: u32) -> Result<Table, Error> {
    match number {
        abi::ECMOD_MODBUS_COILS => Ok(Table::Coils),
        abi::ECMOD_MODBUS_DISCRETE_INPUTS => Ok(Table::DiscreteInputs),
        abi::ECMOD_MODBUS_HOLDING_REGISTERS => Ok(Table::HoldingRegisters),
        abi::ECMOD_MODBUS_INPUT_REGISTERS => Ok(Table::InputRegisters),
        _ => Err(Error::Invalid),
    }
}

pub(super) unsafe extern "C" fn modbus_read(
    context: *mut c_void,
    unit: u32,
    number: u32,
    address: u32,
    count: u32,
    items: *mut u16,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::Modbus(modbus) = &context.port.bus else { return Err(Error::Unsupported) };
        let unit = u8::try_from(unit).map_err(|_| Error::Invalid)?;
        let address = u16::try_from(address).map_err(|_| Error::Invalid)?;
        // SAFETY: the driver passes room for `count` items.
        let items = unsafe { elements_mut(items, count) }?;
        let result = modbus.read(&context.caller, unit, table(number)?, address, items, timeout(timeout_us));
        result.map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { ask(context, timeout(timeout_us), action) }
}

pub(super) unsafe extern "C" fn modbus_write(
    context: *mut c_void,
    unit: u32,
    number: u32,
    address: u32,
    count: u32,
    items: *const u16,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::Modbus(modbus) = &context.port.bus else { return Err(Error::Unsupported) };
        let unit = u8::try_from(unit).map_err(|_| Error::Invalid)?;
        let address = u16::try_from(address).map_err(|_| Error::Invalid)?;
        // SAFETY: the driver passes `count` items.
        let items = unsafe { elements(items, count) }?;
        let result = modbus.write(&context.caller, unit, table(number)?, address, items, timeout(timeout_us));
        result.map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { ask(context, timeout(timeout_us), action) }
}
