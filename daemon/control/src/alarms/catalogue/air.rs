// SPDX-License-Identifier: MIT OR Apache-2.0
//! Air, and the level that keeps it out.

use super::super::{AlarmKind, Definition, Source};
use super::{HIGH, row};
use crate::{InterventionKind, Role};
use ecmod_quantities::Span;

/// Pulses of a detector that come again within this time are one alarm.
const ONE_CAUSE: Span = Span::from_secs(120);

pub(super) const GROSS_ARTERIAL: Definition = Definition {
    clear: Span::from_secs(5),
    priorities: HIGH,
    latching: true,
    action: "intervention `gross_air`: zero flow for a bounded time, if the settings let it act; no clamp is closed by itself",
    text: "Clamp the return line. Find where air gets in, remove it, and only then open. Override if no air is to be seen.",
    causes: &[
        ("head_drop", "the detector, and the pump gives less head"),
        ("pressure_dip", "the detector, and the pressures behind the pump fell"),
        ("flow_quality_drop", "the detector, and the flow meter's signal got weaker"),
        ("second_detector", "both detectors"),
        ("load_dip", "the detector, and the motor has less to do"),
        ("flow_chatter", "the detector, and the flow fluctuates"),
        ("low_pressure", "the detector, and the drainage pressure is low"),
        ("model_flow", "the detector, and the calculated flow agrees"),
        ("persistence", "the detector, without a break"),
    ],
    inputs: &[Source::Role(Role::ReturnBubble), Source::Intervention(InterventionKind::GrossAir)],
    procedure: Some("clamp_off"),
    ..row(
        AlarmKind::BubbleGrossArterial,
        "the detector on the return line sees air, and a second sign confirms it",
    )
};

pub(super) const VENOUS: Definition = Definition {
    clear: ONE_CAUSE,
    latching: true,
    text: "Look for air in the drainage line: cannula, connectors, taps. Lower the speed if much air is drawn in.",
    causes: &[("detector", "the detector sees air"), ("count", "the detector counted")],
    inputs: &[Source::Role(Role::DrainageBubble), Source::Role(Role::DrainageBubbleCount)],
    ..row(
        AlarmKind::BubbleVenous,
        "the detector on the drainage line sees air; what it sees again within two minutes is the same alarm",
    )
};

pub(super) const UNCONFIRMED: Definition = Definition {
    clear: ONE_CAUSE,
    text: "Look at the return line. If no air is to be seen, look at the detector, its coupling and its plug.",
    causes: &[("detector", "the detector sees air"), ("count", "the detector counted")],
    inputs: &[
        Source::Role(Role::ReturnBubble),
        Source::Role(Role::ReturnBubbleCount),
        Source::Intervention(InterventionKind::GrossAir),
    ],
    explained_by: &[AlarmKind::BubbleGrossArterial, AlarmKind::BubbleVenous],
    ..row(
        AlarmKind::BubbleUnconfirmed,
        "the detector on the return line sees air, and nothing confirms it; what it sees again within two minutes is the same alarm",
    )
};

pub(super) const LEVEL_LOW: Definition = Definition {
    delay: Span::from_secs(1),
    priorities: HIGH,
    action: "intervention `level_low`: down to the floor for a bounded time, if the settings let it act; never a stop",
    text: "Give volume, look for a leak, and lower the flow until the level has come back.",
    causes: &[("switch", "the level switch")],
    inputs: &[Source::Role(Role::LevelLow), Source::Intervention(InterventionKind::LevelLow)],
    ..row(AlarmKind::LevelLow, "the level in the reservoir or bubble trap is too low")
};
