// SPDX-License-Identifier: MIT OR Apache-2.0
//! Garbage on the lines to the devices.

use super::steady::{HOSTS, Quiet, Room};
use super::stranger::{Frame, Frames};
use super::support::until;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The lines, each with a signal of its device.
const LINES: [(&str, &str); 4] = [
    ("pump_line", "pump_speed"),
    ("gas_line", "sweep_gas_flow"),
    ("flow_line", "blood_flow"),
    ("monitor", "second_venous_pressure"),
];

/// What can be wrong with a line.
const GARBAGE: [&str; 7] =
    ["noise", "wrong_crc", "wrong_unit", "short_frames", "late_frames", "silence", "echo"];

/// How long garbage lasts at least.
const LASTS: Duration = Duration::from_millis(1200);

fn fault(kind: &str, line: &str, probability: f64) -> Value {
    match kind {
        "noise" => json!({ "kind": kind, "line": line, "probability": probability, "bytes": 60 }),
        "late_frames" => {
            json!({ "kind": kind, "line": line, "probability": probability, "delay_ms": 150 })
        }
        "echo" => json!({ "kind": kind, "line": line }),
        _ => json!({ "kind": kind, "line": line, "probability": probability }),
    }
}

/// Whether a line on which nothing else comes any more can have no good readings. Random bytes and an echo can be told
/// from the answers that come as well. Text has no addresses.
fn silences(kind: &str, line: &str) -> bool {
    match kind {
        "short_frames" | "silence" | "wrong_crc" => true,
        "wrong_unit" => line != "flow_line",
        "late_frames" => line == "pump_line" || line == "gas_line",
        _ => false,
    }
}

/// Whether the port notices. The meter's text is the driver's business: its port counts bytes only. The TCP port waits
/// longer than answers are late here.
fn is_counted(kind: &str, line: &str) -> bool {
    line != "flow_line" && (kind, line) != ("late_frames", "monitor")
}

/// What a port has counted that should not have happened.
fn errors(room: &Room, line: &str) -> u64 {
    const WRONG: [&str; 13] = [
        "drained_bytes",
        "settled",
        "echoes",
        "lost",
        "open_failures",
        "retries",
        "failures",
        "timeouts",
        "damaged_checksum",
        "damaged_unit",
        "damaged_function",
        "damaged_length",
        "late_answers",
    ];
    let counters = room.stranger.counters(line);
    counters.iter().filter(|(name, _)| WRONG.contains(&name.as_str())).map(|(_, count)| count).sum()
}

/// Lowest and highest value of each signal, as far as it was good.
fn ranges(frames: &[Frame]) -> BTreeMap<String, (f64, f64)> {
    let mut ranges = BTreeMap::new();
    for (name, reading) in frames.iter().flat_map(|frame| &frame.readings) {
        if let (true, Some(value)) = (reading.is_good(), reading.value) {
            let range = ranges.entry(name.clone()).or_insert((value, value));
            *range = (range.0.min(value), range.1.max(value));
        }
    }
    ranges
}

/// How far a good reading may be from what is true.
fn tolerance(signal: &str) -> f64 {
    match signal {
        "pump_speed" => 20.0,
        "pump_load" | "flow_quality" => 5.0,
        // The meter's text has no checksum: what its driver believes of damaged lines is right to 0.3 L/min.
        "blood_flow" | "blood_flow_1s" => 0.3,
        "sweep_gas_flow" => 0.2,
        name if name.ends_with("pressure") => 10.0,
        name if name.ends_with("temperature") => 1.0,
        "battery_charge" => 5.0,
        // What the console itself sounds: a line that fails is an alarm, of any priority.
        "alarm_pattern" => 3.0,
        // States, codes and counts: nothing happens to them.
        "alarm_heartbeat_lost"
        | "battery_usable"
        | "drive_alarm"
        | "return_bubble"
        | "return_bubble_count"
        | "drainage_bubble"
        | "drainage_bubble_count"
        | "key_override"
        | "key_confirm"
        | "key_mute"
        | "level_low"
        | "mains"
        | "sounder_ok" => 0.0,
        name if name.ends_with("_position") => 0.0,
        other => panic!("{other} is a new signal: how much may it differ?"),
    }
}

/// Asserts that no good reading was a wrong one: nothing changes in the patient meanwhile, so each is what it was before.
fn assert_true(frames: &[Frame], usual: &BTreeMap<String, (f64, f64)>) {
    for (name, (low, high)) in ranges(frames) {
        let (usual_low, usual_high) = usual[&name];
        let tolerance = tolerance(&name);
        assert!(
            low >= usual_low - tolerance && high <= usual_high + tolerance,
            "good readings of {name} from {low} to {high}; it is between {usual_low} and {usual_high}"
        );
    }
    for reading in frames.iter().flat_map(|frame| frame.readings.values()) {
        assert_eq!(reading.is_good(), reading.cause == "none", "{reading:?}");
    }
}

