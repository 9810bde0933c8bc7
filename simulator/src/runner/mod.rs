// SPDX-License-Identifier: MIT OR Apache-2.0
//! The development runner: a whole console against the simulator, without systemd.
//!
//! Starts a private bus, the simulated devices, one `ecmod-host` per port and `ecmod`, and restarts what dies or, like systemd with
//! `WatchdogSec=`, what does not say that it lives. In its
//! run directory (ours alone, mode 0700) it leaves:
//!
//! | | |
//! |---|---|
//! | `env` | `DBUS_SYSTEM_BUS_ADDRESS=...`, which busctl, gdbus and ecmoctl honour |
//! | `processes.json` | name to pid, restarts and last end |
//! | `ecmod.toml` | the console's configuration |
//! | `log/NAME.log` | what each process says |
//! | `notify/` | where `ecmod` and the hosts say that they live |
//! | `simulator.sock` | the simulator's control socket |
//! | `state/` | the daemon's state journal; emptied at every start |
//!
//! It is for development: it supervises nothing that a patient depends on.

mod notify;
mod operator;
pub mod priority;
mod process;
mod running;
mod table;
mod template;

pub use process::become_child;
pub use table::Entry;

use crate::broker::{Broker, BrokerError};
use crate::scenario::Scenario;
use running::Running;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why the runner cannot run.
#[derive(Debug, Error)]
pub enum RunnerError {
    /// A file, folder or process cannot be made.
    #[error("{what}: {source}")]
    Io {
        /// What.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// No bus.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// A path that cannot stand in a configuration.
    #[error("{0}: a path with quotes, backslashes, @ or control characters cannot be used")]
    Path(String),
    /// A program is not there.
    #[error("{0} is not there: build it, or name its folder with --bin-dir")]
    Missing(PathBuf),
    /// A process did not come up.
    #[error("{name} did not come up within {seconds} s: see {log}")]
    NotUp {
        /// Which.
        name: &'static str,
        /// The limit.
        seconds: u64,
        /// Where it says why.
        log: PathBuf,
    },
    /// The process that a child was to die with is gone already.
    #[error("the runner has ended")]
    ParentGone,
}

impl RunnerError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// What takes the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// `ecmoctl watch`; the runner ends with it.
    Dashboard,
    /// Lines about what runs and what ends.
    Lines,
    /// Nothing.
    Quiet,
}

/// What the runner is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where everything is put.
    pub run_dir: PathBuf,
    /// Where `ecmod`, `ecmod-host`, `ecmoctl` and `ecmod-sim` are.
    pub bin_dir: PathBuf,
    /// Where the drivers' libraries are.
    pub driver_dir: PathBuf,
    /// What happens.
    pub scenario: Scenario,
    /// The file it came from; `None`: the one that is built in.
    pub scenario_file: Option<PathBuf>,
    /// Which bus.
    pub broker: Broker,
    /// What takes the terminal.
    pub screen: Screen,
}

/// The scenario that is played when none is named: Support in Flow mode at 4.0 L/min.
pub const DEFAULT_SCENARIO: &str = include_str!("../../scenarios/startup.toml");

/// Runs until `end` completes or the dashboard is left; then ends every process.
///
/// # Errors
/// What could not be started at all. What dies later is restarted.
pub async fn run(options: &Options, end: impl Future<Output = ()>) -> Result<(), RunnerError> {
    let here = async {
        let mut end = core::pin::pin!(end);
        let mut running = tokio::select! {
            started = Running::start(options) => started?,
            // Ended before all was up: what runs already is killed with the tasks that watch it.
            () = &mut end => return Ok(()),
        };
        match options.screen {
            Screen::Dashboard => {
                tokio::select! {
                    () = running.dashboard() => {}
                    () = end => {}
                }
            }
            Screen::Lines => {
                running.describe(options);
                end.await;
            }
            Screen::Quiet => end.await,
        }
        running.end().await;
        Ok(())
    };
    tokio::task::LocalSet::new().run_until(here).await
}
