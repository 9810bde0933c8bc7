// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console's configuration for the simulated devices: a template with the places filled in.

use super::RunnerError;
use crate::line::names;
use std::path::Path;

/// The configuration of the demo, with words in capitals between at signs.
const TEMPLATE: &str = include_str!("../../demo/ecmod.toml");

/// The ports of the demo: each gets a host process.
pub(super) const PORTS: [&str; 13] = [
    names::PUMP,
    names::GAS,
    names::FLOW,
    names::MONITOR,
    "adc",
    "thermometers",
    "cabinet",
    "clamps",
    "panel",
    "alarms",
    "power",
    "barometer",
    "second_adc",
];

/// What is filled in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'a> {
    pub run_dir: &'a Path,
    pub driver_dir: &'a Path,
    pub bus: &'a str,
    pub monitor: &'a str,
    pub pump: &'a str,
}

/// The template with every place filled in.
pub(super) fn fill(places: &Places<'_>) -> Result<String, RunnerError> {
    let path = |path: &Path| plain(&path.display().to_string());
    let filled = TEMPLATE
        .replace("@RUN_DIR@", &path(places.run_dir)?)
        .replace("@DRIVER_DIR@", &path(places.driver_dir)?)
        .replace("@BUS@", &plain(places.bus)?)
        .replace("@MONITOR@", &plain(places.monitor)?)
        .replace("@PUMP@", &plain(places.pump)?);
    Ok(filled)
}

/// Text that means itself in a TOML string.
fn plain(text: &str) -> Result<String, RunnerError> {
    if text.chars().any(|c| c.is_control() || c == '"' || c == '\\' || c == '@') {
        return Err(RunnerError::Path(text.to_owned()));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(run_dir: &str) -> Result<String, RunnerError> {
        fill(&Places {
            run_dir: Path::new(run_dir),
            driver_dir: Path::new("/opt/drivers"),
            bus: "unix:path=/run/x/bus",
            monitor: "127.0.0.1:502",
            pump: "rotaflow_like",
        })
    }

    #[test]
    fn nothing_is_left_to_fill_in_and_it_is_toml_with_every_port() {
        let text = places("/tmp/demo").unwrap();
        assert!(!text.contains('@'));
        let table: toml::Table = text.parse().unwrap();
        let ports = table["ports"].as_table().unwrap();
        let names: Vec<&str> = ports.keys().map(String::as_str).collect();
        assert!(PORTS.iter().all(|port| names.contains(port)) && names.len() == PORTS.len(), "{names:?}");
        assert_eq!(ports["pump_line"]["device"].as_str(), Some("/tmp/demo/pump_line"));
    }

    #[test]
    fn a_path_that_would_mean_something_else_is_refused() {
        assert!(places("/tmp/a\"b").is_err());
        assert!(places("/tmp/a\\b").is_err());
    }
}
