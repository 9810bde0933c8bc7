// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finds out, by reading alone, which register map and word order a device has.

use crate::config::Config;
use crate::convert::{FlowUnit, PressureUnit, WordOrder, float, is_plausible};
use crate::registers::{
    Function, GEN_2_FLOW_UNIT, GEN_2_PRESSURE_UNIT, Generation, MOST_REGISTERS, VARIANTS, Variant,
};
use crate::status::Status;
use ecmod_plugin::{Error, Host, Level, ModbusUnit};

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// How the device is read.
    pub variant: Variant,
    /// How its floats lie.
    pub order: WordOrder,
}

/// What one reading of a device gives, in our units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// bar, absolute.
    pub pressure: f64,
    /// degC.
    pub temperature: f64,
    /// L/min.
    pub mass_flow: f64,
    /// L/min.
    pub setpoint: Option<f64>,
    /// Flags, where there are some.
    pub status: Option<Status>,
}

/// The registers of a variant's blocks, one behind the other.
#[derive(Debug, Clone, Copy)]
struct Registers([u16; MOST_REGISTERS]);

impl Found {
    /// Reads the device once.
    ///
    /// # Errors
    /// What the bus says.
    pub fn read(&self, unit: &ModbusUnit, config: &Config) -> Result<Reading, Error> {
        let registers = fetch(&self.variant, unit)?;
        Ok(reading(&self.variant, self.order, &registers, config))
    }
}

/// Tries every variant that the configuration allows, until one answers with values that can be.
///
/// # Errors
/// [`Error::Device`] if none does; [`Error::Timeout`] and the like at once, because a silent device stays silent.
pub fn probe(host: &Host, unit: &ModbusUnit, config: &Config) -> Result<Found, Error> {
    for variant in VARIANTS.iter().filter(|variant| config.generation.allows(variant.generation)) {
        let registers = match fetch(variant, unit) {
            Ok(registers) => registers,
            Err(Error::Modbus(_)) => continue, // not this map
            Err(error) => return Err(error),
        };
        let plausible = |order: &WordOrder| {
            let reading = reading(variant, *order, &registers, config);
            is_plausible(reading.pressure, reading.temperature, reading.mass_flow)
        };
        if let Some(order) = config.word_order.orders().iter().copied().find(plausible) {
            if variant.generation == Generation::Two {
                check_units(host, unit, config)?;
            }
            return Ok(Found { variant: *variant, order });
        }
    }
    host.log(
        Level::Error,
        "the device answers, but with no register map, word order and unit that make sense: is it an Alicat mass flow controller, and is `pressure_unit` the unit it is set to?",
    );
    Err(Error::Device)
}

fn fetch(variant: &Variant, unit: &ModbusUnit) -> Result<Registers, Error> {
    let mut registers = Registers([0; MOST_REGISTERS]);
    let mut rest = registers.0.as_mut_slice();
    for (address, count) in variant.blocks {
        let Some((block, behind)) = rest.split_at_mut_checked(usize::from(*count)) else {
            return Err(Error::Invalid);
        };
        match variant.function {
            Function::Holding => unit.read_holding(*address, block)?,
            Function::Input => unit.read_input(*address, block)?,
        }
        rest = behind;
    }
    Ok(registers)
}

fn reading(variant: &Variant, order: WordOrder, registers: &Registers, config: &Config) -> Reading {
    let pair = |address: u16| pair(variant, registers, address);
    let value = |address: u16| float(pair(address), order);
    Reading {
        pressure: config.pressure_unit.to_bar(value(variant.pressure)),
        temperature: value(variant.temperature),
        mass_flow: config.flow_unit.to_litres(value(variant.mass_flow)),
        setpoint: variant.setpoint.map(|address| config.flow_unit.to_litres(value(address))),
        status: variant.status.map(|address| Status::from_registers(pair(address))),
    }
}

/// The two registers at `address`; every value of a variant lies in its blocks (a test says so).
fn pair(variant: &Variant, registers: &Registers, address: u16) -> [u16; 2] {
    let mut before = 0usize;
    for (first, count) in variant.blocks {
        if address >= *first && address.saturating_sub(*first) < *count {
            let at = before.saturating_add(usize::from(address.saturating_sub(*first)));
            let found = registers.0.get(at..).and_then(|rest| rest.first_chunk::<2>());
            return found.copied().unwrap_or_default();
        }
        before = before.saturating_add(usize::from(*count));
    }
    [0; 2]
}

/// A gen 2 device says which units it is set to. Commanding litres to a device that takes millilitres must not happen.
///
/// # Errors
/// [`Error::Device`] if the device says another unit than the configuration; [`Error::Timeout`] and the like.
fn check_units(host: &Host, unit: &ModbusUnit, config: &Config) -> Result<(), Error> {
    let flow = unit_code(unit, GEN_2_FLOW_UNIT)?;
    let pressure = unit_code(unit, GEN_2_PRESSURE_UNIT)?;
    let flow_differs = flow.and_then(FlowUnit::from_code).is_some_and(|said| said != config.flow_unit);
    let pressure_differs =
        pressure.and_then(PressureUnit::from_code).is_some_and(|said| said != config.pressure_unit);
    if flow_differs || pressure_differs {
        let text = format!(
            "the device is set to flow unit {flow:?} and pressure unit {pressure:?}, the configuration says {:?} and {:?}: make them agree",
            config.flow_unit, config.pressure_unit
        );
        host.log(Level::Error, &text);
        return Err(Error::Device);
    }
    Ok(())
}

/// A unit code of the device. It stands in one of two registers; the other one is zero.
fn unit_code(unit: &ModbusUnit, address: u16) -> Result<Option<u16>, Error> {
    let mut registers = [0; 2];
    match unit.read_holding(address, &mut registers) {
        Ok(()) => {
            let [first, second] = registers;
            Ok(Some(first | second))
        }
        Err(Error::Modbus(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
