// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmoctl`: an ecmod console from the command line, and as a dashboard in the terminal.
//!
//! A client like any other: it knows the console only through D-Bus, holds no state, and its end changes nothing there.
//! Commands return what they print ([`output::Output`]); printing, and turning an error into words and an exit code,
//! happen here alone.
#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod failure;
mod output;
mod watch;
mod words;

use std::process::ExitCode;

use clap::Parser;
use ecmod_client::{Bus, Client};

use arguments::{Arguments, Command};
use failure::Failure;
use output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(run(arguments)))
        .and_then(|output| output.print(json).map_err(Failure::from));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

async fn run(arguments: Arguments) -> Result<Output, Failure> {
    let bus = arguments.address.map_or(Bus::System, Bus::Address);
    if let Command::Watch(options) = &arguments.command {
        return watch::run(&bus, options, arguments.json).await;
    }
    let client = Client::connect(&bus).await?;
    match arguments.command {
        Command::Status => commands::status(&client).await,
        Command::Signals => commands::signals(&client).await,
        Command::Drivers => commands::drivers(&client).await,
        Command::Ports => commands::ports(&client).await,
        Command::Set(change) => commands::set(&client, change).await,
        Command::Start => commands::start(&client).await,
        Command::Stop(step) => commands::stop(&client, &step, arguments.json).await,
        Command::Zero { signal } => commands::zero(&client, &signal).await,
        Command::Clamp { clamp, position } => commands::clamp(&client, clamp, position).await,
        Command::Alarms { what: None } => commands::alarms(&client).await,
        Command::Alarms { what: Some(what) } => commands::alarms_change(&client, what).await,
        Command::Ack { alarms } => commands::acknowledge(&client, &alarms).await,
        Command::Pause(options) => commands::pause(&client, &options).await,
        Command::Limits { what } => commands::limits(&client, what).await,
        Command::Override(options) => commands::override_interventions(&client, &options).await,
        Command::Interventions { what } => commands::interventions(&client, what).await,
        Command::Selftest(options) => commands::self_test(&client, &options, arguments.json).await,
        Command::Case(what) => commands::case(&client, what).await,
        Command::Procedures => commands::procedures(&client).await,
        Command::Procedure(options) => commands::procedure(&client, &options).await,
        Command::Watch(options) => watch::run(&bus, &options, arguments.json).await,
    }
}
