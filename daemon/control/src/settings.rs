// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the core is told once, when it is made. `check` says whether a core can be made of it.

mod check;
mod limits;

pub use check::SettingsProblem;

use crate::{
    AlarmSettings, InterventionSettings, MAX_SIGNALS, PumpPreset, Role, SOURCES_PER_SIGNAL, ZeroPolicy,
};
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, PerSecond, Quantity, Rpm, Seconds, Span};

/// Everything the core is told once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// How often [`crate::Core::tick`] is meant to be called, 1 to 20 ms. Only a measure: all control goes by the
    /// time that really passed.
    pub period: Span,
    /// The signals; their index is the one of [`crate::Outputs::readings`].
    pub signals: [Option<SignalSettings>; MAX_SIGNALS],
    /// The pump.
    pub preset: PumpPreset,
    /// Limits of the speed.
    pub speed: SpeedSettings,
    /// The flow controller.
    pub flow: FlowSettings,
    /// The floor. All limits that an operator may change are in [`Self::alarms`].
    pub limits: LimitSettings,
    /// Which interventions act, and for how long.
    pub interventions: InterventionSettings,
    /// Presets of the limits, and what the alarms are told once.
    pub alarms: AlarmSettings,
    /// The most sweep gas that can be set.
    pub sweep_gas_maximum: GasLitresPerMinute,
}

impl Settings {
    /// Usual settings for a pump, without any signal.
    #[must_use]
    pub fn for_pump(preset: PumpPreset) -> Self {
        Self {
            period: Span::from_millis(10),
            signals: [None; MAX_SIGNALS],
            preset,
            speed: SpeedSettings { minimum: Rpm(500.0), maximum: preset.maximum_speed(), slew: Rpm(300.0) },
            flow: FlowSettings {
                maximum: LitresPerMinute(8.0),
                gains: Gains::for_pump(preset),
                ramp: LitresPerMinute(1.0),
            },
            limits: LimitSettings { floor: preset.static_floor() },
            interventions: InterventionSettings::usual(),
            alarms: AlarmSettings::usual(),
            sweep_gas_maximum: GasLitresPerMinute(15.0),
        }
    }
}

/// One signal: how its sources become one reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalSettings {
    /// What it means to the console.
    pub role: Role,
    /// What it is; gives the unit of all numbers here.
    pub quantity: Quantity,
    /// Below this, after calibration, a sample is bad: out of range.
    pub minimum: f64,
    /// Above this, after calibration, a sample is bad: out of range.
    pub maximum: f64,
    /// The fastest change that is physically possible, per second. `None`: what the driver of each source says
    /// ([`crate::Core::declare_slew`]), or no limit.
    pub max_slew: Option<PerSecond>,
    /// A sample older than this is stale.
    pub longest_age: Span,
    /// Time constant of the first-order filter; zero for none.
    pub filter: Seconds,
    /// How redundant sources become one.
    pub vote: Vote,
    /// How far good sources may lie apart before they contradict each other, for [`Vote::Median`].
    pub tolerance: f64,
    /// Whether it may be believed before its sources were zeroed; only a pressure can require it.
    pub zero: ZeroPolicy,
    /// The sources, the preferred one first, without gaps.
    pub sources: [Option<SourceSettings>; SOURCES_PER_SIGNAL],
}

impl SignalSettings {
    /// A signal of this role from one source, with usual ranges and ages: 300 ms for flow, speed and pressures,
    /// 3 s for the rest. `quantity` counts for [`Role::Other`] only.
    #[must_use]
    pub fn new(role: Role, quantity: Quantity, source: u16) -> Self {
        let quantity = role.quantity().unwrap_or(quantity);
        let (minimum, maximum, tolerance) = match role {
            // A drive gets hotter than blood, and may be overloaded.
            Role::DriveTemperature => (-20.0, 150.0, 5.0),
            Role::PumpLoad => (0.0, 300.0, 5.0),
            _ => usual_range(quantity),
        };
        let fast = matches!(quantity, Quantity::BloodFlow | Quantity::Pressure | Quantity::Speed);
        Self {
            role,
            quantity,
            minimum,
            maximum,
            max_slew: None,
            longest_age: Span::from_millis(if fast { 300 } else { 3000 }),
            filter: Seconds::ZERO,
            vote: Vote::FirstGood,
            tolerance,
            zero: ZeroPolicy::Optional,
            sources: [Some(SourceSettings::new(source)), None, None],
        }
    }

