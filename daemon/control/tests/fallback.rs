// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the pump's host is told to do if the core is never heard of again: give back what an intervention has lowered, and nothing else.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{Bench, Plant, ROLES, settings_with};
use ecmod_control::{Fallback, InterventionKind, InterventionState, Mode, PumpLink, PumpPreset, Request};
use ecmod_quantities::{Monotonic, Rpm, Span};

fn bench(mode: Mode) -> Bench {
    let preset = PumpPreset::RotaflowLike;
    let mut bench = Bench::with(settings_with(preset, ROLES.len()), Plant::va(preset));
    bench.start_flow(4.0);
    bench.run(40.0);
    bench.ask(Request::SetMode(mode));
    bench.run(1.0);
    bench
}

fn fallback(bench: &Bench) -> Option<Fallback> {
    bench.outputs().fallback
}

/// Air at the detector with less head, for so long.
fn swallow(bench: &mut Bench, seconds: f64, look: impl FnMut(&Bench)) {
    (bench.plant.head, bench.plant.return_bubble) = (0.7, true);
    bench.watch(seconds, look);
}

#[test]
fn while_air_holds_the_flow_down_the_host_knows_what_to_give_back_and_when() {
    for mode in [Mode::Speed, Mode::Flow] {
        let mut bench = bench(mode);
        assert_eq!(fallback(&bench), None, "nothing is lowered");
        let before = bench.demand();
        let mut ends = None;
        swallow(&mut bench, 15.0, |bench| {
            let out = bench.outputs();
            let InterventionState::Active { since, ends: end } =
                out.intervention(InterventionKind::GrossAir).state
            else {
                return;
            };
            assert_eq!(end.since(since), Span::from_secs(20));
            ends = Some(end);
            let fallback = out.fallback.filter(|_| bench.demand() < before - 50.0);
            assert!(fallback.is_none_or(|fallback| fallback.until == end));
        });
        assert!(bench.demand() < 0.6 * before, "{} rpm", bench.demand());
        let told = fallback(&bench).unwrap();
        assert_eq!(Some(told.until), ends);
        let wanted = match mode {
            Mode::Speed => bench.outputs().speed_setpoint,
            _ => bench.outputs().intervention_memory.undisturbed.unwrap().speed,
        };
        assert_eq!(told.then, wanted);
        // In Flow mode less head has been answered with more speed before the second sign was there.
        assert!((told.then.value() - before).abs() < 100.0, "{mode:?}: {told:?}, {before} rpm before");
        assert_eq!(told.slew, bench.core.settings().speed.slew * 0.5, "as fast as the core itself");
    }
}

#[test]
fn on_the_way_back_the_host_may_go_on_at_once_and_at_its_end_it_has_nothing_to_give_back() {
    for mode in [Mode::Speed, Mode::Flow] {
        let mut bench = bench(mode);
        let before = bench.demand();
        swallow(&mut bench, 22.0, |_| {});
        let told = fallback(&bench).unwrap();
        assert!(told.until <= Monotonic(bench.now), "its longest duration is over: {told:?}");
        (bench.plant.head, bench.plant.return_bubble) = (1.0, false);
        bench.run(60.0);
        assert!((bench.demand() - before).abs() < 60.0);
        assert_eq!(fallback(&bench), None);
    }
}

#[test]
fn in_speed_mode_it_is_the_setpoint_of_now() {
    let mut bench = bench(Mode::Speed);
    swallow(&mut bench, 15.0, |_| {});
    for setpoint in [3000.0, 3800.0] {
        bench.ask(Request::SetSpeed(Rpm(setpoint)));
        bench.run(0.02);
        assert_eq!(fallback(&bench).map(|told| told.then), Some(Rpm(setpoint)));
    }
    let lowered = bench.demand();
    bench.ask(Request::SetSpeed(Rpm(lowered - 200.0)));
    bench.run(0.02);
    assert_eq!(fallback(&bench), None, "whoever wants less has nothing to get back");
}

#[test]
fn what_is_raised_against_backflow_is_not_given_back() {
    let mut bench = bench(Mode::Speed);
    bench.ask(Request::SetSpeed(Rpm(1000.0)));
    let mut acted = false;
    bench.watch(60.0, |bench| {
        acted |= bench.outputs().intervention(InterventionKind::Backflow).acts();
        assert_eq!(fallback(bench), None);
    });
    assert!(acted);
}

#[test]
fn nothing_is_given_back_behind_a_stop_or_to_a_host_that_is_not_there() {
    let mut bench = bench(Mode::Speed);
    swallow(&mut bench, 15.0, |_| {});
    assert!(fallback(&bench).is_some());
    bench.link = PumpLink::Absent;
    bench.run(0.1);
    assert_eq!(fallback(&bench), None);
    bench.link = PumpLink::Present { held: Some(Rpm(bench.drive)), local: false };
    bench.run(0.1);
    bench.ask(Request::RequestStop);
    let ecmod_control::StopState::Pending { token, .. } = bench.outputs().stop else { panic!() };
    bench.ask(Request::ConfirmStop { token });
    bench.watch(1.0, |bench| assert_eq!(fallback(bench), None));
}
