// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ecmod_config::Paths;
use lexopt::prelude::*;

/// What `ecmod --help` says.
pub const HELP: &str = "\
The daemon of an ECMO console: control loop, D-Bus, port hosts.

  ecmod [--config PATH] [run]   run; PATH is a file, or a folder with ecmod.toml and conf.d/*.toml
                                (without it: /etc/ecmod)
  ecmod check PATH              say everything that is wrong with a configuration; exit code 1 if anything is
  ecmod config default          print the default configuration
  ecmod config schema           print the JSON Schema of configuration files
  ecmod --version | --help
";

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Run the daemon.
    Run {
        /// With this configuration.
        paths: Paths,
    },
    /// Check a configuration.
    Check {
        /// This one.
        paths: Paths,
    },
    /// Print the default configuration.
    DefaultConfiguration,
    /// Print the schema.
    ConfigurationSchema,
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// Reads the arguments (without the program's name).
///
/// # Errors
/// What is not understood.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut configuration: Option<PathBuf> = None;
    let mut words: Vec<String> = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('c') | Long("config") => configuration = Some(parser.value()?.into()),
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Value(word) => words.push(word.string()?),
            Short(_) | Long(_) => return Err(argument.unexpected()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let paths = || configuration.as_deref().map_or_else(Paths::system, Paths::at);
    match words.as_slice() {
        [] | ["run"] => Ok(Command::Run { paths: paths() }),
        ["check"] => Ok(Command::Check { paths: paths() }),
        ["check", path] if configuration.is_none() => {
            Ok(Command::Check { paths: Paths::at(Path::new(path)) })
        }
        ["config", "default"] => Ok(Command::DefaultConfiguration),
        ["config", "schema"] => Ok(Command::ConfigurationSchema),
        other => Err(format!("{:?} is not understood", other.join(" ")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn every_documented_line_is_understood() {
        let file = Paths::at(Path::new("some.toml"));
        assert_eq!(parsed(""), Ok(Command::Run { paths: Paths::system() }));
        assert_eq!(parsed("run"), Ok(Command::Run { paths: Paths::system() }));
        assert_eq!(parsed("--config some.toml"), Ok(Command::Run { paths: file.clone() }));
        assert_eq!(parsed("run --config=some.toml"), Ok(Command::Run { paths: file.clone() }));
        assert_eq!(parsed("check some.toml"), Ok(Command::Check { paths: file }));
        assert_eq!(parsed("config default"), Ok(Command::DefaultConfiguration));
        assert_eq!(parsed("config schema"), Ok(Command::ConfigurationSchema));
        assert_eq!(parsed("-h"), Ok(Command::Help));
        assert_eq!(parsed("-V"), Ok(Command::Version));
    }

    #[test]
    fn nonsense_is_named() {
        assert!(parsed("fly").unwrap_err().contains("fly"));
        assert!(parsed("--speed 3").unwrap_err().contains("--speed"));
        assert!(parsed("--config").is_err());
        assert!(parsed("--config a check b").is_err());
    }
}
