// SPDX-License-Identifier: MIT OR Apache-2.0
//! Backflow, level, suction and the learnt floor in closed loop with a small plant.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{Bench, FLOW, Plant, ROLES, settings_with};
use ecmod_control::{
    ActiveLimit, Boot, Inhibit, InterventionKind, InterventionPolicy, InterventionState, Mode, PumpLink,
    PumpPreset, Request, Settings,
};
use ecmod_quantities::{Cause, Monotonic, Reading, Rpm};

const ROTAFLOW: PumpPreset = PumpPreset::RotaflowLike;
const BACKFLOW: InterventionKind = InterventionKind::Backflow;
const LEVEL_LOW: InterventionKind = InterventionKind::LevelLow;
const SUCTION: InterventionKind = InterventionKind::Suction;

fn bench_with(settings: Settings, mode: Mode) -> Bench {
    let mut bench = Bench::with(settings, Plant::va(ROTAFLOW));
    bench.start_flow(4.0);
    bench.run(40.0);
    bench.ask(Request::SetMode(mode));
    bench.run(1.0);
    bench
}

fn bench(mode: Mode) -> Bench {
    bench_with(settings_with(ROTAFLOW, ROLES.len()), mode)
}

/// A chatter of the vein at 3 Hz, for some seconds.
fn chatter(bench: &mut Bench, seconds: f64, mut look: impl FnMut(&Bench)) {
    let begin = bench.now;
    while ((bench.now - begin) as f64) < seconds * 1e9 {
        let phase = core::f64::consts::TAU * 3.0 * (bench.now - begin) as f64 * 1e-9;
        bench.plant.drainage = 1.0 + 1.2 * (1.0 + phase.sin());
        bench.watch(0.01, &mut look);
    }
    bench.plant.drainage = 1.0;
}

#[test]
fn backflow_raises_the_speed_until_nothing_runs_back_and_never_lowers_it() {
    let mut bench = bench(Mode::Speed);
    bench.ask(Request::SetSpeed(Rpm(1000.0)));
    let mut raised = None;
    bench.watch(60.0, |bench| {
        if bench.outputs().intervention(BACKFLOW).acts() {
            raised.get_or_insert(bench.now);
            assert_eq!(bench.outputs().speed_setpoint, Rpm(1000.0));
        }
    });
    assert!(raised.is_some());
    assert!(bench.plant.flow > -0.1, "{} L/min", bench.plant.flow);
    assert!(bench.demand() > 1350.0 && bench.demand() < 1600.0, "{} rpm", bench.demand());
    assert_eq!(bench.outputs().active_limit, ActiveLimit::Backflow);
    bench.ask(Request::SetSpeed(Rpm(3000.0)));
    bench.run(20.0);
    let status = bench.outputs().intervention(BACKFLOW);
    assert_eq!((bench.demand(), status.state), (3000.0, InterventionState::Watching));
}

#[test]
fn backflow_ends_at_its_longest_and_goes_back_slowly() {
    let mut bench = bench(Mode::Speed);
    bench.ask(Request::SetSpeed(Rpm(1000.0)));
    bench.watch(330.0, |bench| {
        if let InterventionState::Active { ends, .. } = bench.outputs().intervention(BACKFLOW).state {
            assert!(bench.outputs().now < ends);
        }
    });
    assert_eq!(bench.outputs().intervention(BACKFLOW).state, InterventionState::Expired);
    assert_eq!(bench.demand(), 1000.0, "the operator's word in the end; the alarm goes on");
}

#[test]
fn a_flow_meter_turned_round_raises_nothing() {
    let mut bench = bench(Mode::Speed);
    let before = bench.demand();
    bench.faults[FLOW] = Some(None);
    for _ in 0..200 {
        let sequence = bench.sources[FLOW].sequence() + 1;
        bench.sources[FLOW] = Reading::good(-4.0, Monotonic(bench.now), sequence);
        bench.watch(0.1, |bench| assert_eq!(bench.demand(), before));
    }
    let status = bench.outputs().intervention(BACKFLOW);
    assert_eq!((status.state, status.count), (InterventionState::Inhibited(Inhibit::Contradicted), 0));
}

#[test]
fn backflow_without_its_flow_meter_holds_for_a_moment_and_ends() {
    let mut bench = bench(Mode::Speed);
    bench.ask(Request::SetSpeed(Rpm(1000.0)));
    bench.run(20.0);
    let held = bench.demand();
    bench.faults[FLOW] = Some(Some(Cause::Disconnected));
    bench.watch(1.0, |bench| assert!((bench.demand() - held).abs() < 20.0));
    bench.run(20.0);
    assert_eq!(bench.demand(), 1000.0);
}

