// SPDX-License-Identifier: MIT OR Apache-2.0
//! The flow controller in closed loop with a small plant: start, steps, zero flow, loss of the signal, suction.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{Answer, Bench, FLOW, MS, Plant, ms, settings};
use ecmod_control::{ActiveLimit, LimitKind, Mode, PumpPreset, Request, State, TransitionCause};
use ecmod_quantities::{Cause, LitresPerMinute, Quality};

const ROTAFLOW: PumpPreset = PumpPreset::RotaflowLike;

#[test]
fn flow_mode_reaches_4_litres_within_20_s_of_start_without_overshoot() {
    for preset in PumpPreset::ALL {
        for (period, noise, late) in
            [(1, 0.0, 0), (10, 0.0, 0), (20, 0.0, 0), (10, 0.05, 0), (10, 0.0, 2), (10, 0.05, 3)]
        {
            let mut settings = settings(preset);
            settings.period = ms(period);
            let mut bench = Bench::with(settings, Plant::va(preset));
            (bench.noise, bench.late) = (noise, late);
            bench.start_flow(4.0);
            let answer = bench.answer(0.0, 4.0, 40.0);
            let Answer { settled, overshoot } = answer;
            println!("{preset:?} {period} ms, noise {noise}, late by {late}: {settled:.1} s, {overshoot:.3}");
            assert!(answer.overshoot < 0.15, "{preset:?} {period} ms: {:.3} L/min over", answer.overshoot);
            if noise == 0.0 {
                assert!(answer.settled < 20.0, "{preset:?} {period} ms: {:.1} s", answer.settled);
            }
        }
    }
}

#[test]
fn steps_of_the_flow_setpoint_settle_without_overshoot() {
    for preset in PumpPreset::ALL {
        for (from, to) in [(3.0, 4.0), (4.0, 2.0), (2.0, 2.5), (1.0, 4.0)] {
            let mut bench = Bench::at_flow(preset, from);
            assert!((bench.plant.flow - from).abs() < 0.02, "{preset:?}: {} at {from}", bench.plant.flow);
            bench.ask(Request::SetFlow(LitresPerMinute(to)));
            let answer = bench.answer(from, to, 30.0);
            println!("{preset:?} {from} to {to}: {:.1} s, {:.3}", answer.settled, answer.overshoot);
            assert!(answer.overshoot < 0.1, "{preset:?} {from} to {to}: {:.3} L/min over", answer.overshoot);
            assert!(answer.settled < 10.0, "{preset:?} {from} to {to}: {:.1} s", answer.settled);
        }
    }
}

#[test]
fn a_change_of_afterload_is_regulated_away() {
    let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
    bench.plant.map = 100.0;
    bench.run(15.0);
    assert!((bench.plant.flow - 3.0).abs() < 0.06, "{}", bench.plant.flow);
    assert_eq!(bench.outputs().active_limit, ActiveLimit::None);
}

#[test]
fn zero_flow_mode_holds_zero_flow_and_not_zero_speed() {
    for preset in PumpPreset::ALL {
        for map in [60.0, 75.0, 95.0] {
            let mut bench = Bench::new(preset);
            bench.plant.map = map;
            bench.ask(Request::SetMode(Mode::ZeroFlow));
            bench.ask(Request::Start);
            bench.run(30.0);
            bench.watch(10.0, |bench| {
                assert!(bench.plant.flow.abs() < 0.05, "{preset:?} {map}: {} L/min", bench.plant.flow);
            });
            assert!(bench.demand() > 1000.0);
        }
    }
}

#[test]
fn from_full_flow_zero_flow_mode_gets_to_zero_without_running_back() {
    let mut bench = Bench::at_flow(ROTAFLOW, 4.0);
    bench.ask(Request::SetMode(Mode::ZeroFlow));
    bench.watch(40.0, |bench| assert!(bench.plant.flow > -0.15, "{} L/min", bench.plant.flow));
    assert!(bench.plant.flow.abs() < 0.05, "{} L/min", bench.plant.flow);
}

#[test]
fn every_change_of_mode_is_bumpless() {
    for (from, to) in Mode::ALL.into_iter().flat_map(|from| Mode::ALL.map(|to| (from, to))) {
        let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
        if from != Mode::Flow {
            bench.ask(Request::SetMode(from));
            bench.run(30.0);
        }
        let before = bench.demand();
        bench.ask(Request::SetMode(to));
        assert_eq!((bench.demand(), bench.outputs().mode), (before, to));
        bench.watch(0.1, |bench| {
            let moved = (bench.demand() - before).abs();
            assert!(moved <= 31.0, "{from:?} to {to:?}: {moved} rpm in 0.1 s");
        });
        if to != Mode::ZeroFlow {
            bench.watch(5.0, |bench| {
                let moved = (bench.demand() - before).abs();
                assert!(moved < 10.0, "{from:?} to {to:?}: {moved} rpm from where it was");
            });
        }
    }
}