    /// How far sources of this quantity may usually lie apart: about twice the accuracy class of each `[C]`.
    #[must_use]
    pub fn usual_tolerance(quantity: Quantity) -> f64 {
        usual_range(quantity).2
    }
}

/// Lowest value, highest value and tolerance between sources that are usual for a quantity `[C]`.
fn usual_range(quantity: Quantity) -> (f64, f64, f64) {
    match quantity {
        Quantity::BloodFlow => (-10.0, 10.0, 0.5),
        Quantity::Pressure => (-500.0, 900.0, 20.0),
        Quantity::Speed => (0.0, 12_000.0, 100.0),
        Quantity::Temperature => (0.0, 60.0, 1.0),
        Quantity::Fraction => (0.0, 100.0, 5.0),
        Quantity::GasFlow => (0.0, 20.0, 0.5),
        Quantity::GasPressure => (0.0, 20.0, 0.5),
        Quantity::Torque => (-300.0, 300.0, 10.0),
        Quantity::Concentration => (0.0, 30.0, 1.0),
        Quantity::Ph => (6.0, 8.5, 0.1),
        Quantity::State => (0.0, 1.0, 0.0),
        Quantity::Current | Quantity::Voltage | Quantity::Code | Quantity::Count | Quantity::Duration => {
            (-1e15, 1e15, 1e15)
        }
    }
}

/// One source of a signal and its calibration: `gain * (raw - zero) + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceSettings {
    /// Index into [`crate::Inputs::sources`].
    pub index: u16,
    /// Added after the gain, in the signal's unit.
    pub offset: f64,
    /// Factor, not zero.
    pub gain: f64,
    /// What the source delivers at zero, from an earlier zeroing ([`crate::ZeroFound::zero`]); `None` if it was never
    /// zeroed. The zero belongs to the source: of signals that share one, the first that has a zero counts.
    pub zero: Option<f64>,
}

impl SourceSettings {
    /// This source as it is.
    #[must_use]
    pub const fn new(index: u16) -> Self {
        Self { index, offset: 0.0, gain: 1.0, zero: None }
    }
}

/// How redundant sources become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vote {
    /// The first good one in their order. While it is not the preferred one the reading is uncertain with
    /// [`ecmod_quantities::Cause::Redundant`]; the controllers use it all the same.
    FirstGood,
    /// The median of the good ones; of two, their mean. A single source that is outvoted makes the reading uncertain
    /// with [`ecmod_quantities::Cause::Disagreement`] (the controllers still use it); without a majority it is bad.
    Median,
}

/// Limits of the speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedSettings {
    /// The lowest setpoint, and the lowest demand while supporting.
    pub minimum: Rpm,
    /// The highest setpoint and demand.
    pub maximum: Rpm,
    /// The fastest change of the demand, rpm per second.
    pub slew: Rpm,
}

/// The flow controller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlowSettings {
    /// The highest setpoint.
    pub maximum: LitresPerMinute,
    /// Gains at the pump's nominal sensitivity; scheduled by its sensitivity at the point where it runs.
    pub gains: Gains,
    /// How fast the controller's reference follows the setpoint, L/min per second.
    pub ramp: LitresPerMinute,
}

/// Gains of the flow controller at the pump's nominal dQ/dN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gains {
    /// rpm per L/min.
    pub proportional: f64,
    /// rpm per L/min and second.
    pub integral: f64,
}

impl Gains {
    /// 100 rpm/(L/min) and 400 rpm/(L/min s) for the Rotaflow and `CentriMag` class, verified on the model with a
    /// flow meter of 100 ms mean at 10 Hz, double for the DP3 with its half sensitivity `[C]`.
    #[must_use]
    pub fn for_pump(preset: PumpPreset) -> Self {
        let sensitivity = preset.nominal_sensitivity();
        Self { proportional: 0.16 / sensitivity, integral: 0.64 / sensitivity }
    }
}

/// Limits that no operator changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitSettings {
    /// No limiter and no flow setpoint lowers the speed below this: the speed that keeps blood from running back.
    /// [`PumpPreset::static_floor`] suits VA support; where there is no arterial pressure to hold against (VV) it
    /// can be lower. It is never below [`SpeedSettings::minimum`].
    pub floor: Rpm,
}
