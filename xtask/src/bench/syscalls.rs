// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which system calls the running control thread makes: `strace` on it alone, in the demo, while it regulates flow.
//!
//! Sleeping (`futex_waitv` until the next tick or until a host rings, `clock_nanosleep` without hosts) and waking a host (`futex` with
//! `FUTEX_WAKE`) are all it may do; the clock is read without a call. Anything else is a broken promise.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::console::{self, Demo};
use super::process::{Running, thread};
use super::report::{Measurement, Target, folder};

const RUN: Duration = Duration::from_secs(10);
const LIMIT: Duration = Duration::from_secs(10);
/// A line of strace that tells of an end or an interruption, not of a call.
const NO_CALL: [char; 3] = ['+', '-', '<'];
const SLEEPS: [&str; 2] = ["futex_waitv", "clock_nanosleep"];

pub fn measure() -> Result<Measurement, String> {
    let mut measurement =
        Measurement::new("syscalls", "system calls of the control thread in 10 s of regulating flow", 1);
    measurement.command(console::COMMAND).command("strace -p TID_OF_control -o FILE");
    let demo = Demo::start()?;
    let tid = thread(demo.process("ecmod")?, "control")?;
    let file = folder()?.join("syscalls.txt");
    let mut strace = Running::start(
        Command::new("strace")
            .args(["--quiet=attach,exit", "--trace=all", "-p", &tid.to_string(), "-o"])
            .arg(&file)
            .stderr(Stdio::inherit()),
    )?;
    std::thread::sleep(RUN);
    strace.signal("INT")?;
    strace.wait(LIMIT)?;
    demo.end()?;
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let calls = count(&text);
    let other: u32 = calls.iter().filter(|(call, _)| !is_allowed(call)).map(|(_, count)| count).sum();
    for (call, count) in &calls {
        measurement.figure(call, f64::from(*count), "calls", Target::None);
    }
    let slept: u32 = SLEEPS.iter().filter_map(|call| calls.get(*call)).sum();
    measurement.figure("seen at all: sleeping", f64::from(slept), "calls", Target::AtLeast(100.0));
    measurement.figure(
        "anything but sleeping and waking a host",
        f64::from(other),
        "calls",
        Target::AtMost(0.0),
    );
    Ok(measurement)
}

/// The calls by name; `futex` with its operation, which decides whether it may wait.
fn count(text: &str) -> BTreeMap<String, u32> {
    let mut calls = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with(NO_CALL)) {
        let Some((call, arguments)) = line.split_once('(') else { continue };
        let operation = arguments.split(", ").nth(1).filter(|_| call == "futex");
        let name = operation.map_or_else(|| call.to_owned(), |operation| format!("{call} {operation}"));
        *calls.entry(name).or_default() += 1;
    }
    calls
}

fn is_allowed(call: &str) -> bool {
    SLEEPS.contains(&call) || call == "futex FUTEX_WAKE"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waking_is_allowed_and_waiting_is_not() {
        let text = "clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=5, tv_nsec=0}, NULL) = 0\n\
                    futex_waitv([{val=0, uaddr=0x7f00, flags=FUTEX_32}], 1, 0, {tv_sec=5}, CLOCK_MONOTONIC) = 0\n\
                    futex(0x7f00, FUTEX_WAKE, 1) = 1\n\
                    futex(0x7f00, FUTEX_WAIT_PRIVATE, 0, NULL) = 0\n\
                    write(2, \"x\", 1) = 1\n\
                    +++ exited with 0 +++\n";
        let calls = count(text);
        let other: Vec<&str> = calls.keys().map(String::as_str).filter(|call| !is_allowed(call)).collect();
        assert_eq!(other, ["futex FUTEX_WAIT_PRIVATE", "write"]);
        assert_eq!(calls.get("clock_nanosleep"), Some(&1));
    }
}
