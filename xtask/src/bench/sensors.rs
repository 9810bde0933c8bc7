// SPDX-License-Identifier: MIT OR Apache-2.0
//! What sampling costs the hosts: in the demo, five pressures at 100 Hz each (`ads1262`, one SPI transfer and one data-ready edge for
//! each conversion) and four temperatures at 1 Hz (`max31865`), on simulated buses.
//!
//! The processor time of the two host processes, all threads, by the kernel (`schedstat`); the simulated chips are another
//! process and not counted. Fails if fewer than 95 % of the pressures' samples came.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::console::{self, Demo};
use super::process::processor_time;
use super::report::{Measurement, Target};
use super::{programs, statistics};

const ROUNDS: usize = 3;
const RUN: Duration = Duration::from_secs(20);
const PRESSURES: f64 = 5.0 * 100.0;
const LEAST_SHARE: f64 = 0.95;
const AT_MOST: f64 = 3.0;
const HOSTS: [&str; 2] = ["ecmod-host-adc", "ecmod-host-thermometers"];

pub fn measure() -> Result<Measurement, String> {
    let mut measurement = Measurement::new(
        "sensors",
        "processor time for 5 pressures at 100 Hz and 4 temperatures at 1 Hz",
        ROUNDS,
    );
    measurement.command(console::COMMAND).command("cat /proc/PID/task/*/schedstat");
    let demo = Demo::start()?;
    let ids: Vec<u32> = HOSTS.iter().map(|name| demo.process(name)).collect::<Result<_, _>>()?;
    let mut costs = [const { Vec::new() }; HOSTS.len()];
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let before: Vec<f64> = ids.iter().map(|id| processor_time(*id)).collect::<Result<_, _>>()?;
        let (begun, conversions) = (Instant::now(), conversions(&demo)?);
        std::thread::sleep(RUN);
        let seconds = begun.elapsed().as_secs_f64();
        for ((id, before), costs) in ids.iter().zip(before).zip(&mut costs) {
            costs.push(100.0 * (processor_time(*id)? - before) / seconds);
        }
        rates.push((self::conversions(&demo)? - conversions) / seconds);
    }
    demo.end()?;
    let rate = statistics::median(&rates)?;
    if rate < LEAST_SHARE * PRESSURES {
        return Err(format!("only {rate:.0} pressures a second came, of {PRESSURES}"));
    }
    measurement.figure("data-ready edges", rate, "1/s", Target::None);
    for (name, costs) in HOSTS.iter().zip(&costs) {
        measurement.figure(*name, statistics::median(costs)?, "% of a core", Target::None);
    }
    let [pressures, temperatures] = &costs;
    let both: Vec<f64> = pressures.iter().zip(temperatures).map(|(one, other)| one + other).collect();
    measurement.figure("both", statistics::median(&both)?, "% of a core", Target::AtMost(AT_MOST));
    Ok(measurement)
}

/// Data-ready edges that the port of the pressures has seen so far, by its counters on D-Bus.
fn conversions(demo: &Demo) -> Result<f64, String> {
    let ecmoctl = programs::release().join("ecmoctl");
    let output = Command::new(ecmoctl)
        .args(["--address", &demo.address()?, "--json", "ports"])
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("ecmoctl: {error}"))?;
    let ports: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("ecmoctl ports: {error}"))?;
    let adc =
        ports.as_array().and_then(|ports| ports.iter().find(|port| port.get("name") == Some(&"adc".into())));
    adc.and_then(|port| port.get("counters")?.get("edges")?.as_f64())
        .ok_or_else(|| "port adc counts no edges".to_owned())
}
