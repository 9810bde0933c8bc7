// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole console under the development runner, in a folder of its own.

use super::leftovers::processes_with;
use super::places::{binaries, binary};
use super::saboteurs::Saboteurs;
use super::simulator::Simulator;
use super::verdict;
use super::wait::{LIMIT, try_until, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What a console is started with.
#[derive(Clone, Copy, Default)]
pub struct Settings<'a> {
    /// The scenario's text; `None`: the demo's, which starts Support in Flow mode at 4.0 L/min.
    pub scenario: Option<&'a str>,
    /// `busd` or `dbus-daemon`; `None`: the runner's choice.
    pub broker: Option<&'a str>,
    /// Where its processes look for journald's socket is a folder of the test's own, [`Console::journald`].
    pub journald: bool,
    /// Drivers in whose places are saboteurs, [`Console::saboteurs`].
    pub saboteurs: &'a [&'a str],
}

/// In a mount namespace of its own: binds a folder to where journald's socket is, and becomes what follows.
const WITH_JOURNALD: &str = "mount -t tmpfs none /run && mkdir -p /run/systemd/journal && \
    mount --bind \"$0\" /run/systemd/journal && exec \"$@\"";

/// A scenario in which nobody does anything: the console stays in standby.
pub const NOBODY: &str =
    "title = \"Nobody does anything\"\n[circuit]\nsupport = \"va\"\npump = \"rotaflow_like\"\n";

/// The runner and everything it runs.
pub struct Console {
    runner: Child,
    folder: TempDir,
    address: String,
    started: Instant,
    saboteurs: Option<Saboteurs>,
}

impl Console {
    /// The demo.
    pub fn demo() -> Self {
        Self::start(&Settings::default())
    }

    /// A console that nobody has started to support with.
    pub fn standby() -> Self {
        Self::start(&Settings { scenario: Some(NOBODY), ..Settings::default() })
    }

