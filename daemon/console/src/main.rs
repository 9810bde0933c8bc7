// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod`: reads the command line and does what it says.

mod cli;

use std::io::Write;
use std::process::ExitCode;

use cli::Command;
use ecmod_config::Paths;

fn main() -> ExitCode {
    match cli::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run { paths }) => run(&paths),
        Ok(Command::Check { paths }) => check(&paths),
        Ok(Command::DefaultConfiguration) => print(&ecmod_config::default_toml()),
        Ok(Command::ConfigurationSchema) => print(&ecmod_config::schema_json()),
        Ok(Command::Help) => print(cli::HELP),
        Ok(Command::Version) => print(concat!("ecmod ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(error) => {
            complain(&format!("ecmod: {error}\n\n{}", cli::HELP));
            ExitCode::from(2)
        }
    }
}

fn run(paths: &Paths) -> ExitCode {
    let loaded = match ecmod_console::configuration::load(paths) {
        Ok(loaded) => loaded,
        Err(problems) => {
            complain(&format!("{problems}\n"));
            return ExitCode::FAILURE;
        }
    };
    match ecmod_console::daemon::run(&loaded) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("ecmod: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn check(paths: &Paths) -> ExitCode {
    let problems = match ecmod_config::load(paths) {
        Ok(configuration) => {
            ecmod_console::plan::Plan::new(&configuration).err().map(|problem| problem.to_string())
        }
        Err(errors) => Some(errors.to_string()),
    };
    match problems {
        None => print("the configuration is good\n"),
        Some(problems) => {
            complain(&format!("{problems}\n"));
            ExitCode::FAILURE
        }
    }
}

/// A reader that goes away (`| head`) is no failure.
fn print(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn complain(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
