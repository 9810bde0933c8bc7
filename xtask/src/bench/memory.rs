// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory of the daemon and of each host, after half a minute of support in Flow mode.
//!
//! Resident (`VmRSS`) counts every page that the process has in memory; proportional (`Pss`) divides those that several
//! processes share. The target is on the resident one.

use std::time::Duration;

use super::console::{self, Demo};
use super::process::mebibytes;
use super::report::{Measurement, Target};
use super::statistics::{largest, median};

const RUN: Duration = Duration::from_secs(30);
const ROUNDS: usize = 2;
const DAEMON: &str = "ecmod";
const DAEMON_MIB: f64 = 12.0;
const HOST_MIB: f64 = 4.0;

pub fn measure() -> Result<Measurement, String> {
    let mut measurement = Measurement::new("memory", "memory after 30 s of the demo in Flow mode", ROUNDS);
    measurement
        .command(console::COMMAND)
        .command("grep VmRSS /proc/PID/status; grep Pss: /proc/PID/smaps_rollup");
    let mut names = vec![DAEMON.to_owned()];
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let demo = Demo::start()?;
        std::thread::sleep(RUN);
        names.truncate(1);
        names.extend(demo.hosts()?);
        let round: Result<Vec<(f64, f64)>, String> = names
            .iter()
            .map(|name| {
                let id = demo.process(name)?;
                Ok((mebibytes(id, "status", "VmRSS")?, mebibytes(id, "smaps_rollup", "Pss")?))
            })
            .collect();
        rounds.push(round?);
        demo.end()?;
    }
    let mut host_sizes = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let of = |part: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            rounds.iter().filter_map(|round| round.get(index).map(part)).collect()
        };
        let (resident, proportional) = (of(|sizes| sizes.0), of(|sizes| sizes.1));
        let target = if name == DAEMON {
            Target::AtMost(DAEMON_MIB)
        } else {
            host_sizes.extend_from_slice(&resident);
            Target::AtMost(HOST_MIB)
        };
        measurement.figure(format!("{name}, resident"), median(&resident)?, "MiB", target);
        measurement.figure(format!("{name}, proportional"), median(&proportional)?, "MiB", Target::None);
    }
    measurement.figure("largest host, resident", largest(&host_sizes)?, "MiB", Target::AtMost(HOST_MIB));
    Ok(measurement)
}
