// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pump that stands: the console suggests what to do, sees what it can, hears the rest from people, and it is all in the log; also
//! when its daemon is killed meanwhile.
#![cfg(test)] // helpers between the tests are test code too

mod support;

use rustix::process::Signal;
use serde_json::{Value, json};
use std::process::Output;
use support::{Console, until};

const OBJECT: &str = "/org/ecmod/procedures/change_console";
const INTERFACE: &str = "org.ecmod.Procedure1";

/// What any program on the bus can do.
fn busctl(console: &Console, arguments: &[&str]) -> Output {
    let mut command = console.command("busctl");
    command.arg("--system").args(arguments).output().unwrap()
}

fn call(console: &Console, method: &[&str]) {
    let output = busctl(console, &[&["call", "org.ecmod", OBJECT, INTERFACE], method].concat());
    assert!(output.status.success(), "{method:?}: {output:?}");
}

/// `None` while no daemon answers.
fn procedure(console: &Console) -> Option<Value> {
    let output = console.ecmoctl(&["--json", "procedure", "change_console"]);
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

fn step<'p>(procedure: &'p Value, id: &str) -> &'p Value {
    let steps = procedure["steps"].as_array().unwrap();
    steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no step {id}: {procedure:#}"))
}

fn said(console: &Console) -> String {
    String::from_utf8(console.ecmoctl(&["alarms", "log", "--last", "500"]).stdout).unwrap()
}

#[test]
fn a_pump_that_stands_suggests_the_change_of_the_console_which_is_seen_confirmed_and_recorded_through_a_restart()
 {
    let console = Console::demo();
    let mut simulator = console.simulator();
    until("support at 4.0 L/min", || (simulator.state().flow_l_min > 3.98).then_some(()));
    simulator.inject(&json!({ "kind": "drive_alarm", "code": 0x30 }));
    let suggested =
        until("the procedure is suggested", || procedure(&console).filter(|own| own["suggested"] == true));
    assert_eq!((&suggested["state"], &suggested["target_ms"]), (&json!("idle"), &json!(90_000)));
    let alarms = String::from_utf8(console.ecmoctl(&["alarms"]).stdout).unwrap();
    assert!(alarms.contains("step by step: ecmoctl procedure change_console"), "{alarms}");

    call(&console, &["Begin"]);
    let begun = procedure(&console).unwrap();
    assert_eq!((&begun["state"], &begun["next"]), (&json!("running"), &json!("clamp_return")));
    let text = step(&begun, "unclamp_and_gas")["text"].as_str().unwrap();
    assert!(text.contains("4.0 L/min") || text.contains("3.9 L/min"), "the flow before it stood: {text}");
    assert_eq!(step(&begun, "clamp_return")["seen"], "no");
    assert!(console.ecmoctl(&["clamp", "return", "closed"]).status.success());
    let clamped = until("the clamp is seen", || {
        procedure(&console).filter(|own| step(own, "clamp_return")["state"] == "seen")
    });
    assert_eq!(step(&clamped, "clamp_return")["by"], Value::Null);
    call(&console, &["Skip", "ss", "gas_off", "the gas stays on in this test"]);
    call(&console, &["Confirm", "s", "move_head"]);
    let before = procedure(&console).unwrap();

    let pid = console.pid("ecmod");
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    let after = until("a new daemon goes on with it", || {
        procedure(&console).filter(|own| console.pid("ecmod") != pid && own["state"] == "running")
    });
    assert_eq!((&after["next"], &after["steps"][2]), (&json!("start_backup"), &before["steps"][2]));
    assert!(after["elapsed_ms"].as_u64() >= before["elapsed_ms"].as_u64(), "its clock goes on: {after:#}");
    for id in ["start_backup", "unclamp_and_gas", "patient", "settings", "keep"] {
        let output = console.ecmoctl(&["procedure", "change-console", "confirm", id]);
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(procedure(&console).unwrap()["state"], "completed");
    let log = until("all of it is in the log", || {
        Some(said(&console)).filter(|log| log.contains("procedure_completed"))
    });
    for words in [
        "procedure_begin by user",
        "procedure_step_done by the console",
        "procedure_step_skipped by user",
        "the gas stays on in this test",
        "procedure_step_confirmed by user",
    ] {
        assert!(log.contains(words), "{words}:\n{log}");
    }
}
