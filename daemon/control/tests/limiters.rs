// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pressure limits in closed loop with a small plant: they hold, say so, let go, respect the floor, and end in time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{Bench, Plant, VENOUS, settings};
use ecmod_control::{
    ActiveLimit, Boot, Inhibit, InterventionKind, InterventionState, LimitKind, Mode, Outputs, PumpLink,
    PumpPreset, Request,
};
use ecmod_quantities::{Cause, LitresPerMinute, Rpm, Span};

const ROTAFLOW: PumpPreset = PumpPreset::RotaflowLike;
const VENOUS_LOW: InterventionKind = InterventionKind::VenousPressureLow;
const ARTERIAL_HIGH: InterventionKind = InterventionKind::ArterialPressureHigh;

fn state(out: &Outputs, kind: InterventionKind) -> InterventionState {
    out.intervention(kind).state
}

#[test]
fn the_venous_limiter_holds_the_pressure_says_so_and_lets_go_bumplessly() {
    for preset in PumpPreset::ALL {
        let mut bench = Bench::at_flow(preset, 4.0);
        bench.plant.drainage = 2.5;
        let mut lowest = 0.0f64;
        let mut last = bench.demand();
        bench.watch(18.0, |bench| {
            lowest = lowest.min(bench.plant.pressures().0);
            assert!(last - bench.demand() <= last * 0.1 * 0.01 + 1e-6, "lowered faster than 10 %/s");
            last = bench.demand();
        });
        let out = *bench.outputs();
        println!("{preset:?}: lowest {lowest:.0} mmHg, then {:.1}", bench.plant.pressures().0);
        assert_eq!(out.active_limit, ActiveLimit::VenousPressureLow, "{preset:?}");
        assert!(out.intervention(VENOUS_LOW).acts(), "{:?}", state(&out, VENOUS_LOW));
        assert_eq!(state(&out, ARTERIAL_HIGH), InterventionState::Watching);
        bench.watch(8.0, |bench| {
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
    bench.run(22.0);
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
    bench.watch(28.0, |bench| assert!(bench.plant.pressures().1 < 260.0));
    assert_eq!(bench.outputs().active_limit, ActiveLimit::PreMembranePressureHigh);
    assert_eq!(state(bench.outputs(), ARTERIAL_HIGH), InterventionState::Off);
    assert!((bench.plant.pressures().1 - 250.0).abs() < 3.0);
}

#[test]
fn no_limiter_goes_below_the_floor() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    let floor = bench.core.settings().limits.floor.value();
    bench.plant.cvp = -300.0;
    let mut last = bench.demand();
    bench.watch(28.0, |bench| {
        assert!(bench.demand() >= floor);
        assert!(last - bench.demand() <= last * 0.1 * 0.01 + 1e-6, "lowered faster than 10 %/s");
        last = bench.demand();
    });
    assert!((bench.demand() - floor).abs() < 1.0, "{}", bench.demand());
    let status = bench.outputs().intervention(VENOUS_LOW);
    assert!(status.acts() && status.ceiling == status.floor, "{status:?}");
    assert_eq!(bench.outputs().active_limit, ActiveLimit::VenousPressureLow);
}

#[test]
fn under_a_limiter_an_operator_still_lowers_the_speed_with_the_slew() {
    let mut bench = Bench::at_speed(ROTAFLOW, 2000.0);
    // So far below the atmosphere that the limit acts, and nothing runs backwards at 1000 rpm either.
    (bench.plant.cvp, bench.plant.map) = (-300.0, -290.0);
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
    let blind = InterventionState::Inhibited(Inhibit::SignalBad(Cause::Disconnected));
    assert_eq!(state(bench.outputs(), VENOUS_LOW), blind);
    assert_eq!((bench.demand(), bench.outputs().active_limit), (3000.0, ActiveLimit::None));
}

#[test]
fn a_limit_acts_for_thirty_seconds_gives_the_speed_back_and_then_only_alarms_until_it_was_gone_for_ten() {
    for mode in [Mode::Speed, Mode::Flow] {
        let mut bench = Bench::at_flow(ROTAFLOW, 4.0);
        bench.ask(Request::SetMode(mode));
        let before = bench.demand();
        bench.plant.drainage = 2.5;
        let mut acted = None;
        bench.watch(60.0, |bench| {
            if let InterventionState::Active { since, ends } = state(bench.outputs(), VENOUS_LOW) {
                assert_eq!(ends.since(since), Span::from_secs(30));
                assert!(bench.outputs().now < ends, "{mode:?}");
                acted = Some(ends);
            }
        });
        assert!(acted.is_some());
        assert_eq!(state(bench.outputs(), VENOUS_LOW), InterventionState::Expired);
        assert!(bench.demand() >= before - 1.0, "{mode:?}: {} of {before} rpm", bench.demand());
        assert!(bench.outputs().intervention(VENOUS_LOW).present(), "the alarm goes on");
        bench.plant.drainage = 1.0;
        bench.run(8.0);
        assert_eq!(state(bench.outputs(), VENOUS_LOW), InterventionState::Expired);
        bench.run(8.0);
        assert_eq!(state(bench.outputs(), VENOUS_LOW), InterventionState::Watching);
        bench.plant.drainage = 2.5;
        bench.run(5.0);
        assert!(bench.outputs().intervention(VENOUS_LOW).acts(), "it acts again");
        assert_eq!(bench.outputs().intervention(VENOUS_LOW).count, 2);
    }
}

#[test]
fn a_limit_whose_pressure_is_lost_while_it_acts_lets_go_within_its_bound() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3500.0);
    bench.plant.drainage = 2.5;
    bench.run(10.0);
    assert!(bench.outputs().intervention(VENOUS_LOW).acts());
    let held = bench.demand();
    bench.faults[VENOUS] = Some(Some(Cause::Disconnected));
    bench.watch(0.9, |bench| assert!((bench.demand() - held).abs() < 15.0, "it holds for a second"));
    let mut last = bench.demand();
    bench.watch(10.0, |bench| {
        assert!(bench.demand() >= last - 1e-9 && bench.demand() - last <= 1.5 + 1e-9, "half the slew");
        last = bench.demand();
    });
    assert_eq!(bench.demand(), 3500.0);
}

