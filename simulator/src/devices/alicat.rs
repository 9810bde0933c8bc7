// SPDX-License-Identifier: MIT OR Apache-2.0
//! The gas controller: Alicat mass flow controller, Modbus RTU 19200 8N1 (domain devices 6.6).
//!
//! Two generations with different maps, which a driver must tell apart by asking:
//!
//! | | generation 1 `[S143, S144]` | generation 2 `[S145, S146, K]` |
//! |---|---|---|
//! | reads with | functions 3 and 4 | function 3 |
//! | command id, argument | 999, 1000 | none |
//! | setpoint | 1009 (write only in practice) | 1349 |
//! | gas number, status bits | 1199, 1200 | 1246 (status low word) |
//! | pressure, temperature, volume flow, mass flow | 1202, 1204, 1206, 1208 | 1353, 1359, 1361, 1363 |
//! | total | 1212 | 1365 |
//! | 32-bit values | high word first | low word first |
//!
//! Addresses are protocol addresses. Flows in L/min, temperature in degC, pressure in
//! psia: the maker's defaults.

use super::{Exception, Registers, fill};
use crate::words::{f32_of, join, split};
use ecmod_quantities::GasLitresPerMinute;
use serde::{Deserialize, Serialize};

/// Which register map the controller has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// Older firmware.
    #[default]
    One,
    /// Newer firmware.
    Two,
}

/// The gas controller.
#[derive(Debug, Clone, PartialEq)]
pub struct Alicat {
    generation: Generation,
    full_scale: f64,
    setpoint: f64,
    flow: f64,
    total: f64,
    pressure: f64,
    command: u16,
    argument: u16,
    status: u32,
    valve_closed: bool,
}

impl Alicat {
    /// Status bit: the valve is held, the PID rests.
    const PID_HOLD: u32 = 0x100;
    /// Result of a command that worked.
    const DONE: u16 = 0;
    /// Result of a command that is not known.
    const BAD_COMMAND: u16 = 32_769;
    const PSI_PER_BAR: f64 = 14.503_77;
    /// Temperature of the gas, degC.
    const TEMPERATURE: f64 = 23.0;

    /// With no setpoint, 15 L/min full scale.
    #[must_use]
    pub const fn new(generation: Generation) -> Self {
        Self {
            generation,
            full_scale: 15.0,
            setpoint: 0.0,
            flow: 0.0,
            total: 0.0,
            pressure: 1.013,
            command: 0,
            argument: 0,
            status: 0,
            valve_closed: false,
        }
    }

    /// What it controls the flow to now.
    #[must_use]
    pub const fn demand(&self) -> GasLitresPerMinute {
        GasLitresPerMinute(if self.valve_closed { 0.0 } else { self.setpoint })
    }

    /// What its sensor measures over `dt_s` seconds.
    pub fn observe(&mut self, dt_s: f64, flow: GasLitresPerMinute) {
        self.flow = flow.value();
        self.total += flow.value() * dt_s / 60.0;
        self.pressure = 1.013 + 0.01 * self.flow;
    }

    /// The statistics of this map: protocol address of the high-order register, and value.
    fn statistics(&self) -> [(u16, f64); 7] {
        // Volume flow at the gas's own temperature and pressure, against 25 degC and 1.01325 bar.
        let volume = self.flow * (273.15 + Self::TEMPERATURE) / 298.15 * 1.013_25 / self.pressure;
        let [p, t, v, m, setpoint, total, written] = match self.generation {
            Generation::One => [1202, 1204, 1206, 1208, 1210, 1212, 1009],
            Generation::Two => [1353, 1359, 1361, 1363, 1349, 1365, 1349],
        };
        [
            (p, self.pressure * Self::PSI_PER_BAR),
            (t, Self::TEMPERATURE),
            (v, volume),
            (m, self.flow),
            (setpoint, self.setpoint),
            (total, self.total),
            (written, self.setpoint),
        ]
    }

    /// Both words of a 32-bit value in the order of this map.
    const fn ordered(&self, value: u32) -> [u16; 2] {
        let [high, low] = split(value);
        match self.generation {
            Generation::One => [high, low],
            Generation::Two => [low, high],
        }
    }

    fn register(&self, address: u16) -> Result<u16, Exception> {
        for (at, value) in self.statistics() {
            let [first, second] = self.ordered(f32_of(value).to_bits());
            if address == at {
                return Ok(first);
            }
            if address == at + 1 {
                return Ok(second);
            }
        }
        let [status_high, status_low] = split(self.status);
        match (self.generation, address) {
            (Generation::One, 999) => Ok(self.command),
            (Generation::One, 1000) => Ok(self.argument),
            (Generation::One, 1199) => Ok(8), // oxygen
            (Generation::One, 1200) => Ok(status_high),
            (Generation::One, 1201) | (Generation::Two, 1246) => Ok(status_low),
            // Registers between those of the second map read as 0.
            (Generation::Two, 1347..=1370) => Ok(0),
            _ => Err(Exception::IllegalDataAddress),
        }
    }

