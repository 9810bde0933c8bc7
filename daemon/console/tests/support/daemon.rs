// SPDX-License-Identifier: MIT OR Apache-2.0
//! The binary as a process.

use super::{CONFIGURATION, until};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// The binary, running; killed when dropped.
pub struct Daemon {
    child: Child,
}

impl Daemon {
    /// With this configuration file; systemd is played by `notify`.
    pub fn start(file: &Path, notify: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecmod"));
        command.arg("--config").arg(file).stderr(Stdio::piped()).env_remove("NOTIFY_SOCKET");
        if let Some(socket) = notify {
            command.env("NOTIFY_SOCKET", socket);
        }
        Self { child: command.spawn().unwrap() }
    }

    /// Asks it to end, and waits.
    pub fn terminate(&mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        until("the daemon ends", || self.child.try_wait().unwrap())
    }

    /// As by the kernel: nothing is put in order.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What it has said; after its end.
    pub fn said(&mut self) -> String {
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Kilobytes of resident memory.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A configuration in a folder of its own, whose hosts, state and bus are there too, with more at its end.
pub fn write_configuration(folder: &Path, bus: &str, extra: &str) -> PathBuf {
    let own = format!(
        "[console]\nhosts_socket = {:?}\nstate_directory = {:?}\n[log]\ntarget = \"stderr\"\n[dbus]\naddress = {bus:?}\n",
        folder.join("hosts.sock"),
        folder.join("state"),
    );
    let file = folder.join("ecmod.toml");
    let text = CONFIGURATION.replace("[console]\nlock_memory = false\n", &own);
    std::fs::write(&file, format!("{text}{extra}")).unwrap();
    file
}
