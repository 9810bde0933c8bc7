// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mains and battery.

use super::super::{AlarmKind, Definition, Priority, Source};
use super::{except, row};
use crate::{LimitKind, Role};
use ecmod_quantities::Span;

pub(super) const MAINS_LOST: Definition = Definition {
    delay: Span::from_secs(2),
    priorities: except(Priority::Medium, Priority::Low, "during a planned transport"),
    action: "none: the speed stays",
    text: "The console runs on its battery. Look at the mains plug and the socket.",
    causes: &[("on_battery", "the mains do not feed the console")],
    inputs: &[Source::Role(Role::Mains)],
    ..row(AlarmKind::MainsLost, "the console runs on its battery")
};

pub(super) const BATTERY_LOW: Definition = Definition {
    limits: &[LimitKind::BatteryTimeLow, LimitKind::BatteryChargeLow],
    hysteresis: 2.0,
    delay: Span::from_secs(10),
    action: "none; screens and fans may be dimmed by what runs them, never the pump",
    text: "Connect the console to the mains, or prepare a charged battery.",
    causes: &[("time", "what the battery lasts"), ("charge", "charge of the battery")],
    inputs: &[
        Source::Role(Role::BatteryTimeToEmpty),
        Source::Role(Role::BatteryCharge),
        Source::Role(Role::Mains),
    ],
    explained_by: &[AlarmKind::BatteryCritical, AlarmKind::MainsLost],
    ..row(AlarmKind::BatteryLow, "the battery is low")
};

pub(super) const BATTERY_CRITICAL: Definition = Definition {
    limits: &[LimitKind::BatteryTimeCritical, LimitKind::BatteryChargeCritical],
    hysteresis: 2.0,
    delay: Span::from_secs(10),
    priorities: except(Priority::High, Priority::Medium, "while the mains feed the console"),
    action: "none; screens and fans may be switched off by what runs them, never the pump",
    text: "Connect the console to the mains at once, or change the battery. Have the hand crank ready.",
    causes: &[("time", "what the battery lasts"), ("charge", "charge of the battery")],
    inputs: &[
        Source::Role(Role::BatteryTimeToEmpty),
        Source::Role(Role::BatteryCharge),
        Source::Role(Role::Mains),
    ],
    explained_by: &[AlarmKind::MainsLost],
    procedure: Some("change_console"),
    ..row(AlarmKind::BatteryCritical, "the battery is nearly empty")
};

pub(super) const BATTERY_FAULT: Definition = Definition {
    delay: Span::from_secs(30),
    latching: true,
    text: "Do not rely on this battery, whatever its charge says. Stay on the mains and change the battery.",
    causes: &[("not_usable", "the battery reports a safety or permanent failure")],
    inputs: &[Source::Role(Role::BatteryUsable)],
    ..row(AlarmKind::BatteryFault, "the battery's own flags say that it cannot be relied on")
};

pub(super) const BATTERY_NOT_CHARGING: Definition = Definition {
    delay: Span::from_secs(30),
    latching: true,
    text: "The mains feed the console and the battery is not charged. Have the charger and the battery looked at.",
    causes: &[
        ("not_charging", "charge of the battery"),
        ("charge_unknown", "it is not charged, and its charge is not known"),
    ],
    inputs: &[
        Source::Role(Role::BatteryCharging),
        Source::Role(Role::BatteryCharge),
        Source::Role(Role::Mains),
    ],
    explained_by: &[AlarmKind::BatteryFault],
    ..row(
        AlarmKind::BatteryNotCharging,
        "the battery is not full and not charged, although the mains are there",
    )
};
