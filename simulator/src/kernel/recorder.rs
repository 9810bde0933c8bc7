// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every level that GPIO outputs take, with the time at which the kernel set it: the tracepoint `gpio:gpio_value`, in a trace
//! instance of our own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::chips::Level;
use ecmod_quantities::Monotonic;

const INSTANCES: &str = "/sys/kernel/tracing/instances";
/// Enough for minutes of alarm patterns.
const BUFFER_KB: &str = "1024";

/// An output was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The line ([`Bank::number`](super::Bank::number)).
    pub number: u32,
    /// When, to the microsecond.
    pub at: Monotonic,
    /// To what; not necessarily a change.
    pub level: Level,
}

/// Records from [`Recorder::start`] on, until dropped.
#[derive(Debug)]
pub struct Recorder {
    folder: PathBuf,
}

impl Recorder {
    /// Begins.
    ///
    /// # Errors
    /// The kernel has no tracepoints, or no right to them.
    pub fn start() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(INSTANCES).join(format!("ecmod-{}-{number}", std::process::id()));
        fs::create_dir(&folder)?;
        let recorder = Self { folder };
        recorder.write("trace_clock", "mono")?;
        recorder.write("buffer_size_kb", BUFFER_KB)?;
        recorder.write("events/gpio/gpio_value/filter", "get == 0")?;
        recorder.write("events/gpio/gpio_value/enable", "1")?;
        Ok(recorder)
    }

    /// All so far, in order.
    ///
    /// # Errors
    /// The kernel's file cannot be read, or events were lost: the record would lie.
    pub fn recorded(&self) -> io::Result<Vec<Recorded>> {
        let text = fs::read_to_string(self.folder.join("trace"))?;
        if text.contains("LOST") {
            return Err(io::Error::other("the kernel has lost events"));
        }
        Ok(text.lines().filter_map(parse).collect())
    }

    /// The changes of one line so far, in order; the first entry is the first level that was set.
    ///
    /// # Errors
    /// As [`Recorder::recorded`].
    pub fn changes(&self, number: u32) -> io::Result<Vec<(Monotonic, Level)>> {
        let mut changes: Vec<(Monotonic, Level)> = Vec::new();
        for entry in self.recorded()?.into_iter().filter(|entry| entry.number == number) {
            if changes.last().is_none_or(|(_, level)| *level != entry.level) {
                changes.push((entry.at, entry.level));
            }
        }
        Ok(changes)
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        fs::write(self.folder.join(file), text)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.write("events/gpio/gpio_value/enable", "0");
        // What stays is a buffer in a kernel that is about to be powered off.
        let _ = fs::remove_dir(&self.folder);
    }
}

/// `  ecmod-host-61  [000] .....    12.345678: gpio_value: 509 set 1`
fn parse(line: &str) -> Option<Recorded> {
    let (before, event) = line.split_once(": gpio_value: ")?;
    let (seconds, micros) = before.rsplit(' ').next()?.split_once('.')?;
    let nanos = seconds.parse::<u64>().ok()?.checked_mul(1_000_000_000)?;
    let at = nanos.checked_add(micros.parse::<u64>().ok()?.checked_mul(1000)?)?;
    let mut words = event.split_whitespace();
    let number = words.next()?.parse().ok()?;
    let level = match (words.next()?, words.next()?) {
        ("set", "0") => Level::Low,
        ("set", "1") => Level::High,
        _ => return None,
    };
    Some(Recorded { number, at: Monotonic(at), level })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernels_trace_is_understood() {
        let line = "      ecmod-host-61      [000] .....    12.345678: gpio_value: 509 set 1";
        let at = Monotonic(12_345_678_000);
        assert_eq!(parse(line), Some(Recorded { number: 509, at, level: Level::High }));
        assert_eq!(parse("# tracer: nop"), None);
        assert_eq!(parse(&line.replace("set", "get")), None);
    }
}
