// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests a second of the host's Modbus layer, beside a plain libmodbus client on the same server.
//!
//! The server is libmodbus' own (`xtask/bench/modbus_server.c`), on a pty and on TCP. `daemon/host/examples/modbus_rate.rs`
//! asks through everything that a driver's read passes in the host; `xtask/bench/modbus_client.c` is ten lines of C. Both read
//! ten registers over and over; rounds alternate, the ratio is taken within each round.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::process::Running;
use super::report::{Measurement, Target};
use super::{programs, statistics};
use crate::run::output;

const ROUNDS: usize = 15;
/// What libmodbus' client is told; about half a second.
const REQUESTS: &str = "30000";
const SECONDS: &str = "0.5";
const LEAST_RATIO: f64 = 0.9;
const LIMIT: Duration = Duration::from_secs(5);

pub fn measure() -> Result<Measurement, String> {
    let ours = programs::example("ecmod-host", "modbus_rate")?;
    let (server, theirs) = (programs::other("modbus_server")?, programs::other("modbus_client")?);
    let mut measurement = Measurement::new(
        "modbus",
        "reads of ten registers through the host's Modbus layer and by a plain libmodbus client",
        ROUNDS,
    );
    for kind in ["rtu", "tcp"] {
        let server = Running::start(Command::new(&server).arg(kind))?;
        let place = server.line(LIMIT)?;
        measurement
            .command(format!("target/bench/modbus_server {kind}"))
            .command(format!(
                "cargo run --release -p ecmod-host --example modbus_rate -- {kind} PLACE 1 10 {SECONDS}"
            ))
            .command(format!("target/bench/modbus_client {kind} PLACE {REQUESTS}"));
        let (mut our_rates, mut their_rates) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            our_rates.push(our_rate(&ours, kind, &place)?);
            their_rates.push(their_rate(&theirs, kind, &place)?);
        }
        for (name, rates) in [("host", &our_rates), ("libmodbus", &their_rates)] {
            measurement.figure(format!("{kind}: {name}"), statistics::median(rates)?, "1/s", Target::None);
        }
        let ratio = statistics::median(&statistics::ratios(&our_rates, &their_rates))?;
        measurement.figure(format!("{kind}: ratio"), ratio, "", Target::AtLeast(LEAST_RATIO));
    }
    Ok(measurement)
}

fn our_rate(program: &Path, kind: &str, place: &str) -> Result<f64, String> {
    let device = if kind == "tcp" { format!("127.0.0.1:{place}") } else { place.to_owned() };
    let line = output(Command::new(program).args([kind, &device, "1", "10", SECONDS]))?;
    let value: Value =
        serde_json::from_str(&line).map_err(|error| format!("modbus_rate: {error}: {line}"))?;
    if value.get("errors").and_then(Value::as_u64) != Some(0) {
        return Err(format!("modbus_rate had errors: {line}"));
    }
    value.get("requests_per_second").and_then(Value::as_f64).ok_or_else(|| format!("modbus_rate: {line}"))
}

fn their_rate(program: &Path, kind: &str, place: &str) -> Result<f64, String> {
    let line = output(Command::new(program).args([kind, place, REQUESTS]))?;
    line.trim().parse().map_err(|error| format!("modbus_client: {error}: {line}"))
}
