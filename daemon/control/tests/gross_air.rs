// SPDX-License-Identifier: MIT OR Apache-2.0
//! Gross air in closed loop with a small plant: a detector alone never lowers the flow, air does, for a bounded time, and
//! the flow comes back whatever fails meanwhile.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{
    Bench, DRAINAGE_BUBBLE, FLOW, LOAD, Plant, QUALITY, RETURN_BUBBLE, ROLES, VENOUS, settings_with,
};
use ecmod_control::{
    ActiveLimit, Boot, Inhibit, InterventionKind, InterventionState, InterventionStatus, Mode, PumpLink,
    PumpPreset, Request, Resume, Sign,
};
use ecmod_quantities::{Cause, Span};

const AIR: InterventionKind = InterventionKind::GrossAir;

/// Something that happens to a bench.
type Change = fn(&mut Bench);

/// Supports at about 4 L/min in this mode, with detectors, load and signal quality.
fn bench(preset: PumpPreset, mode: Mode) -> Bench {
    let mut bench = Bench::with(settings_with(preset, ROLES.len()), Plant::va(preset));
    bench.start_flow(4.0);
    bench.run(40.0);
    bench.ask(Request::SetMode(mode));
    bench.run(1.0);
    bench
}

fn air(bench: &Bench) -> InterventionStatus {
    bench.outputs().intervention(AIR)
}

/// A swallow of air: the pump gives 70 % of its head and load, the detector sees it.
fn swallow(bench: &mut Bench) {
    (bench.plant.head, bench.plant.return_bubble) = (0.7, true);
}

#[test]
fn false_pulses_of_the_detectors_never_lower_the_flow() {
    for mode in [Mode::Speed, Mode::Flow] {
        let mut bench = bench(PumpPreset::RotaflowLike, mode);
        let before = bench.demand();
        for pulse in 0u32..60 {
            let cough = f64::from(pulse % 5) * 8.0;
            (bench.plant.cvp, bench.plant.map) = (8.0 + cough, 75.0 + cough);
            bench.plant.drainage = if pulse % 3 == 0 { 1.25 } else { 1.0 };
            bench.plant.return_bubble = true;
            bench.run(0.05 * f64::from(1 + pulse % 4));
            bench.plant.return_bubble = false;
            bench.run(0.4);
            (bench.plant.cvp, bench.plant.map, bench.plant.drainage) = (8.0, 75.0, 1.0);
            bench.watch(9.0, |bench| {
                assert!(bench.demand() > before - 150.0, "{mode:?} pulse {pulse}: {} rpm", bench.demand());
                assert_ne!(bench.outputs().active_limit, ActiveLimit::GrossAir);
            });
        }
        assert_eq!(air(&bench).count, 0, "{mode:?}: {:?}", air(&bench));
    }
}

#[test]
fn a_detector_that_reports_without_end_and_without_a_second_sign_lowers_nothing() {
    let mut bench = bench(PumpPreset::RotaflowLike, Mode::Speed);
    let before = bench.demand();
    bench.plant.return_bubble = true;
    bench.watch(300.0, |bench| assert_eq!(bench.demand(), before));
    assert!(air(&bench).present() && air(&bench).corroboration.is_empty());
    assert_eq!(air(&bench).state, InterventionState::Watching);
}

#[test]
fn a_clamped_line_a_lying_flow_meter_and_a_lost_one_are_no_second_sign() {
    let spoil: [(&str, Change); 4] = [
        ("the return line is kinked", |bench| bench.plant.returning = 20.0),
        ("the drainage line is kinked", |bench| bench.plant.drainage = 4.0),
        ("the flow meter has lost its signal", |bench| bench.faults[FLOW] = Some(Some(Cause::SignalLost))),
        ("the flow meter stands still", |bench| bench.faults[FLOW] = Some(None)),
    ];
    for (name, spoil) in spoil {
        let mut bench = bench(PumpPreset::RotaflowLike, Mode::Speed);
        bench.ask(Request::Override { intervention: Some(InterventionKind::VenousPressureLow), on: true });
        bench.ask(Request::Override { intervention: Some(InterventionKind::ArterialPressureHigh), on: true });
        spoil(&mut bench);
        bench.plant.return_bubble = true;
        bench.run(10.0);
        assert_eq!(air(&bench).count, 0, "{name}: {:?}", air(&bench));
    }
}