    fn set_setpoint(&mut self, words: [u16; 2]) -> Result<(), Exception> {
        let [first, second] = words;
        let bits = match self.generation {
            Generation::One => join(first, second),
            Generation::Two => join(second, first),
        };
        let value = f64::from(f32::from_bits(bits));
        if !(0.0..=self.full_scale).contains(&value) {
            return Err(Exception::IllegalDataValue);
        }
        self.setpoint = value;
        Ok(())
    }

    /// Commands of generation 1: valve (6) and totaliser reset (5); the result stands in the command register.
    fn run_command(&mut self, id: u16, argument: u16) {
        self.argument = argument;
        self.command = match (id, argument) {
            (5, _) => {
                self.total = 0.0;
                Self::DONE
            }
            (6, 0) => {
                self.valve_closed = false;
                self.status &= !Self::PID_HOLD;
                Self::DONE
            }
            (6, 1) => {
                self.valve_closed = true;
                self.status |= Self::PID_HOLD;
                Self::DONE
            }
            _ => Self::BAD_COMMAND,
        };
    }
}

impl Registers for Alicat {
    fn read_holding(&mut self, address: u16, words: &mut [u16]) -> Result<(), Exception> {
        fill(address, words, |at| self.register(at))
    }

    fn read_input(&mut self, address: u16, words: &mut [u16]) -> Result<(), Exception> {
        match self.generation {
            Generation::One => self.read_holding(address, words),
            Generation::Two => Err(Exception::IllegalFunction),
        }
    }

    fn write(&mut self, address: u16, words: &[u16]) -> Result<(), Exception> {
        match (self.generation, address, words) {
            (Generation::One, 1009, &[first, second]) | (Generation::Two, 1349, &[first, second]) => {
                self.set_setpoint([first, second])
            }
            (Generation::One, 999, &[id, argument]) => {
                self.run_command(id, argument);
                Ok(())
            }
            (Generation::One, 1009 | 999, _) | (Generation::Two, 1349, _) => Err(Exception::IllegalDataValue),
            _ => Err(Exception::IllegalDataAddress),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(device: &mut Alicat, address: u16) -> f32 {
        let mut words = [0; 2];
        device.read_holding(address, &mut words).unwrap();
        f32::from_bits(match device.generation {
            Generation::One => join(words[0], words[1]),
            Generation::Two => join(words[1], words[0]),
        })
    }

    #[test]
    fn both_generations_take_a_setpoint_and_show_mass_flow() {
        for (generation, setpoint, mass) in [(Generation::One, 1009, 1208), (Generation::Two, 1349, 1363)] {
            let mut device = Alicat::new(generation);
            let [high, low] = split(3.5_f32.to_bits());
            let words = if generation == Generation::One { [high, low] } else { [low, high] };
            device.write(setpoint, &words).unwrap();
            assert_eq!(device.demand(), GasLitresPerMinute(3.5));
            device.observe(1.0, GasLitresPerMinute(3.4));
            assert_eq!(float(&mut device, mass).to_bits(), 3.4_f32.to_bits());
        }
    }

    #[test]
    fn one_generation_does_not_answer_at_the_others_addresses() {
        let mut words = [0; 2];
        assert!(Alicat::new(Generation::One).read_holding(1363, &mut words).is_err());
        assert!(Alicat::new(Generation::Two).read_holding(1208, &mut words).is_err());
        assert_eq!(
            Alicat::new(Generation::Two).read_input(1363, &mut words),
            Err(Exception::IllegalFunction)
        );
        assert!(Alicat::new(Generation::One).read_input(1208, &mut words).is_ok());
    }

    #[test]
    fn setpoints_outside_its_range_are_refused() {
        let mut device = Alicat::new(Generation::One);
        for value in [-0.1_f32, 15.1, f32::NAN, f32::INFINITY] {
            assert_eq!(device.write(1009, &split(value.to_bits())), Err(Exception::IllegalDataValue));
        }
        assert_eq!(device.write(1009, &[0]), Err(Exception::IllegalDataValue), "half a float");
    }

    #[test]
    fn commands_close_the_valve_and_report_their_result() {
        let mut device = Alicat::new(Generation::One);
        device.write(1009, &split(2.0_f32.to_bits())).unwrap();
        device.write(999, &[6, 1]).unwrap();
        assert_eq!(device.demand(), GasLitresPerMinute(0.0));
        let mut words = [0; 3];
        device.read_input(1199, &mut words).unwrap();
        assert_eq!(words, [8, 0, 0x100]);
        device.write(999, &[99, 0]).unwrap();
        device.read_holding(999, &mut words[..1]).unwrap();
        assert_eq!(words[0], 32_769);
    }
}
