// SPDX-License-Identifier: MIT OR Apache-2.0
//! How late the control loop wakes up, beside `cyclictest`, which does nothing but wake up.
//!
//! `daemon/console/examples/wake_up.rs` runs the daemon's own pacing, real-time settings and whole tick, on eight signals of a
//! host that publishes, and keeps every lateness to the nanosecond. Both have the same period, priority, locked memory and
//! `/dev/cpu_dma_latency`; their runs alternate. The ratio is taken within each round.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::report::{Measurement, Target, folder};
use super::{programs, statistics};
use crate::run::output;

const ROUNDS: usize = 9;
const SECONDS: u32 = 6;
const PRIORITY: u32 = 80;
const LARGEST_RATIO: f64 = 1.2;
/// What is later than this counts as the latest.
const HISTOGRAM_NS: u64 = 400_000;
/// Name, per mille, and whether the ratio is promised.
const PERCENTILES: [(&str, u64, bool); 4] =
    [("p50", 500, true), ("p99", 990, true), ("p99_9", 999, false), ("max", 1000, false)];

pub fn measure() -> Result<Measurement, String> {
    let program = programs::example("ecmod", "wake_up")?;
    let mut measurement = Measurement::new(
        "jitter",
        "lateness of the control loop beside cyclictest, same priority and period",
        ROUNDS,
    );
    for period_us in [10_000, 1000] {
        let loops = SECONDS * 1_000_000 / period_us;
        measurement
            .command(format!(
                "cargo run --release -p ecmod --example wake_up -- {period_us} {loops} {PRIORITY}"
            ))
            .command(format!("cyclictest -m -p{PRIORITY} -i{period_us} -l{loops} -q -N -h {HISTOGRAM_NS}"));
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(control_loop(&program, period_us, loops)?);
            theirs.push(cyclictest(period_us, loops)?);
        }
        let period = format!("period {} ms", period_us / 1000);
        for (index, (name, _, promised)) in PERCENTILES.into_iter().enumerate() {
            let of = |rounds: &[[f64; 4]]| -> Vec<f64> {
                rounds.iter().filter_map(|round| round.get(index).copied()).collect()
            };
            let (ours, theirs) = (of(&ours), of(&theirs));
            let target = if promised { Target::AtMost(LARGEST_RATIO) } else { Target::None };
            let us = |values: &[f64]| statistics::median(values).map(|median| median / 1000.0);
            measurement.figure(format!("{period}: {name}, control loop"), us(&ours)?, "us", Target::None);
            measurement.figure(format!("{period}: {name}, cyclictest"), us(&theirs)?, "us", Target::None);
            let ratio = statistics::median(&statistics::ratios(&ours, &theirs))?;
            measurement.figure(format!("{period}: {name}, ratio"), ratio, "", target);
        }
    }
    Ok(measurement)
}

/// All percentiles of one run, in nanoseconds.
fn control_loop(program: &Path, period_us: u32, loops: u32) -> Result<[f64; 4], String> {
    let arguments = [period_us, loops, PRIORITY].map(|argument| argument.to_string());
    let line = output(Command::new(program).args(arguments).stderr(Stdio::inherit()))?;
    let value: Value = serde_json::from_str(&line).map_err(|error| format!("wake_up: {error}: {line}"))?;
    if value.get("shortfalls").and_then(Value::as_u64) != Some(0) {
        return Err("the system does not let the loop run in real time: run this as root".to_owned());
    }
    let mut all = [0.0; 4];
    for (place, (name, ..)) in all.iter_mut().zip(PERCENTILES) {
        *place = value
            .get(name)
            .and_then(Value::as_f64)
            .ok_or_else(|| format!("wake_up has no {name}: {line}"))?;
    }
    Ok(all)
}

fn cyclictest(period_us: u32, loops: u32) -> Result<[f64; 4], String> {
    let file = folder()?.join("cyclictest.json");
    let status = Command::new("cyclictest")
        .args(["-m", "-q", "-N"])
        .args([format!("-p{PRIORITY}"), format!("-i{period_us}"), format!("-l{loops}")])
        .args(["-h".to_owned(), HISTOGRAM_NS.to_string(), format!("--json={}", file.display())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => {}
        other => return Err(format!("cyclictest: {other:?} (it must run as root)")),
    }
    let text = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let value: Value = serde_json::from_slice(&text).map_err(|error| format!("cyclictest: {error}"))?;
    let thread = value.pointer("/thread/0").ok_or("cyclictest: no thread")?;
    let number =
        |key: &str| thread.get(key).and_then(Value::as_u64).ok_or_else(|| format!("cyclictest: no {key}"));
    let (total, largest) = (number("cycles")?, number("max")?);
    let histogram = thread.get("histogram").and_then(Value::as_object).ok_or("cyclictest: no histogram")?;
    let mut counted: Vec<(f64, u64)> =
        histogram.iter().filter_map(|(ns, count)| Some((ns.parse().ok()?, count.as_u64()?))).collect();
    counted.sort_by(|one, other| one.0.total_cmp(&other.0));
    #[allow(clippy::cast_precision_loss)] // nanoseconds of milliseconds
    let largest = largest as f64;
    Ok(PERCENTILES.map(|(_, per_mille, _)| statistics::percentile(&counted, total, largest, per_mille)))
}
