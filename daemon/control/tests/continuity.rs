// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nothing that happens around the core bumps the pump: lost hosts, restarts, power cuts, gaps, stops; and a run can be replayed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{Bench, SPEED};
use ecmod_control::{
    ActiveLimit, Boot, Mode, PumpLink, PumpPreset, Request, State, StopState, TransitionCause,
};
use ecmod_quantities::{Cause, LitresPerMinute, Rpm};

const ROTAFLOW: PumpPreset = PumpPreset::RotaflowLike;

#[test]
fn losing_the_pumps_host_holds_the_demand_and_its_return_is_bumpless() {
    for mode in Mode::ALL {
        let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
        bench.ask(Request::SetMode(mode));
        bench.run(20.0);
        let before = bench.demand();
        bench.link = PumpLink::Absent;
        bench.watch(20.0, |bench| {
            assert_eq!((bench.demand(), bench.outputs().active_limit), (before, ActiveLimit::PumpLost));
        });
        for held in [None, Some(Rpm(before))] {
            bench.link = PumpLink::Present { held, local: false };
            bench.watch(3.0, |bench| assert!((bench.demand() - before).abs() < 5.0, "{mode:?}"));
            assert_eq!(bench.outputs().active_limit, ActiveLimit::None);
            bench.link = PumpLink::Absent;
            bench.run(0.1);
        }
        let held = before - 200.0;
        bench.link = PumpLink::Present { held: Some(Rpm(held)), local: false };
        bench.watch(0.01, |bench| assert!((bench.demand() - held).abs() <= 3.0 + 1e-9, "from what it holds"));
    }
}

#[test]
fn a_restarted_core_takes_the_pump_up_without_a_bump() {
    for mode in Mode::ALL {
        for knows_held in [true, false] {
            let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
            bench.ask(Request::SetMode(mode));
            bench.run(30.0);
            let (before, flow) = (bench.demand(), bench.plant.flow);
            let resume = bench.outputs().resume();
            assert!(resume.supporting);
            bench.restart(Boot::Resume(resume));
            bench.link = PumpLink::Absent;
            bench.watch(0.5, |bench| {
                assert_eq!(bench.outputs().pump_speed, None, "nothing is demanded before the pump is seen");
                assert_eq!(bench.outputs().state, State::Support(mode));
                assert_eq!(bench.outputs().active_limit, ActiveLimit::PumpLost);
            });
            bench.link = PumpLink::Present { held: knows_held.then_some(Rpm(before)), local: false };
            bench.watch(5.0, |bench| {
                assert!((bench.demand() - before).abs() < 5.0, "{mode:?}: {} from {before}", bench.demand());
            });
            assert_eq!(bench.outputs().transition.cause, TransitionCause::Resumed);
            assert!((bench.plant.flow - flow).abs() < 0.02);
        }
    }
}

#[test]
fn a_core_without_memory_takes_a_running_pump_over_at_exactly_its_speed() {
    for held in [Some(Rpm(3210.5)), None] {
        let mut bench = Bench::at_speed(ROTAFLOW, 3210.5);
        bench.restart(Boot::Cold);
        bench.link = PumpLink::Absent;
        bench.run(1.0);
        assert_eq!((bench.outputs().state, bench.outputs().pump_speed), (State::Standby, None));
        bench.link = PumpLink::Present { held, local: false };
        bench.watch(5.0, |bench| {
            assert_eq!(bench.outputs().state, State::Support(Mode::Speed));
            assert!((bench.demand() - 3210.5).abs() < 1e-6);
        });
        assert_eq!(bench.outputs().transition.cause, TransitionCause::TakenOver);
        assert_eq!(bench.outputs().speed_setpoint.value(), bench.demand());
    }
}

