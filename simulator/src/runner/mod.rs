// SPDX-License-Identifier: MIT OR Apache-2.0
//! The development runner: a whole console against the simulator, without systemd.
//!
//! Starts a private bus, the simulated devices, one `ecmod-host` per port and `ecmod`, and restarts what dies. In its
//! run directory (ours alone, mode 0700) it leaves:
//!
//! | | |
//! |---|---|
//! | `env` | `DBUS_SYSTEM_BUS_ADDRESS=...`, which busctl, gdbus and ecmoctl honour |
//! | `processes.json` | name to pid, restarts and last end |
//! | `ecmod.toml` | the console's configuration |
//! | `log/NAME.log` | what each process says |
//! | `simulator.sock` | the simulator's control socket |
//! | `state/` | the daemon's state journal; emptied at every start |
//!
//! It is for development: it supervises nothing that a patient depends on.

mod operator;
mod process;
mod table;
mod template;

pub use process::become_child;
pub use table::Entry;

use crate::broker::{self, Broker, BrokerError};
use crate::live::Ready;
use crate::scenario::Scenario;
use operator::Operator;
use process::{Shared, Spec, Supervised};
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use table::{Table, write_whole};
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

/// How long bus and devices may take to come up.
const UP_WITHIN_S: u64 = 10;

/// Runs until `end` completes or the dashboard is left; then ends every process.
///
/// # Errors
/// What could not be started at all. What dies later is restarted.
pub async fn run(options: &Options, end: impl Future<Output = ()>) -> Result<(), RunnerError> {
    tokio::task::LocalSet::new().run_until(run_here(options, end)).await
}

async fn run_here(options: &Options, end: impl Future<Output = ()>) -> Result<(), RunnerError> {
    let in_run_dir = |name: &str| options.run_dir.join(name);
    let program = |name: &str| -> Result<PathBuf, RunnerError> {
        let path = options.bin_dir.join(name);
        if path.is_file() { Ok(path) } else { Err(RunnerError::Missing(path)) }
    };
    let (ecmod, host, ecmoctl) = (program("ecmod")?, program("ecmod-host")?, program("ecmoctl")?);
    let own_program = std::env::current_exe().map_err(RunnerError::io("this program"))?;
    prepare(&options.run_dir)?;
    let shared = Rc::new(Shared {
        table: Table::create(in_run_dir("processes.json")).map_err(RunnerError::io("processes.json"))?,
        log_dir: in_run_dir("log"),
        own_program: own_program.clone(),
        talkative: options.screen == Screen::Lines,
    });
    let scenario_file = match &options.scenario_file {
        Some(file) => file.clone(),
        None => {
            let file = in_run_dir("scenario.toml");
            write_whole(&file, DEFAULT_SCENARIO.as_bytes()).map_err(RunnerError::io("scenario.toml"))?;
            file
        }
    };

    let socket = in_run_dir("dbus").join("bus");
    let address = broker::address(&socket)?;
    let mut bus = start(
        &shared,
        "bus",
        &own_program,
        &[
            "bus".as_ref(),
            "--socket".as_ref(),
            socket.as_os_str(),
            "--broker".as_ref(),
            options.broker.name().as_ref(),
        ],
    );
    let mut devices = start_devices(&shared, options, &own_program, &scenario_file);
    let first = up(&mut devices, "devices", &shared).await?;
    let ready: Ready = serde_json::from_str(&first)
        .map_err(|error| RunnerError::io("devices")(io::Error::new(io::ErrorKind::InvalidData, error)))?;
    up(&mut bus, "bus", &shared).await?;

    let monitor = ready.ports.get(crate::line::names::MONITOR).cloned().unwrap_or_default();
    let configuration = template::fill(&template::Places {
        run_dir: &options.run_dir,
        driver_dir: &options.driver_dir,
        bus: &address,
        monitor: &monitor,
        pump: options.scenario.circuit.pump.name(),
    })?;
    let config_file = in_run_dir("ecmod.toml");
    write_whole(&config_file, configuration.as_bytes()).map_err(RunnerError::io("ecmod.toml"))?;
    let environment = format!("DBUS_SYSTEM_BUS_ADDRESS={address}\n");
    write_whole(&in_run_dir("env"), environment.as_bytes()).map_err(RunnerError::io("env"))?;

    let config = ["--config".as_ref(), config_file.as_os_str()];
    let mut console = vec![start(&shared, "ecmod", &ecmod, &config)];
    for port in template::PORTS {
        let name = format!("ecmod-host-{port}");
        let [option, file] = config;
        console.push(start(&shared, &name, &host, &[port.as_ref(), option, file]));
    }
    if options.screen == Screen::Lines {
        describe(options, &address, &shared);
    }
    let operator = Operator {
        ecmoctl: ecmoctl.clone(),
        address: address.clone(),
        talkative: options.screen == Screen::Lines,
    };
    let playing = tokio::task::spawn_local(operator.play(options.scenario.clone(), ready));

    match options.screen {
        Screen::Dashboard => {
            tokio::select! {
                () = dashboard(&ecmoctl, &address) => {}
                () = end => {}
            }
        }
        Screen::Lines | Screen::Quiet => end.await,
    }
    playing.abort();
    // The console before its devices, so that it ends on a living pump.
    futures_util::future::join_all(console.into_iter().map(Supervised::end)).await;
    futures_util::future::join(devices.end(), bus.end()).await;
    Ok(())
}

