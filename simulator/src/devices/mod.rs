// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulated devices, each as its protocol sees it: registers in, registers out, or bytes in, bytes out.
//!
//! Nothing here does I/O or reads a clock. A device is told what is true (`observe`), what is wrong with it (its
//! fault field), and how much time has passed; it answers requests from its own state. The transports are in
//! [`crate::modbus`] and [`crate::live`].

pub mod alicat;
pub mod analyser;
pub mod barometer;
pub mod battery;
pub mod bioprott;
pub mod blv;
pub mod transmitter;

pub use alicat::{Alicat, Generation};
pub use analyser::{Analyser, AnalyserFault, Analyte};
pub use barometer::Barometer;
pub use battery::{Power, PowerFault};
pub use bioprott::{BioProTt, FlowMeterFault};
pub use blv::{Blv, BlvFault};
pub use transmitter::{Channel, Transmitter, TransmitterFault};

use thiserror::Error;

/// The refusal of a Modbus device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[repr(u8)]
pub enum Exception {
    /// The device does not know this function.
    #[error("illegal function")]
    IllegalFunction = 1,
    /// There is no such register.
    #[error("illegal data address")]
    IllegalDataAddress = 2,
    /// The register does not take this value, or the count is wrong.
    #[error("illegal data value")]
    IllegalDataValue = 3,
    /// The device cannot do it now.
    #[error("device failure")]
    DeviceFailure = 4,
    /// The device is busy.
    #[error("device busy")]
    DeviceBusy = 6,
}

impl Exception {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// A device with Modbus registers. Addresses are those of the protocol, counted from 0.
pub trait Registers {
    /// Function 3.
    ///
    /// # Errors
    /// What the device answers instead.
    fn read_holding(&mut self, address: u16, words: &mut [u16]) -> Result<(), Exception>;

    /// Function 4.
    ///
    /// # Errors
    /// What the device answers instead.
    fn read_input(&mut self, address: u16, words: &mut [u16]) -> Result<(), Exception> {
        let _ = (address, words);
        Err(Exception::IllegalFunction)
    }

    /// Function 2; one `bool` per input.
    ///
    /// # Errors
    /// What the device answers instead.
    fn read_discrete(&mut self, address: u16, bits: &mut [bool]) -> Result<(), Exception> {
        let _ = (address, bits);
        Err(Exception::IllegalFunction)
    }

    /// Functions 6 and 16.
    ///
    /// # Errors
    /// What the device answers instead; nothing is written then.
    fn write(&mut self, address: u16, words: &[u16]) -> Result<(), Exception>;
}

/// Fills `words` from a function of the address; the whole read fails where one register does.
pub(crate) fn fill(
    address: u16,
    words: &mut [u16],
    register: impl Fn(u16) -> Result<u16, Exception>,
) -> Result<(), Exception> {
    for (offset, word) in (0_u16..).zip(words) {
        *word = register(address.checked_add(offset).ok_or(Exception::IllegalDataAddress)?)?;
    }
    Ok(())
}