#[test]
fn air_with_any_second_sign_brings_the_flow_to_zero_and_gives_it_back_when_it_is_gone() {
    let signs: [(Sign, Change, Change); 3] = [
        (Sign::HeadDrop, |bench| bench.plant.head = 0.7, |bench| bench.plant.head = 1.0),
        (Sign::FlowQualityDrop, |bench| bench.plant.quality = 40.0, |bench| bench.plant.quality = 95.0),
        (
            Sign::SecondDetector,
            |bench| bench.plant.drainage_bubble = true,
            |bench| bench.plant.drainage_bubble = false,
        ),
    ];
    for preset in PumpPreset::ALL {
        for mode in [Mode::Speed, Mode::Flow] {
            for (sign, comes, goes) in signs {
                let mut bench = bench(preset, mode);
                let before = bench.demand();
                comes(&mut bench);
                bench.plant.return_bubble = true;
                bench.run(1.0);
                assert!(air(&bench).acts(), "{preset:?} {mode:?} {sign:?}: {:?}", air(&bench));
                assert!(air(&bench).corroboration.has(sign));
                assert_eq!(bench.outputs().active_limit, ActiveLimit::GrossAir);
                goes(&mut bench);
                let slew = bench.core.settings().speed.slew.value();
                let mut last = bench.demand();
                bench.watch(12.0, |bench| {
                    assert!((bench.demand() - last).abs() <= slew * 0.01 + 1e-6, "no faster than the slew");
                    assert!(bench.plant.flow > -0.3, "{preset:?} {mode:?}: {} L/min back", bench.plant.flow);
                    last = bench.demand();
                });
                let flow = bench.plant.flow;
                assert!(flow.abs() < 0.4, "{preset:?} {mode:?} {sign:?}: {flow} L/min");
                bench.plant.return_bubble = false;
                bench.run(4.0);
                assert_eq!(air(&bench).state, InterventionState::Returning, "{preset:?} {mode:?}");
                bench.run(40.0);
                assert!((bench.demand() - before).abs() < 0.02 * before, "{preset:?} {mode:?} {sign:?}");
                assert_eq!(bench.outputs().active_limit, ActiveLimit::None);
                assert_eq!(air(&bench).count, 1);
            }
        }
    }
}

#[test]
fn a_dip_of_the_load_or_of_the_pressures_at_a_fixed_speed_is_a_second_sign() {
    let signs: [(Sign, Change, Change); 2] = [
        (Sign::LoadDip, |_| {}, |bench| bench.plant.load = 0.7),
        // Without flow and load the pressures are all there is.
        (
            Sign::PressureDip,
            |bench| {
                bench.faults[FLOW] = Some(Some(Cause::SignalLost));
                bench.faults[LOAD] = Some(Some(Cause::Disconnected));
            },
            |bench| bench.plant.head = 0.7,
        ),
    ];
    for (sign, before, comes) in signs {
        let mut bench = bench(PumpPreset::RotaflowLike, Mode::Speed);
        before(&mut bench);
        bench.run(15.0);
        comes(&mut bench);
        bench.plant.return_bubble = true;
        bench.run(2.0);
        assert!(
            air(&bench).acts(),
            "{sign:?}: {:?} {:?}",
            air(&bench),
            (bench.demand(), bench.outputs().active_limit, bench.plant.flow, bench.outputs().mode)
        );
        assert_eq!(air(&bench).corroboration.signs().collect::<Vec<_>>(), [sign]);
    }
}

#[test]
fn air_that_stays_gets_the_flow_back_at_the_end_and_only_the_alarm_goes_on() {
    for mode in [Mode::Speed, Mode::Flow] {
        let mut bench = bench(PumpPreset::RotaflowLike, mode);
        let before = bench.demand();
        swallow(&mut bench);
        bench.run(2.0);
        bench.plant.head = 1.0;
        let mut ended = None;
        bench.watch(60.0, |bench| match air(bench).state {
            InterventionState::Active { since, ends } => {
                assert_eq!(ends.since(since), Span::from_secs(20));
                assert!(bench.outputs().now < ends);
            }
            state => {
                ended.get_or_insert((bench.now, state));
            }
        });
        let (_, state) = ended.unwrap();
        assert_eq!(state, InterventionState::Returning, "{mode:?}");
        assert_eq!(air(&bench).state, InterventionState::Expired);
        assert!(air(&bench).present(), "the alarm goes on");
        assert!((bench.demand() - before).abs() < 0.02 * before, "{mode:?}: {} rpm", bench.demand());
        // Not again before the detector was quiet for a minute: repeated air must not mean no flow.
        bench.plant.return_bubble = false;
        bench.run(30.0);
        swallow(&mut bench);
        bench.watch(10.0, |bench| assert!(!air(bench).acts()));
    }
}

