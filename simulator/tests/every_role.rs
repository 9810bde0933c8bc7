// SPDX-License-Identifier: MIT OR Apache-2.0
//! The demo measures every role that the core knows; and what is measured by a second sensor, or beside the circuit, raises its
//! alarm through real drivers: the rotor's speed, the drive's heat, the gas supply, the drained blood, the charger.
#![cfg(test)] // helpers between the tests are test code too

mod support;

use ecmod_control::Role;
use serde_json::{Value, json};
use support::{Console, until};

/// Signals that have no number in a console that supports on mains: how long the battery lasts is known only while it is used.
const ABSENT: &str = "battery_time_to_empty";

/// The signal of this name.
fn signal(console: &Console, name: &str) -> Value {
    let signals = console.ecmoctl_json(&["signals"]);
    let found = signals.as_array().and_then(|all| all.iter().find(|signal| signal["name"] == name));
    found.unwrap_or_else(|| panic!("{name}: {signals}")).clone()
}

/// The alarm of this name, if it is present.
fn alarm(console: &Console, name: &str) -> Option<Value> {
    let alarms = console.ecmoctl_json(&["alarms"]);
    alarms["alarms"].as_array()?.iter().find(|alarm| alarm["alarm"] == name).cloned()
}

/// Waits until the flow is regulated and nothing alarms.
fn supporting() -> Console {
    let console = Console::demo();
    until("the flow is at its setpoint", || {
        let flow = signal(&console, "blood_flow")["value"].as_f64()?;
        (flow > 3.9).then_some(())
    });
    until("nothing alarms", || {
        console.ecmoctl_json(&["alarms"])["alarms"].as_array()?.is_empty().then_some(())
    });
    let mut simulator = console.simulator();
    until("the true flow is 4.0 L/min", || ((simulator.state().flow_l_min - 4.0).abs() < 0.02).then_some(()));
    console
}

#[test]
fn every_role_that_the_core_knows_is_measured_and_agrees_with_the_truth() {
    let console = supporting();
    let signals = console.ecmoctl_json(&["signals"]);
    let signals = signals.as_array().unwrap();
    for name in Role::KNOWN.into_iter().filter_map(Role::name) {
        let signal = signals.iter().find(|signal| signal["name"] == name);
        let signal = signal.unwrap_or_else(|| panic!("the demo has no {name}"));
        assert!(name == ABSENT || signal["quality"] == "good", "{signal}");
    }
    let truth = console.simulator().command(&json!({ "cmd": "state" }));
    for (name, truth, tolerance) in [
        ("tacho", &truth["pump_speed_rpm"], 30.0),
        ("drive_temperature", &truth["drive_temperature_c"], 1.0),
        ("gas_supply_pressure", &truth["gas_supply_bar"], 0.1),
        ("exhaust_oxygen", &truth["exhaust_oxygen_percent"], 3.0),
        ("venous_saturation", &truth["venous_saturation_percent"], 3.0),
        ("battery_charging", &json!(1.0), 0.0),
    ] {
        let (shown, truth) = (signal(&console, name), truth.as_f64().unwrap());
        let value = shown["value"].as_f64().unwrap();
        assert!((value - truth).abs() <= tolerance, "{name}: {value}, {truth} is true");
    }
}

#[test]
fn each_of_them_raises_its_alarm_with_its_cause_and_no_other_and_the_pump_goes_on() {
    let console = supporting();
    let mut simulator = console.simulator();
    let before = simulator.state().pump_speed_rpm;
    console.ecmoctl_json(&["limits", "set", "venous_saturation_low", "80"]);
    simulator.inject(&json!({ "kind": "battery_charge", "percent": 60.0 }));
    let faults = [
        json!({ "kind": "drive_hot", "celsius": 95.0 }),
        json!({ "kind": "gas_cylinder_empties", "bar_per_s": 0.05 }),
        json!({ "kind": "charger_failed" }),
        // The drive says that it turns, and the flow agrees; only the second sensor does not.
        json!({ "kind": "wire_broken", "wire": "TACHO" }),
    ]
    .map(|fault| simulator.inject(&fault));
    let expected = [
        ("PUMP_STOP", "high", "tacho"),
        ("DRIVE_OVERTEMP", "medium", "too_hot"),
        ("O2_SUPPLY", "high", "supply_pressure"),
        ("SVO2_LOW", "medium", "below_limit"),
        ("BATT_NOT_CHARGING", "medium", "not_charging"),
    ];
    for (name, priority, cause) in expected {
        let found = until(name, || alarm(&console, name));
        assert_eq!((&found["priority"], &found["cause"]), (&json!(priority), &json!(cause)), "{found}");
    }
    let present = console.ecmoctl_json(&["alarms"]);
    for other in present["alarms"].as_array().unwrap() {
        let known = |(name, ..): &(&str, &str, &str)| other["alarm"] == *name;
        // Two sensors of one speed that contradict each other are told as well.
        let contradiction = other["id"] == "SENSOR_DISAGREES"
            && (other["subject"] == "tacho" || other["subject"] == "pump_speed");
        assert!(contradiction || expected.iter().any(known), "{other}");
    }
    let after = simulator.state().pump_speed_rpm;
    assert!((after - before).abs() < 30.0, "the pump goes on: {before} rpm, {after} rpm");

    for fault in faults {
        simulator.clear(fault);
    }
    console.ecmoctl_json(&["limits", "set", "venous_saturation_low", "60"]);
    until("every alarm leaves", || {
        console.ecmoctl_json(&["ack"]);
        console.ecmoctl_json(&["alarms", "reset"]);
        console.ecmoctl_json(&["alarms"])["alarms"].as_array()?.is_empty().then_some(())
    });
}

#[test]
fn a_rotor_that_stands_behind_a_motor_that_turns_is_a_pump_that_stopped_and_a_dead_sensor_is_not() {
    let console = supporting();
    let mut simulator = console.simulator();
    let dead = simulator.inject(&json!({ "kind": "tacho_dead" }));
    until("the sensor gives no sign of life", || {
        let tacho = signal(&console, "tacho");
        (tacho["quality"] == "bad" && tacho["cause"] == "signal_lost").then_some(())
    });
    let told = until("the sensor's alarm", || alarm(&console, "SENSOR_BAD/tacho"));
    assert_eq!(alarm(&console, "PUMP_STOP"), None, "{told}");
    simulator.clear(dead);
    until("the sensor lives", || (signal(&console, "tacho")["quality"] == "good").then_some(()));

    simulator.inject(&json!({ "kind": "pump_decoupled" }));
    let stopped = until("PUMP_STOP", || alarm(&console, "PUMP_STOP"));
    assert_eq!((&stopped["priority"], &stopped["cause"]), (&json!("high"), &json!("tacho")), "{stopped}");
    assert!(signal(&console, "pump_speed")["value"].as_f64().unwrap() > 1000.0, "the drive's own word");
}
