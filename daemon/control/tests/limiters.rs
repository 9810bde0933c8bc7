// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pressure limiters in closed loop with a small plant: they hold, say so, let go, and respect the floor.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{Bench, Plant, VENOUS, settings};
use ecmod_control::{ActiveLimit, LimitKind, LimiterStatus, PumpPreset, Request};
use ecmod_quantities::{Cause, MmHg, Rpm};

const ROTAFLOW: PumpPreset = PumpPreset::RotaflowLike;

#[test]
fn the_venous_limiter_holds_the_pressure_says_so_and_lets_go_bumplessly() {
    for preset in PumpPreset::ALL {
        let mut bench = Bench::at_flow(preset, 4.0);
        bench.plant.drainage = 2.5;
        let mut lowest = 0.0f64;
        let mut last = bench.demand();
        bench.watch(40.0, |bench| {
            lowest = lowest.min(bench.plant.pressures().0);
            assert!(last - bench.demand() <= last * 0.1 * 0.01 + 1e-6, "lowered faster than 10 %/s");
            last = bench.demand();
        });
        let out = bench.outputs();
        println!("{preset:?}: lowest {lowest:.0} mmHg, then {:.1}", bench.plant.pressures().0);
        assert_eq!(out.active_limit, ActiveLimit::VenousPressureLow, "{preset:?}");
        assert_eq!(out.limiters.venous, LimiterStatus::Limiting);
        assert_eq!(out.limiters.arterial, LimiterStatus::Watching);
        bench.watch(10.0, |bench| {
            let venous = bench.plant.pressures().0;
            assert!((venous + 100.0).abs() < 3.0, "{preset:?}: {venous} mmHg");
        });
        bench.plant.drainage = 1.0;
        let answer = bench.answer(0.0, 4.0, 40.0);
        assert!(answer.overshoot < 0.15, "{preset:?}: {:.3} over after release", answer.overshoot);
        assert_eq!(bench.outputs().active_limit, ActiveLimit::None);
    }
}

#[test]
fn the_limiters_for_high_pressure_hold_it_in_speed_mode() {
    let mut settings = settings(ROTAFLOW);
    settings.preset_limit(LimitKind::ArterialPressureHigh, Some(250.0));
    let mut bench = Bench::with(settings, Plant::va(ROTAFLOW));
    bench.ask(Request::SetSpeed(Rpm(3500.0)));
    bench.ask(Request::Start);
    bench.run(30.0);
    bench.plant.returning = 2.5;
    bench.run(40.0);
    assert_eq!(bench.outputs().active_limit, ActiveLimit::ArterialPressureHigh);
    bench.watch(5.0, |bench| assert!((bench.plant.pressures().2 - 250.0).abs() < 3.0));
    bench.plant.returning = 1.0;
    bench.run(20.0);
    assert_eq!((bench.demand(), bench.outputs().active_limit), (3500.0, ActiveLimit::None));
}

#[test]
fn the_pre_membrane_limiter_holds_the_pressure() {
    let mut settings = settings(ROTAFLOW);
    settings.preset_limit(LimitKind::ArterialPressureHigh, None);
    settings.preset_limit(LimitKind::PreMembranePressureHigh, Some(250.0));
    let mut bench = Bench::with(settings, Plant::va(ROTAFLOW));
    bench.ask(Request::SetSpeed(Rpm(4000.0)));
    bench.ask(Request::Start);
    bench.watch(40.0, |bench| assert!(bench.plant.pressures().1 < 260.0));
    assert_eq!(bench.outputs().active_limit, ActiveLimit::PreMembranePressureHigh);
    assert_eq!(bench.outputs().limiters.arterial, LimiterStatus::Off);
    assert!((bench.plant.pressures().1 - 250.0).abs() < 3.0);
}

#[test]
fn no_limiter_goes_below_the_floor() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    let floor = bench.core.settings().limits.floor.value();
    bench.plant.cvp = -300.0;
    let mut last = bench.demand();
    bench.watch(60.0, |bench| {
        assert!(bench.demand() >= floor);
        assert!(last - bench.demand() <= last * 0.1 * 0.01 + 1e-6, "lowered faster than 10 %/s");
        last = bench.demand();
    });
    assert!((bench.demand() - floor).abs() < 1.0, "{}", bench.demand());
    assert_eq!(bench.outputs().limiters.venous, LimiterStatus::AtFloor);
    assert_eq!(bench.outputs().active_limit, ActiveLimit::VenousPressureLow);
}

#[test]
fn under_a_limiter_an_operator_still_lowers_the_speed_with_the_slew() {
    let mut bench = Bench::at_speed(ROTAFLOW, 2000.0);
    bench.plant.cvp = -300.0;
    bench.run(0.5);
    assert_eq!(bench.outputs().active_limit, ActiveLimit::VenousPressureLow);
    bench.ask(Request::SetSpeed(Rpm(1000.0)));
    let before = bench.demand();
    bench.run(1.0);
    assert!((before - bench.demand() - 300.0).abs() < 5.0, "{} rpm in a second", before - bench.demand());
    bench.run(5.0);
    assert_eq!(bench.demand(), 1000.0, "below the floor because the operator wants it");
}

#[test]
fn a_limiter_without_its_pressure_does_not_act_and_says_so() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    bench.faults[VENOUS] = Some(Some(Cause::Disconnected));
    bench.plant.cvp = -300.0;
    bench.run(1.0);
    assert_eq!(bench.outputs().limiters.venous, LimiterStatus::Blind(Cause::Disconnected));
    assert_eq!((bench.demand(), bench.outputs().active_limit), (3000.0, ActiveLimit::None));
}
