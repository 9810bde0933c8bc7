// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the sensors say before a case, with a standing pump: zeros, speed and second speed, detectors of air and level, power. Pure.
//!
//! None of it blocks a case: a sensor that is wrong has its alarm, whatever would act on it stands back, and in an emergency a pump
//! starts at once.

use std::time::{Duration, SystemTime};

use ecmod_control::{LimitKind, Outputs, Role, State, ZeroPolicy};
use ecmod_quantities::{Monotonic, Quantity, Reading};

use super::item::Item;
use crate::journal::zeros::Zeros;
use crate::plan::{Plan, SignalPlan};

/// A zero older than this was not taken for this case `[C]`.
const OLD: Duration = Duration::from_secs(24 * 3600);
/// A transducer that was never zeroed may show this much with a standing pump: more than a mean arterial pressure in mmHg `[C]`.
const NEAR_ZERO: f64 = 100.0;
/// A pump that stands shows less than this, in rpm.
const STANDS: f64 = 50.0;

/// The signal of a role, with its reading.
pub(super) fn of<'a>(
    plan: &'a Plan,
    outputs: &'a Outputs,
    role: Role,
) -> Option<(&'a SignalPlan, &'a Reading)> {
    let index = plan.settings.signals.iter().position(|signal| signal.is_some_and(|s| s.role == role))?;
    Some((plan.signals.get(index)?, outputs.readings.get(index)?))
}

/// The value of a role that can be used.
pub(super) fn value(plan: &Plan, outputs: &Outputs, role: Role) -> Option<f64> {
    of(plan, outputs, role).and_then(|(_, reading)| reading.good_value())
}

/// Whether every pressure was zeroed, and when; one that needs no zero must be near it.
pub(super) fn zeros(
    plan: &Plan,
    outputs: &Outputs,
    zeros: &Zeros,
    wall: SystemTime,
    now: Monotonic,
) -> Option<Item> {
    const NAME: &str = "the pressures are zeroed";
    let mut any = false;
    let (mut told, mut problems) = (Vec::new(), Vec::new());
    let signals = plan.settings.signals.iter().zip(&plan.signals).zip(&outputs.readings);
    for ((settings, signal), reading) in signals {
        let Some(settings) = settings.filter(|s| s.quantity == Quantity::Pressure && s.role != Role::Other)
        else {
            continue;
        };
        any = true;
        let name = &signal.name;
        let taken = signal.sources.iter().filter_map(|source| zeros.of(source)).map(|zero| zero.taken).min();
        let value = reading.value().unwrap_or(0.0);
        match taken {
            Some(taken) => {
                let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(taken));
                let age = at.and_then(|at| wall.duration_since(at).ok()).unwrap_or_default();
                let text = format!("{name} {} h ago", age.as_secs() / 3600);
                if age > OLD { problems.push(text) } else { told.push(text) }
            }
            None if settings.zero == ZeroPolicy::Required => problems.push(format!("{name} never")),
            None if value.abs() > NEAR_ZERO && outputs.state == State::Standby => {
                problems.push(format!("{name} never, and it shows {value:.0} mmHg"));
            }
            None => told.push(format!("{name} needs none")),
        }
    }
    any.then(|| {
        if problems.is_empty() {
            Item::passed(NAME, told.join(", "), now)
        } else {
            let remedy = "Open each transducer to air and zero it: nothing acts on a pressure that needs a zero and has none.";
            Item::failed(NAME, problems.join(", "), remedy, now)
        }
    })
}

/// Whether drive and second sensor agree that the pump stands. Whether it turns the right way is seen in use.
pub(super) fn speed(plan: &Plan, outputs: &Outputs, now: Monotonic) -> Option<Item> {
    const NAME: &str = "speed and second speed agree";
    let (drive, second) = (value(plan, outputs, Role::PumpSpeed), value(plan, outputs, Role::Tacho));
    of(plan, outputs, Role::Tacho)?;
    let (Some(drive), Some(second)) = (drive, second) else {
        return Some(Item::skipped(NAME, "one of them is not measured", now));
    };
    let found = format!("{drive:.0} and {second:.0} rpm");
    let tolerance = STANDS.max(0.05 * drive.abs());
    Some(if (drive - second).abs() <= tolerance {
        Item::passed(NAME, found, now)
    } else if drive.abs() < STANDS {
        let remedy = "The rotor turns though the drive stands: clamp the return line, blood may run back. Else look at the second sensor.";
        Item::failed(NAME, found, remedy, now)
    } else {
        Item::failed(NAME, found, "Look at both sensors: an alarm would go by them.", now)
    })
}

/// Whether the detectors of air and level are there and see neither.
pub(super) fn detectors(plan: &Plan, outputs: &Outputs, now: Monotonic) -> Option<Item> {
    const NAME: &str = "the detectors of air and level";
    let (mut told, mut problems) = (Vec::new(), Vec::new());
    for role in [Role::ReturnBubble, Role::DrainageBubble, Role::LevelLow] {
        let Some((signal, reading)) = of(plan, outputs, role) else { continue };
        match reading.good_value() {
            Some(state) if state > 0.5 => problems.push(format!("{} sees it", signal.name)),
            Some(_) => told.push(signal.name.as_str()),
            None => problems.push(format!("{} says nothing ({})", signal.name, reading.cause().name())),
        }
    }
    if problems.is_empty() && told.is_empty() {
        return None;
    }
    Some(if problems.is_empty() {
        Item::passed(NAME, format!("all in order: {}", told.join(", ")), now)
    } else {
        let remedy = "Is the line primed and laid into the detector, and the reservoir full? Then look at the detector.";
        Item::failed(NAME, problems.join(", "), remedy, now)
    })
}

/// Whether there are mains, and a battery that could take over.
pub(super) fn power(plan: &Plan, outputs: &Outputs, now: Monotonic) -> Option<Item> {
    const NAME: &str = "mains and battery";
    let state = |role| of(plan, outputs, role).map(|(_, reading)| reading.good_value());
    let (mains, usable) = (state(Role::Mains), state(Role::BatteryUsable));
    let charge = state(Role::BatteryCharge);
    if mains.is_none() && usable.is_none() && charge.is_none() {
        return None;
    }
    let mut problems = Vec::new();
    if mains == Some(Some(0.0)) && plan.settings.alarms.mains_expected && !outputs.alarms.transport {
        problems.push("the console runs on battery".to_owned());
    }
    match usable {
        Some(Some(usable)) if usable < 0.5 => {
            problems.push("the battery has failed by its own flags".to_owned())
        }
        Some(None) => problems.push("nobody knows whether the battery is usable".to_owned()),
        Some(Some(_)) | None => {}
    }
    let low = outputs.limits.get(LimitKind::BatteryChargeLow);
    match charge {
        Some(Some(charge)) if low.is_some_and(|low| charge < low) => {
            problems.push(format!("the battery has {charge:.0} %"));
        }
        Some(None) => problems.push("the battery's charge is not known".to_owned()),
        Some(Some(_)) | None => {}
    }
    Some(if problems.is_empty() {
        let charge =
            charge.flatten().map_or_else(String::new, |charge| format!(", the battery has {charge:.0} %"));
        Item::passed(NAME, format!("in order{charge}"), now)
    } else {
        let remedy =
            "Connect the mains, and have a battery that is charged and vouched for, before a case begins.";
        Item::failed(NAME, problems.join(", "), remedy, now)
    })
}

#[cfg(test)]
#[path = "sensors_tests.rs"]
mod tests;
