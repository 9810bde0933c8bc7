// SPDX-License-Identifier: MIT OR Apache-2.0
//! The demo as a person starts it: real processes, real Modbus RTU frames, a simulated patient whose flow is known.
#![cfg(test)] // helpers between the tests are test code too

mod support;

use rustix::process::Signal;
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;
use support::{Bin, Console, Trace, until};

/// Flow may be this far beyond its setpoint, L/min.
const OVERSHOOT: f64 = 0.15;
/// The flow is there when it is this close, as a fraction.
const CLOSE: f64 = 0.02;
const SECOND: u64 = 1_000_000_000;

/// `CLOCK_MONOTONIC`, ns.
fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap() * SECOND + u64::try_from(now.tv_nsec).unwrap()
}

/// The trace up to a time.
fn up_to(trace: &mut Trace, t_ns: u64) -> impl Iterator<Item = Bin> {
    trace.take_while(move |bin| bin.t_ns <= t_ns)
}

/// Waits until the true flow is close to `setpoint`; returns when it was. `from_ns` is when it was asked for.
#[track_caller]
fn reached(trace: &mut Trace, setpoint: f64, from_ns: u64, within_s: u64) -> u64 {
    let is_close = |bin: &Bin| {
        (bin.flow_min - setpoint).abs() <= setpoint * CLOSE
            && (bin.flow_max - setpoint).abs() <= setpoint * CLOSE
    };
    let mut last = None;
    let found = up_to(trace, from_ns + within_s * SECOND).inspect(|bin| last = Some(*bin)).find(is_close);
    found.unwrap_or_else(|| panic!("{setpoint} L/min is not reached within {within_s} s: {last:?}")).t_ns
}

/// Extremes over the next seconds, in which not one millisecond is missing.
fn over_the_next(trace: &mut Trace, from_ns: u64, seconds: u64) -> (f64, f64) {
    let mut last_ns = from_ns;
    let mut extremes = (f64::INFINITY, f64::NEG_INFINITY);
    for bin in up_to(trace, from_ns + seconds * SECOND) {
        assert_eq!(bin.t_ns, last_ns + SECOND / 1000, "the trace has a gap");
        last_ns = bin.t_ns;
        extremes = (extremes.0.min(bin.flow_min), extremes.1.max(bin.flow_max));
    }
    extremes
}

fn setpoint(console: &Console, flow: f64) -> u64 {
    let from_ns = now_ns();
    console.ecmoctl_json(&["set", "flow", &flow.to_string()]);
    from_ns
}

#[test]
fn within_20_s_of_start_the_true_flow_is_4_l_min_without_overshoot_through_modbus_rtu() {
    let began = now_ns();
    let console = Console::demo();
    let mut trace = console.simulator().trace(1);
    let there = reached(&mut trace, 4.0, began, 20);
    let (lowest, highest) = over_the_next(&mut trace, there, 15);
    assert!(highest <= 4.0 + OVERSHOOT, "overshoot: {highest} L/min");
    assert!(lowest >= 4.0 * (1.0 - CLOSE) - 0.05, "it does not stay there: {lowest} L/min");
    eprintln!("reached after {:.1} s, highest {highest:.3} L/min", (there - began) as f64 / 1e9);

    let status = console.ecmoctl_json(&["status"]);
    assert_eq!((&status["state"], &status["mode"]), (&"support".into(), &"flow".into()), "{status}");
    assert_eq!(status["active_limit"], "none");
    let drive = console.simulator().state();
    let demand = status["speed_demand_rpm"].as_f64().unwrap();
    assert!((f64::from(drive.drive_commanded_rpm) - demand).abs() < 15.0, "{drive:?}: {demand} rpm demanded");

    let ports = console.ecmoctl_json(&["ports"]);
    let port = ports.as_array().unwrap().iter().find(|port| port["name"] == "pump_line").unwrap();
    assert_eq!((&port["kind"], &port["state"]), (&"modbus-rtu".into(), &"connected".into()));
    let unit = port["device_counters"]["unit_1"].as_object().unwrap();
    let count = |name: &str| unit[name].as_u64().unwrap_or_else(|| panic!("{name}: {port}"));
    assert!(count("requests") > 500, "{port}");
    for (name, value) in unit {
        let counts_errors = !matches!(name.as_str(), "requests" | "answers");
        // A loaded machine may hold up the simulator for longer than an answer may take.
        let allowed = if matches!(name.as_str(), "timeouts" | "late_answers" | "retries") {
            count("requests") / 1000
        } else {
            0
        };
        assert!(!counts_errors || value.as_u64().unwrap() <= allowed, "{name}: {port}");
    }
    assert!(drive.requests["pump_line"] >= count("answers"), "the drive has seen them: {drive:?}");
}

