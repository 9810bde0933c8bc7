// SPDX-License-Identifier: MIT OR Apache-2.0
//! The core goes by the time that passed and by samples, never by the number of ticks: urgent ones between the regular
//! ones, at any distance and also at none, change nothing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{ARTERIAL, Bench, FLOW, MS};
use ecmod_control::{LimitKind, Mode, PumpLink, PumpPreset, Request, Settings, StopState, TransitionCause};
use ecmod_quantities::{Cause, LitresPerMinute, Monotonic, PerSecond, Rpm, Seconds, Span};
use proptest::prelude::*;

/// A second of the course below: what is asked and what happens at its beginning.
fn happens(bench: &mut Bench, second: u32) {
    match second {
        0 => bench.start_flow(4.0),
        18 => bench.plant.map = 95.0,
        22 => bench.ask(Request::SetFlow(LitresPerMinute(2.5))),
        28 => bench.ask(Request::SetMode(Mode::Speed)),
        29 => bench.ask(Request::SetSpeed(Rpm(4200.0))),
        31 => bench.plant.drainage = 3.0, // the venous limiter
        38 => bench.plant.drainage = 1.0,
        42 => bench.faults[FLOW] = Some(Some(Cause::SignalLost)),
        43 => bench.faults[FLOW] = None,
        45 => bench.ask(Request::SetMode(Mode::ZeroFlow)),
        52 => bench.link = PumpLink::Absent,
        53 => bench.link = PumpLink::Present { held: None, local: false },
        55 => bench.ask(Request::SetMode(Mode::Flow)),
        56 => bench.ask(Request::SetFlow(LitresPerMinute(3.0))),
        64 => {
            bench.ask(Request::RequestStop);
            let StopState::Pending { token, .. } = bench.outputs().stop else { panic!("not pending") };
            bench.ask(Request::ConfirmStop { token });
        }
        _ => {}
    }
}

fn settings(period: Span) -> Settings {
    let mut settings = bench::settings(PumpPreset::RotaflowLike);
    settings.period = period;
    for signal in settings.signals.iter_mut().flatten() {
        // Slews are stated as drivers do, so that the rate check is part of it.
        signal.max_slew = Some(PerSecond(match signal.role {
            ecmod_control::Role::BloodFlow => 10.0,
            ecmod_control::Role::PumpSpeed => 3000.0,
            _ => 5000.0,
        }));
        signal.filter =
            Seconds(if signal.role == ecmod_control::Role::ArterialPressure { 0.04 } else { 0.0 });
    }
    settings
}

/// Demand, flow and state every 100 ms of seventy-five seconds.
fn course(bench: &mut Bench) -> Vec<(f64, f64, &'static str)> {
    let mut course = Vec::new();
    for second in 0..75 {
        happens(bench, second);
        for _ in 0..10 {
            bench.run(0.1);
            let out = bench.outputs();
            course.push((out.pump_speed.map_or(0.0, Rpm::value), bench.plant.flow, out.state.name()));
        }
    }
    course
}

fn bench_at(period_ms: u64) -> Bench {
    let settings = settings(Span::from_millis(period_ms));
    Bench::with(settings, bench::Plant::va(PumpPreset::RotaflowLike))
}