#[test]
fn one_sample_past_the_limit_lowers_nothing() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3500.0);
    bench.watch(0.02, |_| {});
    let sequence = bench.sources[VENOUS].sequence() + 1;
    bench.sources[VENOUS] =
        ecmod_quantities::Reading::good(-300.0, ecmod_quantities::Monotonic(bench.now), sequence);
    bench.tick();
    bench.watch(5.0, |bench| assert_eq!(bench.demand(), 3500.0));
    assert_eq!(bench.outputs().intervention(VENOUS_LOW).count, 0);
}

#[test]
fn an_operators_override_lets_go_at_once_counts_for_its_time_and_can_be_taken_back() {
    for which in [None, Some(VENOUS_LOW)] {
        let mut bench = Bench::at_speed(ROTAFLOW, 3500.0);
        bench.plant.drainage = 2.5;
        bench.run(10.0);
        bench.ask(Request::Override { intervention: which, on: true });
        assert!(matches!(state(bench.outputs(), VENOUS_LOW), InterventionState::Overridden { .. }));
        bench.run(5.0);
        assert_eq!((bench.demand(), bench.outputs().active_limit), (3500.0, ActiveLimit::None));
        bench.ask(Request::Override { intervention: which, on: false });
        bench.run(5.0);
        assert!(bench.outputs().intervention(VENOUS_LOW).acts());
    }
}

#[test]
fn a_flow_signal_lost_while_a_limit_acts_holds_the_speed_from_before_it() {
    let mut bench = Bench::at_flow(ROTAFLOW, 4.0);
    let before = bench.demand();
    bench.plant.drainage = 2.5;
    bench.run(15.0);
    let held = bench.demand();
    assert!(held < before - 200.0);
    bench.faults[bench::FLOW] = Some(Some(Cause::SignalLost));
    bench.run(5.0);
    assert!((bench.demand() - held).abs() < 300.0, "the limit still holds");
    bench.plant.drainage = 1.0;
    bench.run(20.0);
    assert!(bench.demand() >= before - 1.0, "{} of {before} rpm", bench.demand());
}

#[test]
fn a_mode_chosen_while_a_limit_acts_begins_with_what_there_was_before_it() {
    let mut bench = Bench::at_flow(ROTAFLOW, 4.0);
    let before = bench.demand();
    bench.plant.drainage = 2.5;
    bench.run(15.0);
    bench.ask(Request::SetMode(Mode::Speed));
    assert!((bench.outputs().speed_setpoint.value() - before).abs() < 30.0);
    bench.ask(Request::SetMode(Mode::Flow));
    assert!((bench.outputs().flow_setpoint - LitresPerMinute(4.0)).abs() < LitresPerMinute(0.1));
}

#[test]
fn an_intervention_that_let_go_and_acts_again_gives_back_the_speed_before_its_first_action_over_a_restart_too()
 {
    for restarts in [false, true] {
        let mut bench = Bench::at_flow(ROTAFLOW, 4.0);
        let before = bench.demand();
        bench.plant.drainage = 5.0;
        bench.run(10.0);
        assert!(bench.demand() < before - 200.0);
        bench.faults[VENOUS] = Some(Some(Cause::Disconnected));
        bench.run(0.8);
        bench.faults[VENOUS] = None;
        let until = bench.now + 1_000_000_000;
        while bench.outputs().intervention_memory.undisturbed.is_some() && bench.now < until {
            bench.run(0.01);
        }
        let memory = bench.outputs().intervention_memory;
        assert!(memory.undisturbed.is_none() && memory.eased.is_some(), "it has let go: {memory:?}");
        assert!(bench.demand() < before - 100.0, "{} of {before} rpm", bench.demand());
        if restarts {
            let (resume, held) = (bench.outputs().resume(), Some(Rpm(bench.drive)));
            bench.restart(Boot::Resume(resume));
            bench.link = PumpLink::Present { held, local: false };
        }
        bench.run(90.0);
        let told = format!("restarts: {restarts}; {} of {before} rpm", bench.demand());
        assert!((0.97 * before..=1.03 * before).contains(&bench.demand()), "{told}");
    }
}

#[test]
fn past_a_limit_that_has_had_its_time_the_flow_controller_gives_the_speed_back_and_goes_no_further() {
    for (returning, drainage) in [(6.0, 1.0), (20.0, 1.0), (1.0, 5.0)] {
        let mut bench = Bench::at_flow(PumpPreset::RotaflowLike, 3.5);
        let before = bench.demand();
        (bench.plant.returning, bench.plant.drainage) = (returning, drainage);
        // The controller raises the speed against the kink until the limit acts, or finds that it gains nothing.
        let mut most = before;
        bench.watch(30.0, |bench| most = most.max(bench.demand()));
        bench.run(30.0);
        for _ in 0..12 {
            let told =
                format!("{returning} {drainage}: {} rpm, {before} before, {most} at most", bench.demand());
            assert!((0.97 * before..=1.05 * most).contains(&bench.demand()), "{told}");
            bench.run(10.0);
        }
        (bench.plant.returning, bench.plant.drainage) = (1.0, 1.0);
        bench.run(90.0);
        assert!((bench.plant.flow - 3.5).abs() < 0.05, "{returning} {drainage}: {} L/min", bench.plant.flow);
    }
}