#[test]
fn new_setpoints_are_reached_without_overshoot_and_a_stop_takes_two_steps() {
    let console = Console::demo();
    let mut trace = console.simulator().trace(1);
    reached(&mut trace, 4.0, now_ns(), 25);

    let asked = setpoint(&console, 3.0);
    let there = reached(&mut trace, 3.0, asked, 15);
    let (lowest, _) = over_the_next(&mut trace, there, 8);
    assert!(lowest >= 3.0 - OVERSHOOT, "undershoot: {lowest} L/min");

    let asked = setpoint(&console, 4.5);
    let there = reached(&mut trace, 4.5, asked, 20);
    let (_, highest) = over_the_next(&mut trace, there, 8);
    assert!(highest <= 4.5 + OVERSHOOT, "overshoot: {highest} L/min");

    let before = console.simulator().state();
    let requested = console.ecmoctl_json(&["stop"]);
    let token = requested["token"].as_u64().unwrap_or_else(|| panic!("a token: {requested}"));
    until("the stop is pending", || (console.ecmoctl_json(&["status"])["stop"] == "pending").then_some(()));
    assert_eq!(console.ecmoctl_json(&["status"])["state"], "support");
    let wrong = console.ecmoctl(&["stop", "--confirm", &(token ^ 1).to_string()]);
    assert!(!wrong.status.success(), "another token stops nothing: {wrong:?}");
    let still = console.simulator().state();
    assert!((still.pump_speed_rpm - before.pump_speed_rpm).abs() < 50.0, "one step stops nothing: {still:?}");

    console.ecmoctl_json(&["stop", "--confirm", &token.to_string()]);
    let is_stopped = || (console.ecmoctl_json(&["status"])["state"] == "standby").then_some(());
    until("standby", is_stopped);
    let mut simulator = console.simulator();
    until("the pump stands", || (simulator.state().pump_speed_rpm.abs() < 1.0).then_some(()));
    assert_eq!(console.ecmoctl_json(&["status"])["speed_demand_rpm"], 0.0);
}

#[test]
fn ctrl_c_ends_the_demo_cleanly_and_leaves_no_process() {
    let console = Console::demo();
    let address = console.address().strip_prefix("unix:path=").unwrap().to_owned();
    let names: Vec<String> = console.processes().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 16, "{names:?}");
    let restarted: Vec<&String> = names.iter().filter(|name| console.restarts(name) > 0).collect();
    assert!(restarted.is_empty(), "{restarted:?} were started again");
    // `end` itself looks whether a process is left.
    assert_eq!(console.end(Signal::INT).code(), Some(0));
    assert!(!std::path::Path::new(&address).exists(), "the bus is gone");
}

#[test]
fn readings_carry_unit_and_quality_and_agree_with_the_truth() {
    let console = Console::demo();
    let mut trace = console.simulator().trace(1);
    reached(&mut trace, 4.0, now_ns(), 25);
    let signals = console.ecmoctl_json(&["signals"]);
    let truth = console.simulator().state();
    let reading = |name: &str| -> &Value {
        let named = |signal: &&Value| signal["name"] == name;
        signals.as_array().unwrap().iter().find(named).unwrap_or_else(|| panic!("{name}: {signals}"))
    };
    for (name, unit, true_value, tolerance) in [
        ("blood_flow", "L/min", truth.flow_l_min, 0.15),
        ("pump_speed", "rpm", truth.pump_speed_rpm, 40.0),
        ("venous_pressure", "mmHg", truth.venous_mmhg, 8.0),
        ("pre_membrane_pressure", "mmHg", truth.pre_membrane_mmhg, 10.0),
        ("arterial_pressure", "mmHg", truth.arterial_mmhg, 10.0),
        ("sweep_gas_flow", "L/min", truth.sweep_gas_l_min, 0.1),
    ] {
        let shown = reading(name);
        assert_eq!((&shown["unit"], &shown["quality"]), (&unit.into(), &"good".into()), "{shown}");
        let value = shown["value"].as_f64().unwrap();
        assert!((value - true_value).abs() <= tolerance, "{name}: {value} shown, {true_value} true");
        assert!(shown["age_ms"].as_u64().unwrap() < 1000, "{shown}");
    }
}
