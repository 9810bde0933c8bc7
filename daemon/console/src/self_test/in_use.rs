// SPDX-License-Identifier: MIT OR Apache-2.0
//! The test in use: what can be seen of the console's health while it supports, without touching anything that acts on the patient.
//!
//! It looks every ten seconds, and believes a fault only when it was seen three times in a row; what it finds is an item of the
//! self-test whose name begins with `in use`, with the time of its latest result. It blocks nothing and raises no alarm of its own:
//! what has to be heard is an alarm of the catalogue already, which the item names. With the next test in standby the items go.

use std::collections::BTreeMap;

use ecmod_control::{AlarmKind, AlarmPhase, Facts, LinkHealth, Outputs, Role};
use ecmod_quantities::{Monotonic, Quality, Span};

use super::item::{Item, ItemResult};
use super::sensors::{of, value};
use crate::hosts::links::Worst;
use crate::plan::Plan;

/// What the names of these items begin with.
pub(super) const PREFIX: &str = "in use: ";
/// Between two looks.
pub(super) const LOOK: Span = Span::from_secs(10);
/// A fault counts when it was seen so often in a row.
const TIMES: u8 = 3;
/// Results that do not change are shown anew so often.
const SHOW: Span = Span::from_secs(60);
/// Flow and pressure drop are judged above this flow, in L/min.
const FLOWS: f64 = 0.5;
/// What the noise of two transducers makes of a drop of zero, in mmHg.
const DROP_NOISE: f64 = 10.0;

/// What is looked at.
pub(super) struct Scene<'s> {
    pub(super) plan: &'s Plan,
    pub(super) outputs: &'s Outputs,
    /// What the daemon knows of itself.
    pub(super) facts: Facts,
    /// The worst link of each port, by the port's name.
    pub(super) links: Vec<(String, Worst)>,
    /// Ticks, and deadlines missed, since the look before.
    pub(super) ticks: (u64, u64),
    pub(super) now: Monotonic,
}

/// Looks, and remembers what failed how often.
#[derive(Debug, Default)]
pub(super) struct InUse {
    failed: BTreeMap<String, u8>,
    shown: BTreeMap<String, (ItemResult, Monotonic)>,
    looked: Option<Monotonic>,
}

impl InUse {
    /// Whether it is time.
    pub(super) fn is_due(&self, now: Monotonic) -> bool {
        self.looked.is_none_or(|looked| now.since(looked) >= LOOK)
    }

    /// One look: the items that are to be shown.
    pub(super) fn look(&mut self, scene: &Scene<'_>) -> Vec<Item> {
        self.looked = Some(scene.now);
        let all = [
            sounder(scene),
            sensor_age(scene),
            links(scene),
            model(scene),
            direction(scene),
            pressure_drop(scene),
            load(scene),
            second_speed(scene),
            references(scene),
            margin(scene),
        ];
        all.into_iter().filter(|item| self.is_to_be_shown(item)).collect()
    }

    fn is_to_be_shown(&mut self, item: &Item) -> bool {
        let times = self.failed.entry(item.name.clone()).or_default();
        *times = if item.result == ItemResult::Failed { times.saturating_add(1) } else { 0 };
        if (1..TIMES).contains(times) {
            return false;
        }
        let shown = self.shown.get(&item.name);
        let is_news = shown.is_none_or(|(result, at)| *result != item.result || item.at.since(*at) >= SHOW);
        if is_news {
            self.shown.insert(item.name.clone(), (item.result, item.at));
        }
        is_news
    }
}

fn name(what: &str) -> String {
    format!("{PREFIX}{what}")
}

/// Whether an alarm of this kind is present.
fn alarms(scene: &Scene<'_>, kind: AlarmKind) -> bool {
    let mut present = scene.outputs.alarms.iter();
    present.any(|status| status.alarm.kind == kind && status.phase == AlarmPhase::Active)
}

