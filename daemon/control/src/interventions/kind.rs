// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which interventions there are, what sets each off, and what it does to the pump.

use ecmod_quantities::Quantity;

/// An automatic action of the console on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterventionKind {
    /// Air in the return line, seen by its detector *and* by a second sign: closed loop to zero flow.
    GrossAir,
    /// The vein collapses on the cannula in a rhythm: a dip of the speed and a slow return.
    Suction,
    /// The drainage pressure is below its limit: an override controller.
    VenousPressureLow,
    /// The pressure before the membrane is above its limit: an override controller.
    PreMembranePressureHigh,
    /// The pressure in the return line is above its limit: an override controller.
    ArterialPressureHigh,
    /// Blood runs backwards: the speed is *raised* until it does not.
    Backflow,
    /// The level in the reservoir is low: down to the floor.
    LevelLow,
    /// A clamp is not where it was demanded to be. Never an action on the pump: it is named and shown.
    ClampMismatch,
    /// The sweep gas does not flow. Never an action on the pump: blood flow without gas is better than none.
    SweepGasLost,
}

/// What an intervention does while it is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InterventionAction {
    /// Closed loop to zero flow: a ceiling that may go below the floor, down to the zero-flow speed.
    ZeroFlow,
    /// A ceiling a little below the speed there was.
    Dip,
    /// A ceiling that holds a pressure at its limit.
    Regulate,
    /// A ceiling at the floor.
    LowerToFloor,
    /// The only one that raises: a speed that must not be undercut.
    Raise,
    /// Nothing but the alarm.
    AlarmOnly,
}

impl InterventionKind {
    /// Every kind, in the order of [`crate::Outputs::interventions`].
    pub const ALL: [Self; 9] = [
        Self::GrossAir,
        Self::Suction,
        Self::VenousPressureLow,
        Self::PreMembranePressureHigh,
        Self::ArterialPressureHigh,
        Self::Backflow,
        Self::LevelLow,
        Self::ClampMismatch,
        Self::SweepGasLost,
    ];

    /// The word on D-Bus, in configuration files and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GrossAir => "gross_air",
            Self::Suction => "suction",
            Self::VenousPressureLow => "venous_pressure_low",
            Self::PreMembranePressureHigh => "pre_membrane_pressure_high",
            Self::ArterialPressureHigh => "arterial_pressure_high",
            Self::Backflow => "backflow",
            Self::LevelLow => "level_low",
            Self::ClampMismatch => "clamp_mismatch",
            Self::SweepGasLost => "sweep_gas_lost",
        }
    }

    /// The intervention with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it does, if the settings let it act.
    #[must_use]
    pub const fn action(self) -> InterventionAction {
        match self {
            Self::GrossAir => InterventionAction::ZeroFlow,
            Self::Suction => InterventionAction::Dip,
            Self::VenousPressureLow | Self::PreMembranePressureHigh | Self::ArterialPressureHigh => {
                InterventionAction::Regulate
            }
            Self::Backflow => InterventionAction::Raise,
            Self::LevelLow => InterventionAction::LowerToFloor,
            Self::ClampMismatch | Self::SweepGasLost => InterventionAction::AlarmOnly,
        }
    }

    /// The quantity of the value and the limit in its trigger.
    #[must_use]
    pub const fn quantity(self) -> Quantity {
        match self {
            Self::GrossAir | Self::LevelLow | Self::ClampMismatch => Quantity::State,
            Self::Suction
            | Self::VenousPressureLow
            | Self::PreMembranePressureHigh
            | Self::ArterialPressureHigh => Quantity::Pressure,
            Self::Backflow => Quantity::BloodFlow,
            Self::SweepGasLost => Quantity::GasFlow,
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl InterventionAction {
    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ZeroFlow => "zero_flow",
            Self::Dip => "dip",
            Self::Regulate => "regulate",
            Self::LowerToFloor => "lower_to_floor",
            Self::Raise => "raise",
            Self::AlarmOnly => "alarm_only",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back_and_the_order_is_the_index() {
        for (index, kind) in InterventionKind::ALL.into_iter().enumerate() {
            assert_eq!(InterventionKind::from_name(kind.name()), Some(kind));
            assert_eq!(kind.index(), index);
        }
        assert_eq!(InterventionKind::from_name("stop"), None);
    }
}
