// SPDX-License-Identifier: MIT OR Apache-2.0
//! A console without the runner: daemon and hosts with a configuration of the test's own, devices from elsewhere.

use super::places::{binaries, binary};
use super::process::Process;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A bus, and whatever the test starts on it. Everything ends with it.
pub struct Bare {
    bus: Process,
    address: String,
    folder: TempDir,
}

impl Bare {
    /// A bus and a folder; nothing else runs yet.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("ecmod-system-").tempdir().unwrap();
        let socket = folder.path().join("dbus/bus");
        let arguments = ["bus".as_ref(), "--socket".as_ref(), socket.as_os_str()];
        let bus = Process::start(binary("ecmod-sim"), arguments, &[], &folder.path().join("bus.log"), None);
        let address = bus.line();
        Self { bus, address, folder }
    }

    /// A file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes `ecmod.toml`: this, after the places that every console here needs.
    pub fn configure(&self, rest: &str) {
        let folder = self.folder.path().display();
        let text = format!(
            "[console]\nhosts_socket = \"{folder}/hosts.sock\"\nstate_directory = \"{folder}/state\"\n\
             driver_directory = \"{}\"\n[log]\ntarget = \"stderr\"\n[dbus]\naddress = \"{}\"\n{rest}",
            binaries().display(),
            self.address
        );
        std::fs::create_dir_all(self.path("state")).unwrap();
        std::fs::write(self.config(), text).unwrap();
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.path("ecmod.toml")
    }

    /// The daemon.
    pub fn daemon(&self) -> Process {
        let arguments = ["--config".into(), self.config()];
        Process::start(binary("ecmod"), arguments, &[], &self.path("ecmod.log"), None)
    }

    /// The host of a port.
    pub fn host(&self, port: &str) -> Process {
        let arguments = [PathBuf::from(port), "--config".into(), self.config()];
        let log = self.path(&format!("ecmod-host-{port}.log"));
        Process::start(binary("ecmod-host"), arguments, &[], &log, None)
    }

    /// What `ecmoctl` says and returns.
    pub fn ecmoctl(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary("ecmoctl"));
        command.arg("--address").arg(&self.address).args(arguments).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// What `ecmoctl --json` prints, or `None` while the console is not ready for it.
    pub fn ecmoctl_json(&self, arguments: &[&str]) -> Option<Value> {
        let output = self.ecmoctl(&[&["--json"], arguments].concat());
        if !output.status.success() {
            return None;
        }
        serde_json::from_slice(&output.stdout).ok()
    }

    /// One entry of `ecmoctl signals`, `ports` or `drivers`.
    pub fn entry(&self, list: &str, key: &str, name: &str) -> Option<Value> {
        let list = self.ecmoctl_json(&[list])?;
        list.as_array()?.iter().find(|entry| entry[key] == name).cloned()
    }

    /// The reading of a signal: value, quality, cause.
    pub fn reading(&self, signal: &str) -> Option<(Option<f64>, String, String)> {
        let entry = self.entry("signals", "name", signal)?;
        let word = |key: &str| Some(entry[key].as_str()?.to_owned());
        Some((entry["value"].as_f64(), word("quality")?, word("cause")?))
    }

    /// The value of a signal while it is good.
    pub fn good(&self, signal: &str) -> Option<f64> {
        let (value, quality, _) = self.reading(signal)?;
        value.filter(|_| quality == "good")
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
