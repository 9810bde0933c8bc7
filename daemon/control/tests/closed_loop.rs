// SPDX-License-Identifier: MIT OR Apache-2.0
//! The core in closed loop with a small plant: what the flow controller, the limiters and the transfers promise.

mod bench;

use bench::{Bench, FLOW, Plant, SPEED, VENOUS, ms, settings};
use ecmod_control::{
    ActiveLimit, Boot, LimiterStatus, Mode, PumpLink, PumpPreset, Request, State, StopState, TransitionCause,
};
use ecmod_quantities::{Cause, LitresPerMinute, MmHg, Quality, Rpm};

const ROTAFLOW: PumpPreset = PumpPreset::RotaflowLike;

/// How a step went: seconds until the flow stays within 2 % of the goal, and by how much it went past it.
struct Answer {
    settled: f64,
    overshoot: f64,
}

fn answer(bench: &mut Bench, from: f64, to: f64, seconds: f64) -> Answer {
    let begin = bench.now;
    let mut answer = Answer { settled: 0.0, overshoot: f64::NEG_INFINITY };
    bench.watch(seconds, |bench| {
        let past = (bench.plant.flow - to) * (to - from).signum();
        answer.overshoot = answer.overshoot.max(past);
        if (bench.plant.flow - to).abs() > 0.02 * to {
            answer.settled = (bench.now - begin) as f64 * 1e-9;
        }
    });
    answer
}

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
            let answer = answer(&mut bench, 0.0, 4.0, 40.0);
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
            let answer = answer(&mut bench, from, to, 30.0);
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
        assert!((500..=620).contains(&(waited / bench::MS)), "{waited} ns");
        assert!((bench.plant.flow - 4.0).abs() < 0.08, "{} L/min", bench.plant.flow);
    }
}

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
        let answer = answer(&mut bench, 0.0, 4.0, 40.0);
        assert!(answer.overshoot < 0.15, "{preset:?}: {:.3} over after release", answer.overshoot);
        assert_eq!(bench.outputs().active_limit, ActiveLimit::None);
    }
}

#[test]
fn the_limiters_for_high_pressure_hold_it_in_speed_mode() {
    let mut settings = settings(ROTAFLOW);
    settings.limits.arterial_pressure_high = Some(MmHg(250.0));
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
    settings.limits.arterial_pressure_high = None;
    settings.limits.pre_membrane_pressure_high = Some(MmHg(250.0));
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
    bench.watch(60.0, |bench| assert!(bench.demand() >= floor));
    assert!((bench.demand() - floor).abs() < 1.0, "{}", bench.demand());
    assert_eq!(bench.outputs().limiters.venous, LimiterStatus::AtFloor);
    assert_eq!(bench.outputs().active_limit, ActiveLimit::VenousPressureLow);
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

#[test]
fn in_suction_the_flow_controller_does_not_wind_the_speed_up() {
    let mut settings = settings(ROTAFLOW);
    settings.limits.venous_pressure_low = None;
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
            bench.link = PumpLink::Present { held };
            bench.watch(3.0, |bench| assert!((bench.demand() - before).abs() < 5.0, "{mode:?}"));
            assert_eq!(bench.outputs().active_limit, ActiveLimit::None);
            bench.link = PumpLink::Absent;
            bench.run(0.1);
        }
        let held = before - 200.0;
        bench.link = PumpLink::Present { held: Some(Rpm(held)) };
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
            bench.link = PumpLink::Present { held: knows_held.then_some(Rpm(before)) };
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
        bench.link = PumpLink::Present { held };
        bench.watch(5.0, |bench| {
            assert_eq!(bench.outputs().state, State::Support(Mode::Speed));
            assert!((bench.demand() - 3210.5).abs() < 1e-6);
        });
        assert_eq!(bench.outputs().transition.cause, TransitionCause::TakenOver);
        assert_eq!(bench.outputs().speed_setpoint.value(), bench.demand());
    }
}

#[test]
fn after_a_loss_of_all_power_support_comes_back_by_itself_with_the_slew() {
    let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
    let resume = bench.outputs().resume();
    bench.restart(Boot::Resume(resume));
    (bench.drive, bench.plant.speed) = (0.0, 0.0);
    bench.link = PumpLink::Absent;
    bench.run(1.0);
    bench.link = PumpLink::Present { held: None };
    let answer = answer(&mut bench, 0.0, 3.0, 30.0);
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
    bench.link = PumpLink::Present { held: None };
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
