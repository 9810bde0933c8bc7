// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an edge on a GPIO line to the pump command that follows from it, with the fast path and without.
//!
//! `simulator/examples/fast_path.rs` runs the daemon and two hosts, stamps the edges and hears the commands. The two ways take
//! turns.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::report::{Measurement, Target};
use super::{programs, statistics};
use crate::run::output;

const ROUNDS: usize = 3;
const EDGES: &str = "200";
const WAYS: [&str; 2] = ["fast", "plain"];
const LARGEST_P99_MS: f64 = 3.0;

pub fn measure() -> Result<Measurement, String> {
    programs::console()?;
    let program = programs::example("ecmod-sim", "fast_path")?;
    let edge = programs::driver("fast_path_edge")?;
    let pump = programs::driver("fast_path_pump")?;
    let mut measurement = Measurement::new(
        "fast_path",
        "from an edge's time stamp to the end of the pump command's write, the loop's period being 10 ms",
        ROUNDS,
    );
    let mut results = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (way, results) in WAYS.into_iter().zip(&mut results) {
            results.push(run(&program, &edge, &pump, way)?);
        }
    }
    for (way, results) in WAYS.into_iter().zip(&results) {
        measurement.command(format!(
            "target/release/examples/fast_path target/release target/bench/fast_path_edge.so \
             target/bench/fast_path_pump.so {way} {EDGES}"
        ));
        for percentile in ["p50", "p99", "max"] {
            let values: Option<Vec<f64>> =
                results.iter().map(|result| Some(result.get(percentile)?.as_f64()? / 1e3)).collect();
            let median = statistics::median(&values.ok_or_else(|| format!("fast_path: no {percentile}"))?)?;
            let promised = (way, percentile) == ("fast", "p99");
            let target = if promised { Target::AtMost(LARGEST_P99_MS) } else { Target::None };
            measurement.figure(format!("{way}: {percentile}"), median, "ms", target);
        }
    }
    Ok(measurement)
}

fn run(program: &Path, edge: &Path, pump: &Path, way: &str) -> Result<Value, String> {
    let line = output(Command::new(program).arg(programs::release()).args([edge, pump]).args([way, EDGES]))?;
    serde_json::from_str(&line).map_err(|error| format!("fast_path: {error}: {line}"))
}
