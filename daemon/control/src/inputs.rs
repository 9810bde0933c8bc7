// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that goes into the core besides requests.

use crate::{
    AlarmMemory, ClampLinks, DriverHealth, EstimatorMemory, Facts, InterventionMemory, LinkHealth, Mode,
};
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Reading, Rpm};

/// What was read for one tick. Nothing in it is trusted.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Raw readings by source index; bad with a cause where there is nothing. A missing index counts as no data.
    pub sources: &'a [Reading],
    /// Whether a demand would reach the pump.
    pub pump: PumpLink,
    /// Whether a demand would reach the clamps.
    pub clamps: ClampLinks,
    /// How the drivers are, by their index. A missing index counts as not configured.
    pub drivers: &'a [DriverHealth],
    /// How the links of the ports are, by the port's index. A missing index counts as sound.
    pub links: &'a [LinkHealth],
    /// What the daemon knows of itself.
    pub facts: Facts,
}

impl Inputs<'_> {
    /// Nothing at all: no sources, no pump, no clamps, no drivers, no links, no facts.
    pub const NOTHING: Inputs<'static> = Inputs {
        sources: &[],
        pump: PumpLink::Absent,
        clamps: ClampLinks { return_clamp: false, drainage_clamp: false },
        drivers: &[],
        links: &[],
        facts: Facts::NONE,
    };
}

/// The connection to the host process that owns the pump.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PumpLink {
    /// No host, or a host without heartbeat, or its driver does not run: nobody acts on a demand. The drive holds
    /// its last speed. A host that restarted must be reported absent for at least one tick, so that it is noticed.
    Absent,
    /// The host acts on demands.
    Present {
        /// What this host last demanded of the drive *before* it met us, from its hello; `None` if nothing yet.
        /// Looked at when the link comes up, not afterwards.
        held: Option<Rpm>,
        /// Keys at the pump's host changed the speed while we were away. The core goes on in Speed mode at `held` then,
        /// and says so. Looked at when the link comes up.
        local: bool,
    },
}

/// What a starting core knows of the time before.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::large_enum_variant)] // made once, at the start
pub enum Boot {
    /// Nothing. A pump that is found running is taken over in Speed mode at its speed.
    Cold,
    /// What the state journal recorded ([`crate::Outputs::resume`]).
    Resume(Resume),
}

/// What the state journal keeps of the core. Values that do not fit the settings are brought into their limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resume {
    /// The mode last chosen.
    pub mode: Mode,
    /// The speed setpoint, or in the other modes the last demand.
    pub speed: Rpm,
    /// The flow setpoint.
    pub flow: LitresPerMinute,
    /// The sweep gas setpoint, if one was ever set.
    pub sweep_gas_flow: Option<GasLitresPerMinute>,
    /// Support was running and nobody had confirmed a stop.
    pub supporting: bool,
    /// Limits and alarms.
    pub alarms: AlarmMemory,
    /// Interventions, with their ends.
    pub interventions: InterventionMemory,
    /// What the estimators have learnt.
    pub estimators: EstimatorMemory,
}

impl Resume {
    /// A mode and a speed, and nothing known of all else: not supporting.
    #[must_use]
    pub const fn at(mode: Mode, speed: Rpm) -> Self {
        Self {
            mode,
            speed,
            flow: LitresPerMinute::ZERO,
            sweep_gas_flow: None,
            supporting: false,
            alarms: AlarmMemory::NOTHING,
            interventions: InterventionMemory::NOTHING,
            estimators: EstimatorMemory { zero_flow_speed: None, membrane_baseline: None },
        }
    }
}
