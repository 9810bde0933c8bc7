// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-sim run` and the internal `ecmod-sim child`.

use super::{Failure, end, help, required, seconds};
use ecmod_sim::broker::Broker;
use ecmod_sim::runner::{self, Options, Screen};
use ecmod_sim::scenario::Scenario;
use lexopt::prelude::*;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
A whole console against the simulator: private bus, simulated devices, one ecmod-host per port, ecmod. Restarts what
dies. On a terminal it shows the dashboard; leaving that ends everything, as do Ctrl-C and SIGTERM.

usage: ecmod-sim run --run-dir DIR
  --bin-dir DIR          where ecmod, ecmod-host and ecmoctl are (the folder of this program)
  --driver-dir DIR       where the drivers' libraries are (--bin-dir)
  --scenario FILE        what happens (start to 4.0 L/min in Flow mode)
  --duration S           ends by itself (the scenario's duration_s, else never)
  --headless             no dashboard: lines about what runs and what ends
  --quiet                nothing at all
  --broker auto|busd|dbus-daemon

DIR gets: env, processes.json, ecmod.toml, log/*.log, simulator.sock (faults and truth, JSON lines)
";

pub fn run(parser: &mut lexopt::Parser) -> Result<ExitCode, Failure> {
    let own = std::env::current_exe()?;
    let mut bin_dir = own.parent().map(PathBuf::from).unwrap_or_default();
    let (mut run_dir, mut driver_dir, mut scenario_file, mut duration) = (None, None, None, None);
    let mut broker = Broker::Auto;
    let terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let mut screen = if terminal { Screen::Dashboard } else { Screen::Lines };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("run-dir") => run_dir = Some(PathBuf::from(parser.value()?)),
            Long("bin-dir") => bin_dir = PathBuf::from(parser.value()?),
            Long("driver-dir") => driver_dir = Some(PathBuf::from(parser.value()?)),
            Long("scenario") => scenario_file = Some(std::path::absolute(PathBuf::from(parser.value()?))?),
            Long("duration") => duration = Some(parser.value()?.parse_with(seconds)?),
            Long("headless") => screen = Screen::Lines,
            Long("quiet") => screen = Screen::Quiet,
            Long("broker") => {
                broker =
                    parser.value()?.parse_with(|name| Broker::from_name(name).ok_or("no such broker"))?;
            }
            Long("help") | Short('h') => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let scenario = match &scenario_file {
        Some(file) => Scenario::load(file)?,
        None => Scenario::parse(runner::DEFAULT_SCENARIO)?,
    };
    let duration = duration.or(scenario.duration_s);
    let bin_dir = std::path::absolute(bin_dir)?;
    let options = Options {
        run_dir: std::path::absolute(required(run_dir, "--run-dir")?)?,
        driver_dir: std::path::absolute(driver_dir.unwrap_or_else(|| bin_dir.clone()))?,
        bin_dir,
        scenario,
        scenario_file,
        broker,
        screen,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let ended = async {
            if let Err(error) = end(duration).await {
                eprintln!("ecmod-sim: signals cannot be received: {error}");
            }
        };
        runner::run(&options, ended).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// `ecmod-sim child PARENT PROGRAM ARGUMENTS...`: becomes a program that dies with its parent.
pub fn child(parser: &mut lexopt::Parser) -> Result<ExitCode, Failure> {
    let words: Vec<OsString> = parser.raw_args()?.collect();
    let [parent, program, arguments @ ..] = words.as_slice() else {
        return Err("child PARENT PROGRAM ARGUMENTS...".into());
    };
    let parent = parent.to_str().and_then(|text| text.parse().ok()).ok_or("PARENT is no process number")?;
    match runner::become_child(parent, program, arguments)? {}
}
