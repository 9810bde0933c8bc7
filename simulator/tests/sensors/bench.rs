// SPDX-License-Identifier: MIT OR Apache-2.0
//! A console in standby, with its simulator and a stranger on its bus.

use crate::stranger::{CONSOLE, Reading, Stranger};
use crate::support::{Console, LIMIT, Simulator, try_until, until};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A change of one of the board's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// `CLOCK_MONOTONIC`, ns.
    pub t_ns: u64,
    pub high: bool,
}

/// The last changes of a line, oldest first.
pub fn changes(simulator: &mut Simulator, line: &str) -> Vec<Change> {
    let answer = simulator.command(&json!({ "cmd": "line", "name": line }));
    serde_json::from_value(answer["changes"].clone()).expect("changes")
}

/// The console.
pub struct Bench {
    pub stranger: Stranger,
    pub simulator: Simulator,
    pub console: Console,
}

impl Bench {
    /// A console in standby whose every reading is good.
    pub fn new() -> Self {
        let console = Console::standby();
        let stranger = Stranger::join(console.address());
        let bench = Self { stranger, simulator: console.simulator(), console };
        until("every reading is good", || {
            let signals = bench.console.ecmoctl_json(&["signals"]);
            // The flow meter says itself that it cannot tell a small flow from none.
            // How long a battery lasts is known only while it is discharged.
            let well = |signal: &Value| {
                signal["quality"] == "good"
                    || signal["cause"] == "near_zero"
                    || signal["name"] == "battery_time_to_empty"
            };
            signals.as_array()?.iter().all(well).then_some(())
        });
        bench
    }

    /// A signal's reading.
    #[track_caller]
    pub fn reading(&self, signal: &str) -> Reading {
        self.stranger.reading(signal).expect("the console is on the bus")
    }

    /// Waits until a reading is as it should be; how long that took. It must not take longer than `limit`.
    #[track_caller]
    pub fn within(&self, limit: Duration, signal: &str, wanted: impl Fn(&Reading) -> bool) -> Duration {
        let began = Instant::now();
        let mut last = None;
        let found = try_until(limit, || {
            let reading = self.reading(signal);
            let found = wanted(&reading).then(|| began.elapsed());
            last = Some(reading);
            found
        });
        found.unwrap_or_else(|| panic!("{signal} within {limit:?}: {last:?}"))
    }

    /// Waits until a good reading has this value.
    #[track_caller]
    pub fn becomes(&self, limit: Duration, signal: &str, value: f64) -> Duration {
        self.within(limit, signal, |reading| reading.is_good() && reading.value == Some(value))
    }

    /// A value that is good, as it is after all filters have settled: the mean of some readings from now on.
    #[track_caller]
    pub fn settled(&self, signal: &str) -> f64 {
        let begin = self.reading(signal).sequence;
        // Filters of 40 ms have settled after as many samples.
        let mut next = begin + 30;
        let mut values = Vec::new();
        while values.len() < 10 {
            let reading = until(signal, || {
                let reading = self.reading(signal);
                (reading.is_good() && reading.sequence >= next).then_some(reading)
            });
            next = reading.sequence + 1;
            values.extend(reading.value);
        }
        values.iter().sum::<f64>() / 10.0
    }

    /// Injects a fault, waits until the signal is of this quality for this cause, within `limit`; clears the fault and waits
    /// until the signal is good again, within `back`. Tells how long both took.
    #[track_caller]
    pub fn fault_is_seen_and_over(
        &mut self,
        fault: &Value,
        (signal, quality, causes): (&str, &str, &[&str]),
        limit: Duration,
        back: Duration,
    ) {
        let id = self.simulator.inject(fault);
        let seen = self.within(limit, signal, |reading| {
            reading.quality == quality && causes.contains(&reading.cause.as_str())
        });
        let cause = self.reading(signal).cause;
        self.simulator.clear(id);
        let over = self.within(back, signal, Reading::is_good);
        println!("{fault}: {signal} is {quality} ({cause}) after {seen:?}, good again after {over:?}");
    }

    /// A word of the control loop's statistics.
    pub fn loop_statistic(&self, name: &str) -> u64 {
        let mut all = self.stranger.properties(CONSOLE).expect("the console is on the bus");
        let statistics = BTreeMap::<String, u64>::try_from(all.remove("Loop").unwrap()).unwrap();
        statistics[name]
    }
}

/// `CLOCK_MONOTONIC`, ns.
pub fn now_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap()
}

/// Longer than what is waited for may take on a loaded machine, where nothing is promised.
pub const SOME_TIME: Duration = LIMIT;
