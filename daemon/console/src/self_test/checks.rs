// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the console tests of itself. Pure: each check is handed what it judges.

use ecmod_control::{Outputs, Role};
use ecmod_quantities::{Cause, Monotonic, Quality};
use std::time::{Duration, SystemTime};

use super::item::Item;
use crate::control_thread::command::Command;
use crate::plan::Plan;

/// A wall clock before this was never set: 2025-01-01.
const NEVER_SET: Duration = Duration::from_secs(1_735_689_600);
/// Ticks that must have run before the loop is judged by them.
const ENOUGH_TICKS: u64 = 50;

/// The configuration was read and checked: a daemon that runs has one.
pub(super) fn configuration(plan: &Plan, now: Monotonic) -> Item {
    let (ports, drivers, signals) = (plan.ports.len(), plan.drivers.len(), plan.signals.len());
    let detail = format!("read and checked: {ports} ports, {drivers} drivers, {signals} signals");
    Item::passed("the configuration", detail, now).blocking(true)
}

/// Records with a wrong date are hard to use; nobody's support depends on it.
pub(super) fn clock(wall: SystemTime, now: Monotonic) -> Item {
    const NAME: &str = "the clock";
    let is_set = wall.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since >= NEVER_SET);
    if is_set {
        Item::passed(NAME, "it has been set", now)
    } else {
        Item::failed(NAME, "it was never set", "Set date and time: records will have wrong dates.", now)
    }
}

/// Whether the loop keeps its period. It fails only when it misses more deadlines than it keeps: an overloaded machine is told by its
/// own alarm, this is about one that cannot do the work at all.
pub(super) fn control_loop(ticks: u64, overruns: u64, now: Monotonic) -> Item {
    const NAME: &str = "the control loop";
    let item = if ticks < ENOUGH_TICKS {
        Item::failed(
            NAME,
            "it does not run",
            "Restart the console; if it stays so, the machine is faulty.",
            now,
        )
    } else if overruns > ticks {
        Item::failed(
            NAME,
            format!("it missed {overruns} deadlines and kept {ticks}"),
            "The processor is too slow or overloaded: find what else runs on it.",
            now,
        )
    } else {
        Item::passed(NAME, format!("{ticks} ticks, {overruns} deadlines missed"), now)
    };
    item.blocking(true)
}

/// A key that is pressed while nobody should be there is stuck.
pub(super) fn keys(plan: &Plan, outputs: &Outputs, now: Monotonic) -> Option<Item> {
    const NAME: &str = "the keys";
    let mut any = false;
    let mut stuck = Vec::new();
    for (settings, (signal, reading)) in
        plan.settings.signals.iter().zip(plan.signals.iter().zip(&outputs.readings))
    {
        let is_key = settings.is_some_and(|settings| {
            matches!(settings.role, Role::KeyMute | Role::KeyConfirm | Role::KeyOverride)
        });
        if is_key {
            any = true;
            if reading.good_value().is_some_and(|value| value > 0.5) {
                stuck.push(signal.name.as_str());
            }
        }
    }
    any.then(|| {
        if stuck.is_empty() {
            Item::passed(NAME, "none is pressed", now)
        } else {
            let stuck = stuck.join(", ");
            Item::failed(
                NAME,
                format!("pressed: {stuck}"),
                "Let go of it; if nobody presses it, mend it.",
                now,
            )
        }
    })
}

/// Whether every signal that the core acts on is measured.
pub(super) fn signals(plan: &Plan, outputs: &Outputs, now: Monotonic) -> Item {
    const NAME: &str = "the signals";
    let mut bad = Vec::new();
    for (settings, (signal, reading)) in
        plan.settings.signals.iter().zip(plan.signals.iter().zip(&outputs.readings))
    {
        let is_known = settings.is_some_and(|settings| settings.role != Role::Other);
        // What is not ready (an empty average, a battery that does not discharge) is in order.
        if is_known && reading.quality() == Quality::Bad && reading.cause() != Cause::NotReady {
            bad.push(format!("{} ({})", signal.name, reading.cause().name()));
        }
    }
    if bad.is_empty() {
        Item::passed(NAME, "all that the console acts on are measured", now)
    } else {
        let remedy = "See each signal's cause: its sensor, cable or driver.";
        Item::failed(NAME, format!("not measured: {}", bad.join(", ")), remedy, now)
    }
}

/// Whether there is anything that sounds when the console fails.
pub(super) fn annunciator(plan: &Plan, now: Monotonic) -> Item {
    const NAME: &str = "an annunciator of its own";
    let has = |wanted: Command| plan.commands.iter().any(|(command, _)| *command == wanted);
    match (has(Command::AlarmSound), has(Command::AlarmLamp)) {
        (true, true) => Item::passed(NAME, "lamps and sounder are configured", now),
        (true, false) => Item::passed(NAME, "a sounder is configured, no lamps", now),
        (false, _) => {
            Item::skipped(NAME, "no sounder is configured: user interfaces alone tell of alarms", now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_test::ItemResult;

    const NOW: Monotonic = Monotonic(9);

    #[test]
    fn a_clock_that_was_never_set_fails_and_blocks_nothing() {
        let item = clock(SystemTime::UNIX_EPOCH + Duration::from_secs(3600), NOW);
        assert_eq!((item.result, item.is_in_the_way()), (ItemResult::Failed, false));
        let item = clock(SystemTime::UNIX_EPOCH + NEVER_SET + Duration::from_secs(1), NOW);
        assert_eq!(item.result, ItemResult::Passed);
    }

    #[test]
    fn only_a_loop_that_cannot_do_its_work_fails() {
        assert_eq!(control_loop(100, 40, NOW).result, ItemResult::Passed, "a busy machine");
        assert!(control_loop(100, 101, NOW).is_in_the_way());
        assert!(control_loop(3, 0, NOW).is_in_the_way(), "it stands still");
    }
}
