// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pure core of the console: it turns readings and requests into one pump speed.
//!
//! [`Core::tick`] is called once per control period with everything that was read, and in between whenever something is
//! urgent: the core goes by the time that passed and by samples, never by the number of ticks. [`Core::request`] takes
//! what an operator asks for and accepts or refuses it at once; [`Core::declare_slew`] what a driver says of its signals.
//! Nothing else goes in, [`Outputs`] is all that comes out.
//!
//! # What it must never do
//! Allocate, panic, read a clock, do I/O, keep a thread, or give different outputs for the same inputs. All time is
//! passed in. It never stops or bumps a running pump because *something else* failed: a sensor, a host, a restart.
//!
//! # Glossary
//! - **Source**: one signal of one driver, by index into [`Inputs::sources`]. **Signal**: one to three sources that
//!   together fill a **role** ([`Role`]), after age, calibration, range, rate, filter and vote.
//! - **Demand**: the speed asked of the drive *now*. **Setpoint**: what the operator wants in the end.
//! - **Applied**: the demand after slew and all limits; every controller follows it (tracking anti-windup).
//! - **Intervention**: what the core does to the speed on its own, for a bounded time: a ceiling, or against backflow a
//!   speed that is not undercut. **Override controller**: an intervention that holds a pressure at its limit.
//! - **Floor**: the speed below which blood may run backwards through the pump; no pressure limit goes below it.
//! - **Bumpless**: whatever changes hands, the applied speed goes on from where it is.
//! - **Zero**: what a pressure transducer delivers at atmospheric pressure, found by zeroing (`zero`).
//! - **Taking over**: a (re)started core adopts a pump that already runs, at exactly the speed it has.
//!
//! # Where to look
//! `machine` holds the states and their transitions (with the diagram), `signals` the way from source to role,
//! `control` the loops of the modes, `interventions` what goes beyond them, `estimators` what follows from several signals
//! together, `alarms` and `limits` what is announced, `preset` the pumps, `zero` what zeroing means.
#![no_std]
#![forbid(unsafe_code)]

mod alarms;
mod annunciator;
mod clamp;
mod control;
mod estimators;
mod facts;
mod health;
mod inputs;
mod interventions;
mod limits;
mod link;
mod machine;
mod math;
mod outputs;
mod preset;
mod request;
mod role;
mod settings;
mod signals;
mod state;
mod zero;

pub use alarms::{
    ALARMS_KEPT, ALARMS_SHOWN, AUDIO_PAUSE, Alarm, AlarmCause, AlarmKind, AlarmMemory, AlarmPhase, AlarmSet,
    AlarmSettings, AlarmStatus, AlarmTable, AudioState, CATALOGUE, DELAY_PERCENT, Definition, KeptAlarm,
    Priorities, Priority, Source, Subject, SubjectKind, Topology,
};
pub use annunciator::Annunciation;
pub use clamp::{Clamp, ClampDemand, ClampDemands, ClampLinks, ClampPosition};
pub use estimators::{Estimates, EstimatorMemory, MembraneEstimate};
pub use facts::{Fact, Facts};
pub use health::DriverHealth;
pub use inputs::{Boot, Inputs, PumpLink, Resume};
pub use interventions::{
    Corroboration, Fallback, INTERVENTION_LONGEST, INTERVENTION_REARM, Inhibit, InterventionAction,
    InterventionKind, InterventionMemory, InterventionPlan, InterventionPolicy, InterventionSettings,
    InterventionState, InterventionStatus, Kept, Sign, Trigger, Undisturbed,
};
pub use limits::{LimitKind, LimitRange, Limits, PatientClass};
pub use link::{LinkHealth, LinkTotals, LinkTrend};
pub use machine::Core;
pub use outputs::{Outputs, StopState, Transition, TransitionCause};
pub use preset::{HeadCurve, PumpPreset};
pub use request::{Adoption, Refusal, Request};
pub use role::Role;
pub use settings::{
    FlowSettings, Gains, LimitSettings, Settings, SettingsProblem, SignalSettings, SourceSettings,
    SpeedSettings, Vote,
};
pub use state::{ActiveLimit, Mode, State};
pub use zero::{
    ZERO_NOISE, ZERO_RANGE, ZERO_SAMPLES, ZERO_TIME, ZeroEnd, ZeroFound, ZeroPolicy, ZeroRun, Zeroing,
};

/// The most sources that [`Inputs::sources`] is read for; further ones are ignored.
pub const MAX_SOURCES: usize = 128;
/// The most signals (roles) one console has.
pub const MAX_SIGNALS: usize = 64;
/// The most drivers that [`Inputs::drivers`] is read for.
pub const MAX_DRIVERS: usize = 64;
/// The most ports one console has.
pub const MAX_PORTS: usize = 64;
/// The most redundant sources of one signal.
pub const SOURCES_PER_SIGNAL: usize = 3;
