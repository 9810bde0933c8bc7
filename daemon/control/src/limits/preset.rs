// SPDX-License-Identifier: MIT OR Apache-2.0
//! The limits that suit a class of patients, as a starting point `[C]`: the responsible organisation sets its own.

use super::{LimitKind, Limits};

/// A class of patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatientClass {
    /// From about 40 kg.
    Adult,
    /// About 5 to 40 kg.
    Paediatric,
    /// Below about 5 kg.
    Neonate,
}

impl PatientClass {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Adult, Self::Paediatric, Self::Neonate];

    /// The word on D-Bus, in configuration files and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Adult => "adult",
            Self::Paediatric => "paediatric",
            Self::Neonate => "neonate",
        }
    }

    /// The class with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

impl Limits {
    /// The core's preset of a class: the alarm catalogue's defaults for adults; smaller flows and gentler suction for the
    /// others `[C]`.
    #[must_use]
    pub fn preset(class: PatientClass) -> Self {
        Self { values: LimitKind::ALL.map(|kind| Some(usual(kind, class))) }
    }
}

/// By class: adult, paediatric, neonate.
fn usual(kind: LimitKind, class: PatientClass) -> f64 {
    let by_class = |adult, paediatric, neonate| match class {
        PatientClass::Adult => adult,
        PatientClass::Paediatric => paediatric,
        PatientClass::Neonate => neonate,
    };
    match kind {
        LimitKind::FlowLow => by_class(2.0, 0.6, 0.15),
        LimitKind::FlowLowPart => 60.0,
        LimitKind::FlowHigh => by_class(7.0, 4.0, 1.2),
        LimitKind::Backflow => by_class(-0.1, -0.1, -0.05),
        LimitKind::FlowDeviation => 25.0,
        LimitKind::FlowQualityLow => 30.0,
        LimitKind::VenousPressureLow => by_class(-100.0, -80.0, -50.0),
        LimitKind::VenousPressureVeryLow => by_class(-150.0, -120.0, -80.0),
        LimitKind::PreMembranePressureHigh => by_class(350.0, 350.0, 300.0),
        LimitKind::PreMembranePressureVeryHigh => by_class(450.0, 450.0, 400.0),
        LimitKind::ArterialPressureHigh => by_class(300.0, 300.0, 250.0),
        LimitKind::ArterialPressureVeryHigh => by_class(400.0, 400.0, 350.0),
        LimitKind::SuctionChatter => by_class(10.0, 8.0, 6.0),
        LimitKind::MembraneResistanceHigh => 150.0,
        LimitKind::MembraneResistanceRise => 20.0,
        LimitKind::TemperatureHigh => 38.0,
        LimitKind::TemperatureVeryHigh => 40.0,
        LimitKind::TemperatureLow => 35.0,
        LimitKind::VenousSaturationLow => 60.0,
        LimitKind::SweepGasLowPart => 10.0,
        LimitKind::GasSupplyPressureLow => 2.5,
        LimitKind::ExhaustOxygenLow => 25.0,
        LimitKind::DriveTemperatureHigh => 80.0,
        LimitKind::PumpLoadHigh => 110.0,
        LimitKind::BatteryTimeLow => 1800.0,
        LimitKind::BatteryTimeCritical => 600.0,
        LimitKind::BatteryChargeLow => 30.0,
        LimitKind::BatteryChargeCritical => 10.0,
    }
}
