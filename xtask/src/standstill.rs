// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the machine gave its processors to nobody while tests ran, as `ecmod-sim standstills` sees it.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::report::Case;
use crate::run::binaries;

/// A time in which a processor stood still, in seconds since 1970 and in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Standstill {
    over: f64,
    lasted: f64,
}

/// The standstills since it was begun to be watched.
pub struct Machine {
    seen: Arc<Mutex<Vec<Standstill>>>,
    watch: Option<Child>,
}

impl Machine {
    /// Watches from now on. Without the right to do that nothing is seen, which is said.
    pub fn watch() -> Result<Self, String> {
        let program = binaries().join("ecmod-sim");
        let mut command = Command::new(&program);
        // Dies with this process.
        command.arg("child").arg(std::process::id().to_string()).arg(&program).arg("standstills");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut watch = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let output = watch.stdout.take().ok_or("the watch has no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut machine = Self { seen: Arc::default(), watch: Some(watch) };
        if let Some(Ok(first)) = lines.next() {
            eprintln!("standstills of the machine: {first}");
            let seen = Arc::clone(&machine.seen);
            std::thread::spawn(move || note(lines, &seen));
        } else {
            eprintln!("standstills of the machine are not watched: a test that fails is never run again");
            machine.end();
        }
        Ok(machine)
    }

    /// The longest standstill while a test ran, in seconds, if there was one.
    pub fn stood_still_during(&self, case: &Case) -> Option<f64> {
        let seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        longest(&seen, case)
    }

    fn end(&mut self) {
        if let Some(mut watch) = self.watch.take() {
            let _just_ended = watch.kill();
            let _ = watch.wait();
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.end();
    }
}

fn note(lines: Lines<BufReader<ChildStdout>>, seen: &Mutex<Vec<Standstill>>) {
    for standstill in lines.map_while(Result::ok).filter_map(|line| parse(&line)) {
        seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(standstill);
    }
}

fn parse(line: &str) -> Option<Standstill> {
    let (over, lasted) = line.split_once(' ')?;
    Some(Standstill { over: over.parse().ok()?, lasted: lasted.parse().ok()? })
}

fn longest(seen: &[Standstill], case: &Case) -> Option<f64> {
    let during = seen.iter().filter(|standstill| {
        standstill.over >= case.began && standstill.over - standstill.lasted <= case.began + case.lasted
    });
    during.map(|standstill| standstill.lasted).max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standstill_counts_for_the_tests_that_it_touched() {
        let seen: Vec<Standstill> = ["100.050 0.070", "nonsense", "107.000 0.030", "120.500 0.400"]
            .iter()
            .filter_map(|line| parse(line))
            .collect();
        let during = |began, lasted| {
            longest(&seen, &Case { binary: "a".into(), name: "b".into(), passed: false, began, lasted })
        };
        assert_eq!(during(100.0, 5.0), Some(0.07), "it was over in it");
        assert_eq!(during(99.0, 30.0), Some(0.4), "the longest of three");
        assert_eq!(during(120.2, 0.1), Some(0.4), "it lasted longer than the test");
        assert_eq!(during(108.0, 12.0), None, "before and after it");
    }
}
