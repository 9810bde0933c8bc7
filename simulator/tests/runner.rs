// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-sim run` with stand-ins for the console's programs: what it starts, restarts, writes and ends.
#![cfg(test)] // helpers between the tests are test code too

mod support;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use support::until;

/// A runner over programs that only wait (`ecmod`, `ecmod-host`) or write down how they were called (`ecmoctl`).
struct Runner {
    child: Child,
    folder: tempfile::TempDir,
}

const PROCESSES: [&str; 14] = [
    "bus",
    "devices",
    "ecmod",
    "ecmod-host-adc",
    "ecmod-host-alarms",
    "ecmod-host-cabinet",
    "ecmod-host-clamps",
    "ecmod-host-flow_line",
    "ecmod-host-gas_line",
    "ecmod-host-monitor",
    "ecmod-host-panel",
    "ecmod-host-power",
    "ecmod-host-pump_line",
    "ecmod-host-thermometers",
];

impl Runner {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let calls = folder.path().join("calls");
        let waits = "#!/bin/sh\necho \"$@\"\nexec sleep 1000\n".to_owned();
        let writes = format!("#!/bin/sh\necho \"$@\" >> {}\n", calls.display());
        for (name, text) in [("ecmod", &waits), ("ecmod-host", &waits), ("ecmoctl", &writes)] {
            std::fs::write(bin.join(name), text).unwrap();
            std::fs::set_permissions(bin.join(name), PermissionsExt::from_mode(0o755)).unwrap();
        }
        let child = Command::new(env!("CARGO_BIN_EXE_ecmod-sim"))
            .args(["run", "--headless", "--run-dir"])
            .arg(folder.path().join("run"))
            .arg("--bin-dir")
            .arg(&bin)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("run").join(name)
    }

    /// `processes.json`, once every process runs.
    fn processes(&self) -> Value {
        until("every process runs", || {
            let text = std::fs::read(self.path("processes.json")).ok()?;
            let table: Value = serde_json::from_slice(&text).expect("always whole");
            PROCESSES.iter().all(|name| table[name]["pid"].is_u64()).then_some(table)
        })
    }

    fn pid(&self, name: &str) -> Pid {
        pid(&self.processes()[name])
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pid(entry: &Value) -> Pid {
    Pid::from_raw(i32::try_from(entry["pid"].as_u64().unwrap()).unwrap()).unwrap()
}

/// Neither running nor waiting to be reaped by somebody else.
fn gone(pid: Pid) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    test_kill_process(pid).is_err() || state.is_ok_and(|stat| stat.contains(") Z "))
}

#[test]
fn everything_is_started_and_described_and_ends_with_the_runner() {
    let mut runner = Runner::start(&[]);
    let table = runner.processes();
    let mode = std::fs::metadata(runner.path("")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let environment = std::fs::read_to_string(runner.path("env")).unwrap();
    let socket = runner.path("dbus/bus");
    assert_eq!(environment, format!("DBUS_SYSTEM_BUS_ADDRESS=unix:path={}\n", socket.display()));
    for name in ["pump_line", "gas_line", "flow_line", "simulator.sock"] {
        assert!(runner.path(name).exists(), "{name}");
    }
    let config = std::fs::read_to_string(runner.path("ecmod.toml")).unwrap();
    assert!(config.contains(&format!("device = \"{}\"", runner.path("pump_line").display())));
    let said = until("the host was called", || {
        let log = std::fs::read_to_string(runner.path("log/ecmod-host-gas_line.log")).ok()?;
        (!log.is_empty()).then_some(log)
    });
    assert_eq!(said, format!("gas_line --config {}\n", runner.path("ecmod.toml").display()));

    kill_process(Pid::from_child(&runner.child), Signal::TERM).unwrap();
    assert!(runner.child.wait().unwrap().success());
    for name in PROCESSES {
        assert!(gone(pid(&table[name])), "{name} is left");
    }
    assert!(!runner.path("pump_line").exists() && !socket.exists());
}

#[test]
fn what_dies_is_started_again_and_counted() {
    let runner = Runner::start(&[]);
    for name in ["ecmod", "ecmod-host-pump_line", "bus"] {
        let before = runner.pid(name);
        kill_process(before, Signal::KILL).unwrap();
        let after = until("a restart", || {
            let table = runner.processes();
            (table[name]["restarts"] == 1).then_some(table)
        });
        assert_ne!(pid(&after[name]), before);
        assert!(after[name]["last_end"].as_str().unwrap().contains("signal: 9"), "{after}");
    }
}

#[test]
fn devices_that_die_come_back_where_they_were() {
    let runner = Runner::start(&[]);
    runner.processes();
    let address = |runner: &Runner| {
        let config: toml::Table =
            std::fs::read_to_string(runner.path("ecmod.toml")).ok()?.parse().expect("TOML");
        config["ports"]["monitor"]["address"].as_str().map(str::to_owned)
    };
    let address = until("the configuration", || address(&runner));
    let connects = || std::net::TcpStream::connect(&address).ok();
    until("the transmitter listens", connects);
    kill_process(runner.pid("devices"), Signal::KILL).unwrap();
    until("a restart", || (runner.processes()["devices"]["restarts"] == 1).then_some(()));
    until("the transmitter listens again", connects);
    until("the pump's line is there", || Path::new(&runner.path("pump_line")).exists().then_some(()));
}

#[test]
fn a_killed_runner_leaves_no_process_behind() {
    let mut runner = Runner::start(&[]);
    let table = runner.processes();
    runner.child.kill().unwrap();
    runner.child.wait().unwrap();
    for name in PROCESSES {
        until(name, || gone(pid(&table[name])).then_some(()));
    }
}

#[test]
fn the_operator_of_the_scenario_calls_ecmoctl_in_order() {
    let runner = Runner::start(&[]);
    let calls = runner.folder.path().join("calls");
    let text = until("the start", || {
        let text = std::fs::read_to_string(&calls).ok()?;
        text.ends_with(" start\n").then_some(text)
    });
    let address = format!("--address unix:path={}", runner.path("dbus/bus").display());
    let expected = ["set mode flow", "set flow 4", "set sweep 3", "start"];
    let lines: Vec<String> = expected.iter().map(|words| format!("{address} {words}")).collect();
    assert_eq!(text.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn a_duration_ends_the_run_by_itself() {
    let mut runner = Runner::start(&["--duration", "1"]);
    let table = runner.processes();
    assert!(runner.child.wait().unwrap().success());
    assert!(PROCESSES.iter().all(|name| gone(pid(&table[name]))));
}

#[test]
fn a_folder_without_the_programs_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ecmod-sim"))
        .args(["run", "--headless", "--run-dir"])
        .arg(folder.path().join("run"))
        .arg("--bin-dir")
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--bin-dir"));
}
