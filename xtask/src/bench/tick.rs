// SPDX-License-Identifier: MIT OR Apache-2.0
//! One step of the control core: time and instructions.
//!
//! `daemon/control/examples/tick.rs` records eight signals of a console in Flow mode, each renewed at its sensor's rate, and
//! replays them. Time: rounds with a period of 10 ms and of 1 ms alternate. Instructions: callgrind counts a run of N ticks
//! and one of 2 N; the difference divided by N is a tick without start, end and recording.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::report::{Measurement, Target};
use super::{programs, statistics};
use crate::run::output;

const ROUNDS: usize = 9;
const TICKS: u32 = 400_000;
const COUNTED_TICKS: u32 = 20_000;
/// A tick may cost a hundredth of the shortest period.
const LONGEST_NS: f64 = 10_000.0;

pub fn measure() -> Result<Measurement, String> {
    let program = programs::example("ecmod-control", "tick")?;
    let mut measurement =
        Measurement::new("tick", "one step of the control core, eight signals, Flow mode", ROUNDS);
    measurement
        .command(format!("cargo run --release -p ecmod-control --example tick -- 10 {TICKS}"))
        .command(format!("valgrind --tool=callgrind target/release/examples/tick 10 {COUNTED_TICKS}"));
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (period, times) in [10, 1].into_iter().zip(&mut times) {
            times.push(nanoseconds(&program, period)?);
        }
    }
    for (period, times) in [10, 1].into_iter().zip(&times) {
        let median = statistics::median(times)?;
        measurement.figure(
            format!("time per tick, period {period} ms"),
            median,
            "ns",
            Target::AtMost(LONGEST_NS),
        );
    }
    for period in [10, 1] {
        let once = instructions(&program, period, COUNTED_TICKS)?;
        let twice = instructions(&program, period, 2 * COUNTED_TICKS)?;
        let each = (twice - once) / f64::from(COUNTED_TICKS);
        measurement.figure(format!("instructions per tick, period {period} ms"), each, "", Target::None);
    }
    Ok(measurement)
}

fn nanoseconds(program: &Path, period: u32) -> Result<f64, String> {
    let line = output(Command::new(program).args([period.to_string(), TICKS.to_string()]))?;
    let value: Value = serde_json::from_str(&line).map_err(|error| format!("tick: {error}: {line}"))?;
    value.get("ns_per_tick").and_then(Value::as_f64).ok_or_else(|| format!("tick: {line}"))
}

/// Callgrind's own total of the whole program.
fn instructions(program: &Path, period: u32, ticks: u32) -> Result<f64, String> {
    let file = super::report::folder()?.join("callgrind.out");
    output(
        Command::new("valgrind")
            .args(["--quiet", "--tool=callgrind"])
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(program)
            .args([period.to_string(), ticks.to_string()]),
    )?;
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    total.ok_or_else(|| format!("{} has no totals", file.display()))
}
