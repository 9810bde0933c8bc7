// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console's test of itself, with real drivers on simulated devices: what it finds, what it keeps from starting, and what it leaves alone.
#![cfg(test)] // helpers between the tests are test code too

mod support;

use serde_json::{Value, json};
use support::{Console, until};

/// The self test's report, once it is finished.
fn finished(console: &Console) -> Value {
    until("the self test is over", || {
        let report = console.ecmoctl(&["--json", "selftest"]);
        let report: Value = serde_json::from_slice(&report.stdout).ok()?;
        (report["state"] == "finished").then_some(report)
    })
}

/// Tests anew, and waits for the end.
fn run(console: &Console) -> Value {
    console.ecmoctl(&["selftest", "--run"]);
    finished(console)
}

/// The items with this result.
fn items<'r>(report: &'r Value, result: &str) -> Vec<&'r str> {
    let items = report["items"].as_array().expect("items");
    items.iter().filter(|item| item["result"] == result).filter_map(|item| item["name"].as_str()).collect()
}

fn item<'r>(report: &'r Value, name: &str) -> &'r Value {
    let items = report["items"].as_array().expect("items");
    items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("no item {name}: {report}"))
}

/// Asks for support in Speed mode; what was said if it was refused.
fn start(console: &Console) -> Result<(), String> {
    for words in [&["set", "mode", "speed"][..], &["set", "speed", "1500"]] {
        assert!(console.ecmoctl(words).status.success(), "{words:?}");
    }
    let output = console.ecmoctl(&["start"]);
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn state(console: &Console) -> Value {
    console.ecmoctl_json(&["status"])["state"].take()
}

#[test]
fn a_whole_console_passes_all_but_what_nobody_has_looked_at_and_starts() {
    let console = Console::standby();
    let report = finished(&console);
    let waiting = items(&report, "waiting");
    assert_eq!(waiting, Vec::<&str>::new(), "all is tested: {report:#}");
    for name in [
        "the configuration",
        "the state directory",
        "the control loop",
        "driver pump",
        "pump: the drive answers",
    ] {
        assert_eq!(item(&report, name)["result"], "passed", "{report:#}");
    }
    assert_eq!(item(&report, "the pump holds its speed without us")["result"], "failed", "nobody has looked");
    assert_eq!(report["blocks_start"], false, "{:?}", items(&report, "failed"));
    start(&console).unwrap();
    assert_eq!(state(&console), "support");
}

#[test]
fn a_drive_with_an_alarm_keeps_a_new_case_from_starting_until_somebody_overrides_it_with_a_reason() {
    let console = Console::standby();
    finished(&console);
    console.simulator().inject(&json!({ "kind": "drive_alarm", "code": 0x30 }));
    let report = run(&console);
    let alarm = item(&report, "pump: no alarm");
    assert_eq!((&alarm["result"], &alarm["blocks"]), (&json!("failed"), &json!(true)), "{report:#}");
    assert!(!alarm["remedy"].as_str().unwrap().is_empty(), "it says what to do");
    assert_eq!((&report["passed"], &report["blocks_start"]), (&json!(false), &json!(true)));
    let refused = start(&console).unwrap_err();
    assert!(refused.contains("self-test"), "{refused}");
    assert_eq!(state(&console), "standby");

    let output = console.ecmoctl(&["selftest", "--override", "no other pump is here"]);
    assert!(output.status.success(), "{output:?}");
    let report = finished(&console);
    assert_eq!((&report["overridden"], &report["blocks_start"]), (&json!(true), &json!(false)), "{report:#}");
    let log = console.log("ecmod");
    assert!(log.contains("self_test.overridden") && log.contains("no other pump is here"));
    start(&console).unwrap();
    assert_eq!(state(&console), "support");
}

#[test]
fn what_is_mended_passes_at_the_next_test_and_keeps_no_case_from_starting() {
    let console = Console::standby();
    let mut simulator = console.simulator();
    finished(&console);
    let fault = simulator.inject(&json!({ "kind": "disconnect", "line": "flow_line" }));
    let blocks = |report: &Value| report["blocks_start"] == true;
    until("the meter's silence is found", || blocks(&run(&console)).then_some(()));
    assert!(start(&console).unwrap_err().contains("self-test"));
    simulator.clear(fault);
    let mended = until("the meter is back", || Some(run(&console)).filter(|report| !blocks(report)));
    assert_eq!(item(&mended, "flow: the meter streams")["result"], "passed", "{mended:#}");
    start(&console).unwrap();
}

#[test]
fn a_running_case_is_neither_ended_nor_tested_and_its_devices_are_tested_when_it_is_over() {
    let console = Console::standby();
    finished(&console);
    start(&console).unwrap();
    let report = run(&console);
    assert_eq!(state(&console), "support");
    assert_eq!(
        item(&report, "pump: the drive answers")["result"],
        "passed",
        "it keeps its result: {report:#}"
    );
    let tested_before = item(&report, "pump: the drive answers")["tested_monotonic_ns"].as_u64();
    assert!(console.ecmoctl(&["stop", "--yes"]).status.success());
    until("standby", || (state(&console) == "standby").then_some(()));
    until("the pump's driver is tested again", || {
        let report = finished(&console);
        (item(&report, "pump: the drive answers")["tested_monotonic_ns"].as_u64() > tested_before)
            .then_some(())
    });
}
