// SPDX-License-Identifier: MIT OR Apache-2.0
//! Processes that are measured: started, asked for lines, looked at in `/proc`, and never left behind.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long a process may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);

/// A running process, killed when it goes out of scope.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    name: String,
}

impl Running {
    /// Starts it; its standard output is taken line by line, its standard input stays open as
    /// long as this lives, and says nothing.
    pub fn start(command: &mut Command) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let (sender, lines) = channel();
        if let Some(output) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // Whoever is gone does not want to hear more, but the pipe must not fill.
                    let _ = sender.send(line);
                }
            });
        }
        Ok(Self { child, lines, name })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line it prints.
    pub fn line(&self, limit: Duration) -> Result<String, String> {
        self.lines.recv_timeout(limit).map_err(|error| format!("{} says nothing: {error}", self.name))
    }

    /// Sends a signal, for example `TERM`.
    pub fn signal(&self, signal: &str) -> Result<(), String> {
        let signal = format!("-{signal}");
        let status = Command::new("kill").args([&signal, &self.id().to_string()]).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            other => Err(format!("kill {signal} {}: {other:?}", self.name)),
        }
    }

    /// That it has not ended.
    pub fn still_runs(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(format!("{} has ended: {ended:?}", self.name)),
        }
    }

    /// Waits for its end.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus, String> {
        let name = self.name.clone();
        until(limit, &format!("{name} does not end"), || {
            self.child.try_wait().map_err(|error| format!("{name}: {error}"))
        })
    }

    /// Ends it in good order.
    pub fn end(mut self) -> Result<(), String> {
        self.signal("TERM")?;
        self.wait(GRACE).map(|_| ())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if it has ended already, as it should have.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks every 5 ms until there is an answer.
pub fn until<T>(
    limit: Duration,
    problem: &str,
    mut ask: impl FnMut() -> Result<Option<T>, String>,
) -> Result<T, String> {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if began.elapsed() > limit {
            return Err(format!("{problem} within {limit:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A number of kilobytes from a file of `/proc`, in MiB.
pub fn mebibytes(pid: u32, file: &str, key: &str) -> Result<f64, String> {
    let path = format!("/proc/{pid}/{file}");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    number.map(|kilobytes| kilobytes / 1024.0).ok_or_else(|| format!("{path} has no {key}"))
}

/// Processor time of all its threads so far, in seconds.
pub fn processor_time(pid: u32) -> Result<f64, String> {
    threads(pid)?
        .into_iter()
        .map(|thread| {
            let path = format!("/proc/{pid}/task/{thread}/schedstat");
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
            let time = text.split_whitespace().next().and_then(|time| time.parse::<f64>().ok());
            time.map(|nanoseconds| nanoseconds * 1e-9).ok_or_else(|| format!("{path} cannot be read"))
        })
        .sum()
}

/// The id of the thread with this name.
pub fn thread(pid: u32, name: &str) -> Result<u32, String> {
    let named =
        |thread: &u32| std::fs::read_to_string(format!("/proc/{pid}/task/{thread}/comm")).unwrap_or_default();
    let thread = threads(pid)?.into_iter().find(|thread| named(thread).trim() == name);
    thread.ok_or_else(|| format!("process {pid} has no thread {name}"))
}

fn threads(pid: u32) -> Result<Vec<u32>, String> {
    let path = format!("/proc/{pid}/task");
    let entries = std::fs::read_dir(&path).map_err(|error| format!("{path}: {error}"))?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}
