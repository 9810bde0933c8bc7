// SPDX-License-Identifier: MIT OR Apache-2.0
//! SPI transfers a second through the host's bus layer, beside the plain `ioctl` in C, on one `spidev` file.
//!
//! There is no SPI bus on an ordinary machine: the file is a FUSE file with `spidev`'s ioctl interface
//! (`simulator/examples/spidev_file.rs`), whose chip gives back what it is sent. 17 bytes are what the `ads1262` driver transfers
//! for each conversion. Rounds alternate, the ratio is taken within each round.
//!
//! All of it runs on one processor. With two the kernel puts file and client now on one and now on both, by its own lights, and a
//! wake-up across processors of a virtual machine takes longer than all else together: 160 000 or 20 000 transfers a second.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::report::{Measurement, Target, folder};
use super::{programs, statistics};
use crate::run::{output, root, run};

const ROUNDS: usize = 15;
const BYTES: &str = "17";
const SECONDS: &str = "0.5";
const LEAST_RATIO: f64 = 0.9;
/// The one on which file and client run.
const PROCESSOR: &str = "0";

pub fn measure() -> Result<Measurement, String> {
    let file = programs::example("ecmod-sim", "spidev_file")?;
    let ours = programs::example("ecmod-host", "spi_rate")?;
    let theirs = folder()?.join("spi_rate_c");
    run(Command::new("cc")
        .args(["-O2", "-Wall", "-o"])
        .arg(&theirs)
        .arg(root().join("daemon/host/examples/spi_rate.c")))?;
    let mut measurement = Measurement::new(
        "spi",
        "transfers of 17 bytes through the host's SPI layer and by the plain ioctl",
        ROUNDS,
    );
    measurement
        .command(format!("taskset --cpu-list {PROCESSOR} spidev_file spi_rate {{}} {BYTES} 0 {SECONDS}"))
        .command(format!("taskset --cpu-list {PROCESSOR} spidev_file spi_rate_c {{}} {BYTES} {SECONDS}"));
    let (mut our_rates, mut their_rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        our_rates.push(rate(&file, &ours, &["{}", BYTES, "0", SECONDS])?);
        their_rates.push(rate(&file, &theirs, &["{}", BYTES, SECONDS])?);
    }
    for (name, rates) in [("host", &our_rates), ("ioctl", &their_rates)] {
        measurement.figure(name, statistics::median(rates)?, "1/s", Target::None);
    }
    let ratio = statistics::median(&statistics::ratios(&our_rates, &their_rates))?;
    measurement.figure("ratio", ratio, "", Target::AtLeast(LEAST_RATIO));
    Ok(measurement)
}

fn rate(file: &Path, program: &Path, arguments: &[&str]) -> Result<f64, String> {
    let mut pinned = Command::new("taskset");
    pinned.args(["--cpu-list", PROCESSOR]).arg(file).arg(program).args(arguments);
    let line = output(&mut pinned)?;
    let value: Value =
        serde_json::from_str(&line).map_err(|error| format!("{}: {error}: {line}", program.display()))?;
    if value.get("errors").and_then(Value::as_u64) != Some(0) {
        return Err(format!("{} had errors: {line}", program.display()));
    }
    value.get("per_second").and_then(Value::as_f64).ok_or_else(|| format!("{}: {line}", program.display()))
}