#[test]
fn a_host_that_comes_later_with_a_running_pump_is_taken_over_as_well() {
    let mut bench = Bench::new(ROTAFLOW);
    bench.link = PumpLink::Absent;
    bench.run(1.0);
    (bench.drive, bench.plant.speed) = (2800.0, 2800.0);
    bench.run(10.0);
    assert_eq!((bench.outputs().state, bench.outputs().pump_speed), (State::Standby, None));
    bench.link = PumpLink::Present { held: None, local: false };
    bench.watch(1.0, |bench| assert!((bench.demand() - 2800.0).abs() < 1e-6));
    assert_eq!(bench.outputs().state, State::Support(Mode::Speed));
}

#[test]
fn after_a_loss_of_all_power_support_comes_back_by_itself_with_the_slew() {
    let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
    let resume = bench.outputs().resume();
    bench.restart(Boot::Resume(resume));
    (bench.drive, bench.plant.speed) = (0.0, 0.0);
    bench.link = PumpLink::Absent;
    bench.run(1.0);
    bench.link = PumpLink::Present { held: None, local: false };
    let answer = bench.answer(0.0, 3.0, 30.0);
    assert!(answer.settled < 20.0 && answer.overshoot < 0.15, "{} s, {}", answer.settled, answer.overshoot);
}

#[test]
fn with_the_host_there_and_no_speed_known_the_journal_decides_after_two_seconds() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    let resume = bench.outputs().resume();
    bench.faults[SPEED] = Some(Some(Cause::Timeout));
    bench.restart(Boot::Resume(resume));
    bench.link = PumpLink::Absent;
    bench.run(1.0);
    bench.link = PumpLink::Present { held: None, local: false };
    bench.watch(1.9, |bench| assert_eq!(bench.outputs().pump_speed, None));
    bench.watch(1.0, |bench| {
        assert!(bench.outputs().pump_speed.is_none_or(|speed| (speed.value() - 3000.0).abs() < 1e-9));
    });
    assert_eq!(bench.demand(), 3000.0);
}

#[test]
fn a_gap_between_ticks_does_not_become_a_jump() {
    for mode in Mode::ALL {
        let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
        bench.ask(Request::SetMode(mode));
        match mode {
            Mode::Speed => bench.ask(Request::SetSpeed(Rpm(4500.0))),
            Mode::Flow => bench.ask(Request::SetFlow(LitresPerMinute(6.0))),
            Mode::ZeroFlow => {}
        }
        bench.run(0.5);
        let before = bench.demand();
        bench.gap(10_000);
        bench.watch(0.01, |bench| {
            let moved = (bench.demand() - before).abs();
            assert!(moved <= 30.0 + 1e-9, "{mode:?}: {moved} rpm");
        });
    }
}

#[test]
fn a_stop_takes_two_steps_and_runs_down_with_the_slew() {
    let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
    bench.ask(Request::RequestStop);
    let StopState::Pending { token, .. } = bench.outputs().stop else { panic!("{:?}", bench.outputs().stop) };
    bench.run(5.0);
    assert!((bench.plant.flow - 3.0).abs() < 0.02, "asking changes nothing");
    bench.ask(Request::ConfirmStop { token });
    let mut last = bench.demand();
    bench.watch(20.0, |bench| {
        assert!(bench.demand() <= last && last - bench.demand() <= 3.0 + 1e-9);
        last = bench.demand();
    });
    let out = bench.outputs();
    assert_eq!((out.state, out.pump_speed, out.stop), (State::Standby, Some(Rpm::ZERO), StopState::None));
    assert_eq!(out.transition.cause, TransitionCause::Stopped);
    bench.run(60.0);
    assert_eq!(bench.outputs().pump_speed, Some(Rpm::ZERO), "zero stays demanded");
}

#[test]
fn the_same_inputs_give_the_same_bits() {
    let run = || {
        let mut bench = Bench::new(ROTAFLOW);
        bench.noise = 0.05;
        bench.start_flow(4.0);
        let mut bits = Vec::new();
        bench.watch(20.0, |bench| bits.push(format!("{:?}", bench.outputs())));
        bench.plant.drainage = 3.0;
        bench.watch(10.0, |bench| bits.push(format!("{:?}", bench.outputs())));
        bits
    };
    assert_eq!(run(), run());
}
