// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a signal means to the console.

use ecmod_quantities::Quantity;

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $quantity:ident;)*) => {
        /// What a signal means to the console. The core acts on the named ones; [`Role::Other`] is only processed, shown
        /// and supervised like every signal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role {
            $($(#[$doc])* $variant,)*
            /// A role that only the configuration knows.
            Other,
        }

        impl Role {
            /// The roles that the core knows, of which each may be filled by one signal only.
            pub const KNOWN: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The name in configuration files and D-Bus paths; `None` for [`Role::Other`], whose name is its signal's.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($name),)*
                    Self::Other => None,
                }
            }

            /// The quantity that a signal of this role has; `None` for [`Role::Other`], whose configuration states it.
            #[must_use]
            pub const fn quantity(self) -> Option<Quantity> {
                match self {
                    $(Self::$variant => Some(Quantity::$quantity),)*
                    Self::Other => None,
                }
            }
        }
    };
}

roles! {
    /// Blood flow through the circuit, positive towards the patient.
    BloodFlow = "blood_flow", BloodFlow;
    /// The speed that the pump really has.
    PumpSpeed = "pump_speed", Speed;
    /// Pressure in the drainage line before the pump (Pven, P1).
    VenousPressure = "venous_pressure", Pressure;
    /// Pressure between pump and membrane (Pint, P2).
    PreMembranePressure = "pre_membrane_pressure", Pressure;
    /// Pressure in the return line after the membrane (Part, P3).
    ArterialPressure = "arterial_pressure", Pressure;
    /// Sweep gas that really flows.
    SweepGasFlow = "sweep_gas_flow", GasFlow;
    /// Temperature of the blood before the membrane.
    VenousTemperature = "venous_temperature", Temperature;
    /// Temperature of the blood after the membrane.
    ArterialTemperature = "arterial_temperature", Temperature;
    /// 1: the detector on the return line sees gas.
    ReturnBubble = "return_bubble", State;
    /// 1: the detector on the drainage line sees gas.
    DrainageBubble = "drainage_bubble", State;
    /// Bubbles that the detector on the return line counted.
    ReturnBubbleCount = "return_bubble_count", Count;
    /// Bubbles that the detector on the drainage line counted.
    DrainageBubbleCount = "drainage_bubble_count", Count;
    /// 1: the level in the reservoir or bubble trap is too low.
    LevelLow = "level_low", State;
    /// Where the clamp on the return line is: 0 open, 1 closed, 2 moving, 3 fault.
    ReturnClampPosition = "return_clamp_position", Code;
    /// Where the clamp on the drainage line is: 0 open, 1 closed, 2 moving, 3 fault.
    DrainageClampPosition = "drainage_clamp_position", Code;
    /// 1: the key that pauses the sound is pressed.
    KeyMute = "key_mute", State;
    /// 1: the key that acknowledges the alarms is pressed.
    KeyConfirm = "key_confirm", State;
    /// 1: the key that overrides every intervention is pressed.
    KeyOverride = "key_override", State;
    /// 1: the mains feed the console.
    Mains = "mains", State;
    /// 1: the battery's own safety and permanent-failure flags are clear, whatever its charge says.
    BatteryUsable = "battery_usable", State;
    /// Charge of the battery (of the weakest pack).
    BatteryCharge = "battery_charge", Fraction;
    /// How long the battery lasts at the present load.
    BatteryTimeToEmpty = "battery_time_to_empty", Duration;
    /// 1: the battery is being charged or is full.
    BatteryCharging = "battery_charging", State;
    /// Temperature of the drive or of the pump's motor.
    DriveTemperature = "drive_temperature", Temperature;
    /// Load of the pump's motor: torque or current relative to its rating.
    PumpLoad = "pump_load", Fraction;
    /// Alarm code of the drive; 0 is none.
    DriveAlarm = "drive_alarm", Code;
    /// A second measurement of the pump's speed, independent of the drive.
    Tacho = "tacho", Speed;
    /// Quality of the flow meter's signal.
    FlowQuality = "flow_quality", Fraction;
    /// Oxygen saturation of the drained blood (SvO2).
    VenousSaturation = "venous_saturation", Fraction;
    /// Pressure of the oxygen supply.
    GasSupplyPressure = "gas_supply_pressure", GasPressure;
    /// Oxygen in the membrane's exhaust gas (FEO2).
    ExhaustOxygen = "exhaust_oxygen", Fraction;
    /// 1: the annunciator found its sounder working.
    SounderOk = "sounder_ok", State;
    /// 1: the annunciator lost our heartbeat and sounds by itself.
    AlarmHeartbeatLost = "alarm_heartbeat_lost", State;
}

impl Role {
    /// The role with this name; [`Role::Other`] for a name that the core does not know.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::KNOWN.into_iter().find(|role| role.name() == Some(name)).unwrap_or(Self::Other)
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
        assert_eq!(Role::from_name("haematocrit"), Role::Other);
        assert_eq!((Role::Other.name(), Role::Other.quantity()), (None, None));
    }

    #[test]
    fn every_known_role_stands_at_its_own_index() {
        for (index, role) in Role::KNOWN.into_iter().enumerate() {
            assert_eq!(role as usize, index);
        }
    }
}
