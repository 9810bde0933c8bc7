// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which limits there are, each with its quantity, its declared range and its step.

use ecmod_quantities::Quantity;

/// Where a limit may lie. All ranges are engineering proposals `[C]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitRange {
    /// Lowest value.
    pub minimum: f64,
    /// Highest value.
    pub maximum: f64,
    /// By how much a user interface should change it at once; the core takes any value in the range.
    pub step: f64,
}

impl LimitRange {
    /// Whether a value lies in it; not if it is not finite.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (self.minimum..=self.maximum).contains(&value)
    }

    /// The value in it that is nearest.
    #[must_use]
    pub const fn nearest(&self, value: f64) -> f64 {
        value.max(self.minimum).min(self.maximum)
    }
}

macro_rules! limits {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $quantity:ident, $min:literal ..= $max:literal, $step:literal;)*) => {
        /// A limit that an operator can change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LimitKind { $($(#[$doc])* $variant,)* }

        impl LimitKind {
            /// How many there are.
            pub const COUNT: usize = [$($name),*].len();
            /// Every limit.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$variant),*];

            /// The name on D-Bus, in configuration files and in logs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it limits; gives the unit.
            #[must_use]
            pub const fn quantity(self) -> Quantity {
                match self { $(Self::$variant => Quantity::$quantity,)* }
            }

            /// Where it may lie.
            #[must_use]
            pub const fn range(self) -> LimitRange {
                match self {
                    $(Self::$variant => LimitRange { minimum: $min, maximum: $max, step: $step },)*
                }
            }
        }
    };
}

limits! {
    /// Less blood flow is too little.
    FlowLow = "flow_low", BloodFlow, 0.1 ..= 8.0, 0.1;
    /// In Flow mode: less than this part of the setpoint is too little.
    FlowLowPart = "flow_low_part", Fraction, 20.0 ..= 95.0, 5.0;
    /// More blood flow is too much.
    FlowHigh = "flow_high", BloodFlow, 0.2 ..= 10.0, 0.1;
    /// Blood flow below this runs backwards.
    Backflow = "backflow", BloodFlow, -1.0 ..= -0.05, 0.05;
    /// How far the measured flow may lie from the one that speed and head give.
    FlowDeviation = "flow_deviation", Fraction, 10.0 ..= 60.0, 5.0;
    /// A weaker signal of the flow meter is not good enough.
    FlowQualityLow = "flow_quality_low", Fraction, 5.0 ..= 90.0, 5.0;
    /// The drainage pressure at which the speed is held back.
    VenousPressureLow = "venous_pressure_low", Pressure, -250.0 ..= -20.0, 5.0;
    /// The drainage pressure that is dangerous.
    VenousPressureVeryLow = "venous_pressure_very_low", Pressure, -300.0 ..= -30.0, 5.0;
    /// The pressure before the membrane at which the speed is held back.
    PreMembranePressureHigh = "pre_membrane_pressure_high", Pressure, 50.0 ..= 500.0, 10.0;
    /// The pressure before the membrane that is dangerous.
    PreMembranePressureVeryHigh = "pre_membrane_pressure_very_high", Pressure, 60.0 ..= 600.0, 10.0;
    /// The pressure in the return line at which the speed is held back.
    ArterialPressureHigh = "arterial_pressure_high", Pressure, 50.0 ..= 450.0, 10.0;
    /// The pressure in the return line that is dangerous.
    ArterialPressureVeryHigh = "arterial_pressure_very_high", Pressure, 60.0 ..= 550.0, 10.0;
    /// Chatter of the drainage pressure between 1 and 8 Hz, as a standard deviation: more is suction.
    SuctionChatter = "suction_chatter", Pressure, 3.0 ..= 60.0, 1.0;
    /// The membrane's resistance in percent of its baseline: more is a clot.
    MembraneResistanceHigh = "membrane_resistance_high", Fraction, 120.0 ..= 300.0, 10.0;
    /// A rise of the membrane's resistance in one hour, in percent of its baseline.
    MembraneResistanceRise = "membrane_resistance_rise", Fraction, 5.0 ..= 100.0, 5.0;
    /// Blood warmer than this is too warm.
    TemperatureHigh = "temperature_high", Temperature, 34.0 ..= 41.0, 0.1;
    /// Blood warmer than this is dangerous.
    TemperatureVeryHigh = "temperature_very_high", Temperature, 35.0 ..= 42.0, 0.1;
    /// Blood colder than this is too cold.
    TemperatureLow = "temperature_low", Temperature, 28.0 ..= 37.0, 0.1;
    /// Venous saturation below this is too low.
    VenousSaturationLow = "venous_saturation_low", Fraction, 30.0 ..= 85.0, 1.0;
    /// Sweep gas below this part of its setpoint does not flow.
    SweepGasLowPart = "sweep_gas_low_part", Fraction, 5.0 ..= 80.0, 5.0;
    /// Pressure of the oxygen supply below this is too low.
    GasSupplyPressureLow = "gas_supply_pressure_low", GasPressure, 1.0 ..= 6.0, 0.1;
    /// Oxygen in the exhaust gas below this is that of air.
    ExhaustOxygenLow = "exhaust_oxygen_low", Fraction, 18.0 ..= 60.0, 1.0;
    /// Temperature of the drive above this is too high.
    DriveTemperatureHigh = "drive_temperature_high", Temperature, 40.0 ..= 110.0, 5.0;
    /// Load of the pump's motor above this is too high.
    PumpLoadHigh = "pump_load_high", Fraction, 30.0 ..= 250.0, 5.0;
    /// A battery that lasts less than this is low.
    BatteryTimeLow = "battery_time_low", Duration, 300.0 ..= 7200.0, 60.0;
    /// A battery that lasts less than this is nearly empty.
    BatteryTimeCritical = "battery_time_critical", Duration, 120.0 ..= 3600.0, 60.0;
    /// A battery with less charge than this is low.
    BatteryChargeLow = "battery_charge_low", Fraction, 10.0 ..= 80.0, 5.0;
    /// A battery with less charge than this is nearly empty.
    BatteryChargeCritical = "battery_charge_critical", Fraction, 5.0 ..= 50.0, 5.0;
}

impl LimitKind {
    /// Pairs of which the first must lie below the second.
    pub const ORDERED: [(Self, Self); 8] = [
        (Self::FlowLow, Self::FlowHigh),
        (Self::VenousPressureVeryLow, Self::VenousPressureLow),
        (Self::PreMembranePressureHigh, Self::PreMembranePressureVeryHigh),
        (Self::ArterialPressureHigh, Self::ArterialPressureVeryHigh),
        (Self::TemperatureLow, Self::TemperatureHigh),
        (Self::TemperatureHigh, Self::TemperatureVeryHigh),
        (Self::BatteryTimeCritical, Self::BatteryTimeLow),
        (Self::BatteryChargeCritical, Self::BatteryChargeLow),
    ];

    /// The limit with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