fn start(shared: &Rc<Shared>, name: &str, program: &Path, arguments: &[&std::ffi::OsStr]) -> Supervised {
    let spec = Spec {
        name: name.to_owned(),
        program: program.to_owned(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        // A panic's backtrace costs tens of milliseconds; what is measured here shall be what a product does.
        environment: vec![("RUST_BACKTRACE".to_owned(), "0".to_owned())],
    };
    Supervised::start(Rc::clone(shared), spec, |_, _| {})
}

/// The devices; started again they listen where they listened before, as the configuration names that place.
fn start_devices(shared: &Rc<Shared>, options: &Options, program: &Path, scenario: &Path) -> Supervised {
    let spec = Spec {
        name: "devices".to_owned(),
        program: program.to_owned(),
        arguments: vec![
            "devices".into(),
            "--run-dir".into(),
            options.run_dir.clone().into(),
            "--scenario".into(),
            scenario.into(),
        ],
        environment: Vec::new(),
    };
    Supervised::start(Rc::clone(shared), spec, |spec, first_line| {
        let monitor: OsString = "--monitor".into();
        if spec.arguments.contains(&monitor) {
            return;
        }
        if let Some(address) = serde_json::from_str::<Ready>(first_line)
            .ok()
            .and_then(|ready| ready.ports.get(crate::line::names::MONITOR).cloned())
        {
            spec.arguments.extend([monitor, address.into()]);
        }
    })
}

async fn up(process: &mut Supervised, name: &'static str, shared: &Shared) -> Result<String, RunnerError> {
    let limit = Duration::from_secs(UP_WITHIN_S);
    let line = tokio::time::timeout(limit, process.first_line()).await.ok().flatten();
    line.ok_or_else(|| RunnerError::NotUp {
        name,
        seconds: UP_WITHIN_S,
        log: shared.log_dir.join(format!("{name}.log")),
    })
}

/// Makes the run directory and empties what belongs to one run.
fn prepare(run_dir: &Path) -> Result<(), RunnerError> {
    let make = |path: &Path| {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(RunnerError::io(path.display().to_string()))
    };
    for (name, is_folder) in
        [("log", true), ("state", true), ("env", false), ("processes.json", false), ("hosts.sock", false)]
    {
        let path = run_dir.join(name);
        let removed = if is_folder { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(RunnerError::io(path.display().to_string())(error));
            }
            _ => {}
        }
    }
    make(run_dir)?;
    make(&run_dir.join("log"))?;
    make(&run_dir.join("state"))
}

fn describe(options: &Options, address: &str, shared: &Shared) {
    println!("{}\n", options.scenario.title);
    for (name, entry) in shared.table.entries() {
        println!("  {name:<22} pid {}", entry.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string()));
    }
    println!(
        "\nLook at it (files in {run_dir}):\n  \
         {ecmoctl} --address {address} status\n  \
         export $(cat {run_dir}/env)     # for the lines below\n  \
         {ecmoctl} watch\n  \
         busctl --system tree org.ecmod\n  \
         busctl --system introspect org.ecmod /org/ecmod/console\n  \
         busctl --system call org.ecmod /org/ecmod/console org.ecmod.Console1 SetFlow d 3.5\n\
         Ctrl-C ends it.",
        run_dir = options.run_dir.display(),
        ecmoctl = options.bin_dir.join("ecmoctl").display(),
    );
}

/// The dashboard in this terminal, until it is left.
async fn dashboard(ecmoctl: &Path, address: &str) {
    let mut command = tokio::process::Command::new(ecmoctl);
    command.arg("--address").arg(address).arg("watch").kill_on_drop(true);
    if let Err(error) = command.status().await {
        eprintln!("{}: {error}", ecmoctl.display());
    }
}
