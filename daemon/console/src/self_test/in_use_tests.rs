// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::self_test::ItemResult::{Failed, Passed, Skipped};
use crate::self_test::bench;
use ecmod_control::{Fact, LinkTotals};
use ecmod_quantities::{Cause, MmHg, Reading};

const NOW: Monotonic = Monotonic(1_000_000_000_000);

/// A console whose signals all deliver something.
fn supporting() -> (Plan, Outputs) {
    let (plan, mut outputs) = bench::plan_and_outputs();
    outputs.now = NOW;
    for reading in &mut outputs.readings {
        *reading = Reading::good(0.0, NOW, 1);
    }
    let mut set = |role, value| {
        let index = bench::index(&plan, Role::name(role).unwrap());
        outputs.readings[index] = Reading::good(value, NOW, 1);
    };
    set(Role::BloodFlow, 4.0);
    set(Role::PumpSpeed, 3300.0);
    set(Role::Tacho, 3301.0);
    set(Role::PumpLoad, 40.0);
    set(Role::SounderOk, 1.0);
    outputs.estimates.flow_deviation = Some(3.0);
    outputs.estimates.membrane.drop = Some(MmHg(40.0));
    (plan, outputs)
}

fn scene<'s>(plan: &'s Plan, outputs: &'s Outputs) -> Scene<'s> {
    let worst = Worst {
        name: "unit_1".into(),
        recent: LinkTotals { exchanges: 6000, failed: 2 },
        health: LinkHealth::Sound,
    };
    Scene {
        plan,
        outputs,
        facts: Facts::NONE,
        links: vec![("line".into(), worst)],
        ticks: (1000, 1),
        now: NOW,
    }
}

#[test]
fn a_console_that_is_well_passes_every_item_and_none_blocks() {
    let (plan, outputs) = supporting();
    let items = InUse::default().look(&scene(&plan, &outputs));
    assert_eq!(items.len(), 10);
    for item in items {
        assert!(item.name.starts_with(PREFIX) && item.result == Passed && !item.blocks, "{item:?}");
        assert_eq!(item.at, NOW, "the time of its result");
    }
}

#[test]
fn each_fault_fails_the_item_that_is_about_it() {
    type Break = fn(&Plan, &mut Outputs);
    let cases: [(&str, Break); 6] = [
        ("the sounder", |plan, outputs| bench::set(plan, outputs, Role::SounderOk, 0.0)),
        ("the sensors are heard", |plan, outputs| {
            outputs.readings[bench::index(plan, "blood_flow")] = Reading::bad(Cause::Stale, NOW, 2);
        }),
        ("the pump turns the right way", |plan, outputs| bench::set(plan, outputs, Role::BloodFlow, -1.0)),
        ("the pressure falls over the membrane", |_, outputs| {
            outputs.estimates.membrane.drop = Some(MmHg(-60.0));
        }),
        ("speed and second speed agree", |plan, outputs| {
            outputs.estimates.disagrees = 1 << bench::index(plan, "tacho");
        }),
        ("converters and their references", |plan, outputs| {
            outputs.readings[bench::index(plan, "venous_pressure")] =
                Reading::bad(Cause::DeviceError, NOW, 2);
        }),
    ];
    for (what, fault) in cases {
        let (plan, mut outputs) = supporting();
        fault(&plan, &mut outputs);
        // Seen often enough to be believed.
        let mut in_use = InUse::default();
        let mut scene = scene(&plan, &outputs);
        let mut failed = Vec::new();
        for look in 1..=3 {
            scene.now = NOW.plus(Span(look * LOOK.0));
            failed = in_use.look(&scene).into_iter().filter(|item| item.result == Failed).collect();
            assert!(look == 3 || failed.is_empty(), "{what} after {look} looks");
        }
        let [item] = failed.as_slice() else { panic!("{what}: {failed:?}") };
        assert!(item.name.ends_with(what) && !item.remedy.is_empty() && !item.blocks, "{item:?}");
    }
}

#[test]
fn links_that_get_worse_and_a_loop_without_time_fail() {
    let (plan, outputs) = supporting();
    let mut scene = scene(&plan, &outputs);
    scene.links[0].1.health = LinkHealth::Failing { percent: 7 };
    scene.facts = Facts::NONE.with(Fact::LoopOverrun);
    assert_eq!((links(&scene).result, margin(&scene).result), (Failed, Failed));
}

#[test]
fn what_cannot_be_tested_here_says_so_and_is_no_pass() {
    let (plan, mut outputs) = supporting();
    outputs.estimates.flow_deviation = None;
    outputs.estimates.membrane.drop = None;
    bench::set(&plan, &mut outputs, Role::PumpSpeed, 300.0);
    let scene = scene(&plan, &outputs);
    for item in [model(&scene), pressure_drop(&scene), direction(&scene)] {
        assert_eq!(item.result, Skipped, "{item:?}");
    }
}

#[test]
fn a_result_that_stays_is_shown_once_a_minute_and_another_one_at_once() {
    let (plan, outputs) = supporting();
    let mut in_use = InUse::default();
    let mut shown = Vec::new();
    for look in 0..=6 {
        let scene = Scene { now: NOW.plus(Span(look * LOOK.0)), ..scene(&plan, &outputs) };
        shown.push(in_use.look(&scene).len());
    }
    assert_eq!(shown, [10, 0, 0, 0, 0, 0, 10]);
    assert!(!in_use.is_due(NOW.plus(Span(6 * LOOK.0 + 1))) && in_use.is_due(NOW.plus(Span(7 * LOOK.0))));
}
