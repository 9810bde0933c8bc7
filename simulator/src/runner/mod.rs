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
use crate::line::names;
use crate::live::Ready;
use crate::scenario::Scenario;
use operator::Operator;
use process::{Shared, Spec, Supervised};
use std::ffi::{OsStr, OsString};
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
        running.operator.abort();
        running.end().await;
        Ok(())
    };
    tokio::task::LocalSet::new().run_until(here).await
}

/// Everything that runs.
#[derive(Debug)]
struct Running {
    shared: Rc<Shared>,
    bus: Supervised,
    devices: Supervised,
    console: Vec<Supervised>,
    operator: tokio::task::JoinHandle<()>,
    ecmoctl: PathBuf,
    address: String,
}

impl Running {
    async fn start(options: &Options) -> Result<Self, RunnerError> {
        let in_run_dir = |name: &str| options.run_dir.join(name);
        let program = |name: &str| -> Result<PathBuf, RunnerError> {
            let path = options.bin_dir.join(name);
            if path.is_file() { Ok(path) } else { Err(RunnerError::Missing(path)) }
        };
        let (ecmod, host, ecmoctl) = (program("ecmod")?, program("ecmod-host")?, program("ecmoctl")?);
        let own_program = std::env::current_exe().map_err(RunnerError::io("this program"))?;
        prepare(&options.run_dir)?;
        let table = Table::create(in_run_dir("processes.json")).map_err(RunnerError::io("processes.json"))?;
        let talkative = options.screen == Screen::Lines;
        let shared = Rc::new(Shared {
            table,
            log_dir: in_run_dir("log"),
            own_program: own_program.clone(),
            talkative,
        });

        let socket = in_run_dir("dbus").join("bus");
        let address = broker::address(&socket)?;
        let broker: &OsStr = options.broker.name().as_ref();
        let arguments =
            ["bus".as_ref(), "--socket".as_ref(), socket.as_os_str(), "--broker".as_ref(), broker];
        let mut bus = start(&shared, "bus", &own_program, &arguments);
        let scenario = scenario_file(options)?;
        let mut devices = start_devices(&shared, options, &own_program, &scenario);
        let ready: Ready = serde_json::from_str(&up(&mut devices, "devices", &shared).await?)
            .map_err(|error| RunnerError::io("devices")(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        up(&mut bus, "bus", &shared).await?;

        let config_file = in_run_dir("ecmod.toml");
        let configuration = template::fill(&template::Places {
            run_dir: &options.run_dir,
            driver_dir: &options.driver_dir,
            bus: &address,
            monitor: ready.ports.get(names::MONITOR).map_or("", String::as_str),
            pump: options.scenario.circuit.pump.name(),
        })?;
        write_whole(&config_file, configuration.as_bytes()).map_err(RunnerError::io("ecmod.toml"))?;
        let environment = format!("DBUS_SYSTEM_BUS_ADDRESS={address}\n");
        write_whole(&in_run_dir("env"), environment.as_bytes()).map_err(RunnerError::io("env"))?;

        let [option, file]: [&OsStr; 2] = ["--config".as_ref(), config_file.as_os_str()];
        let mut console = vec![start(&shared, "ecmod", &ecmod, &[option, file])];
        for port in template::PORTS {
            let name = format!("ecmod-host-{port}");
            console.push(start(&shared, &name, &host, &[port.as_ref(), option, file]));
        }
        let operator = Operator { ecmoctl: ecmoctl.clone(), address: address.clone(), talkative };
        let operator = tokio::task::spawn_local(operator.play(options.scenario.clone(), ready));
        // Lets every supervisor start its process, so that there is something to describe.
        tokio::task::yield_now().await;
        Ok(Self { shared, bus, devices, console, operator, ecmoctl, address })
    }

    /// Ends every process: the console before its devices, so that it ends on a living pump.
    async fn end(self) {
        futures_util::future::join_all(self.console.into_iter().map(Supervised::end)).await;
        futures_util::future::join(self.devices.end(), self.bus.end()).await;
    }

    /// The dashboard in this terminal, until it is left.
    async fn dashboard(&mut self) {
        let mut command = tokio::process::Command::new(&self.ecmoctl);
        command.arg("--address").arg(&self.address).arg("watch").kill_on_drop(true);
        if let Err(error) = command.status().await {
            eprintln!("{}: {error}", self.ecmoctl.display());
        }
    }

    /// Says what runs and how to look at it.
    fn describe(&self, options: &Options) {
        println!("{}\n", options.scenario.title);
        for (name, entry) in self.shared.table.entries() {
            let pid = entry.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string());
            println!("  {name:<22} pid {pid}");
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
            ecmoctl = self.ecmoctl.display(),
            address = self.address,
        );
    }
}

/// The file that the devices play.
fn scenario_file(options: &Options) -> Result<PathBuf, RunnerError> {
    if let Some(file) = &options.scenario_file {
        return Ok(file.clone());
    }
    let file = options.run_dir.join("scenario.toml");
    write_whole(&file, DEFAULT_SCENARIO.as_bytes()).map_err(RunnerError::io("scenario.toml"))?;
    Ok(file)
}

fn start(shared: &Rc<Shared>, name: &str, program: &Path, arguments: &[&OsStr]) -> Supervised {
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
            .and_then(|ready| ready.ports.get(names::MONITOR).cloned())
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
