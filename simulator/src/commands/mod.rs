// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line: one file for each command, nothing but arguments and exit codes.

mod bus;
mod devices;
mod replay;
mod run;
mod standstills;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
Patient, circuit and devices at register level, and the development runner.

usage: ecmod-sim devices --run-dir DIR [options]     the simulated devices, in real time
       ecmod-sim run --run-dir DIR [options]         a whole console against them, on a private bus
       ecmod-sim bus --socket PATH [options]         a private D-Bus bus
       ecmod-sim replay TAPE                         the control core once more, on what went into it before
       ecmod-sim standstills                         when the machine gave its processors to nobody
       ecmod-sim COMMAND --help
";

/// Why a command could not do its work.
pub type Failure = Box<dyn std::error::Error>;

/// Runs the command that the arguments name.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Failure> {
    let mut parser = lexopt::Parser::from_args(arguments);
    match parser.next()? {
        Some(lexopt::Arg::Value(command)) => match command.to_str() {
            Some("devices") => devices::run(&mut parser),
            Some("bus") => bus::run(&mut parser),
            Some("run") => run::run(&mut parser),
            Some("replay") => replay::run(&mut parser),
            Some("standstills") => standstills::run(&mut parser),
            // Not for people: how the runner starts its processes.
            Some("child") => run::child(&mut parser),
            _ => Err(format!("there is no command {}; try --help", command.display()).into()),
        },
        Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h')) => help(HELP),
        Some(other) => Err(other.unexpected().into()),
        None => Err("no command; try --help".into()),
    }
}

fn help(text: &str) -> Result<ExitCode, Failure> {
    print!("{text}");
    Ok(ExitCode::SUCCESS)
}

/// The value of an option that must be given.
fn required(value: Option<PathBuf>, option: &str) -> Result<PathBuf, Failure> {
    value.ok_or_else(|| format!("{option} is missing; try --help").into())
}

/// Completes at SIGTERM, SIGINT, or after `duration_s` seconds.
async fn end(duration_s: Option<f64>) -> Result<(), std::io::Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let elapsed = async {
        match duration_s {
            Some(seconds) => tokio::time::sleep(std::time::Duration::from_secs_f64(seconds)).await,
            None => core::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = elapsed => {}
    }
    Ok(())
}

/// A duration in seconds from the command line.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=1e9).contains(&seconds) => Ok(seconds),
        _ => Err(format!("{text} is not a duration in seconds")),
    }
}