#[test]
fn losing_the_flow_signal_holds_the_speed_and_its_return_is_bumpless() {
    for fault in [Some(Cause::SignalLost), None] {
        let mut bench = Bench::at_flow(ROTAFLOW, 4.0);
        let before = bench.demand();
        bench.faults[FLOW] = Some(fault);
        bench.run(0.5);
        let lost = *bench.outputs();
        assert_eq!((lost.active_limit, lost.state), (ActiveLimit::FlowLost, State::Support(Mode::Flow)));
        assert_eq!(lost.transition.cause, TransitionCause::FlowLost);
        assert_eq!(lost.readings[FLOW].value(), None);
        bench.plant.map = 90.0;
        bench.watch(60.0, |bench| assert!((bench.demand() - before).abs() < 1.0));
        let estimate = bench.outputs().flow_estimate;
        assert_eq!((estimate.quality(), estimate.cause()), (Quality::Uncertain, Cause::Estimated));
        assert!((estimate.value().unwrap() - bench.plant.flow).abs() < 0.05, "{estimate:?}");
        bench.faults[FLOW] = None;
        let back = bench.now;
        bench.watch(0.55, |bench| assert!((bench.demand() - before).abs() < 1.0, "held until trusted again"));
        assert_eq!(bench.outputs().active_limit, ActiveLimit::FlowLost, "good for less than half a second");
        let mut last = bench.demand();
        bench.watch(15.0, |bench| {
            assert!((bench.demand() - last).abs() <= 3.0 + 1e-9, "no faster than the slew");
            last = bench.demand();
        });
        assert_eq!(bench.outputs().transition.cause, TransitionCause::FlowBack);
        let waited = bench.outputs().transition.at.0 - back;
        assert!((500..=620).contains(&(waited / MS)), "{waited} ns");
        assert!((bench.plant.flow - 4.0).abs() < 0.08, "{} L/min", bench.plant.flow);
    }
}

#[test]
fn in_suction_the_flow_controller_does_not_wind_the_speed_up() {
    let mut settings = settings(ROTAFLOW);
    settings.preset_limit(LimitKind::VenousPressureLow, None);
    let mut bench = Bench::with(settings, Plant::va(ROTAFLOW));
    bench.start_flow(3.0);
    bench.run(30.0);
    bench.plant.collapse = bench.demand() + 50.0;
    let before = bench.demand();
    bench.ask(Request::SetFlow(LitresPerMinute(4.0)));
    let mut seen = false;
    bench.watch(60.0, |bench| seen |= bench.outputs().active_limit == ActiveLimit::Suction);
    println!("suction: {:.0} rpm above the onset after a minute", bench.demand() - before);
    assert!(seen);
    assert!(bench.demand() - before < 600.0, "{} rpm more", bench.demand() - before);
    bench.plant.collapse = 1e9;
    bench.run(30.0);
    assert!((bench.plant.flow - 4.0).abs() < 0.1, "{} L/min after it ended", bench.plant.flow);
}

/// The largest and the usual movement of the speed in a second while the flow meter loses this part of its samples, rpm.
fn ripple(preset: PumpPreset, lost: f64) -> (f64, f64) {
    let mut settings = settings(preset);
    // Meters of the field say how long a sample counts; with less than this most of the time nothing would be regulated.
    settings.signals[FLOW].as_mut().unwrap().longest_age = ms(1_000);
    let mut bench = Bench::with(settings, Plant::va(preset));
    (bench.noise, bench.lost) = (0.02, lost);
    bench.start_flow(4.0);
    bench.run(60.0);
    let mut moved: Vec<f64> = Vec::new();
    for _ in 0..400 {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        bench.watch(1.0, |bench| (low, high) = (low.min(bench.plant.speed), high.max(bench.plant.speed)));
        assert!((bench.plant.flow - 4.0).abs() < 0.1, "{preset:?}: {} L/min", bench.plant.flow);
        moved.push(high - low);
    }
    moved.sort_by(f64::total_cmp);
    (moved[399], moved[200])
}

#[test]
fn sparse_samples_of_the_flow_do_not_make_the_speed_restless() {
    for preset in PumpPreset::ALL {
        let (largest, usual) = ripple(preset, 0.0);
        for lost in [0.5, 0.85] {
            let (most, often) = ripple(preset, lost);
            println!(
                "{preset:?}, {lost} lost: {most:.1} rpm for {largest:.1}, usually {often:.1} for {usual:.1}"
            );
            assert!(most <= 1.2 * largest && often <= 1.1 * usual, "{preset:?}, {lost} lost");
        }
    }
}
