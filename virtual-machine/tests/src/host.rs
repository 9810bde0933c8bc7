// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-host` as a process.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use ecmod_link::transport::{Error, Listener, Policy};
use tempfile::TempDir;

use crate::{Daemon, until};

/// Where `cargo xtask vm-test` has put programs and drivers.
///
/// # Panics
/// Outside the virtual machine.
#[must_use]
pub fn programs() -> PathBuf {
    let folder = std::env::var_os("ECMOD_VM_BIN");
    PathBuf::from(folder.expect("these tests run in the virtual machine: `cargo xtask vm-test`"))
}

/// Debian's number of `nobody`.
const NOBODY: u32 = 65534;

/// A host with its folder; killed when dropped.
pub struct Host {
    folder: TempDir,
    listener: Listener,
    policy: Policy,
    child: Child,
}

impl Host {
    /// Starts the host of a port; `ports_and_drivers` is what the configuration says besides sockets and logs.
    #[must_use]
    pub fn start(port: &str, ports_and_drivers: &str) -> Self {
        Self::start_with(port, ports_and_drivers, &[], Policy::default())
    }

    /// As [`Host::start`]: opened with root's rights, then without them, as `nobody`.
    ///
    /// # Panics
    /// There is no `nobody`.
    #[must_use]
    pub fn start_as_nobody(port: &str, ports_and_drivers: &str) -> Self {
        Self::start_with(port, ports_and_drivers, &["--user", "nobody"], Policy::default().and([NOBODY]))
    }

    fn start_with(port: &str, ports_and_drivers: &str, options: &[&str], policy: Policy) -> Self {
        let at = tempfile::tempdir().unwrap();
        // Whoever the host becomes must reach the socket.
        std::fs::set_permissions(at.path(), Permissions::from_mode(0o755)).unwrap();
        let socket = at.path().join("hosts.sock");
        let config = at.path().join("ecmod.toml");
        let text = format!(
            "[console]\nhosts_socket = {socket:?}\ndriver_directory = {:?}\n[log]\ntarget = \"stderr\"\nlevel = \"info\"\n{ports_and_drivers}",
            programs()
        );
        std::fs::write(&config, text).unwrap();
        let listener = Listener::bind(&socket).unwrap();
        std::fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
        // It has the machine's one processor first: on a console, chips and tests are not programs on the same one.
        let child = Command::new("chrt")
            .args(["--fifo", "10"])
            .arg(programs().join("ecmod-host"))
            .args([port, "--config"])
            .arg(&config)
            .args(options)
            .env_remove("NOTIFY_SOCKET")
            .stderr(File::create(at.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        Self { folder: at, listener, policy, child }
    }

    /// The daemon's side, once every driver's signals are known.
    #[must_use]
    pub fn daemon(&self) -> Daemon {
        until(&format!("the host comes with its drivers' signals; its log:\n{}", self.log()), || {
            match self.listener.accept(&self.policy) {
                Ok((connection, _)) => Daemon::welcome(connection),
                Err(Error::WouldBlock) => None,
                Err(error) => panic!("{error}"),
            }
        })
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Waits until it has logged this.
    ///
    /// # Panics
    /// At the time limit, with the log.
    pub fn logged(&self, text: &str) {
        let deadline = std::time::Instant::now() + crate::LIMIT;
        while !self.log().contains(text) {
            assert!(std::time::Instant::now() < deadline, "the host never said `{text}`:\n{}", self.log());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// The process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The folder that it was given.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the host's log\n{}", self.log());
        }
    }
}
