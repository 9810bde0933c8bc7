// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration of a console: `ecmod.toml` and `conf.d/*.toml`, typed, checked whole, all errors at once.
//!
//! Files are layered by the `config` crate (later files win, tables merge, arrays are replaced) and then read *strictly*:
//! an unknown key, a number in quotes or `3.7` for a whole number is an error with file, line and column.
//! Nothing here looks at environment variables.
//!
//! ```text
//! files --read--> tree of the right shape --check--> Configuration
//!           \                                 \
//!            problems of shape                 problems of meaning (ranges, references, doubles)
//! ```
#![forbid(unsafe_code)]

mod check;
mod default;
mod file;
pub mod last_good;
mod limits;
mod model;
mod places;
mod problem;
mod read;
mod roles;

pub use default::default_toml;
pub use limits::limit_range;
pub use model::{
    Alarms, BusAddress, Configuration, Console, Control, Dbus, DriverInstance, Endpoint, Intervention,
    Interventions, Line, LineBias, LineDirection, LineDrive, LineEdge, LineSelect, LocalControl, Log,
    LogLevel, LogTarget, Parity, PatientClass, Policy, Port, PortKind, Priority, PumpPreset, SerialLine,
    Signal, Source, SpiChip, Vote, Zero,
};
pub use problem::{Errors, Problem};
pub use roles::{command_quantity, signal_quantity};

use std::path::{Path, PathBuf};

/// Which files make a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    main: PathBuf,
    overrides: Option<PathBuf>,
}

impl Paths {
    /// `/etc/ecmod/ecmod.toml` and `/etc/ecmod/conf.d/*.toml`.
    #[must_use]
    pub fn system() -> Self {
        let folder = Path::new("/etc/ecmod");
        Self { main: folder.join("ecmod.toml"), overrides: Some(folder.join("conf.d")) }
    }

    /// Whether the main file is there at all.
    #[must_use]
    pub fn exist(&self) -> bool {
        self.main.exists()
    }

    /// A single file, or a folder with `ecmod.toml` and, if it exists, `conf.d/*.toml` (in the order of their names).
    #[must_use]
    pub fn at(path: &Path) -> Self {
        if path.is_dir() {
            Self { main: path.join("ecmod.toml"), overrides: Some(path.join("conf.d")) }
        } else {
            Self { main: path.to_path_buf(), overrides: None }
        }
    }
}

/// Loads and checks a configuration.
///
/// # Errors
/// All problems of all files at once.
pub fn load(paths: &Paths) -> Result<Configuration, Errors> {
    check::check(read::read(paths)).map_err(Errors::new)
}

/// The same, and all files as one: a copy that says the same when it is loaded.
///
/// # Errors
/// All problems of all files at once.
pub fn load_with_copy(paths: &Paths) -> Result<(Configuration, String), Errors> {
    let mut tree = read::read(paths);
    let merged = std::mem::take(&mut tree.merged);
    check::check(tree).map_err(Errors::new).map(|configuration| (configuration, merged))
}

/// Where the state journal lives, as far as that can be said: also of a configuration with errors elsewhere.
#[must_use]
pub fn state_directory(paths: &Paths) -> PathBuf {
    let configured = PathBuf::from(read::read(paths).root.console.state_directory);
    if configured.is_absolute() { configured } else { file::Console::default().state_directory.into() }
}

/// The JSON Schema of a configuration file, for editors and for documentation.
#[must_use]
pub fn schema_json() -> String {
    let schema = schemars::schema_for!(file::Root);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

#[cfg(test)]
mod tests;
