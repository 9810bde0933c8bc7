// SPDX-License-Identifier: MIT OR Apache-2.0
//! The estimators in closed loop with a small plant: what they find, and what they do not.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{ARTERIAL, Bench, FLOW, MS, PRE_MEMBRANE, VENOUS};
use ecmod_control::{Boot, Mode, PumpLink, PumpPreset, Request};
use ecmod_quantities::{Cause, Monotonic, Reading, Rpm};

const ROTAFLOW: PumpPreset = PumpPreset::RotaflowLike;

/// From now on a source says this, whatever is true, for some seconds.
fn lie(bench: &mut Bench, source: usize, value: impl Fn(&Bench) -> f64, seconds: u32) {
    bench.faults[source] = Some(None);
    for _ in 0..seconds * 20 {
        let sequence = bench.sources[source].sequence() + 1;
        bench.sources[source] = Reading::good(value(bench), Monotonic(bench.now), sequence);
        bench.run(0.05);
    }
}

#[test]
fn a_true_flow_meter_does_not_deviate_and_a_lying_one_does_by_as_much_as_it_lies() {
    for preset in PumpPreset::ALL {
        let mut bench = Bench::at_speed(preset, preset.static_floor().value() * 2.2);
        let deviation = bench.outputs().estimates.flow_deviation.unwrap();
        assert!(deviation.abs() < 3.0, "{preset:?}: {deviation} %");
        let flow = bench.plant.flow;
        for (factor, sign) in [(0.4, -1.0), (2.0, 1.0)] {
            lie(&mut bench, FLOW, |_| factor * flow, 20);
            let deviation = bench.outputs().estimates.flow_deviation.unwrap();
            assert!(deviation * sign > 25.0, "{preset:?} {factor}: {deviation} %");
        }
        bench.faults[FLOW] = Some(Some(Cause::SignalLost));
        bench.run(5.0);
        assert_eq!(bench.outputs().estimates.flow_deviation, None, "{preset:?}");
    }
}

#[test]
fn starts_steps_and_clamped_lines_are_no_deviation() {
    let mut bench = Bench::new(ROTAFLOW);
    bench.start_flow(4.0);
    let mut worst = 0.0f64;
    let mut look = |bench: &Bench| {
        worst = worst.max(bench.outputs().estimates.flow_deviation.map_or(0.0, f64::abs));
    };
    bench.watch(40.0, &mut look);
    bench.plant.returning = 400.0;
    bench.watch(20.0, &mut look);
    bench.plant.returning = 1.0;
    bench.watch(20.0, &mut look);
    assert!(worst < 20.0, "{worst} %");
}

#[test]
fn a_frozen_pressure_is_found_within_seconds_of_a_change_of_speed() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    let value = bench.sources[PRE_MEMBRANE].value().unwrap();
    lie(&mut bench, PRE_MEMBRANE, |_| value, 3);
    assert_eq!(bench.outputs().estimates.frozen & (1 << PRE_MEMBRANE), 0);
    bench.ask(Request::SetSpeed(Rpm(3400.0)));
    lie(&mut bench, PRE_MEMBRANE, |_| value, 8);
    assert_eq!(bench.outputs().estimates.frozen, 1 << PRE_MEMBRANE);
}

#[test]
fn of_pressures_that_contradict_each_other_the_one_that_the_pump_contradicts_is_named() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    assert_eq!(bench.outputs().estimates.disagrees, 0);
    let well = |bench: &mut Bench, source: usize| {
        bench.faults[source] = None;
        bench.run(1.0);
        assert_eq!(bench.outputs().estimates.disagrees, 0);
    };
    lie(&mut bench, ARTERIAL, |bench| bench.plant.pressures().1 + 60.0, 7);
    assert_eq!(bench.outputs().estimates.disagrees, 1 << ARTERIAL);
    well(&mut bench, ARTERIAL);
    lie(&mut bench, PRE_MEMBRANE, |bench| bench.plant.pressures().2 - 60.0, 7);
    assert_eq!(bench.outputs().estimates.disagrees, 1 << PRE_MEMBRANE);
    well(&mut bench, PRE_MEMBRANE);
    lie(&mut bench, VENOUS, |bench| bench.plant.pressures().1 - 2.0, 7);
    assert_eq!(bench.outputs().estimates.disagrees, 1 << VENOUS);
}

#[test]
fn pressures_contradict_each_other_at_zero_flow_as_well() {
    let mut bench = Bench::new(ROTAFLOW);
    bench.ask(Request::SetMode(Mode::ZeroFlow));
    bench.ask(Request::Start);
    bench.run(30.0);
    assert_eq!(bench.outputs().estimates.disagrees, 0);
    lie(&mut bench, ARTERIAL, |bench| bench.plant.pressures().1 + 60.0, 7);
    assert_eq!(bench.outputs().estimates.disagrees, 1 << ARTERIAL);
}

#[test]
fn the_membrane_has_a_baseline_after_some_minutes_and_a_restart_keeps_it() {
    let mut bench = Bench::at_flow(ROTAFLOW, 4.0);
    assert_eq!(bench.outputs().estimates.membrane.ratio, None);
    bench.run(900.0);
    let membrane = bench.outputs().estimates.membrane;
    assert!((membrane.resistance.unwrap() - 7.0).abs() < 0.1, "{membrane:?}");
    assert!((membrane.ratio.unwrap() - 1.0).abs() < 0.01, "{membrane:?}");
    assert!((membrane.drop.unwrap().value() - 39.2).abs() < 1.0, "{membrane:?}");
    let (resume, held) = (bench.outputs().resume(), Some(Rpm(bench.drive)));
    bench.restart(Boot::Resume(resume));
    bench.link = PumpLink::Absent;
    bench.run(0.1);
    bench.link = PumpLink::Present { held, local: false };
    bench.faults[PRE_MEMBRANE] = Some(None);
    for _ in 0..120 * 20 {
        let (_, before, after) = bench.plant.pressures();
        let sequence = bench.sources[PRE_MEMBRANE].sequence() + 1;
        let clotted = after + 1.6 * (before - after);
        bench.sources[PRE_MEMBRANE] = Reading::good(clotted, Monotonic(bench.now), sequence);
        bench.run((50 * MS) as f64 * 1e-9);
    }
    let membrane = bench.outputs().estimates.membrane;
    assert!((membrane.ratio.unwrap() - 1.6).abs() < 0.05, "{membrane:?}");
}
