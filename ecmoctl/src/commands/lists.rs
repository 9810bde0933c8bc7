// SPDX-License-Identifier: MIT OR Apache-2.0
//! `signals`, `drivers`, `ports`: what the console has, as a table.

use std::collections::BTreeMap;

use ecmod_client::{Client, Snapshot, TableEntry, monotonic_now};
use serde_json::{Value, json};

use super::reading;
use crate::{
    failure::Failure,
    output::{Output, table},
};

/// Every signal with its reading.
pub async fn signals(client: &Client) -> Result<Output, Failure> {
    let snapshot = client.snapshot().await?;
    let now = monotonic_now();
    Ok(Output { text: signal_table(&snapshot, now), json: signal_json(&snapshot, now) })
}

/// The table of signals.
pub fn signal_table(snapshot: &Snapshot, now: u64) -> String {
    let rows: Vec<Vec<String>> = snapshot
        .signals
        .values()
        .map(|signal| {
            vec![
                signal.name.clone(),
                reading::value(&signal.reading, &signal.unit),
                signal.unit.clone(),
                reading::quality(&signal.reading),
                reading::age_ms(&signal.reading, now)
                    .map_or_else(|| "never".to_owned(), |age| format!("{age} ms")),
                signal.active_source.clone(),
            ]
        })
        .collect();
    table(&["SIGNAL", ">VALUE", "UNIT", "QUALITY", ">AGE", "SOURCE"], &rows)
}

fn signal_json(snapshot: &Snapshot, now: u64) -> Value {
    let signals = snapshot.signals.values().map(|signal| {
        let mut row = reading::json(&signal.name, &signal.reading, &signal.unit, now);
        if let Some(row) = row.as_object_mut() {
            row.insert("label".to_owned(), json!(signal.label));
            row.insert("quantity".to_owned(), json!(signal.quantity));
            row.insert("ucum".to_owned(), json!(signal.ucum));
            row.insert("minimum".to_owned(), json!(signal.minimum));
            row.insert("maximum".to_owned(), json!(signal.maximum));
            row.insert("sources".to_owned(), json!(signal.sources));
            row.insert("active_source".to_owned(), json!(signal.active_source));
            row.insert("zero_offset".to_owned(), json!(signal.zero_offset.0));
            row.insert("zeroed_at".to_owned(), json!((signal.zeroed_at > 0).then_some(signal.zeroed_at)));
        }
        row
    });
    signals.collect()
}

/// Every driver instance.
pub async fn drivers(client: &Client) -> Result<Output, Failure> {
    let snapshot = client.snapshot().await?;
    let drivers = snapshot.drivers.values();
    let rows: Vec<Vec<String>> = drivers
        .clone()
        .map(|driver| {
            vec![
                driver.id.clone(),
                driver.model.clone(),
                driver.version.clone(),
                last(driver.port.as_str()).to_owned(),
                driver.state.clone(),
                driver.cycles.to_string(),
                driver.overruns.to_string(),
                driver.faults.to_string(),
                driver.restarts.to_string(),
                driver.holds_on_link_loss.clone(),
                driver.detail.clone(),
            ]
        })
        .collect();
    let headings = [
        "DRIVER",
        "MODEL",
        "VERSION",
        "PORT",
        "STATE",
        ">CYCLES",
        ">OVERRUNS",
        ">FAULTS",
        ">RESTARTS",
        "HOLDS",
        "DETAIL",
    ];
    let entries = |entries: &[TableEntry]| -> Value {
        let rows = entries.iter().map(|entry| {
            json!({ "name": entry.name, "quantity": entry.quantity, "unit": entry.unit,
                    "minimum": entry.minimum, "maximum": entry.maximum })
        });
        rows.collect()
    };
    let json = drivers.map(|driver| {
        json!({
            "id": driver.id,
            "library": driver.library,
            "model": driver.model,
            "version": driver.version,
            "licence": driver.licence,
            "description": driver.description,
            "port": last(driver.port.as_str()),
            "state": driver.state,
            "detail": driver.detail,
            "holds_on_link_loss": driver.holds_on_link_loss,
            "cycles": driver.cycles,
            "overruns": driver.overruns,
            "faults": driver.faults,
            "restarts": driver.restarts,
            "signals": entries(&driver.signals),
            "commands": entries(&driver.commands),
        })
    });
    Ok(Output { text: table(&headings, &rows), json: json.collect() })
}

/// Every port.
pub async fn ports(client: &Client) -> Result<Output, Failure> {
    let snapshot = client.snapshot().await?;
    let ports = snapshot.ports.values();
    let rows: Vec<Vec<String>> = ports
        .clone()
        .map(|port| {
            vec![
                port.name.clone(),
                port.kind.clone(),
                port.device.clone(),
                port.state.clone(),
                if port.pid == 0 { String::new() } else { port.pid.to_string() },
                port.connections.to_string(),
                counters(&port.counters),
            ]
        })
        .collect();
    let json = ports.map(|port| {
        json!({
            "name": port.name,
            "kind": port.kind,
            "device": port.device,
            "state": port.state,
            "pid": (port.pid != 0).then_some(port.pid),
            "connections": port.connections,
            "counters": port.counters,
            "device_counters": port.device_counters,
        })
    });
    let headings = ["PORT", "KIND", "DEVICE", "STATE", ">PID", ">CONNECTIONS", "COUNTERS"];
    Ok(Output { text: table(&headings, &rows), json: json.collect() })
}

/// Counters that have counted, as `name=count`.
fn counters(counters: &BTreeMap<String, u64>) -> String {
    let counted =
        counters.iter().filter(|(_, count)| **count > 0).map(|(name, count)| format!("{name}={count}"));
    counted.collect::<Vec<_>>().join(" ")
}

/// The last element of an object path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
