// SPDX-License-Identifier: MIT OR Apache-2.0
//! The blood's temperature and saturation, and the gas.

use super::super::{AlarmKind, Definition, Priority, Source};
use super::{HIGH, except, row};
use crate::{InterventionKind, LimitKind, Role};
use ecmod_quantities::Span;

pub(super) const TEMPERATURE_HIGH: Definition = Definition {
    limits: &[LimitKind::TemperatureHigh, LimitKind::TemperatureVeryHigh],
    hysteresis: 0.2,
    delay: Span::from_secs(10),
    priorities: except(Priority::Medium, Priority::High, "above the very high limit"),
    may_be_off: true,
    text: "Look at the heater's setpoint and its water. Turn it down or disconnect it.",
    causes: &[("arterial", "blood after the membrane"), ("venous", "blood before the membrane")],
    inputs: &[Source::Role(Role::ArterialTemperature), Source::Role(Role::VenousTemperature)],
    ..row(AlarmKind::TemperatureHigh, "the blood is too warm")
};

pub(super) const TEMPERATURE_LOW: Definition = Definition {
    limits: &[LimitKind::TemperatureLow],
    hysteresis: 0.2,
    delay: Span::from_secs(10),
    may_be_off: true,
    text: "Look at the heater, its setpoint and its water.",
    causes: &[("arterial", "blood after the membrane"), ("venous", "blood before the membrane")],
    inputs: &[Source::Role(Role::ArterialTemperature), Source::Role(Role::VenousTemperature)],
    ..row(
        AlarmKind::TemperatureLow,
        "the blood is too cold; after a start not before it has been warm or ten minutes are over",
    )
};

pub(super) const VENOUS_SATURATION_LOW: Definition = Definition {
    limits: &[LimitKind::VenousSaturationLow],
    hysteresis: 1.0,
    delay: Span::from_secs(30),
    may_be_off: true,
    text: "The patient uses more oxygen than is delivered. Raise the flow, look at haemoglobin, sedation and the gas.",
    causes: &[("below_limit", "venous saturation")],
    inputs: &[Source::Role(Role::VenousSaturation)],
    explained_by: &[
        AlarmKind::FlowLow,
        AlarmKind::SweepGasLost,
        AlarmKind::OxygenSupply,
        AlarmKind::PumpStop,
    ],
    ..row(AlarmKind::VenousSaturationLow, "the venous saturation is too low")
};

pub(super) const SWEEP_GAS_LOST: Definition = Definition {
    limits: &[LimitKind::SweepGasLowPart],
    hysteresis: 0.1,
    delay: Span::from_secs(5),
    priorities: HIGH,
    action: "none: blood flow without gas is better than none",
    text: "Look at the gas line, the blender and the supply. Connect a cylinder of oxygen.",
    causes: &[
        ("below_setpoint", "sweep gas, against its setpoint"),
        ("ceased", "the sweep gas has ceased"),
        ("never_set", "there has been no sweep gas since support began"),
    ],
    inputs: &[
        Source::Role(Role::SweepGasFlow),
        Source::Demand,
        Source::Intervention(InterventionKind::SweepGasLost),
    ],
    explained_by: &[AlarmKind::OxygenSupply],
    ..row(AlarmKind::SweepGasLost, "during support the sweep gas does not flow")
};

pub(super) const OXYGEN_SUPPLY: Definition = Definition {
    limits: &[LimitKind::GasSupplyPressureLow, LimitKind::ExhaustOxygenLow],
    hysteresis: 0.2,
    delay: Span::from_secs(5),
    priorities: HIGH,
    text: "Look at the oxygen supply. Connect a full cylinder of oxygen. Look at the colour of the blood in the return line.",
    causes: &[
        ("supply_pressure", "pressure of the oxygen supply"),
        ("exhaust_oxygen", "oxygen in the exhaust gas: it is that of air"),
    ],
    inputs: &[Source::Role(Role::GasSupplyPressure), Source::Role(Role::ExhaustOxygen)],
    ..row(AlarmKind::OxygenSupply, "during support the oxygen supply is empty, or the gas is air")
};
