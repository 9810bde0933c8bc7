// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an operator may ask for, and why the core may refuse.

use crate::{
    Alarm, AlarmKind, AlarmSet, Clamp, ClampPosition, EstimatorMemory, InterventionKind, LimitKind, Limits,
    Mode, PatientClass, State, ZERO_SAMPLES,
};
use core::fmt;
use ecmod_quantities::{Cause, GasLitresPerMinute, LitresPerMinute, MmHg, Quantity, Rpm};

/// What an operator may ask for.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::large_enum_variant)] // there is no heap to put the one large variant on
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
    /// Open or close a clamp, in any state: closing the return clamp is what keeps air from the patient.
    SetClamp {
        /// Which one.
        clamp: Clamp,
        /// Where it shall be.
        position: ClampPosition,
    },
    /// Take what a pressure's sources deliver now as their zero: the transducers are open to air. Granted, it begins, and
    /// [`crate::Outputs::zeroing`] says how it ended.
    Zero {
        /// Index of the signal, as in the settings.
        signal: u16,
    },
    /// Say that an alarm was seen, or all of them: silent as long as it lasts at this priority. One whose condition is gone
    /// leaves.
    Acknowledge(Option<Alarm>),
    /// Silence the alarms that are present for a time (`true`; again: the time begins anew), or end that (`false`).
    PauseAudio(bool),
    /// Switch a kind of alarm off, or on again.
    AlarmOff {
        /// Which kind.
        kind: AlarmKind,
        /// Whether it is to be off.
        off: bool,
    },
    /// Let a latched alarm leave whose condition is gone, or all of these.
    ResetAlarm(Option<Alarm>),
    /// Set a limit.
    SetLimit {
        /// Which one.
        limit: LimitKind,
        /// To what, in the unit of its quantity.
        value: f64,
    },
    /// Take the whole preset of a class of patients.
    ApplyPreset(PatientClass),
    /// Switch an intervention off for a while, or all of them; or let it act again.
    Override {
        /// Which one; `None` for all.
        intervention: Option<InterventionKind>,
        /// Whether it is to be off.
        on: bool,
    },
    /// A planned transport begins or ends: running on battery is expected meanwhile.
    SetTransport(bool),
    /// Take up the case of another console, in standby: all of it or nothing. Nothing is started by it.
    Adopt(Adoption),
}

/// The case of another console, as far as this one can take it up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adoption {
    /// The mode for the next start.
    pub mode: Mode,
    /// The speed setpoint.
    pub speed: Rpm,
    /// The flow setpoint.
    pub flow: LitresPerMinute,
    /// The class of patients.
    pub class: PatientClass,
    /// The limits; those that either console has switched off by its configuration are this console's.
    pub limits: Limits,
    /// The kinds of alarms that are switched off.
    pub off: AlarmSet,
    /// Whether a planned transport was announced.
    pub transport: bool,
    /// What was learnt of patient and oxygenator, which come along.
    pub learnt: EstimatorMemory,
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
    /// There is no such clamp, or its host is not there. It must not move later by itself.
    ClampAbsent(Clamp),
    /// There is no such signal.
    NoSuchSignal,
    /// Only pressures can be zeroed.
    NotAPressure(Quantity),
    /// Another zeroing is going on.
    ZeroingRuns,
    /// The transducer was not quiet.
    ZeroNoisy {
        /// Standard deviation of the samples.
        noise: MmHg,
        /// The most that is allowed.
        most: MmHg,
    },
    /// The transducer is not open to air, or is broken.
    ZeroFarOff {
        /// Mean of the samples, without any zero.
        mean: MmHg,
        /// The most that is allowed, either way.
        most: MmHg,
    },
    /// The transducer did not deliver well enough meanwhile.
    ZeroSamples {
        /// Good samples.
        good: u32,
        /// All samples.
        all: u32,
    },
    /// No such alarm is present.
    NoSuchAlarm(Alarm),
    /// The condition of the alarm lasts.
    AlarmPresent(Alarm),
    /// An alarm of this kind cannot be switched off.
    AlarmStaysOn(AlarmKind),
    /// The limit would be on the wrong side of another one.
    LimitsCross {
        /// One of them.
        limit: LimitKind,
        /// The other, that has to be above it.
        with: LimitKind,
    },
    /// The self-test failed, and nobody has overridden it: no new case begins.
    SelfTestFailed,
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
            Self::ClampAbsent(_) => "ecmod.refused.clamp_absent",
            Self::NoSuchSignal => "ecmod.refused.no_such_signal",
            Self::NotAPressure(_) => "ecmod.refused.not_a_pressure",
            Self::ZeroingRuns => "ecmod.refused.zeroing_runs",
            Self::ZeroNoisy { .. } => "ecmod.refused.zero_noisy",
            Self::ZeroFarOff { .. } => "ecmod.refused.zero_far_off",
            Self::ZeroSamples { .. } => "ecmod.refused.zero_samples",
            Self::NoSuchAlarm(_) => "ecmod.refused.no_such_alarm",
            Self::AlarmPresent(_) => "ecmod.refused.alarm_present",
            Self::AlarmStaysOn(_) => "ecmod.refused.alarm_stays_on",
            Self::LimitsCross { .. } => "ecmod.refused.limits_cross",
            Self::SelfTestFailed => "ecmod.refused.self_test_failed",
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
            Self::ClampAbsent(clamp) => write!(f, "the {} clamp is not there or not connected", clamp.name()),
            Self::NoSuchSignal => f.write_str("there is no such signal"),
            Self::NotAPressure(quantity) => {
                write!(f, "only a pressure can be zeroed, not a {}", quantity.name())
            }
            Self::ZeroingRuns => f.write_str("another signal is being zeroed: ask again in a second"),
            Self::ZeroNoisy { noise, most } => write!(
                f,
                "not quiet enough to be zeroed: {:.1} mmHg of noise, at most {} mmHg is allowed",
                noise.value(),
                most.value()
            ),
            Self::ZeroFarOff { mean, most } => write!(
                f,
                "too far off to be zeroed: {:.1} mmHg without a zero, at most {} mmHg either way is allowed; is it open to air?",
                mean.value(),
                most.value()
            ),
            Self::ZeroSamples { good, all } => write!(
                f,
                "too few good samples to be zeroed: {good} of {all}; at least {ZERO_SAMPLES} and nine of ten are needed"
            ),
            Self::NoSuchAlarm(alarm) => write!(f, "{} is not present", alarm.kind.id()),
            Self::AlarmPresent(alarm) => {
                write!(f, "{} cannot be reset while its condition lasts", alarm.kind.id())
            }
            Self::AlarmStaysOn(kind) => write!(f, "{} cannot be switched off", kind.id()),
            Self::LimitsCross { limit, with } => {
                write!(f, "{} must stay below {}", limit.name(), with.name())
            }
            Self::SelfTestFailed => {
                f.write_str("the self-test failed: mend it, or override it, before a new case begins")
            }
        }
    }
}

impl core::error::Error for Refusal {}
