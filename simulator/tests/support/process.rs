// SPDX-License-Identifier: MIT OR Apache-2.0
//! One process that a test starts itself: it dies with the test, whatever happens to that.

use super::places::binary;
use super::verdict;
use super::wait::LIMIT;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A running process, killed when dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
    lines: Receiver<String>,
}

impl Process {
    /// Starts a program; what it says on standard error is added to `log`. `input` becomes its standard input.
    pub fn start<A: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
        environment: &[(&str, &str)],
        log: &Path,
        input: Option<OwnedFd>,
    ) -> Self {
        verdict::remember();
        // Becomes the program after asking the kernel to be killed with the thread that runs the test.
        let mut command = Command::new(binary("ecmod-sim"));
        command.arg("child").arg(std::process::id().to_string()).arg(program).args(arguments);
        command.envs(environment.iter().copied());
        let errors = OpenOptions::new().create(true).append(true).open(log).unwrap();
        command.stdin(input.map_or_else(Stdio::null, Stdio::from)).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (said, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _nobody_listens_any_more = said.send(line);
            }
        });
        Self { child, log: log.to_owned(), lines }
    }

    /// The next line that it prints.
    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(LIMIT).expect("it says something")
    }

    /// What it has said on standard error.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Its process number.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let _just_ended = kill_process(self.pid(), signal);
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _just_ended = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            verdict::tell(&self.log.display().to_string(), &self.log());
        }
    }
}
