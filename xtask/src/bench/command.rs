// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the tick to the command in the host's hand, through shared memory, between two processes.
//!
//! `daemon/link/examples/latency.rs` is both: the daemon reads the newest sample, writes a demand and rings; the host waits at
//! the doorbell. `after_tick` counts from the tick's start, `after_deadline` adds the tick's own lateness.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::report::{Measurement, Target};
use super::{programs, statistics};
use crate::run::output;

const ROUNDS: usize = 5;
/// Period in milliseconds, and how many ticks.
const RUNS: [(u32, u32); 2] = [(10, 600), (1, 6000)];
const LARGEST_P99_US: f64 = 100.0;

pub fn measure() -> Result<Measurement, String> {
    let program = programs::example("ecmod-link", "latency")?;
    let mut measurement = Measurement::new(
        "command",
        "from the start of a tick to the command in the host's hand, through shared memory",
        ROUNDS,
    );
    let mut results = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for ((period, ticks), results) in RUNS.into_iter().zip(&mut results) {
            results.push(run(&program, period, ticks)?);
        }
    }
    for ((period, ticks), results) in RUNS.into_iter().zip(&results) {
        measurement
            .command(format!("cargo run --release -p ecmod-link --example latency -- {ticks} {period}"));
        if results.iter().any(|result| result.get("realtime") != Some(&Value::Bool(true))) {
            return Err("the system does not let the processes run in real time: run this as root".to_owned());
        }
        for (from, percentile) in
            [("after_tick", "p50"), ("after_tick", "p99"), ("after_tick", "max"), ("after_deadline", "p99")]
        {
            let values: Option<Vec<f64>> =
                results.iter().map(|result| result.get(from)?.get(percentile)?.as_f64()).collect();
            let median =
                statistics::median(&values.ok_or_else(|| format!("latency: no {from} {percentile}"))?)?;
            let promised = (from, percentile) == ("after_tick", "p99");
            let target = if promised { Target::AtMost(LARGEST_P99_US) } else { Target::None };
            let from = from.replace('_', " ");
            measurement.figure(format!("period {period} ms: {percentile} {from}"), median, "us", target);
        }
    }
    Ok(measurement)
}

fn run(program: &Path, period: u32, ticks: u32) -> Result<Value, String> {
    let line = output(Command::new(program).args([ticks.to_string(), period.to_string()]))?;
    serde_json::from_str(&line).map_err(|error| format!("latency: {error}: {line}"))
}
