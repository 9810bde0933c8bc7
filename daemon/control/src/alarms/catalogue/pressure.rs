// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pressures, what they say of the lines and of the membrane, and the clamps.

use super::super::{AlarmKind, Definition, Priority, Source, SubjectKind};
use super::{HIGH, LOW, except, row};
use crate::{InterventionKind, LimitKind, Role};
use ecmod_quantities::Span;

const REGULATES: &str = "the speed is held back so that the pressure stays at its limit, for a bounded time and never below the floor, if the settings let it act";
const HELD: (&str, &str) = ("held_back", "the speed is held back at this limit; pressure");

const NO_MORE: (&str, &str) =
    ("no_more_flow", "it was at its limit before, and more speed gives no more flow");

pub(super) const VENOUS_LOW: Definition = Definition {
    limits: &[LimitKind::VenousPressureLow, LimitKind::VenousPressureVeryLow],
    hysteresis: 5.0,
    delay: Span::from_secs(2),
    priorities: except(Priority::Medium, Priority::High, "below the very low limit"),
    action: REGULATES,
    text: "Look for a kinked drainage line and at the position of the cannula. Give volume, or lower the speed.",
    causes: &[("below_limit", "drainage pressure"), HELD],
    inputs: &[Source::Role(Role::VenousPressure), Source::Intervention(InterventionKind::VenousPressureLow)],
    explained_by: &[AlarmKind::OcclusionUpstream, AlarmKind::ClampMismatch],
    ..row(AlarmKind::VenousPressureLow, "the drainage pressure is below its limit, or holds the speed back")
};

pub(super) const SUCTION: Definition = Definition {
    limits: &[LimitKind::SuctionChatter],
    hysteresis: 1.0,
    delay: Span::from_secs(3),
    may_be_off: true,
    action: "intervention `suction`: a dip of the speed and a slow return, if the settings let it act; the flow controller raises the speed no further",
    text: "The vein collapses on the cannula. Lower the speed a little, give volume, look at the cannula's position.",
    causes: &[
        ("chatter", "chatter of the drainage pressure, as a standard deviation"),
        ("no_more_flow", "more speed gives no more flow"),
    ],
    inputs: &[Source::Estimates, Source::Intervention(InterventionKind::Suction)],
    explained_by: &[AlarmKind::OcclusionUpstream, AlarmKind::PumpStop, AlarmKind::DriveFault],
    ..row(
        AlarmKind::Suction,
        "the drainage pressure chatters between 1 and 8 Hz, or more speed gives no more flow",
    )
};

pub(super) const PRE_MEMBRANE_HIGH: Definition = Definition {
    limits: &[LimitKind::PreMembranePressureHigh, LimitKind::PreMembranePressureVeryHigh],
    hysteresis: 10.0,
    delay: Span::from_secs(1),
    priorities: except(Priority::Medium, Priority::High, "above the very high limit"),
    action: REGULATES,
    text: "Look for a kink or a closed clamp after the pump, and at the membrane for clots. Lower the speed if need be.",
    causes: &[("above_limit", "pressure before the membrane"), HELD, NO_MORE],
    inputs: &[
        Source::Role(Role::PreMembranePressure),
        Source::Intervention(InterventionKind::PreMembranePressureHigh),
    ],
    explained_by: &[
        AlarmKind::OcclusionDownstream,
        AlarmKind::ArterialPressureHigh,
        AlarmKind::MembraneDropHigh,
        AlarmKind::ClampMismatch,
    ],
    ..row(
        AlarmKind::PreMembranePressureHigh,
        "the pressure before the membrane is above its limit, or holds the speed back",
    )
};

pub(super) const ARTERIAL_HIGH: Definition = Definition {
    limits: &[LimitKind::ArterialPressureHigh, LimitKind::ArterialPressureVeryHigh],
    hysteresis: 10.0,
    delay: Span::from_secs(1),
    priorities: except(Priority::Medium, Priority::High, "above the very high limit"),
    action: REGULATES,
    text: "Look for a kink or a closed clamp in the return line, and at the cannula. Lower the speed if need be.",
    causes: &[("above_limit", "pressure in the return line"), HELD, NO_MORE],
    inputs: &[
        Source::Role(Role::ArterialPressure),
        Source::Intervention(InterventionKind::ArterialPressureHigh),
    ],
    explained_by: &[AlarmKind::OcclusionDownstream, AlarmKind::ClampMismatch],
    ..row(
        AlarmKind::ArterialPressureHigh,
        "the pressure in the return line is above its limit, or holds the speed back",
    )
};

