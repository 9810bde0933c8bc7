// SPDX-License-Identifier: MIT OR Apache-2.0
//! The words for what the console does: state, mode, and what limits it. Their names are those on D-Bus.

/// What the console is doing. A service state comes with the functions that need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// No support. After a stop zero speed is demanded, else nothing is.
    Standby,
    /// The pump is driven, in this mode; also while a confirmed stop ramps down ([`crate::StopState::Ramping`]).
    Support(Mode),
}

impl State {
    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Support(_) => "support",
        }
    }
}

/// What is controlled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The speed setpoint.
    Speed,
    /// The flow setpoint, by speed.
    Flow,
    /// Zero flow, by speed: neither forward nor backward. Zero *speed* would let blood run back.
    ZeroFlow,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Speed, Self::Flow, Self::ZeroFlow];

    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Speed => "speed",
            Self::Flow => "flow",
            Self::ZeroFlow => "zero_flow",
        }
    }

    /// The mode with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// What keeps the pump from doing what the mode wants. If several do, the one that decides the speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActiveLimit {
    /// Nothing.
    None,
    /// The drainage pressure is at its lower limit.
    VenousPressureLow,
    /// The pressure before the membrane is at its upper limit.
    PreMembranePressureHigh,
    /// The pressure in the return line is at its upper limit.
    ArterialPressureHigh,
    /// Air in the return line: the speed goes to that of zero flow.
    GrossAir,
    /// The level in the reservoir is low: the speed goes to the floor.
    LevelLow,
    /// Blood would run backwards: the speed is raised.
    Backflow,
    /// The highest speed is reached.
    MaximumSpeed,
    /// The lowest speed is reached.
    Floor,
    /// The vein collapses on the cannula: the flow controller does not raise the speed, or an intervention lets it dip.
    Suction,
    /// The flow signal is lost; the speed is held.
    FlowLost,
    /// The pump's host is lost; the demand is held.
    PumpLost,
}

impl ActiveLimit {
    /// Every value.
    pub const ALL: [Self; 12] = [
        Self::None,
        Self::VenousPressureLow,
        Self::PreMembranePressureHigh,
        Self::ArterialPressureHigh,
        Self::GrossAir,
        Self::LevelLow,
        Self::Backflow,
        Self::MaximumSpeed,
        Self::Floor,
        Self::Suction,
        Self::FlowLost,
        Self::PumpLost,
    ];

    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::VenousPressureLow => "venous_pressure_low",
            Self::PreMembranePressureHigh => "pre_membrane_pressure_high",
            Self::ArterialPressureHigh => "arterial_pressure_high",
            Self::GrossAir => "gross_air",
            Self::LevelLow => "level_low",
            Self::Backflow => "backflow",
            Self::MaximumSpeed => "maximum_speed",
            Self::Floor => "floor",
            Self::Suction => "suction",
            Self::FlowLost => "flow_lost",
            Self::PumpLost => "pump_lost",
        }
    }
}
