// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration that the daemon runs with: the one that is written, or, if that is of no use, the last that was good, of which a copy lies
//! beside the state journal ([`ecmod_config::last_good`]). It is of use if a plan can be made of it.

use ecmod_config::last_good::{self, Loaded, Origin};
use ecmod_config::{Configuration, Paths};
use ecmod_control::Fact;
use ecmod_link::message::Written;

use crate::plan::Plan;

/// What the core is to be told of where a configuration is from, if it is not as it should be.
#[must_use]
pub const fn fact(origin: &Origin) -> Option<Fact> {
    match origin {
        Origin::Files(_) => None,
        Origin::CopyOfInvalid(_) => Some(Fact::ConfigurationInvalid),
        Origin::CopyOfLost(_) => Some(Fact::ConfigurationRestored),
    }
}

/// The same of what a host says of its own.
#[must_use]
pub const fn fact_of_host(written: Written) -> Option<Fact> {
    match written {
        Written::InForce => None,
        Written::Invalid => Some(Fact::ConfigurationInvalid),
        Written::Lost => Some(Fact::ConfigurationRestored),
    }
}

/// Loads the written configuration, or the copy of the last good one.
///
/// # Errors
/// What is wrong with the written one, if there is no copy that is of use.
pub fn load(paths: &Paths) -> Result<Loaded, String> {
    let fits = |configuration: &Configuration| {
        Plan::new(configuration).map(|_| ()).map_err(|problem| problem.to_string())
    };
    let folder = ecmod_config::state_directory(paths);
    last_good::load(paths, &folder, fits).map_err(|errors| errors.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn written(folder: &Path, text: &str) -> Paths {
        let file = folder.join("ecmod.toml");
        let state = folder.join("state");
        let state = format!("[console]\nstate_directory = \"{}\"\n", state.display());
        std::fs::write(&file, format!("{state}{text}")).unwrap();
        Paths::at(&file)
    }

    fn keep_what_is_loaded(folder: &Path, loaded: &Loaded) {
        let Origin::Files(text) = &loaded.origin else { panic!("{:?}", loaded.origin) };
        last_good::keep(&folder.join("state"), text).unwrap();
    }

    #[test]
    fn a_typing_error_costs_an_alarm_and_not_the_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let good = load(&written(folder.path(), "period_ms = 5\n")).unwrap();
        assert_eq!(fact(&good.origin), None);
        keep_what_is_loaded(folder.path(), &good);
        keep_what_is_loaded(folder.path(), &good);
        for wrong in
            ["period_ms = 5000\n", "[control]\nmaximum_speed_rpm = 400\n", "[alarms.adult]\nflow_low = 7.9\n"]
        {
            let loaded = load(&written(folder.path(), wrong)).unwrap();
            assert_eq!(fact(&loaded.origin), Some(Fact::ConfigurationInvalid), "{wrong}");
            let Origin::CopyOfInvalid(errors) = loaded.origin else { panic!() };
            assert!(!errors.problems.is_empty());
            assert_eq!(loaded.configuration, good.configuration, "{wrong}");
        }
    }
}