pub(super) const MEMBRANE_DROP_HIGH: Definition = Definition {
    limits: &[LimitKind::MembraneResistanceHigh],
    hysteresis: 5.0,
    delay: Span::from_secs(60),
    clear: Span::from_secs(60),
    may_be_off: true,
    text: "Look at the membrane for clots, at the anticoagulation and at the gas exchange. Plan to change the membrane.",
    causes: &[("resistance", "resistance of the membrane, in percent of its baseline")],
    inputs: &[Source::Estimates],
    ..row(AlarmKind::MembraneDropHigh, "the membrane's resistance is far above its baseline")
};

pub(super) const MEMBRANE_DROP_TREND: Definition = Definition {
    limits: &[LimitKind::MembraneResistanceRise],
    hysteresis: 3.0,
    delay: Span::from_secs(60),
    clear: Span::from_secs(60),
    priorities: LOW,
    may_be_off: true,
    text: "The membrane's resistance rises. Look at it for clots, and at the anticoagulation.",
    causes: &[("rise", "rise of the resistance in one hour, in percent of its baseline")],
    inputs: &[Source::Estimates],
    explained_by: &[AlarmKind::MembraneDropHigh],
    ..row(AlarmKind::MembraneDropTrend, "the membrane's resistance rises fast")
};

pub(super) const OCCLUSION_DOWNSTREAM: Definition = Definition {
    delay: Span::from_secs(1),
    priorities: HIGH,
    latching: true,
    text: "The return side is closed. Open its clamps, look for a kink from the pump to the cannula. Do not raise the speed.",
    causes: &[
        ("return_clamp_closed", "the clamp on the return line is closed; pressure behind the pump"),
        ("pressure_high", "nothing flows and the pressure behind the pump is high"),
    ],
    inputs: &[
        Source::Role(Role::BloodFlow),
        Source::Role(Role::PreMembranePressure),
        Source::Role(Role::ArterialPressure),
        Source::Role(Role::ReturnClampPosition),
        Source::Demand,
    ],
    explained_by: &[AlarmKind::ClampMismatch],
    ..row(
        AlarmKind::OcclusionDownstream,
        "the pump turns, nothing flows, and the pressure behind it is far above what it was, or the return clamp is closed",
    )
};

pub(super) const OCCLUSION_UPSTREAM: Definition = Definition {
    delay: Span::from_secs(1),
    priorities: HIGH,
    latching: true,
    text: "The drainage side is closed. Open its clamps, look for a kink from the cannula to the pump. Lower the speed until it is open.",
    causes: &[
        ("drainage_clamp_closed", "the clamp on the drainage line is closed; drainage pressure"),
        ("pressure_low", "nothing flows and the drainage pressure is very low"),
    ],
    inputs: &[
        Source::Role(Role::BloodFlow),
        Source::Role(Role::VenousPressure),
        Source::Role(Role::DrainageClampPosition),
        Source::Demand,
    ],
    explained_by: &[AlarmKind::ClampMismatch],
    ..row(
        AlarmKind::OcclusionUpstream,
        "the pump turns, nothing flows, and the drainage pressure is far below what it was, or the drainage clamp is closed",
    )
};

pub(super) const DISCONNECT: Definition = Definition {
    delay: Span::from_millis(500),
    priorities: HIGH,
    latching: true,
    text: "A line has come apart. Clamp both lines at the patient, then look for blood and air. Do not raise the speed.",
    causes: &[
        (
            "return_open",
            "the pressure in the return line has fallen to that of the room or to less than half, and more blood flows",
        ),
        (
            "drainage_open",
            "the drainage pressure has risen to that of the room, and nothing behind the pump explains it",
        ),
    ],
    inputs: &[
        Source::Role(Role::BloodFlow),
        Source::Role(Role::VenousPressure),
        Source::Role(Role::ArterialPressure),
        Source::Role(Role::PumpSpeed),
    ],
    procedure: Some("clamp_off"),
    ..row(
        AlarmKind::Disconnect,
        "at an unchanged speed the pressure of a line has gone to that of the room, and the flow says that the line is open",
    )
};

pub(super) const CLAMP_MISMATCH: Definition = Definition {
    subject: SubjectKind::Clamp,
    delay: Span::from_millis(500),
    priorities: HIGH,
    latching: true,
    action: "none; a clamp is never moved by the console on its own",
    text: "Look at this clamp. Open or close it by hand as needed, or remove the line from it.",
    causes: &[
        ("not_open", "it is demanded to be open and its switch does not say so"),
        ("not_closed", "it is demanded to be closed and its switch does not say so"),
        ("moved", "it has moved without having been demanded to"),
        ("fault", "its driver reports a fault"),
    ],
    inputs: &[
        Source::Role(Role::ReturnClampPosition),
        Source::Role(Role::DrainageClampPosition),
        Source::Demand,
        Source::Intervention(InterventionKind::ClampMismatch),
    ],
    ..row(AlarmKind::ClampMismatch, "a clamp is not where it was demanded to be, or has moved by itself")
};
