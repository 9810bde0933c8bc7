// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::journal::zeros::Zero;
use crate::self_test::ItemResult::{Failed, Passed, Skipped};
use crate::self_test::bench;

const NOW: Monotonic = Monotonic(5);
const PRESSURES: [Role; 3] = [Role::VenousPressure, Role::PreMembranePressure, Role::ArterialPressure];

fn wall() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

#[test]
fn a_pressure_that_needs_a_zero_and_has_none_or_an_old_one_fails_and_blocks_nothing() {
    let (mut plan, mut outputs) = bench::plan_and_outputs();
    for role in PRESSURES {
        bench::set(&plan, &mut outputs, role, 3.0);
    }
    let look = |plan: &Plan, zeros: &Zeros| super::zeros(plan, &outputs, zeros, wall(), NOW).unwrap();
    let mut kept = Zeros::default();
    assert_eq!(look(&plan, &kept).result, Passed, "transmitters that measure rightly as they are");
    let index = bench::index(&plan, "venous_pressure");
    plan.settings.signals[index].as_mut().unwrap().zero = ZeroPolicy::Required;
    let item = look(&plan, &kept);
    assert_eq!((item.result, item.blocks, item.detail.as_str()), (Failed, false, "venous_pressure never"));
    kept.keep("x.venous_pressure", Zero { value: 1.0, taken: 1_790_000_000 - 7200 });
    let item = look(&plan, &kept);
    assert!(item.result == Passed && item.detail.contains("venous_pressure 2 h ago"), "{item:?}");
    kept.keep("x.venous_pressure", Zero { value: 1.0, taken: 1_790_000_000 - 25 * 3600 });
    let item = look(&plan, &kept);
    assert!(item.result == Failed && item.detail == "venous_pressure 25 h ago", "{item:?}");
}

#[test]
fn a_transducer_without_a_zero_that_shows_pressure_at_a_standing_pump_fails() {
    let (plan, mut outputs) = bench::plan_and_outputs();
    bench::set(&plan, &mut outputs, Role::ArterialPressure, 180.0);
    let item = zeros(&plan, &outputs, &Zeros::default(), wall(), NOW).unwrap();
    assert!(item.result == Failed && item.detail.contains("shows 180 mmHg"), "{item:?}");
}

#[test]
fn a_rotor_that_turns_while_the_drive_stands_fails() {
    let (plan, mut outputs) = bench::plan_and_outputs();
    assert_eq!(speed(&plan, &outputs, NOW).unwrap().result, Skipped);
    bench::set(&plan, &mut outputs, Role::PumpSpeed, 0.0);
    bench::set(&plan, &mut outputs, Role::Tacho, 8.0);
    assert_eq!(speed(&plan, &outputs, NOW).unwrap().result, Passed);
    bench::set(&plan, &mut outputs, Role::Tacho, 400.0);
    let item = speed(&plan, &outputs, NOW).unwrap();
    assert!(item.result == Failed && item.remedy.contains("clamp the return line"), "{item:?}");
}

#[test]
fn a_detector_that_sees_air_before_a_case_or_says_nothing_fails() {
    let (plan, mut outputs) = bench::plan_and_outputs();
    for role in [Role::ReturnBubble, Role::DrainageBubble, Role::LevelLow] {
        bench::set(&plan, &mut outputs, role, 0.0);
    }
    assert_eq!(detectors(&plan, &outputs, NOW).unwrap().result, Passed);
    bench::set(&plan, &mut outputs, Role::LevelLow, 1.0);
    outputs.readings[bench::index(&plan, "return_bubble")] = Reading::NO_DATA;
    let item = detectors(&plan, &outputs, NOW).unwrap();
    assert_eq!(item.result, Failed);
    assert!(item.detail.contains("level_low sees it") && item.detail.contains("return_bubble says nothing"));
}

#[test]
fn a_console_on_battery_or_with_a_battery_that_nothing_vouches_for_fails() {
    let (plan, mut outputs) = bench::plan_and_outputs();
    let mut say = |mains, usable, charge| {
        bench::set(&plan, &mut outputs, Role::Mains, mains);
        bench::set(&plan, &mut outputs, Role::BatteryUsable, usable);
        bench::set(&plan, &mut outputs, Role::BatteryCharge, charge);
        power(&plan, &outputs, NOW).unwrap()
    };
    assert_eq!(say(1.0, 1.0, 95.0).result, Passed);
    for (item, word) in [
        (say(0.0, 1.0, 95.0), "runs on battery"),
        (say(1.0, 0.0, 95.0), "failed by its own flags"),
        (say(1.0, 1.0, 12.0), "12 %"),
    ] {
        assert!(item.result == Failed && item.detail.contains(word) && !item.blocks, "{item:?}");
    }
    outputs.alarms.transport = true;
    bench::set(&plan, &mut outputs, Role::Mains, 0.0);
    bench::set(&plan, &mut outputs, Role::BatteryCharge, 80.0);
    assert_eq!(power(&plan, &outputs, NOW).unwrap().result, Passed, "a planned transport runs on battery");
}
