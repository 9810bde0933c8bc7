// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask bench [--strict] [NAME ...]`: the numbers of `SPECIFICATION.md`, measured on this machine.
//!
//! What is compared is measured in alternating rounds of one run, so that a change of the machine's mood meets both sides; a
//! figure is the median of the rounds. A measurement that cannot be made is a failure, never a gap. A missed target fails the
//! command only with `--strict`: a busy or virtual machine misses some through no fault of ours.

mod command;
mod console;
mod fast_path;
mod frame;
mod jitter;
mod machine;
mod memory;
mod modbus;
mod process;
pub mod programs;
mod report;
mod sensors;
mod spi;
mod start;
mod statistics;
mod syscalls;
mod tick;

use crate::prepare;
use report::Measurement;

type Measure = fn() -> Result<Measurement, String>;

/// Name, and what measures it. Each file says what and how.
const MEASUREMENTS: &[(&str, Measure)] = &[
    ("tick", tick::measure),
    ("jitter", jitter::measure),
    ("command", command::measure),
    ("fast_path", fast_path::measure),
    ("modbus", modbus::measure),
    ("spi", spi::measure),
    ("sensors", sensors::measure),
    ("frame", frame::measure),
    ("memory", memory::measure),
    ("start", start::measure),
    ("syscalls", syscalls::measure),
];

/// Runs the named measurements, or all; writes the table and `target/bench/results.json`.
pub fn bench(arguments: &[String]) -> Result<(), String> {
    let (options, names): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.starts_with("--"));
    if let Some(unknown) = options.iter().find(|option| **option != "--strict") {
        return Err(format!("bench has no option {unknown}"));
    }
    let known = || MEASUREMENTS.iter().map(|(name, _)| *name);
    if let Some(unknown) = names.iter().find(|name| !known().any(|known| known == **name)) {
        let known: Vec<&str> = known().collect();
        return Err(format!("there is no measurement {unknown}; there are: {}", known.join(" ")));
    }
    prepare::programs(prepare::FOR_BENCHES)?;
    prepare::libraries(prepare::LIBRARIES_FOR_BENCHES)?;

    let mut measured = Vec::new();
    for (name, measure) in MEASUREMENTS {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        eprintln!("== {name}");
        let measurement = measure().unwrap_or_else(|problem| {
            eprintln!("{name}: {problem}");
            Measurement::failed(name, problem)
        });
        // Written each time: what is measured stays, whatever comes after it.
        report::write(&measurement)?;
        measured.push(measurement);
    }
    print!("{}", report::table(&measured));
    report::verdict(&measured, !options.is_empty())
}
