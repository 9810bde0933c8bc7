// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that the runner runs: started in the order in which one needs the other, ended in reverse.

use super::operator::Operator;
use super::process::{Shared, Spec, Supervised, Supervision};
use super::table::{Table, write_whole};
use super::{DEFAULT_SCENARIO, Options, RunnerError, Screen, template};
use crate::broker;
use crate::line::names;
use crate::live::Ready;
use std::ffi::{OsStr, OsString};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// How long bus and devices may take to come up.
const UP_WITHIN_S: u64 = 10;

/// Everything that runs.
#[derive(Debug)]
pub(super) struct Running {
    shared: Rc<Shared>,
    bus: Supervised,
    devices: Supervised,
    console: Vec<Supervised>,
    operator: tokio::task::JoinHandle<()>,
    ecmoctl: PathBuf,
    address: String,
}

impl Running {
    /// Starts everything; the console is not waited for.
    pub(super) async fn start(options: &Options) -> Result<Self, RunnerError> {
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
            notify_dir: in_run_dir("notify"),
            own_program: own_program.clone(),
            talkative,
        });

        let socket = in_run_dir("dbus").join("bus");
        let address = broker::address(&socket)?;
        let broker: &OsStr = options.broker.name().as_ref();
        let arguments =
            ["bus".as_ref(), "--socket".as_ref(), socket.as_os_str(), "--broker".as_ref(), broker];
        let mut bus = start(&shared, "bus", &own_program, &arguments, Supervision::Ends);
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
        let mut console = vec![start(&shared, "ecmod", &ecmod, &[option, file], Supervision::Watched)];
        for port in template::PORTS {
            let name = format!("ecmod-host-{port}");
            let arguments = [port.as_ref(), option, file];
            let mut spec = spec(&name, &host, &arguments, Supervision::Watched);
            let state = in_run_dir("state").join("hosts").join(port);
            spec.environment.push(("STATE_DIRECTORY".to_owned(), state.display().to_string()));
            console.push(Supervised::start(Rc::clone(&shared), spec, |_, _| {}));
        }
        let operator = Operator { ecmoctl: ecmoctl.clone(), address: address.clone(), talkative };
        let operator = tokio::task::spawn_local(operator.play(options.scenario.clone(), ready));
        // Lets every supervisor start its process, so that there is something to describe.
        tokio::task::yield_now().await;
        Ok(Self { shared, bus, devices, console, operator, ecmoctl, address })
    }

    /// Ends every process: the console before its devices, so that it ends on a living pump.
    pub(super) async fn end(self) {
        self.operator.abort();
        futures_util::future::join_all(self.console.into_iter().map(Supervised::end)).await;
        futures_util::future::join(self.devices.end(), self.bus.end()).await;
    }

    /// The dashboard in this terminal, until it is left.
    pub(super) async fn dashboard(&mut self) {
        let mut command = tokio::process::Command::new(&self.ecmoctl);
        command.arg("--address").arg(&self.address).arg("watch").kill_on_drop(true);
        if let Err(error) = command.status().await {
            eprintln!("{}: {error}", self.ecmoctl.display());
        }
    }

    /// Says what runs and how to look at it.
    pub(super) fn describe(&self, options: &Options) {
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

fn start(
    shared: &Rc<Shared>,
    name: &str,
    program: &Path,
    arguments: &[&OsStr],
    supervision: Supervision,
) -> Supervised {
    Supervised::start(Rc::clone(shared), spec(name, program, arguments, supervision), |_, _| {})
}

fn spec(name: &str, program: &Path, arguments: &[&OsStr], supervision: Supervision) -> Spec {
    Spec {
        name: name.to_owned(),
        program: program.to_owned(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        // A panic's backtrace costs tens of milliseconds; what is measured here shall be what a product does.
        environment: vec![("RUST_BACKTRACE".to_owned(), "0".to_owned())],
        supervision,
    }
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
        supervision: Supervision::Ends,
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
    for (name, is_folder) in [
        ("log", true),
        ("state", true),
        ("notify", true),
        ("env", false),
        ("processes.json", false),
        ("hosts.sock", false),
    ] {
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
    make(&run_dir.join("notify"))?;
    make(&run_dir.join("state"))
}