/// Its driver tests it by its current when it was silent for a day, and tells what it found.
fn sounder(scene: &Scene<'_>) -> Item {
    let name = name("the sounder");
    match of(scene.plan, scene.outputs, Role::SounderOk) {
        None => Item::skipped(
            name,
            "no signal sounder_ok is configured: it is not sensed; test it by ear",
            scene.now,
        ),
        Some((_, reading)) => match reading.good_value() {
            Some(ok) if ok > 0.5 => Item::passed(name, "its driver senses that it works", scene.now),
            Some(_) => {
                let remedy = "Stay with the console and watch its lamps; have the sounder replaced.";
                Item::failed(name, "it does not sound (SOUNDER_FAULT)", remedy, scene.now)
            }
            None => {
                Item::skipped(name, format!("nothing is known of it ({})", reading.cause().name()), scene.now)
            }
        },
    }
}

fn sensor_age(scene: &Scene<'_>) -> Item {
    let name = name("the sensors are heard");
    let (mut oldest, mut silent) = (0.0_f64, Vec::new());
    let signals = scene.plan.settings.signals.iter().zip(&scene.plan.signals).zip(&scene.outputs.readings);
    for ((settings, signal), reading) in signals {
        let Some(settings) = settings.filter(|settings| settings.role != Role::Other) else { continue };
        if reading.quality() == Quality::Bad {
            use ecmod_quantities::Cause::{Communication, HostLost, NoData, Stale, Timeout};
            if matches!(reading.cause(), NoData | Stale | Timeout | HostLost | Communication) {
                silent.push(signal.name.as_str());
            }
            continue;
        }
        let allowed = settings.longest_age.seconds();
        let age = scene.outputs.now.since(reading.acquired()).seconds();
        if allowed > 0.0 {
            oldest = oldest.max(age / allowed);
        }
    }
    if silent.is_empty() {
        let detail = format!("the oldest sample has {:.0} % of its longest age", 100.0 * oldest.min(1.0));
        Item::passed(name, detail, scene.now)
    } else {
        let remedy = "See each signal's alarm (SENSOR_STALE): its sensor, cable or driver.";
        Item::failed(name, format!("silent: {}", silent.join(", ")), remedy, scene.now)
    }
}

fn links(scene: &Scene<'_>) -> Item {
    let name = name("the links");
    let worse =
        |a: &&(String, Worst), b: &&(String, Worst)| a.1.recent.share().total_cmp(&b.1.recent.share());
    let Some((port, worst)) = scene.links.iter().max_by(worse) else {
        return Item::skipped(name, "no exchanges are counted yet", scene.now);
    };
    let found = format!(
        "worst is {} on {port}: {} of {} failed in ten minutes",
        worst.name, worst.recent.failed, worst.recent.exchanges
    );
    let is_sound = scene.links.iter().all(|(_, worst)| worst.health == LinkHealth::Sound);
    if is_sound && !alarms(scene, AlarmKind::LinkDegraded) {
        Item::passed(name, found, scene.now)
    } else {
        let remedy = "Check plug and cable (LINK_DEGRADED) before it fails; if it is the pump's, have the backup ready.";
        Item::failed(name, found, remedy, scene.now)
    }
}

fn model(scene: &Scene<'_>) -> Item {
    let name = name("the flow agrees with speed and head");
    match scene.outputs.estimates.flow_deviation {
        None => Item::skipped(name, "there is too little flow, or a pressure is missing", scene.now),
        Some(percent) if alarms(scene, AlarmKind::FlowImplausible) => {
            let remedy =
                "Look at the flow probe and at the pressures (FLOW_IMPLAUSIBLE) before going by the flow.";
            Item::failed(name, format!("it lies {percent:.0} % off"), remedy, scene.now)
        }
        Some(percent) => Item::passed(name, format!("it lies {percent:.0} % off"), scene.now),
    }
}

/// A rotor that turns the wrong way, or a probe that was put on the wrong way round, shows flow backwards at a speed that pumps.
fn direction(scene: &Scene<'_>) -> Item {
    let name = name("the pump turns the right way");
    let flow = value(scene.plan, scene.outputs, Role::BloodFlow);
    let speed = value(scene.plan, scene.outputs, Role::PumpSpeed);
    let (Some(flow), Some(speed)) = (flow, speed) else {
        return Item::skipped(name, "flow or speed is not measured", scene.now);
    };
    let found = format!("{flow:.1} L/min at {speed:.0} rpm");
    if speed < scene.outputs.estimates.floor.value() {
        Item::skipped(name, format!("{found}: too slow to tell"), scene.now)
    } else if flow < -FLOWS {
        let remedy = "Blood runs backwards (BACKFLOW), or the probe is on the wrong way round: look at its arrow and at the pump's.";
        Item::failed(name, found, remedy, scene.now)
    } else {
        Item::passed(name, found, scene.now)
    }
}

