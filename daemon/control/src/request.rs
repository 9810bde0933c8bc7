// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an operator may ask for, and why the core may refuse.

use crate::{Mode, State};
use core::fmt;
use ecmod_quantities::{Cause, GasLitresPerMinute, LitresPerMinute, Quantity, Rpm};

/// What an operator may ask for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Request {
    /// Begin support in the chosen mode, from the speed the pump has. While a stop ramps down: go on supporting.
    Start,
    /// First step of a stop. The token stands in [`crate::Outputs::stop`]; asking again gives a new one.
    RequestStop,
    /// Second step of a stop, within ten seconds.
    ConfirmStop {
        /// From the first step.
        token: u32,
    },
    /// Withdraw a stop, also one that already ramps down.
    CancelStop,
    /// Choose the mode. While supporting this changes nothing at the pump: Flow begins with the flow there is as
    /// its setpoint, Speed with the speed there is.
    SetMode(Mode),
    /// Set the speed, in standby or in Speed mode.
    SetSpeed(Rpm),
    /// Set the flow, in standby or in Flow mode.
    SetFlow(LitresPerMinute),
    /// Set the sweep gas.
    SetSweepGasFlow(GasLitresPerMinute),
}

/// Why a request was refused. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Refusal {
    /// The value is NaN or infinite.
    NotFinite,
    /// The value is outside what the settings allow.
    OutOfRange {
        /// What was to be set; gives the unit.
        quantity: Quantity,
        /// Lowest value allowed.
        minimum: f64,
        /// Highest value allowed.
        maximum: f64,
    },
    /// The request makes no sense in this state.
    NotInThisState(State),
    /// The setpoint is not in use in this mode.
    NotInThisMode(Mode),
    /// No stop was asked for.
    NoStopRequested,
    /// The first step of the stop was too long ago.
    StopExpired,
    /// The token is not that of the first step.
    WrongToken,
    /// The mode needs the flow signal, and this is what is wrong with it.
    FlowSignalBad(Cause),
    /// The pump's host is not there, so that nothing would happen.
    PumpAbsent,
}

impl Refusal {
    /// The stable code that logs, D-Bus errors and documents share.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFinite => "ecmod.refused.not_finite",
            Self::OutOfRange { .. } => "ecmod.refused.out_of_range",
            Self::NotInThisState(_) => "ecmod.refused.not_in_this_state",
            Self::NotInThisMode(_) => "ecmod.refused.not_in_this_mode",
            Self::NoStopRequested => "ecmod.refused.no_stop_requested",
            Self::StopExpired => "ecmod.refused.stop_expired",
            Self::WrongToken => "ecmod.refused.wrong_token",
            Self::FlowSignalBad(_) => "ecmod.refused.flow_signal_bad",
            Self::PumpAbsent => "ecmod.refused.pump_absent",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite => f.write_str("the value is not a finite number"),
            Self::OutOfRange { quantity, minimum, maximum } => {
                write!(f, "out of range: {minimum} to {maximum} {} is allowed", quantity.unit())
            }
            Self::NotInThisState(state) => write!(f, "not possible in {}", state.name()),
            Self::NotInThisMode(mode) => {
                write!(f, "not in use in {} mode: change the mode first", mode.name())
            }
            Self::NoStopRequested => f.write_str("no stop was requested"),
            Self::StopExpired => f.write_str("the stop request is older than 10 s: request the stop again"),
            Self::WrongToken => f.write_str("the token is not the one of the latest stop request"),
            Self::FlowSignalBad(cause) => {
                write!(f, "the blood flow signal cannot be used ({}): use speed mode", cause.name())
            }
            Self::PumpAbsent => f.write_str("the pump is not connected"),
        }
    }
}

impl core::error::Error for Refusal {}