#[test]
fn without_a_flow_the_speed_goes_to_the_floor_and_comes_back() {
    for mode in [Mode::Speed, Mode::Flow] {
        let mut bench = bench(PumpPreset::RotaflowLike, mode);
        let (before, floor) = (bench.demand(), bench.outputs().estimates.floor.value());
        swallow(&mut bench);
        bench.run(1.0);
        bench.faults[FLOW] = Some(Some(Cause::SignalLost));
        bench.watch(10.0, |bench| assert!(bench.demand() >= floor - 1e-6));
        assert_eq!(bench.demand(), floor, "{mode:?}");
        (bench.plant.head, bench.plant.return_bubble) = (1.0, false);
        bench.run(40.0);
        assert!((bench.demand() - before).abs() < 0.02 * before, "{mode:?}: {} rpm", bench.demand());
    }
}

#[test]
fn a_detector_that_dies_while_it_acts_ends_it_within_seconds() {
    let mut bench = bench(PumpPreset::RotaflowLike, Mode::Speed);
    let before = bench.demand();
    swallow(&mut bench);
    bench.run(5.0);
    assert!(air(&bench).acts());
    bench.faults[RETURN_BUBBLE] = Some(Some(Cause::HostLost));
    bench.run(5.0);
    assert!(matches!(air(&bench).state, InterventionState::Returning), "{:?}", air(&bench));
    bench.run(20.0);
    assert_eq!(bench.demand(), before);
    assert_eq!(air(&bench).state, InterventionState::Inhibited(Inhibit::SignalBad(Cause::HostLost)));
}

#[test]
fn a_core_restarted_in_the_middle_finishes_it_at_the_end_it_had() {
    for mode in [Mode::Speed, Mode::Flow] {
        for down in [200, 5_000, 60_000] {
            let mut bench = bench(PumpPreset::RotaflowLike, mode);
            let before = bench.demand();
            swallow(&mut bench);
            bench.run(8.0);
            let InterventionState::Active { ends, .. } = air(&bench).state else {
                panic!("{:?}", air(&bench))
            };
            let resume = bench.outputs().resume();
            let held = bench.drive;
            bench.plant.head = 1.0;
            bench.gap(down);
            bench.restart(Boot::Resume(resume));
            bench.link = PumpLink::Absent;
            bench.run(0.05);
            bench.link = PumpLink::Present { held: Some(ecmod_quantities::Rpm(held)), local: false };
            bench.watch(30.0, |bench| {
                if air(bench).acts() {
                    assert!(bench.outputs().now < ends, "{mode:?} after {down} ms");
                }
            });
            bench.run(20.0);
            assert!(
                (bench.demand() - before).abs() < 0.03 * before,
                "{mode:?} {down} ms: {}",
                bench.demand()
            );
        }
    }
}

#[test]
fn a_core_restarted_in_the_middle_without_a_flow_meter_does_not_leave_the_flow_down() {
    let mut bench = bench(PumpPreset::RotaflowLike, Mode::Flow);
    let before = bench.demand();
    swallow(&mut bench);
    bench.run(8.0);
    let resume: Resume = bench.outputs().resume();
    bench.faults[FLOW] = Some(Some(Cause::SignalLost));
    (bench.plant.head, bench.plant.return_bubble) = (1.0, false);
    let held = bench.drive;
    bench.restart(Boot::Resume(resume));
    bench.link = PumpLink::Absent;
    bench.run(0.05);
    bench.link = PumpLink::Present { held: Some(ecmod_quantities::Rpm(held)), local: false };
    bench.run(60.0);
    assert!((bench.demand() - before).abs() < 0.03 * before, "{} of {before} rpm", bench.demand());
}

#[test]
fn without_anything_that_could_confirm_it_air_only_alarms() {
    let mut bench = bench(PumpPreset::RotaflowLike, Mode::Speed);
    for source in [VENOUS, FLOW, QUALITY, LOAD, DRAINAGE_BUBBLE] {
        bench.faults[source] = Some(Some(Cause::Disconnected));
    }
    bench.run(5.0);
    assert_eq!(air(&bench).state, InterventionState::Inhibited(Inhibit::NothingToCorroborate));
    let before = bench.demand();
    swallow(&mut bench);
    bench.watch(30.0, |bench| assert_eq!(bench.demand(), before));
}

#[test]
fn an_operators_override_gives_the_flow_back_at_once() {
    let mut bench = bench(PumpPreset::RotaflowLike, Mode::Speed);
    let before = bench.demand();
    swallow(&mut bench);
    bench.run(8.0);
    assert!(bench.demand() < 0.6 * before);
    bench.ask(Request::Override { intervention: None, on: true });
    bench.run((before - bench.demand()) / 300.0 + 0.1);
    assert_eq!(bench.demand(), before, "by the whole slew");
}