/// Looks at one signal while garbage lasts, as often as the bus allows.
fn look_closely(room: &Room, signal: &str, (low, high): (f64, f64)) {
    let began = Instant::now();
    let tolerance = tolerance(signal);
    while began.elapsed() < LASTS {
        let reading = room.stranger.reading(signal).unwrap();
        if let (true, Some(value)) = (reading.is_good(), reading.value) {
            assert!(
                low - tolerance <= value && value <= high + tolerance,
                "a good {value} of {signal}, which is between {low} and {high}"
            );
        }
    }
}

#[test]
fn garbage_of_every_kind_on_every_line_is_counted_and_never_believed() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let frames = Frames::follow(room.console.address());
    room.truth.until(room.truth.now() + 3_000_000_000);
    let usual = ranges(&frames.take());
    let mut simulator = room.console.simulator();
    let mut seen = Vec::new();
    for kind in GARBAGE {
        for (line, signal) in LINES.into_iter() {
            let before = errors(&room, line);
            simulator.inject(&fault(kind, line, 1.0));
            if silences(kind, line) {
                let bad = until("a bad reading", || {
                    room.stranger.reading(signal).filter(|reading| reading.quality == "bad")
                });
                assert_ne!(bad.cause, "host_lost", "{kind} on {line} ends no host");
            }
            look_closely(&room, signal, usual[signal]);
            if is_counted(kind, line) {
                until("a counter", || (errors(&room, line) > before).then_some(()));
            }
            seen.push((kind, line, errors(&room, line) - before));
            for (_, other) in LINES.iter().filter(|(other, _)| *other != line) {
                // While the garbage lasts, not at this very moment: where the machine stands still, every answer is late.
                let what = format!("a good {other} with {kind} on {line}");
                until(&what, || room.stranger.reading(other)?.is_good().then_some(()));
            }
            simulator.clear_all();
            let said = room.until_content();
            room.assert_settings_kept(&said);
            assert_true(&frames.take(), &usual);
        }
    }
    println!("errors counted: {seen:?}");
    assert!(HOSTS.iter().all(|(host, _)| room.console.restarts(host) == 0));
    quiet.assert_kept(&room);
}

#[test]
fn garbage_on_all_lines_at_once_leaves_the_pump_as_it_is() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let frames = Frames::follow(room.console.address());
    room.truth.until(room.truth.now() + 3_000_000_000);
    let usual = ranges(&frames.take());
    let mut simulator = room.console.simulator();
    for probability in [0.3, 1.0] {
        for kind in GARBAGE {
            let begin = room.truth.now();
            for (line, _) in LINES.into_iter() {
                simulator.inject(&fault(kind, line, probability));
            }
            room.truth.until(begin + u64::try_from(LASTS.as_nanos()).unwrap());
            assert_eq!(room.stranger.said().unwrap().state, "support");
            simulator.clear_all();
            let said = room.until_content();
            room.assert_settings_kept(&said);
            assert_true(&frames.take(), &usual);
        }
    }
    for (kind, (line, _)) in GARBAGE.into_iter().flat_map(|kind| LINES.map(|line| (kind, line))) {
        simulator.inject(&fault(kind, line, 0.5));
    }
    room.truth.until(room.truth.now() + 3_000_000_000);
    simulator.clear_all();
    let said = room.until_content();
    room.assert_settings_kept(&said);
    assert_true(&frames.take(), &usual);
    assert!(HOSTS.iter().all(|(host, _)| room.console.restarts(host) == 0));
    quiet.assert_kept(&room);
}

/// How far damaged digits may move pump and flow, as a fraction: what is not believed holds the speed, what is believed is nearly right.
const DAMAGED_DIGITS: f64 = 0.01;

#[test]
fn damaged_digits_in_the_meters_text_are_outlived() {
    let room = Room::steady();
    let begin = room.truth.now();
    let usual = room.console.simulator().state();
    let mut simulator = room.console.simulator();
    simulator.inject(&fault("wrong_crc", "flow_line", 0.7));
    room.truth.until(begin + 15_000_000_000);
    simulator.clear_all();
    let said = room.until_content();
    room.assert_settings_kept(&said);
    let all = room.truth.between(begin, room.truth.now());
    println!("speed {:?} rpm, flow {:?} L/min; before {} rpm", all.speed, all.flow, usual.pump_speed_rpm);
    for ((low, high), usual) in [(all.speed, usual.pump_speed_rpm), (all.flow, usual.flow_l_min)] {
        assert!(low > usual * (1.0 - DAMAGED_DIGITS) && high < usual * (1.0 + DAMAGED_DIGITS));
    }
    room.until_steady();
}
