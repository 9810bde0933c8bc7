// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration that the daemon runs with: the one that is written, or, if that is of no use, the last that was good.
//!
//! A daemon that is started again behind a running pump must not stay away because somebody saved a file with a typing error
//! in it meanwhile. So each configuration that the daemon runs with is kept as one file beside the state journal, and a start
//! that finds the written one wrong, or gone, takes that copy, says every problem, and raises an alarm for as long as it runs
//! with it. Without a copy there is nothing to fall back on, and the daemon does not start.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ecmod_config::{Configuration, Errors, Paths};
use ecmod_control::Fact;

use crate::plan::Plan;

/// The copy's name in the state directory.
const COPY: &str = "configuration.toml";

/// A configuration, and where it is from.
#[derive(Debug)]
pub struct Loaded {
    /// What it says.
    pub configuration: Configuration,
    /// Where it is from.
    pub origin: Origin,
}

/// Where a configuration is from.
#[derive(Debug)]
pub enum Origin {
    /// As it is written; its text as one file.
    Files(String),
    /// The written one is wrong, and this is what is wrong with it: the copy of the last good one.
    CopyOfInvalid(Errors),
    /// There is none: the copy of the last good one.
    CopyOfLost(Errors),
}

impl Origin {
    /// What the core is to be told, if it is not as it should be.
    #[must_use]
    pub const fn fact(&self) -> Option<Fact> {
        match self {
            Self::Files(_) => None,
            Self::CopyOfInvalid(_) => Some(Fact::ConfigurationInvalid),
            Self::CopyOfLost(_) => Some(Fact::ConfigurationRestored),
        }
    }
}

/// Loads the written configuration, or the copy of the last good one.
///
/// # Errors
/// What is wrong with the written one, if there is no copy that is of use.
pub fn load(paths: &Paths) -> Result<Loaded, String> {
    let errors = match ecmod_config::load_with_copy(paths) {
        Ok((configuration, text)) => match Plan::new(&configuration) {
            Ok(_) => return Ok(Loaded { configuration, origin: Origin::Files(text) }),
            Err(problem) => Errors::of(paths, &problem.to_string()),
        },
        Err(errors) => errors,
    };
    let copy = ecmod_config::state_directory(paths).join(COPY);
    let kept = ecmod_config::load(&Paths::at(&copy)).ok();
    let Some(configuration) = kept.filter(|configuration| Plan::new(configuration).is_ok()) else {
        return Err(errors.to_string());
    };
    let origin = if paths.exist() { Origin::CopyOfInvalid(errors) } else { Origin::CopyOfLost(errors) };
    Ok(Loaded { configuration, origin })
}

/// Keeps a configuration that is good, unless it is kept already. It may take as long as the disk takes.
///
/// # Errors
/// Whatever the file system says; the copy before stays then.
pub fn keep(state_directory: &Path, text: &str) -> io::Result<()> {
    let copy = state_directory.join(COPY);
    if std::fs::read_to_string(&copy).is_ok_and(|kept| kept == text) {
        return Ok(());
    }
    std::fs::create_dir_all(state_directory)?;
    let unfinished: PathBuf = state_directory.join(format!("{COPY}.part"));
    let mut file = std::fs::File::create(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, &copy)?;
    std::fs::File::open(state_directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(folder: &Path, text: &str) -> Paths {
        let file = folder.join("ecmod.toml");
        let state = folder.join("state");
        let state = format!("[console]\nstate_directory = \"{}\"\n", state.display());
        std::fs::write(&file, format!("{state}{text}")).unwrap();
        Paths::at(&file)
    }

    fn keep_what_is_loaded(folder: &Path, loaded: &Loaded) {
        let Origin::Files(text) = &loaded.origin else { panic!("{:?}", loaded.origin) };
        keep(&folder.join("state"), text).unwrap();
    }

    #[test]
    fn a_typing_error_costs_an_alarm_and_not_the_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let good = load(&written(folder.path(), "period_ms = 5\n")).unwrap();
        assert_eq!(good.origin.fact(), None);
        keep_what_is_loaded(folder.path(), &good);
        keep_what_is_loaded(folder.path(), &good);
        for wrong in
            ["period_ms = 5000\n", "[control]\nmaximum_speed_rpm = 400\n", "[alarms.adult]\nflow_low = 7.9\n"]
        {
            let loaded = load(&written(folder.path(), wrong)).unwrap();
            assert_eq!(loaded.origin.fact(), Some(Fact::ConfigurationInvalid), "{wrong}");
            let Origin::CopyOfInvalid(errors) = loaded.origin else { panic!() };
            assert!(!errors.problems.is_empty());
            assert_eq!(loaded.configuration, good.configuration, "{wrong}");
        }
    }

    #[test]
    fn without_a_copy_that_is_of_use_the_problems_are_all_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let paths = written(folder.path(), "period_ms = 5000\n");
        assert!(load(&paths).unwrap_err().contains("5000 is outside"));
        std::fs::create_dir(folder.path().join("state")).unwrap();
        std::fs::write(folder.path().join("state").join(COPY), "period = [").unwrap();
        assert!(load(&paths).unwrap_err().contains("5000 is outside"));
    }

    #[test]
    fn a_copy_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        keep(folder.path(), "one").unwrap();
        std::fs::create_dir(folder.path().join(format!("{COPY}.part"))).unwrap();
        assert!(keep(folder.path(), "two").is_err());
        assert_eq!(std::fs::read_to_string(folder.path().join(COPY)).unwrap(), "one");
    }
}
