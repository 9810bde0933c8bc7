// SPDX-License-Identifier: MIT OR Apache-2.0
//! A recorded run through the control core gives the same outputs, bit for bit: in this process, and in a program built with
//! another profile.
#![cfg(test)] // helpers between the tests are test code too

mod support;

use ecmod_control::{DriverHealth, Request};
use ecmod_sim::harness::{Harness, Options, Part, Replayed, replay};
use ecmod_sim::scenario::Scenario;
use std::process::Command;
use support::binary;

/// Start, another flow, both other modes, an occlusion in which a limit holds the speed down, air, and a stop.
const SCENARIO: &str = r#"
title = "Everything that a core decides"
[circuit]
support = "va"
pump = "rotaflow_like"
[[events]]
at_s = 1
action = { start = true, mode = "flow", flow = 3.5, sweep_gas = 3.0 }
[[events]]
at_s = 25
fault = { kind = "occlusion", site = "return", fraction = 0.6 }
for_s = 8
[[events]]
at_s = 45
fault = { kind = "air", site = "drainage", ml = 3.0 }
for_s = 5
[[events]]
at_s = 60
action = { mode = "speed", speed = 3000.0 }
[[events]]
at_s = 75
action = { mode = "zero_flow" }
[[events]]
at_s = 95
action = { stop = true }
"#;

fn recorded() -> (Vec<u8>, Replayed) {
    let mut harness = Harness::new(&Options::for_scenario(Scenario::parse(SCENARIO).unwrap())).unwrap();
    harness.record();
    harness.live(3);
    harness.run(50.0, |_| {});
    let _nothing_to_override = harness.request(Request::Override { intervention: None, on: true });
    harness.request(Request::PauseAudio(true)).unwrap();
    harness.run(5.0, |_| {});
    harness.set_driver(Part::Pump, DriverHealth::Absent);
    harness.run(2.0, |_| {});
    harness.set_driver(Part::Pump, DriverHealth::Running);
    let mut speeds = (f64::INFINITY, 0.0_f64);
    harness.run(53.0, |moment| {
        let speed = moment.truth.pump_speed.value();
        speeds = (speeds.0.min(speed), speeds.1.max(speed));
    });
    assert!(speeds.0 < 100.0 && speeds.1 > 2900.0, "the run has all its modes and its stop: {speeds:?}");
    let mut tape = Vec::new();
    let replayed = harness.tape(&mut tape).unwrap();
    (tape, replayed)
}

#[test]
fn a_recorded_run_gives_the_same_outputs_bit_for_bit_on_another_build_profile_too() {
    let (tape, original) = recorded();
    assert_eq!(original.ticks, 11_000);
    assert_eq!(replay(tape.as_slice()).unwrap(), original, "in this program");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tape");
    std::fs::write(&file, &tape).unwrap();
    // The tests are built with little optimisation, the programs with much.
    let output = Command::new(binary("ecmod-sim")).arg("replay").arg(&file).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.trim(), format!("{} {:016x}", original.ticks, original.digest), "in the program");
}

#[test]
fn another_bit_anywhere_on_the_tape_is_another_run() {
    let (tape, original) = recorded();
    let text = String::from_utf8(tape).unwrap();
    let line = text.lines().position(|line| line.contains("\"what\":{\"flow\"")).expect("the flow was set");
    let set = 3.5_f64.to_bits();
    let changed: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(number, text)| {
            if number == line {
                text.replace(&set.to_string(), &(set + 1).to_string())
            } else {
                text.to_owned()
            }
        })
        .collect();
    let other = replay(changed.join("\n").as_bytes()).unwrap();
    assert_eq!(other.ticks, original.ticks);
    assert_ne!(other.digest, original.digest);
}

#[test]
fn what_is_no_tape_is_said_with_its_line() {
    let says = |text: &str| replay(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(says(""), "the tape is empty");
    assert!(says("{\"tick\":1}").starts_with("line 1 of the tape is not understood"));
    let begin = "{\"begin\":{\"pump\":\"rotaflow_like\"}}\n";
    assert!(says(&format!("{begin}{begin}")).contains("line 2"));
    assert!(says(&format!("{begin}nonsense")).contains("line 2"));
}
