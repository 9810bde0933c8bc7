// SPDX-License-Identifier: MIT OR Apache-2.0
//! The drive on its Modbus line: a handful of reads, two writes. Decides nothing.

use crate::convert;
use crate::reconcile::Write;
use crate::registers::{
    ALARM, COMMAND_SPEED, COMMAND_WORD, CommandWord, FEEDBACK_SPEED, LOAD, SPEED_BLOCK, SPEED_NO_0,
    STATUS_BLOCK,
};
use ecmod_plugin::{Error, ModbusUnit};

/// Modbus exceptions that say "not this address" and "not that many": the block must be read in parts.
const ILLEGAL_ADDRESS: Error = Error::Modbus(2);
const ILLEGAL_VALUE: Error = Error::Modbus(3);

/// Whether neighbouring values can be had in one request. Some of the registers in between are not documented,
/// and a drive may refuse them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Together,
    Apart,
}

/// One drive.
#[derive(Debug)]
pub struct Drive {
    unit: ModbusUnit,
    status: Access,
    speeds: Access,
}

/// What the drive is told and what ails it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The command word.
    pub command: CommandWord,
    /// The alarm code, 0 if none; `None` if the registers hold no code.
    pub alarm: Option<u16>,
}

/// Speeds in rpm; `None` where the registers hold nothing this drive can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speeds {
    /// What the drive ramps to or holds.
    pub commanded: Option<i32>,
    /// What the motor does.
    pub actual: Option<i32>,
}

impl Drive {
    /// A drive that has not been spoken to.
    #[must_use]
    pub const fn new(unit: ModbusUnit) -> Self {
        Self { unit, status: Access::Together, speeds: Access::Together }
    }

    /// Reads command word and alarm.
    ///
    /// # Errors
    /// What the bus says.
    pub fn status(&mut self) -> Result<Status, Error> {
        if self.status == Access::Together {
            let mut block = [0; STATUS_BLOCK.1];
            match self.unit.read_holding(STATUS_BLOCK.0, &mut block) {
                Ok(()) => {
                    let [command, _, _, high, low] = block;
                    return Ok(Status { command: CommandWord(command), alarm: convert::alarm(high, low) });
                }
                Err(ILLEGAL_ADDRESS | ILLEGAL_VALUE) => self.status = Access::Apart,
                Err(error) => return Err(error),
            }
        }
        let mut command = [0];
        self.unit.read_holding(COMMAND_WORD, &mut command)?;
        let [command] = command;
        let [high, low] = self.pair(ALARM)?;
        Ok(Status { command: CommandWord(command), alarm: convert::alarm(high, low) })
    }

    /// Reads command speed and feedback speed.
    ///
    /// # Errors
    /// What the bus says.
    pub fn speeds(&mut self) -> Result<Speeds, Error> {
        if self.speeds == Access::Together {
            let mut block = [0; SPEED_BLOCK.1];
            match self.unit.read_holding(SPEED_BLOCK.0, &mut block) {
                Ok(()) => {
                    let [command_high, command_low, .., high, low] = block;
                    return Ok(Speeds {
                        commanded: convert::speed(command_high, command_low),
                        actual: convert::speed(high, low),
                    });
                }
                Err(ILLEGAL_ADDRESS | ILLEGAL_VALUE) => self.speeds = Access::Apart,
                Err(error) => return Err(error),
            }
        }
        let [command_high, command_low] = self.pair(COMMAND_SPEED)?;
        let [high, low] = self.pair(FEEDBACK_SPEED)?;
        Ok(Speeds { commanded: convert::speed(command_high, command_low), actual: convert::speed(high, low) })
    }

    /// Reads the load in percent of rated torque.
    ///
    /// # Errors
    /// What the bus says.
    pub fn load(&self) -> Result<u32, Error> {
        let [high, low] = self.pair(LOAD)?;
        Ok(convert::unsigned(high, low))
    }

    /// Reads back the speed of operation data No. 0, rpm.
    ///
    /// # Errors
    /// What the bus says.
    pub fn speed_no_0(&self) -> Result<u32, Error> {
        let [high, low] = self.pair(SPEED_NO_0)?;
        Ok(convert::unsigned(high, low))
    }

    /// Reads the communication timeout from where the configuration says it is; 0 is "disabled".
    ///
    /// # Errors
    /// What the bus says.
    pub fn communication_timeout(&self, address: u16) -> Result<u32, Error> {
        let [high, low] = self.pair(address)?;
        Ok(convert::unsigned(high, low))
    }

    /// Writes one thing.
    ///
    /// # Errors
    /// What the bus says; whether the drive took it is then not known.
    pub fn write(&self, write: Write) -> Result<(), Error> {
        match write {
            Write::Speed(rpm) => self.unit.write_registers(SPEED_NO_0, &[0, rpm]),
            Write::Command(CommandWord(word)) => self.unit.write_register(COMMAND_WORD, word),
        }
    }

    fn pair(&self, address: u16) -> Result<[u16; 2], Error> {
        let mut pair = [0; 2];
        self.unit.read_holding(address, &mut pair)?;
        Ok(pair)
    }
}