#[test]
fn a_low_level_lowers_the_speed_gently_to_the_floor_and_not_below() {
    for mode in [Mode::Speed, Mode::Flow] {
        let mut bench = bench(mode);
        let before = bench.demand();
        let floor = bench.outputs().estimates.floor.value();
        bench.plant.level_low = true;
        bench.watch(0.9, |bench| assert!((bench.demand() - before).abs() < 5.0, "a splash is no level"));
        let mut last = bench.demand();
        bench.watch(15.0, |bench| {
            assert!(last - bench.demand() <= last * 0.1 * 0.01 + 1e-6, "10 %/s at most");
            assert!(bench.demand() >= floor - 1e-6);
            last = bench.demand();
        });
        assert_eq!(bench.outputs().active_limit, ActiveLimit::LevelLow, "{mode:?}");
        let floor = bench.outputs().estimates.floor.value();
        assert!((bench.demand() - floor).abs() < 1.0, "{} rpm, floor {floor}", bench.demand());
        bench.run(60.0);
        assert_eq!(bench.outputs().intervention(LEVEL_LOW).state, InterventionState::Expired);
        assert!((bench.demand() - before).abs() < 0.02 * before, "{mode:?}: {} rpm", bench.demand());
    }
}

#[test]
fn suction_only_alarms_unless_it_may_act_and_no_flow_controller_raises_the_speed_in_it() {
    let mut bench = bench(Mode::Flow);
    chatter(&mut bench, 6.0, |_| {});
    let status = bench.outputs().intervention(SUCTION);
    assert_eq!(status.state, InterventionState::AlarmOnly);
    assert!(status.present() && !status.corroboration.is_empty(), "{status:?}");
    let seen = bench.demand();
    chatter(&mut bench, 10.0, |bench| assert!(bench.demand() <= seen + 60.0, "{} rpm", bench.demand()));
    bench.run(15.0);
    assert!(!bench.outputs().intervention(SUCTION).present());
}

#[test]
fn suction_that_may_act_dips_and_comes_back_slowly() {
    let mut settings = settings_with(ROTAFLOW, ROLES.len());
    let mut plan = settings.interventions.of(SUCTION);
    plan.policy = InterventionPolicy::Act;
    settings.interventions.set(SUCTION, plan);
    settings.preset_limit(ecmod_control::LimitKind::VenousPressureLow, None);
    let mut bench = bench_with(settings, Mode::Speed);
    let before = bench.demand();
    let mut lowest = f64::INFINITY;
    chatter(&mut bench, 5.0, |bench| lowest = lowest.min(bench.demand()));
    assert!(bench.outputs().intervention(SUCTION).acts());
    let mut last = bench.demand();
    bench.watch(25.0, |bench| {
        assert!(bench.demand() - last <= 0.3 + 1e-9, "a tenth of the slew");
        (lowest, last) = (lowest.min(bench.demand()), bench.demand());
    });
    assert!((lowest - 0.92 * before).abs() < 5.0, "{lowest} of {before} rpm");
    assert_eq!(bench.demand(), before);
}

#[test]
fn coughs_and_breathing_are_no_suction() {
    let mut bench = bench(Mode::Flow);
    for cough in 0u32..20 {
        (bench.plant.cvp, bench.plant.map) = (45.0, 110.0);
        bench.run(0.3);
        (bench.plant.cvp, bench.plant.map) = (8.0, 75.0);
        bench.watch(4.0, |bench| {
            assert!(!bench.outputs().intervention(SUCTION).present(), "cough {cough}");
        });
    }
}

#[test]
fn the_floor_is_learnt_at_zero_flow_kept_through_a_restart_and_never_below_that_of_the_settings() {
    for (map, expected) in [(95.0, 1675.0), (60.0, 1470.0)] {
        let mut bench = bench(Mode::Flow);
        bench.noise = 0.06;
        bench.plant.map = map;
        bench.ask(Request::SetMode(Mode::ZeroFlow));
        bench.run(60.0);
        let floor = bench.outputs().estimates.floor.value();
        assert!((floor - expected).abs() < 30.0, "at {map} mmHg: {floor}");
        let resume = bench.outputs().resume();
        let held = Some(Rpm(bench.drive));
        bench.restart(Boot::Resume(resume));
        bench.link = PumpLink::Absent;
        bench.run(0.1);
        bench.link = PumpLink::Present { held, local: false };
        bench.run(0.1);
        assert!((bench.outputs().estimates.floor.value() - floor).abs() < 2.0);
    }
}

#[test]
fn while_the_pumps_host_is_lost_nothing_begins_and_what_runs_comes_to_its_end() {
    let mut bench = bench(Mode::Speed);
    let before = bench.demand();
    bench.plant.level_low = true;
    bench.run(6.0);
    assert!(bench.outputs().intervention(LEVEL_LOW).acts());
    let held = bench.demand();
    bench.link = PumpLink::Absent;
    bench.watch(60.0, |bench| assert_eq!(bench.demand(), held));
    assert_eq!(bench.outputs().intervention(LEVEL_LOW).state, InterventionState::Expired);
    bench.link = PumpLink::Present { held: Some(Rpm(held)), local: false };
    bench.run(20.0);
    assert_eq!(bench.demand(), before);
}
