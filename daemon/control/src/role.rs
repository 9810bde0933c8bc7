// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a signal means to the console.

use ecmod_quantities::Quantity;

/// What a signal means to the console. The core acts on the named ones; [`Role::Other`] is only processed and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Blood flow through the circuit, positive towards the patient.
    BloodFlow,
    /// The speed that the pump really has.
    PumpSpeed,
    /// Pressure in the drainage line before the pump (Pven, P1).
    VenousPressure,
    /// Pressure between pump and membrane (Pint, P2).
    PreMembranePressure,
    /// Pressure in the return line after the membrane (Part, P3).
    ArterialPressure,
    /// Sweep gas that really flows.
    SweepGasFlow,
    /// Temperature of the blood before the membrane.
    VenousTemperature,
    /// Temperature of the blood after the membrane.
    ArterialTemperature,
    /// A role that only the configuration knows.
    Other,
}

impl Role {
    /// The roles that the core knows, of which each may be filled by one signal only.
    pub const KNOWN: [Self; 8] = [
        Self::BloodFlow,
        Self::PumpSpeed,
        Self::VenousPressure,
        Self::PreMembranePressure,
        Self::ArterialPressure,
        Self::SweepGasFlow,
        Self::VenousTemperature,
        Self::ArterialTemperature,
    ];

    /// The name in configuration files and D-Bus paths; `None` for [`Role::Other`], whose name is its signal's.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::BloodFlow => Some("blood_flow"),
            Self::PumpSpeed => Some("pump_speed"),
            Self::VenousPressure => Some("venous_pressure"),
            Self::PreMembranePressure => Some("pre_membrane_pressure"),
            Self::ArterialPressure => Some("arterial_pressure"),
            Self::SweepGasFlow => Some("sweep_gas_flow"),
            Self::VenousTemperature => Some("venous_temperature"),
            Self::ArterialTemperature => Some("arterial_temperature"),
            Self::Other => None,
        }
    }

    /// The role with this name; [`Role::Other`] for a name that the core does not know.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::KNOWN.into_iter().find(|role| role.name() == Some(name)).unwrap_or(Self::Other)
    }

    /// The quantity that a signal of this role has; `None` for [`Role::Other`], whose configuration states it.
    #[must_use]
    pub const fn quantity(self) -> Option<Quantity> {
        match self {
            Self::BloodFlow => Some(Quantity::BloodFlow),
            Self::PumpSpeed => Some(Quantity::Speed),
            Self::VenousPressure | Self::PreMembranePressure | Self::ArterialPressure => {
                Some(Quantity::Pressure)
            }
            Self::SweepGasFlow => Some(Quantity::GasFlow),
            Self::VenousTemperature | Self::ArterialTemperature => Some(Quantity::Temperature),
            Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back_and_strangers_are_other() {
        for role in Role::KNOWN {
            assert_eq!(role.name().map(Role::from_name), Some(role));
            assert!(role.quantity().is_some());
        }
        assert_eq!(Role::from_name("svo2"), Role::Other);
        assert_eq!((Role::Other.name(), Role::Other.quantity()), (None, None));
    }
}
