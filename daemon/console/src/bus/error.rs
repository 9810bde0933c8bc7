// SPDX-License-Identifier: MIT OR Apache-2.0
//! The errors that methods raise on D-Bus, by the names of the contract.

use ecmod_control::Refusal;

use crate::service::requests::Unavailable;

/// `org.ecmod.Error.*`
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.ecmod.Error")]
pub enum Error {
    /// Of the bus itself.
    #[zbus(error)]
    ZBus(zbus::Error),
    /// The core refuses; the text says why and ends with the stable code.
    Refused(String),
    /// The argument means nothing.
    InvalidArgument(String),
    /// The caller may not.
    NotAuthorised(String),
    /// The control loop did not answer in time.
    Unavailable(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let text = format!("{refusal} [{}]", refusal.code());
        match refusal {
            Refusal::NotFinite => Self::InvalidArgument(text),
            Refusal::OutOfRange { .. }
            | Refusal::NotInThisState(_)
            | Refusal::NotInThisMode(_)
            | Refusal::NoStopRequested
            | Refusal::StopExpired
            | Refusal::WrongToken
            | Refusal::FlowSignalBad(_)
            | Refusal::PumpAbsent
            | Refusal::ClampAbsent(_)
            | Refusal::NoSuchSignal
            | Refusal::NotAPressure(_)
            | Refusal::ZeroingRuns
            | Refusal::ZeroNoisy { .. }
            | Refusal::ZeroFarOff { .. }
            | Refusal::ZeroSamples { .. }
            | Refusal::NoSuchAlarm(_)
            | Refusal::AlarmPresent(_)
            | Refusal::AlarmStaysOn(_)
            | Refusal::LimitsCross { .. }
            | Refusal::SelfTestFailed => Self::Refused(text),
        }
    }
}

impl From<Unavailable> for Error {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable.to_string())
    }
}
