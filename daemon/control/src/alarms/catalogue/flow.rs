// SPDX-License-Identifier: MIT OR Apache-2.0
//! The blood flow and its meter.

use super::super::{AlarmKind, Definition, Priority, Source};
use super::{HIGH, except, row};
use crate::{InterventionKind, LimitKind, Role};
use ecmod_quantities::Span;

pub(super) const LOW: Definition = Definition {
    limits: &[LimitKind::FlowLow, LimitKind::FlowLowPart],
    hysteresis: 0.1,
    delay: Span::from_secs(5),
    priorities: HIGH,
    text: "Look for kinks and closed clamps, then at the drainage pressure and the patient's volume. Raise the speed if the pressures allow.",
    causes: &[
        ("below_limit", "blood flow"),
        ("below_setpoint", "blood flow, against the part of the setpoint that the limit allows"),
    ],
    inputs: &[Source::Role(Role::BloodFlow), Source::Demand],
    explained_by: &[
        AlarmKind::PumpStop,
        AlarmKind::BubbleGrossArterial,
        AlarmKind::OcclusionDownstream,
        AlarmKind::OcclusionUpstream,
        AlarmKind::Disconnect,
        AlarmKind::ClampMismatch,
        AlarmKind::DriveFault,
        AlarmKind::PumpSpeedDeviation,
        AlarmKind::LevelLow,
        AlarmKind::VenousPressureLow,
        AlarmKind::PreMembranePressureHigh,
        AlarmKind::ArterialPressureHigh,
        AlarmKind::Suction,
        AlarmKind::MembraneDropHigh,
        AlarmKind::Backflow,
    ],
    ..row(
        AlarmKind::FlowLow,
        "the flow is below its limit; in flow mode also below the part of the setpoint that the limit states. Not in zero flow mode, and after a start not before the flow has been above the limit or 30 s are over",
    )
};

pub(super) const HIGH_ROW: Definition = Definition {
    limits: &[LimitKind::FlowHigh],
    hysteresis: 0.1,
    delay: Span::from_secs(5),
    may_be_off: true,
    action: "none; in flow mode the controller acts",
    text: "Lower the speed or the flow setpoint, or raise the limit if this flow is wanted.",
    causes: &[("above_limit", "blood flow")],
    inputs: &[Source::Role(Role::BloodFlow)],
    explained_by: &[AlarmKind::Disconnect],
    ..row(AlarmKind::FlowHigh, "the flow is above its limit")
};

pub(super) const BACKFLOW: Definition = Definition {
    limits: &[LimitKind::Backflow],
    hysteresis: 0.05,
    delay: Span::from_millis(500),
    priorities: HIGH,
    action: "intervention `backflow`: the speed is raised until nothing flows backwards; it is never lowered",
    text: "Clamp the return line if the pump stands. Else raise the speed.",
    causes: &[("below_limit", "blood flow")],
    inputs: &[Source::Role(Role::BloodFlow), Source::Intervention(InterventionKind::Backflow)],
    explained_by: &[AlarmKind::PumpStop, AlarmKind::DriveFault, AlarmKind::PumpSpeedDeviation],
    ..row(
        AlarmKind::Backflow,
        "blood flows backwards, during support or after a stop; in the ten seconds after a start not before the floor is reached",
    )
};

pub(super) const SENSOR_BAD: Definition = Definition {
    limits: &[LimitKind::FlowQualityLow],
    hysteresis: 5.0,
    // A knock of half a second, a meter that takes as long to find its signal again, and a sample that confirms it.
    delay: Span::from_millis(1250),
    priorities: except(Priority::Medium, Priority::High, "in flow or zero flow mode"),
    action: "in flow mode the present speed is held; a flow calculated from speed and head is shown",
    text: "Look at the flow probe, its coupling and its plug. In flow mode go to speed mode and watch the pressures.",
    causes: &[("quality_low", "signal quality of the flow meter")],
    inputs: &[Source::Role(Role::BloodFlow), Source::Role(Role::FlowQuality)],
    explained_by: &[AlarmKind::HostLost, AlarmKind::PluginDead, AlarmKind::DriverFault],
    ..row(AlarmKind::FlowSensorBad, "during support the flow is not known, or its signal is too weak")
};

pub(super) const IMPLAUSIBLE: Definition = Definition {
    limits: &[LimitKind::FlowDeviation],
    hysteresis: 3.0,
    delay: Span::from_secs(10),
    may_be_off: true,
    text: "Compare with the pressures. Look at the flow probe, its tube and its coupling, and for a clot or air in the pump head.",
    causes: &[
        ("more_than_model", "more is measured than speed and head give, in percent"),
        ("less_than_model", "less is measured than speed and head give, in percent"),
    ],
    inputs: &[Source::Estimates],
    explained_by: &[AlarmKind::BubbleGrossArterial, AlarmKind::FlowSensorBad, AlarmKind::SensorDisagrees],
    ..row(AlarmKind::FlowImplausible, "the measured flow is far from the one that speed and head give")
};