/// How far two courses are apart: at most, and on average.
fn apart(one: &[(f64, f64, &str)], other: &[(f64, f64, &str)]) -> (f64, f64, f64) {
    let (mut speed, mut flow, mut sum) = (0.0f64, 0.0f64, 0.0);
    for (a, b) in one.iter().zip(other) {
        speed = speed.max((a.0 - b.0).abs());
        flow = flow.max((a.1 - b.1).abs());
        sum += (a.0 - b.0).abs();
    }
    (speed, flow, sum / one.len() as f64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn urgent_ticks_change_nothing(
        urgent in 0.01..0.6f64,
        seed in any::<u64>(),
        // 100 ms is a multiple of these: the courses are looked at in the same moments.
        period_ms in prop::sample::select(&[1u64, 2, 5, 10, 20]),
    ) {
        let regular = course(&mut bench_at(period_ms));
        let mut bench = bench_at(period_ms);
        bench.urgent = urgent;
        bench.seed_urgency(seed);
        let disturbed = course(&mut bench);
        let (speed, flow, mean) = apart(&regular, &disturbed);
        // A sample is seen up to a period earlier: what the slew makes in two periods, and what that does to the flow.
        let slew = 300.0 * 2e-3 * period_ms as f64;
        prop_assert!(speed <= slew + 12.0 && flow <= 0.05, "{} rpm, {} L/min apart", speed, flow);
        prop_assert!(mean <= 3.0, "{} rpm on average", mean);
        let same = regular.iter().zip(&disturbed).all(|(a, b)| a.2 == b.2);
        prop_assert!(same, "the states differ");
    }

    #[test]
    fn a_tick_at_the_same_time_and_with_the_same_inputs_changes_only_its_number(at_ms in 1u64..20_000) {
        let mut bench = bench_at(10);
        bench.start_flow(4.0);
        bench.plant.drainage = 2.0;
        bench.run(at_ms as f64 * 1e-3);
        let before = *bench.outputs();
        for _ in 0..5 {
            bench.tick();
        }
        let mut after = *bench.outputs();
        prop_assert_eq!(after.tick, before.tick + 5);
        after.tick = before.tick;
        prop_assert_eq!(format!("{:?}", after), format!("{:?}", before));
    }
}

#[test]
fn the_period_makes_no_difference_either() {
    let reference = course(&mut bench_at(10));
    for period_ms in [1, 2, 5, 20] {
        let (speed, flow, mean) = apart(&reference, &course(&mut bench_at(period_ms)));
        println!("{period_ms} ms: {speed:.1} rpm, {flow:.3} L/min, {mean:.2} rpm on average");
        assert!(speed <= 20.0 && flow <= 0.05 && mean <= 4.0, "{period_ms} ms: {speed} rpm, {flow} L/min");
    }
}

#[test]
fn the_intervention_rate_and_the_slew_hold_over_any_number_of_ticks() {
    let mut settings = settings(Span::from_millis(10));
    settings.preset_limit(LimitKind::ArterialPressureHigh, Some(150.0));
    let mut bench = Bench::with(settings, bench::Plant::va(PumpPreset::RotaflowLike));
    bench.ask(Request::SetSpeed(Rpm(3500.0)));
    bench.ask(Request::Start);
    bench.run(20.0);
    bench.plant.map = 140.0;
    bench.urgent = 0.5;
    let (mut last, mut at) = (bench.demand(), bench.now);
    let mut lowered = 0.0;
    bench.watch(5.0, |bench| {
        let (elapsed, fall) = ((bench.now - at) as f64 * 1e-9, last - bench.demand());
        assert!(fall <= 0.1 * last * elapsed * 1.01 + 1e-6, "{fall} rpm in {elapsed} s");
        lowered += fall;
        (last, at) = (bench.demand(), bench.now);
    });
    assert!(lowered > 100.0, "the limiter acts: {lowered} rpm, {:?}", bench.sources[ARTERIAL]);
}

#[test]
fn times_that_jump_back_between_urgent_ticks_move_nothing() {
    let mut bench = Bench::at_flow(PumpPreset::RotaflowLike, 3.0);
    let demand = bench.demand();
    for back in [0, 1, 999_999, 5 * MS, 3_000 * MS] {
        let inputs = ecmod_control::Inputs {
            sources: &bench.sources.clone(),
            pump: bench.link,
            clamps: bench.clamps,
            ..ecmod_control::Inputs::NOTHING
        };
        let out = *bench.core.tick(&inputs, Monotonic(bench.now - back));
        assert!((out.pump_speed.unwrap().value() - demand).abs() < 2.0, "{back} ns back");
        assert_ne!(out.transition.cause, TransitionCause::FlowLost);
    }
}
