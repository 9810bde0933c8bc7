// SPDX-License-Identifier: MIT OR Apache-2.0
//! Long programs: what they say goes into a log, how far they are is told now and then, and what they said last is told when
//! they fail.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(200);
const TELL: Duration = Duration::from_secs(15);
/// Lines of a log that say what went wrong.
const LAST_LINES: usize = 40;

/// A line for whoever waits.
pub fn say(text: &str) {
    eprintln!("vm-test: {text}");
}

/// Runs a program to its end; `what` is what it is doing.
pub fn run(what: &str, command: &mut Command, log: &Path) -> Result<(), String> {
    let says = |error: std::io::Error| format!("{what}: {error}");
    let begin = Instant::now();
    say(&format!("{what} ..."));
    let output = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let errors = output.try_clone().map_err(says)?;
    let mut program = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn().map_err(says)?;
    let mut told = begin;
    let status = loop {
        if let Some(status) = program.try_wait().map_err(says)? {
            break status;
        }
        std::thread::sleep(LOOK);
        if told.elapsed() >= TELL {
            told = Instant::now();
            let seconds = begin.elapsed().as_secs();
            say(&format!("{what}: {seconds} s, {} lines of {}", lines(log), log.display()));
        }
    };
    if status.success() {
        say(&format!("{what}: done in {:.0} s", begin.elapsed().as_secs_f64()));
        return Ok(());
    }
    Err(format!("{what} failed ({status}); the end of {}:\n{}", log.display(), last_lines(log)))
}

/// The end of a log.
pub fn last_lines(log: &Path) -> String {
    let text =
        std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default().join("\n")
}

fn lines(log: &Path) -> usize {
    std::fs::read(log).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count())
}
