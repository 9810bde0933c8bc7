// SPDX-License-Identifier: MIT OR Apache-2.0
//! `status`: the console at one glance.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ecmod_client::{Client, Console1Properties, Snapshot, monotonic_now};
use serde_json::{Value, json};

use super::{
    lists::signal_table,
    reading::{self, NO_VALUE},
    self_test,
};
use crate::{failure::Failure, output::Output, words};

/// State, setpoints, how the loop keeps its time, and the readings.
pub async fn status(client: &Client) -> Result<Output, Failure> {
    let snapshot = client.snapshot().await?;
    Ok(Output { text: text(&snapshot, monotonic_now()), json: json(&snapshot) })
}

fn text(snapshot: &Snapshot, now: u64) -> String {
    let console = &snapshot.console;
    let optional = |value: Option<f64>, unit: &str| {
        value.map_or_else(|| NO_VALUE.to_owned(), |value| format!("{} {unit}", reading::number(value, unit)))
    };
    let lines = [
        ("state", state(console)),
        ("mode", console.mode.clone()),
        ("flow setpoint", format!("{} L/min", reading::number(console.flow_setpoint, "L/min"))),
        ("speed setpoint", format!("{} rpm", reading::number(console.speed_setpoint, "rpm"))),
        ("speed demand", optional(console.speed_demand.0, "rpm")),
        ("sweep gas setpoint", optional(console.sweep_gas_setpoint.0, "L/min")),
        ("active limit", console.active_limit.clone()),
        ("control loop", loop_line(console)),
        ("drivers", format!("{} of {} running", running(snapshot), snapshot.drivers.len())),
        ("ports", format!("{} of {} connected", connected(snapshot), snapshot.ports.len())),
        ("version", console.version.clone()),
    ];
    let mut text = String::new();
    let alarms = attention(snapshot, now);
    let clamps = console.clamps.iter().map(|(name, (demand, connected))| {
        let connected = if *connected { "" } else { ", not connected" };
        (format!("{name} clamp"), format!("{demand}{connected}"))
    });
    for (name, value) in
        lines.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(alarms).chain(clamps)
    {
        let _ = writeln!(text, "{name:<19} {value}");
    }
    text.push('\n');
    text.push_str(&signal_table(snapshot, now));
    text
}

/// Alarms, interventions and the self-test: a line each, as far as the console has them and they say something.
fn attention(snapshot: &Snapshot, now: u64) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    if let Some(alarms) = &snapshot.alarms {
        let names: Vec<String> =
            snapshot.ranked_alarms().into_iter().map(|(_, alarm)| words::alarm_name(alarm)).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let text = format!("{}{names}; {}", words::how_many(snapshot), words::audio(alarms, now));
        lines.push(("alarms".to_owned(), text));
    }
    for (name, own) in snapshot.interventions.iter().filter(|(_, own)| words::noteworthy(own)) {
        let text = format!("{name}: {}", words::intervention_state(own, now));
        lines.push(("intervention".to_owned(), text));
    }
    lines.extend(snapshot.self_test.iter().map(|test| ("self-test".to_owned(), self_test::summary(test))));
    lines
}

fn state(console: &Console1Properties) -> String {
    match console.stop.as_str() {
        "pending" => format!("{} (a stop is requested and waits for its confirmation)", console.state),
        "ramping" => format!("{} (stopping: the speed runs down)", console.state),
        _ => console.state.clone(),
    }
}

/// How many drivers run.
pub fn running(snapshot: &Snapshot) -> usize {
    snapshot.drivers.values().filter(|driver| driver.state == "running").count()
}

/// How many ports have their host.
pub fn connected(snapshot: &Snapshot) -> usize {
    snapshot.ports.values().filter(|port| port.state == "connected").count()
}

fn loop_line(console: &Console1Properties) -> String {
    let count = |name: &str| console.loop_.get(name).copied();
    let mut line = milliseconds(console.loop_period);
    if let (Some(ticks), Some(overruns)) = (count("ticks"), count("overruns")) {
        let _ = write!(line, ", {overruns} overruns in {ticks} ticks");
    }
    if let Some(late) = count("late_p99_ns") {
        let _ = write!(line, ", 99 of 100 begin within {} us", late / 1000);
    }
    line
}

/// A period for people.
fn milliseconds(nanoseconds: u64) -> String {
    format!("every {}.{} ms", nanoseconds / 1_000_000, nanoseconds / 100_000 % 10)
}

fn json(snapshot: &Snapshot) -> Value {
    let console = &snapshot.console;
    let clamps: BTreeMap<&str, Value> = console
        .clamps
        .iter()
        .map(|(name, (demand, connected))| {
            (name.as_str(), json!({ "demand": demand, "connected": connected }))
        })
        .collect();
    let interventions: BTreeMap<&str, &str> = snapshot
        .interventions
        .iter()
        .filter(|(_, own)| words::noteworthy(own))
        .map(|(name, own)| (name.as_str(), own.state.as_str()))
        .collect();
    json!({
        "version": console.version,
        "state": console.state,
        "mode": console.mode,
        "stop": console.stop,
        "active_limit": console.active_limit,
        "flow_setpoint_l_min": console.flow_setpoint,
        "flow_range_l_min": [console.flow_range.0, console.flow_range.1],
        "sweep_gas_range_l_min": [console.sweep_gas_range.0, console.sweep_gas_range.1],
        "speed_setpoint_rpm": console.speed_setpoint,
        "speed_range_rpm": [console.speed_range.0, console.speed_range.1],
        "speed_demand_rpm": console.speed_demand.0,
        "sweep_gas_setpoint_l_min": console.sweep_gas_setpoint.0,
        "clamps": clamps,
        "alarms": snapshot.alarms.as_ref().map(|_| {
            snapshot.ranked_alarms().into_iter().map(|(_, alarm)| words::alarm_name(alarm)).collect::<Vec<_>>()
        }),
        "highest_alarm": snapshot.alarms.as_ref().map(|alarms| &alarms.highest_priority),
        "audio": snapshot.alarms.as_ref().map(|alarms| &alarms.audio_state),
        "interventions": interventions,
        "self_test_passed": snapshot.self_test.as_ref().map(|test| test.passed),
        "loop_period_ns": console.loop_period,
        "frame_period_ns": console.frame_period,
        "loop": console.loop_,
        "drivers_running": running(snapshot),
        "drivers": snapshot.drivers.len(),
        "ports_connected": connected(snapshot),
        "ports": snapshot.ports.len(),
    })
}
