// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mains and battery: of concern at any time.

use super::super::scene::{Scene, Sink, When};
use super::super::{AlarmCause, AlarmKind};
use crate::{LimitKind, Role};

/// A battery with more charge than this is full, percent.
const FULL: f64 = 95.0;

pub(super) fn find(scene: &Scene<'_>, sink: &mut Sink<'_>) {
    let mains = scene.state(Role::Mains);
    if mains == Some(false) && scene.settings.alarms.mains_expected {
        let transport = When::special(scene.outputs.alarms.transport);
        sink.find(AlarmKind::MainsLost, transport, AlarmCause::word("on_battery"));
    }
    let on_mains = mains == Some(true);
    let critical = lasts(scene, sink, AlarmKind::BatteryCritical, on_mains, &CRITICAL);
    if let Some(cause) = critical {
        sink.find(AlarmKind::BatteryCritical, When::special(on_mains), cause);
    } else if let Some(cause) = lasts(scene, sink, AlarmKind::BatteryLow, on_mains, &LOW) {
        sink.find(AlarmKind::BatteryLow, When::Usual, cause);
    }
    if scene.state(Role::BatteryUsable) == Some(false) {
        sink.find(AlarmKind::BatteryFault, When::Usual, AlarmCause::word("not_usable"));
    }
    if on_mains && scene.state(Role::BatteryCharging) == Some(false) {
        match scene.value(Role::BatteryCharge) {
            Some(charge) if charge >= FULL => {}
            Some(charge) => {
                let cause = AlarmCause::value("not_charging", charge);
                sink.find(AlarmKind::BatteryNotCharging, When::Usual, cause);
            }
            None => {
                let cause = AlarmCause::word("charge_unknown");
                sink.find(AlarmKind::BatteryNotCharging, When::Usual, cause);
            }
        }
    }
}

/// The limits of a step.
struct Step {
    time: LimitKind,
    charge: LimitKind,
}

const LOW: Step = Step { time: LimitKind::BatteryTimeLow, charge: LimitKind::BatteryChargeLow };
const CRITICAL: Step =
    Step { time: LimitKind::BatteryTimeCritical, charge: LimitKind::BatteryChargeCritical };

/// Whether the battery is below a step. How long it lasts says something only while it is used.
fn lasts(
    scene: &Scene<'_>,
    sink: &Sink<'_>,
    kind: AlarmKind,
    on_mains: bool,
    step: &Step,
) -> Option<AlarmCause> {
    let time = scene.value(Role::BatteryTimeToEmpty).filter(|_| !on_mains);
    let time = time.filter(|time| scene.limit(step.time).is_some_and(|limit| *time < limit));
    let charge = scene.value(Role::BatteryCharge);
    let charge = charge.filter(|charge| sink.below(kind, *charge, scene.limit(step.charge)));
    let by_time = time.map(|time| AlarmCause::value("time", time));
    by_time.or(charge.map(|charge| AlarmCause::value("charge", charge)))
}
