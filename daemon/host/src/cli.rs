// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

/// What `--help` prints.
pub const HELP: &str = "\
ecmod-host - owns one port of the ECMO console and runs its drivers

Usage:
  ecmod-host PORT [--config FILE_OR_FOLDER] [--user NAME]
                                                run the host of a port (default: /etc/ecmod); as root with --user it opens the
                                                port's devices, becomes NAME, and only then loads drivers
  ecmod-host check LIBRARY [--config JSON] [--json]
                                                does a driver keep the rules of its interface?
  ecmod-host --help | --version

A port that is called `check` is run with `ecmod-host run check`.

Exit status: 0 ended as asked, or the driver passed; 1 failed; 2 wrong use; 86 a driver hung (start the host again).
";

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Run the host of a port.
    Run {
        /// Its name.
        port: String,
        /// In place of the system's configuration.
        config: Option<PathBuf>,
        /// Whose rights remain when the devices are open.
        user: Option<String>,
    },
    /// Check a driver in a process of its own.
    Check(Check),
    /// That process.
    CheckInside(Check),
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
}

/// Which driver to check, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The library's file.
    pub library: PathBuf,
    /// The driver's configuration as JSON.
    pub config: String,
    /// Print JSON in place of a table.
    pub json: bool,
}

/// The word that starts the inner process of `check`.
pub const INSIDE: &str = "check-inside";

/// Reads the command line, without the program's name.
///
/// # Errors
/// What is wrong with it.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut words: Vec<OsString> = Vec::new();
    let mut config = None;
    let mut json = false;
    let mut user = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Short('c') | Long("config") => config = Some(parser.value()?),
            Long("json") => json = true,
            Long("user") => user = Some(parser.value()?.string()?),
            Value(word) => words.push(word),
            other => return Err(other.unexpected()),
        }
    }
    let mut words = words.into_iter();
    let first = words.next().ok_or("name a port, for example `ecmod-host pump_line`; see --help")?;
    let command = match first.to_str() {
        Some("check" | INSIDE) if user.is_some() => return Err("--user belongs to running a port".into()),
        Some(word @ ("check" | INSIDE)) => {
            let library = words.next().ok_or("name the library to check")?.into();
            let config = config.unwrap_or_else(|| "{}".into()).string()?;
            serde_json::from_str::<serde_json::Value>(&config)
                .map_err(|error| format!("--config is not JSON: {error}"))?;
            let check = Check { library, config, json };
            if word == INSIDE { Command::CheckInside(check) } else { Command::Check(check) }
        }
        _ if json => return Err("--json belongs to `check`".into()),
        Some("run") => {
            let port = words.next().ok_or("name a port")?.string()?;
            Command::Run { port, config: config.map(PathBuf::from), user }
        }
        _ => Command::Run { port: first.string()?, config: config.map(PathBuf::from), user },
    };
    match words.next() {
        None => Ok(command),
        Some(word) => Err(format!("{} is one word too many", word.to_string_lossy()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_port_is_run_with_the_systems_or_the_given_configuration() {
        let run = |port: &str, config: Option<&str>| {
            Ok(Command::Run { port: port.to_owned(), config: config.map(PathBuf::from), user: None })
        };
        assert_eq!(parsed("pump_line"), run("pump_line", None));
        assert_eq!(parsed("pump_line --config /x/y.toml"), run("pump_line", Some("/x/y.toml")));
        assert_eq!(parsed("run check"), run("check", None));
        let user = Some("ecmod-host".to_owned());
        assert_eq!(
            parsed("adc --user ecmod-host"),
            Ok(Command::Run { port: "adc".to_owned(), config: None, user })
        );
        assert!(parsed("check a.so --user x").unwrap_err().contains("--user"));
    }

    #[test]
    fn a_library_is_checked_with_its_configuration() {
        let check = Check { library: "a.so".into(), config: "{\"unit\":3}".to_owned(), json: true };
        assert_eq!(parsed("check a.so --json --config {\"unit\":3}"), Ok(Command::Check(check)));
        assert!(parsed("check a.so --config {").unwrap_err().contains("not JSON"));
    }

    #[test]
    fn wrong_use_says_what_is_wrong() {
        assert!(parsed("").unwrap_err().contains("name a port"));
        assert!(parsed("check").unwrap_err().contains("name the library"));
        assert!(parsed("a b").unwrap_err().contains("one word too many"));
        assert!(parsed("a --fast").unwrap_err().contains("--fast"));
        assert!(parsed("a --json").is_err());
    }
}
