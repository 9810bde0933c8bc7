// SPDX-License-Identifier: MIT OR Apache-2.0
//! The release build of a whole console, for measurements of its processes: the demo, supporting in Flow mode.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::process::{Running, until};
use super::programs;
use super::report::folder;

/// How long the demo may take until it supports at its flow.
const LIMIT: Duration = Duration::from_secs(60);

/// The line that starts it by hand.
pub const COMMAND: &str = "target/release/ecmod-sim run --run-dir target/bench/demo --bin-dir target/release \
                           --driver-dir target/release --headless";

/// The running demo.
pub struct Demo {
    runner: Running,
    folder: PathBuf,
}

impl Demo {
    /// Builds and starts it, and waits until it supports in Flow mode and every driver runs.
    pub fn start() -> Result<Self, String> {
        programs::console()?;
        let (release, folder) = (programs::release(), folder()?.join("demo"));
        let runner = Running::start(
            Command::new(release.join("ecmod-sim"))
                .arg("run")
                .arg("--run-dir")
                .arg(&folder)
                .arg("--bin-dir")
                .arg(&release)
                .arg("--driver-dir")
                .arg(&release)
                .arg("--headless")
                .stderr(Stdio::null()),
        )?;
        let demo = Self { runner, folder };
        until(LIMIT, "the demo does not support in Flow mode", || {
            Ok(demo.status().filter(|status| {
                let is = |key: &str, wanted: &str| status.get(key).and_then(Value::as_str) == Some(wanted);
                is("state", "support") && is("mode", "flow")
            }))
        })?;
        Ok(demo)
    }

    /// The id of one of its processes by the runner's name for it.
    pub fn process(&self, name: &str) -> Result<u32, String> {
        let entry = self.processes()?.get(name).and_then(|entry| entry.get("pid")?.as_u64());
        entry.and_then(|id| id.try_into().ok()).ok_or_else(|| format!("the demo has no process {name}"))
    }

    /// The names of its host processes.
    pub fn hosts(&self) -> Result<Vec<String>, String> {
        let processes = self.processes()?;
        let names = processes.as_object().into_iter().flat_map(|processes| processes.keys().cloned());
        Ok(names.filter(|name| name.starts_with("ecmod-host-")).collect())
    }

    /// Ends all its processes.
    pub fn end(self) -> Result<(), String> {
        self.runner.end()
    }

    fn processes(&self) -> Result<Value, String> {
        let path = self.folder.join("processes.json");
        let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Its bus.
    pub fn address(&self) -> Result<String, String> {
        let path = self.folder.join("env");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let address = text.trim().strip_prefix("DBUS_SYSTEM_BUS_ADDRESS=");
        address.map(str::to_owned).ok_or_else(|| format!("{} names no bus", path.display()))
    }

    /// What ecmoctl says; nothing while the daemon is not on the bus.
    fn status(&self) -> Option<Value> {
        let address = self.address().ok()?;
        let ecmoctl = programs::release().join("ecmoctl");
        let output = Command::new(ecmoctl)
            .args(["--address", &address, "--json", "status"])
            .stderr(Stdio::null())
            .output()
            .ok()?;
        serde_json::from_slice(&output.stdout).ok()
    }
}
