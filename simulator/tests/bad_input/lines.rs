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

/// How long a battery lasts is known only while it is discharged, and here it is not.
const ABSENT: &str = "battery_time_to_empty";

/// Between what each signal is: looked at for three seconds, and until each has been good.
fn learn(room: &Room, frames: &Frames) -> BTreeMap<String, (f64, f64)> {
    room.truth.until(room.truth.now() + 3_000_000_000);
    let mut seen = Vec::new();
    until("every signal has been good", || {
        seen.extend(frames.take());
        let known = ranges(&seen);
        let all =
            |frame: &Frame| frame.readings.keys().all(|name| name == ABSENT || known.contains_key(name));
        (!seen.is_empty() && seen.iter().all(all)).then_some(known)
    })
}

/// What the annunciator sounds. It is no measurement that garbage could falsify: it follows the alarms.
const SOUNDED: &str = "alarm_pattern";
/// So long behind the end of an alarm its burst, which is not broken off, may last, and a frame be late.
const ECHO_NS: u64 = 4_500_000_000;

/// An alarm at one priority: from when to when, and how loud.
struct Told {
    alarm: (String, String),
    from: u64,
    until: u64,
    loudness: f64,
}

/// What the alarm log says that was announced, and when.
fn announced(room: &Room) -> Vec<Told> {
    let log = room.console.ecmoctl_json(&["alarms", "log", "--after", "0"]);
    let mut told: Vec<Told> = Vec::new();
    for record in log.as_array().unwrap_or_else(|| panic!("a list: {log}")) {
        let word = |key: &str| record[key].as_str().unwrap_or_default();
        let (at, alarm) =
            (record["monotonic_ns"].as_u64().unwrap(), (word("id").into(), word("subject").into()));
        let loudness = match word("priority") {
            "high" => 3.0,
            "medium" => 2.0,
            _ => 1.0,
        };
        if let "appeared" | "changed" | "gone" = word("event") {
            let open = told.iter_mut().find(|told| told.alarm == alarm && told.until == u64::MAX);
            if let Some(told) = open {
                told.until = at;
            }
            if word("event") != "gone" {
                told.push(Told { alarm, from: at, until: u64::MAX, loudness });
            }
        }
    }
    told
}

/// Asserts that nothing was sounded but what was announced.
fn assert_sounded(room: &Room, frames: &[Frame]) {
    let told = announced(room);
    for frame in frames {
        let at = frame.monotonic;
        let heard = told.iter().filter(|told| told.from <= at && at <= told.until.saturating_add(ECHO_NS));
        let loudest = heard.map(|told| told.loudness).fold(0.0, f64::max);
        let sounded = frame.readings[SOUNDED].value.unwrap_or(0.0);
        assert!(sounded <= loudest, "{sounded} is sounded at {at} ns, and announced was {loudest}");
    }
}

/// How far a good reading may be from what is true.
fn tolerance(signal: &str) -> f64 {
    match signal {
        "pump_speed" => 20.0,
        "pump_load" | "flow_quality" => 5.0,
        // The meter's text has no checksum: what its driver believes of damaged lines is right to 0.3 L/min.
        "blood_flow" | "blood_flow_1s" => 0.3,
        "sweep_gas_flow" => 0.2,
        "tacho" => 20.0,
        "exhaust_oxygen" | "venous_saturation" => 3.0,
        // These are in bar.
        "gas_supply_pressure" => 0.1,
        "ambient_pressure" => 0.01,
        name if name.ends_with("pressure") => 10.0,
        name if name.ends_with("temperature") => 1.0,
        "battery_charge" => 5.0,
        // States, codes and counts: nothing happens to them.
        "alarm_heartbeat_lost"
        | "battery_usable"
        | "battery_charging"
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

/// The patient gets better for minutes after support has begun, and this shows it: between two looks it moves by little.
const RECOVERING: &str = "venous_saturation";

/// Asserts that no good reading was a wrong one: nothing changes in the patient meanwhile, so each is what it was before; what
/// recovers goes on from what it was at the last look.
fn assert_true(room: &Room, frames: &[Frame], usual: &mut BTreeMap<String, (f64, f64)>) {
    for (name, (low, high)) in ranges(frames).into_iter().filter(|(name, _)| name != SOUNDED) {
        let (usual_low, usual_high) = usual[&name];
        let tolerance = tolerance(&name);
        assert!(
            low >= usual_low - tolerance && high <= usual_high + tolerance,
            "good readings of {name} from {low} to {high}; it is between {usual_low} and {usual_high}"
        );
        if name == RECOVERING {
            usual.insert(name, (low, high));
        }
    }
    for reading in frames.iter().flat_map(|frame| frame.readings.values()) {
        assert_eq!(reading.is_good(), reading.cause == "none", "{reading:?}");
    }
    assert_sounded(room, frames);
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
    let mut usual = learn(&room, &frames);
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
            assert_true(&room, &frames.take(), &mut usual);
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
    let mut usual = learn(&room, &frames);
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
            assert_true(&room, &frames.take(), &mut usual);
        }
    }
    for (kind, (line, _)) in GARBAGE.into_iter().flat_map(|kind| LINES.map(|line| (kind, line))) {
        simulator.inject(&fault(kind, line, 0.5));
    }
    room.truth.until(room.truth.now() + 3_000_000_000);
    simulator.clear_all();
    let said = room.until_content();
    room.assert_settings_kept(&said);
    assert_true(&room, &frames.take(), &mut usual);
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