    /// Starts it; returns when the console is on the bus and every host has connected.
    pub fn start(settings: &Settings<'_>) -> Self {
        verdict::remember();
        let folder = tempfile::Builder::new().prefix("ecmod-system-").tempdir().unwrap();
        let mut command = runner(settings, folder.path());
        command.args(["run", "--headless", "--run-dir"]).arg(folder.path().join("run"));
        command.arg("--bin-dir").arg(binaries()).arg("--driver-dir");
        let saboteurs = (!settings.saboteurs.is_empty()).then(|| Saboteurs::in_place_of(settings.saboteurs));
        command.arg(saboteurs.as_ref().map_or_else(binaries, |saboteurs| saboteurs.folder().to_owned()));
        if let Some(text) = settings.scenario {
            let file = folder.path().join("scenario.toml");
            std::fs::write(&file, text).unwrap();
            command.arg("--scenario").arg(file);
        }
        if let Some(broker) = settings.broker {
            command.args(["--broker", broker]);
        }
        let errors = File::create(folder.path().join("runner.log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
        let started = Instant::now();
        let mut runner = command.spawn().unwrap();
        let output = runner.stdout.take().unwrap();
        let mut console = Self { runner, folder, address: String::new(), started, saboteurs };
        console.wait_until_described(output);
        let environment = std::fs::read_to_string(console.path("env")).unwrap();
        let address = environment.trim().strip_prefix("DBUS_SYSTEM_BUS_ADDRESS=");
        address.expect("the address of the bus").clone_into(&mut console.address);
        until("every host has connected", || {
            let ports = console.ecmoctl(&["--json", "ports"]);
            let ports: Value = serde_json::from_slice(&ports.stdout).ok()?;
            ports.as_array()?.iter().all(|port| port["state"] == "connected").then_some(())
        });
        console
    }

    /// Reads what the runner says about what it runs, to the end.
    fn wait_until_described(&mut self, output: std::process::ChildStdout) {
        let (said, hear) = mpsc::channel();
        // Goes on reading, so that the runner never waits; ends with the runner.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _nobody_listens_any_more = said.send(line);
            }
        });
        while let Ok(line) = hear.recv_timeout(LIMIT) {
            if line == "Ctrl-C ends it." {
                return;
            }
        }
        panic!("the runner does not run");
    }

    /// The drivers that obey orders.
    pub fn saboteurs(&self) -> &Saboteurs {
        self.saboteurs.as_ref().expect("a console that was started with saboteurs")
    }

    /// When the runner was started.
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// A file of the run directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("run").join(name)
    }

    /// The folder that its processes see in journald's place, if that was set.
    pub fn journald(&self) -> PathBuf {
        self.folder.path().join("journald")
    }

    /// The bus.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Changes the configuration; a process reads it when it starts. Each text must stand in it.
    #[track_caller]
    pub fn reconfigure(&self, changes: &[(&str, &str)]) {
        let file = self.path("ecmod.toml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        for (old, new) in changes {
            assert!(text.contains(old), "{old} is not in the configuration");
            text = text.replace(old, new);
        }
        std::fs::write(&file, text).unwrap();
    }

    /// Process number of the runner.
    pub fn runner(&self) -> Pid {
        Pid::from_child(&self.runner)
    }

    /// `processes.json`: name to pid, restarts, last_end.
    pub fn processes(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("processes.json")).unwrap()).expect("always whole")
    }

    /// The process of this name (`ecmod`, `ecmod-host-pump_line`, `devices`, `bus` ...), once it runs.
    pub fn pid(&self, name: &str) -> Pid {
        until(name, || {
            let pid = self.processes()[name]["pid"].as_u64()?;
            Pid::from_raw(i32::try_from(pid).ok()?)
        })
    }

    /// How often a process was started again.
    pub fn restarts(&self, name: &str) -> u64 {
        self.processes()[name]["restarts"].as_u64().unwrap_or(0)
    }

    /// A new connection to the simulator's control socket.
    pub fn simulator(&self) -> Simulator {
        Simulator::connect(&self.path("simulator.sock"))
    }

    /// A program that finds this console's bus where it looks for the system's.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &self.address).stdin(Stdio::null());
        command
    }

    /// What `ecmoctl` says and returns.
    pub fn ecmoctl(&self, arguments: &[&str]) -> Output {
        self.command(binary("ecmoctl")).args(arguments).output().unwrap()
    }

    /// What `ecmoctl --json` prints; the test ends when it fails.
    #[track_caller]
    pub fn ecmoctl_json(&self, arguments: &[&str]) -> Value {
        let output = self.command(binary("ecmoctl")).arg("--json").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"))
    }

    /// What a process has said so far (`ecmod`, `ecmod-host-pump_line` ...).
    pub fn log(&self, name: &str) -> String {
        let text = std::fs::read(self.path("log").join(format!("{name}.log"))).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Prints what everybody has said so far.
    pub fn tell_logs(&self) {
        let mut files = vec![self.folder.path().join("runner.log")];
        if let Ok(logs) = std::fs::read_dir(self.path("log")) {
            files.extend(logs.flatten().map(|entry| entry.path()));
        }
        for file in files {
            let text = std::fs::read(&file).unwrap_or_default();
            verdict::tell(&file.display().to_string(), &String::from_utf8_lossy(&text));
        }
    }

    /// Ends it with this signal to the runner, as Ctrl-C or systemd do, and returns how the runner ended.
    pub fn end(mut self, signal: Signal) -> ExitStatus {
        kill_process(self.runner(), signal).unwrap();
        let status = until("the runner ends", || self.runner.try_wait().unwrap());
        assert_eq!(self.left(), [], "processes are left");
        status
    }

    /// Processes of this console that live.
    fn left(&self) -> Vec<(u32, String)> {
        processes_with(self.folder.path())
    }
}

/// The runner's command, without its arguments.
fn runner(settings: &Settings<'_>, folder: &Path) -> Command {
    if !settings.journald {
        return Command::new(binary("ecmod-sim"));
    }
    let journald = folder.join("journald");
    std::fs::create_dir(&journald).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", WITH_JOURNALD]).arg(journald).arg(binary("ecmod-sim"));
    command
}

impl Drop for Console {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        if failed {
            self.tell_logs();
        }
        if let Ok(None) = self.runner.try_wait() {
            let _just_ended = kill_process(self.runner(), Signal::TERM);
            if try_until(Duration::from_secs(10), || self.runner.try_wait().ok().flatten()).is_none() {
                // Its processes die with it.
                let _ = self.runner.kill();
            }
            let _ = self.runner.wait();
        }
        let none_left = try_until(Duration::from_secs(5), || self.left().is_empty().then_some(()));
        if none_left.is_none() {
            let left = self.left();
            for (pid, _) in &left {
                let pid = i32::try_from(*pid).ok().and_then(Pid::from_raw);
                let _just_ended = pid.map(|pid| kill_process(pid, Signal::KILL));
            }
            assert!(failed, "processes were left: {left:?}");
        }
    }
}
