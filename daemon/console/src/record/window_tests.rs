// SPDX-License-Identifier: MIT OR Apache-2.0

use super::*;
use ecmod_control::{Boot, Core, PumpPreset, Settings};
use ecmod_quantities::Rpm;

fn outputs() -> Box<Outputs> {
    let core = Core::new(Settings::for_pump(PumpPreset::RotaflowLike), Boot::Cold).unwrap();
    Box::new(*core.outputs())
}

fn window() -> Window {
    let columns = ["blood_flow", "venous_pressure"].map(|name| Column { name: name.into(), unit: "" });
    Window::new(columns.into(), 41)
}

/// What a tick of 10 ms brings, with its number as the flow.
fn tick(number: u64) -> Box<Outputs> {
    let mut outputs = outputs();
    outputs.now = Monotonic(number * 10_000_000);
    outputs.pump_speed = Some(Rpm(3000.0));
    let flow = f64::from(u32::try_from(number).unwrap());
    outputs.readings[0] = Reading::good(flow, outputs.now, number);
    outputs.readings[1] = Reading::bad(Cause::HostLost, outputs.now, number);
    outputs
}

fn run(window: &mut Window, ticks: std::ops::Range<u64>) {
    for number in ticks {
        window.push(&tick(number));
    }
}

/// One begins in the tick with this number.
fn begin(window: &mut Window, number: u64) -> Recorded {
    window.begin(about(Monotonic(number * 10_000_000)), &tick(number))
}

fn about(began: Monotonic) -> About {
    let began = Stamp { wall_ns: 0, monotonic_ns: began.0 };
    About { intervention: "suction".into(), began, details: Vec::new() }
}

const fn at(seconds: u64) -> Monotonic {
    Monotonic(seconds * 1_000_000_000)
}

#[test]
fn every_quality_and_every_cause_is_recorded_as_what_it_is() {
    for quality in [Quality::Good, Quality::Uncertain, Quality::Bad] {
        for &cause in Cause::ALL {
            let value = (quality != Quality::Bad).then_some(-1.5);
            let cell = Cell { value, quality, cause };
            let cells: Vec<Cell> = Cells::from_iter([cell]).iter().collect();
            assert_eq!(cells, [cell]);
        }
    }
}

#[test]
fn ten_seconds_before_and_ten_after_are_recorded_at_fifty_hertz() {
    let mut window = window();
    run(&mut window, 0..6000);
    let first = begin(&mut window, 6000);
    assert_eq!((first.number, first.is_complete, first.frames.len()), (42, false, 501));
    run(&mut window, 6000..6999);
    assert!(window.due(Monotonic(69_990_000_000)).is_empty());
    run(&mut window, 6999..7100);
    let due = window.due(at(71));
    let [whole] = due.as_slice() else { panic!("{}", due.len()) };
    assert_eq!((whole.number, whole.is_complete, whole.frames.len()), (42, true, 1001));
    assert_eq!((whole.frames[0].at, whole.frames[1000].at), (at(50), at(70)));
    let cells: Vec<Cell> = whole.frames[500].cells.iter().collect();
    let [cell, bad] = cells[..] else { panic!("{}", cells.len()) };
    assert_eq!((cell.value, cell.quality), (Some(6000.0), Quality::Good), "the moment it began");
    assert_eq!((bad.value, bad.cause), (None, Cause::HostLost), "what is bad has no value");
    assert!(window.due(at(99)).is_empty(), "once");
}

#[test]
fn the_readings_of_the_tick_in_which_it_begins_are_recorded_between_two_steps_too() {
    let mut window = window();
    run(&mut window, 0..100);
    let first = begin(&mut window, 99);
    let flows: Vec<Option<f64>> =
        first.frames[48..].iter().map(|frame| frame.cells.iter().next().unwrap().value).collect();
    assert_eq!(flows, [Some(96.0), Some(98.0), Some(99.0)]);
}

#[test]
fn what_is_still_open_when_the_daemon_ends_is_kept_as_far_as_it_is_known() {
    let mut window = window();
    run(&mut window, 0..100);
    begin(&mut window, 99);
    run(&mut window, 100..200);
    let rest = window.finish();
    assert_eq!((rest.len(), rest[0].is_complete, rest[0].frames.len()), (1, false, 101));
    assert!(window.finish().is_empty());
}

#[test]
fn the_window_is_bounded_and_interventions_overlap_each_with_its_own_seconds() {
    let mut window = window();
    run(&mut window, 0..10_000);
    assert_eq!(window.frames.len(), FRAMES);
    let numbers: Vec<u64> = (0..20).map(|_| begin(&mut window, 10_000).number).collect();
    assert_eq!(numbers, (42..62).collect::<Vec<_>>(), "each has a number and its ten seconds before");
    run(&mut window, 10_000..11_100);
    assert_eq!(window.due(at(111)).len(), MOST);
}

#[test]
fn rare_ticks_are_all_kept_and_time_that_stands_still_is_kept_once() {
    let mut window = window();
    run(&mut window, 0..1);
    run(&mut window, 0..1);
    assert_eq!(window.frames.len(), 1);
    let mut outputs = outputs();
    for tick in 1..=5_u64 {
        outputs.now = Monotonic(tick * 50_000_000);
        window.push(&outputs);
    }
    assert_eq!(window.frames.len(), 6);
}
