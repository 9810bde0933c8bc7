// SPDX-License-Identifier: MIT OR Apache-2.0
//! A private D-Bus bus for development, as a process of its own: the pure-Rust broker `busd`, or `dbus-daemon`.
//!
//! busd is young and enforces no policy: its only guard is the folder of its socket, which must belong to us and be
//! closed to everybody else. It disconnects a client that does not read for a time; that time is set long here, because a
//! loaded development machine stalls clients for longer than busd's own 100 ms. Never for a product.

use std::fs::DirBuilder;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use thiserror::Error;

/// Which broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Broker {
    /// busd; where it cannot listen, dbus-daemon.
    #[default]
    Auto,
    /// busd.
    Busd,
    /// dbus-daemon, from the path.
    DbusDaemon,
}

impl Broker {
    /// The broker of this name on the command line.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "busd" => Some(Self::Busd),
            "dbus-daemon" => Some(Self::DbusDaemon),
            _ => None,
        }
    }

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Busd => "busd",
            Self::DbusDaemon => "dbus-daemon",
        }
    }
}

/// Why there is no bus.
#[derive(Debug, Error)]
pub enum BrokerError {
    /// The folder of the socket is not ours alone.
    #[error(
        "{path}: others may enter it (mode {mode:o}, owner {owner}); the bus needs a folder of its own with mode 0700"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// Its owner.
        owner: u32,
    },
    /// The folder or socket cannot be made.
    #[error("{path}: {source}")]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The path of the socket is not usable in a D-Bus address.
    #[error("{0}: a D-Bus address can hold only paths of letters, digits and -_/\\.")]
    Path(PathBuf),
    /// busd failed.
    #[error("busd: {0}")]
    Busd(String),
    /// dbus-daemon could not be started.
    #[error("dbus-daemon: {0} (Debian: apt install dbus-daemon)")]
    DbusDaemon(io::Error),
}

/// How long busd waits for a client that does not read.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// The D-Bus address of a socket.
///
/// # Errors
/// The path holds characters that an address would have to escape.
pub fn address(socket: &Path) -> Result<String, BrokerError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_/\\.".contains(c);
    match socket.to_str() {
        Some(path) if path.chars().all(plain) => Ok(format!("unix:path={path}")),
        _ => Err(BrokerError::Path(socket.to_owned())),
    }
}

/// Serves a bus on `socket` until SIGTERM or SIGINT. Prints the address on standard output once clients can connect.
///
/// # Errors
/// Why there is no bus.
pub fn serve(socket: &Path, broker: Broker) -> Result<(), BrokerError> {
    let address = address(socket)?;
    prepare(socket)?;
    match broker {
        Broker::Busd => busd(&address),
        Broker::DbusDaemon => Err(dbus_daemon(socket, &address)),
        Broker::Auto => match busd(&address) {
            Err(BrokerError::Busd(reason)) => {
                eprintln!("busd does not serve ({reason}): trying dbus-daemon");
                Err(dbus_daemon(socket, &address))
            }
            ended => ended,
        },
    }
}

/// Makes the socket's folder, ours alone, and clears away a socket that an earlier run left.
fn prepare(socket: &Path) -> Result<(), BrokerError> {
    let folder = socket.parent().unwrap_or(Path::new("/")).to_owned();
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| BrokerError::Io { path, source }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(io(&folder))?;
    let found = std::fs::metadata(&folder).map_err(io(&folder))?;
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    if !ours || found.mode() & 0o077 != 0 {
        return Err(BrokerError::Folder { path: folder, mode: found.mode() & 0o7777, owner: found.uid() });
    }
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io(socket)(error)),
        _ => Ok(()),
    }
}

fn announce(address: &str) {
    let mut out = io::stdout();
    // Nobody may be listening: then nobody needs it.
    let _ = writeln!(out, "{address}").and_then(|()| out.flush());
}

fn busd(address: &str) -> Result<(), BrokerError> {
    use futures_util::future::Either;
    use zruntime::signal::{Signal, Signals};
    let failed = |error: &dyn core::fmt::Display| BrokerError::Busd(format!("{error:#}"));
    zruntime::block_on(async {
        let runtime = zruntime::SharedRuntime::current().map_err(|e| failed(&e))?;
        let mut signals =
            Signals::new(&runtime, [Signal::Interrupt, Signal::Terminate]).map_err(|e| failed(&e))?;
        let mut bus = busd::bus::Bus::for_address(Some(address)).await.map_err(|e| failed(&e))?;
        bus.set_send_timeout(SEND_TIMEOUT);
        announce(address);
        let stopped = {
            let signalled = core::pin::pin!(signals.recv());
            let running = core::pin::pin!(bus.run());
            match futures_util::future::select(signalled, running).await {
                Either::Left(_) => None,
                Either::Right((ended, _)) => Some(ended),
            }
        };
        // The name of the socket; it may be gone already.
        let _ = bus.cleanup().await;
        match stopped {
            None => Ok(()),
            Some(Ok(())) => Err(BrokerError::Busd("stopped by itself".into())),
            Some(Err(error)) => Err(failed(&error)),
        }
    })
}

/// Becomes dbus-daemon, which prints its address itself; returns only if it cannot.
fn dbus_daemon(socket: &Path, address: &str) -> BrokerError {
    let config = socket.with_extension("conf");
    let text = format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
         <busconfig>\n  <type>ecmod-development</type>\n  <listen>{address}</listen>\n  <auth>EXTERNAL</auth>\n  \
         <policy context=\"default\">\n    <allow user=\"*\"/>\n    <allow own=\"*\"/>\n    \
         <allow send_type=\"*\"/>\n    <allow receive_type=\"*\"/>\n    \
         <allow send_requested_reply=\"true\"/>\n  </policy>\n</busconfig>\n"
    );
    if let Err(source) = std::fs::write(&config, text) {
        return BrokerError::Io { path: config, source };
    }
    let mut daemon = Command::new("dbus-daemon");
    daemon.arg("--nofork").arg("--nopidfile").arg("--print-address=1");
    daemon.arg(format!("--config-file={}", config.display()));
    BrokerError::DbusDaemon(daemon.exec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_may_enter_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let refused = prepare(&folder.path().join("bus"));
        assert!(matches!(refused, Err(BrokerError::Folder { mode: 0o755, .. })), "{refused:?}");
        prepare(&folder.path().join("deeper/bus")).unwrap();
        let made = std::fs::metadata(folder.path().join("deeper")).unwrap();
        assert_eq!(made.permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn only_plain_paths_become_addresses() {
        assert_eq!(address(Path::new("/run/x/bus")).unwrap(), "unix:path=/run/x/bus");
        assert!(address(Path::new("/run/a b/bus")).is_err());
        assert!(address(Path::new("/run/a;b,c")).is_err());
    }
}
