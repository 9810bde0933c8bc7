// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-host PORT` and `ecmod-host check LIBRARY`; see [`ecmod_host::cli::HELP`].

use std::path::Path;
use std::process::ExitCode;

use ecmod_config::last_good::Loaded;
use ecmod_config::{LogLevel, LogTarget, Paths};
use ecmod_host::check;
use ecmod_host::cli::{self, Command};
use ecmod_host::configuration;
use ecmod_host::host::{self, EXIT_HUNG, End};
use ecmod_host::process::{self, Signals};

/// The command line is wrong.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    process::small_memory();
    let command = match cli::parse(std::env::args_os().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("ecmod-host: {error}");
            return ExitCode::from(EXIT_USAGE);
        }
    };
    match command {
        Command::Help => print!("{}", cli::HELP),
        Command::Version => println!("ecmod-host {}", env!("CARGO_PKG_VERSION")),
        Command::Check(order) => return check::outside::run(&order),
        Command::CheckInside(order) => return check::inside::run(&order),
        Command::Run { port, config, user } => return run(&port, config.as_deref(), user.as_deref()),
    }
    ExitCode::SUCCESS
}

fn run(port: &str, config: Option<&Path>, user: Option<&str>) -> ExitCode {
    let signals = Signals::block();
    let loaded = match configuration::load(&config.map_or_else(Paths::system, Paths::at)) {
        Ok(loaded) => loaded,
        Err(errors) => {
            eprintln!("ecmod-host: the configuration is wrong\n{errors}");
            return ExitCode::FAILURE;
        }
    };
    let Loaded { configuration, origin } = loaded;
    let (target, level) = log_words(&configuration.log);
    let log = match ecmod_logging::start(target, level) {
        Ok(log) => log,
        Err(error) => {
            eprintln!("ecmod-host: {error}");
            return ExitCode::FAILURE;
        }
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(event = "host.panic", place, "a part of this host panicked; it is contained");
    }));
    process::set_name(port);
    process::trim_memory();
    let written = configuration::written(&origin);
    configuration::say(&origin, port);
    configuration::keep(origin, port);
    let end = host::run(&configuration, written, port, user, signals);
    if let Err(error) = &end {
        tracing::error!(event = "host.failed", port, "{error}");
    }
    // writes what is left of the log, for at most a second
    drop(log);
    match end {
        Ok(End::Asked) => ExitCode::SUCCESS,
        Ok(End::Hung) => process::exit_now(EXIT_HUNG.into()),
        Err(error) => {
            eprintln!("ecmod-host: {error}");
            ExitCode::FAILURE
        }
    }
}

fn log_words(log: &ecmod_config::Log) -> (ecmod_logging::Target, ecmod_logging::Level) {
    let target = match log.target {
        LogTarget::Auto => ecmod_logging::Target::Auto,
        LogTarget::Journald => ecmod_logging::Target::Journald,
        LogTarget::Stderr => ecmod_logging::Target::Stderr,
    };
    let level = match log.level {
        LogLevel::Error => ecmod_logging::Level::Error,
        LogLevel::Warn => ecmod_logging::Level::Warn,
        LogLevel::Info => ecmod_logging::Level::Info,
        LogLevel::Debug => ecmod_logging::Level::Debug,
    };
    (target, level)
}