fn pressure_drop(scene: &Scene<'_>) -> Item {
    let name = name("the pressure falls over the membrane");
    let flow = value(scene.plan, scene.outputs, Role::BloodFlow);
    match (scene.outputs.estimates.membrane.drop, flow) {
        (Some(drop), Some(flow)) if flow > FLOWS => {
            let found = format!("by {:.0} mmHg", drop.value());
            if drop.value() >= -DROP_NOISE {
                Item::passed(name, found, scene.now)
            } else {
                let remedy = "It cannot rise there: two transducers are exchanged, or one needs a new zero.";
                Item::failed(name, found, remedy, scene.now)
            }
        }
        (Some(_) | None, Some(_) | None) => {
            Item::skipped(name, "there is too little flow, or a pressure is missing", scene.now)
        }
    }
}

fn load(scene: &Scene<'_>) -> Item {
    let name = name("the drive's load");
    match value(scene.plan, scene.outputs, Role::PumpLoad) {
        None => Item::skipped(name, "it is not measured", scene.now),
        Some(load) if alarms(scene, AlarmKind::MotorCurrentTrend) => {
            let remedy =
                "Look for clots in the pump's head, a bent line, a worn bearing (MOTOR_CURRENT_TREND).";
            Item::failed(name, format!("{load:.0} %"), remedy, scene.now)
        }
        Some(load) => Item::passed(name, format!("{load:.0} %"), scene.now),
    }
}

fn second_speed(scene: &Scene<'_>) -> Item {
    let name = name("speed and second speed agree");
    let second = of(scene.plan, scene.outputs, Role::Tacho);
    let Some((second, drive)) = second.and_then(|(_, reading)| reading.good_value()).zip(value(
        scene.plan,
        scene.outputs,
        Role::PumpSpeed,
    )) else {
        return Item::skipped(name, "there is no second one, or one is not measured", scene.now);
    };
    let found = format!("{drive:.0} and {second:.0} rpm");
    let index = scene.plan.settings.signals.iter().position(|s| s.is_some_and(|s| s.role == Role::Tacho));
    let disagrees = index.is_some_and(|index| scene.outputs.estimates.disagrees & (1 << (index % 64)) != 0);
    if disagrees {
        Item::failed(name, found, "Find out which one is right (SENSOR_DISAGREES).", scene.now)
    } else {
        Item::passed(name, found, scene.now)
    }
}

/// What converters find of themselves with every sample they say by their readings; their full self test waits for standby.
fn references(scene: &Scene<'_>) -> Item {
    let name = name("converters and their references");
    let faulty: Vec<&str> = scene
        .plan
        .signals
        .iter()
        .zip(&scene.outputs.readings)
        .filter(|(_, reading)| reading.cause() == ecmod_quantities::Cause::DeviceError)
        .map(|(signal, _)| signal.name.as_str())
        .collect();
    if faulty.is_empty() {
        Item::passed(
            name,
            "no device reports a fault of its own; what needs a pause is tested in standby",
            scene.now,
        )
    } else {
        let remedy =
            "The device behind this signal finds itself faulty: see its driver's log, and replace it.";
        Item::failed(name, format!("faulty by their own account: {}", faulty.join(", ")), remedy, scene.now)
    }
}

fn margin(scene: &Scene<'_>) -> Item {
    let name = name("the control loop has time to spare");
    let (ticks, missed) = scene.ticks;
    let found = format!("{missed} of {} deadlines missed", ticks.saturating_add(missed));
    let near = scene.facts.has(ecmod_control::Fact::WatchdogNear);
    if near || scene.facts.has(ecmod_control::Fact::LoopOverrun) {
        let remedy = "The machine is overloaded or failing (LOOP_OVERRUN, WD_NEAR): prepare a spare console.";
        Item::failed(name, found, remedy, scene.now)
    } else {
        Item::passed(name, found, scene.now)
    }
}

#[cfg(test)]
#[path = "in_use_tests.rs"]
mod tests;
