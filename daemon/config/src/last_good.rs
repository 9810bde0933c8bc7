// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration that a process runs with: the one that is written, or, if that is of no use, the last that was good.
//!
//! A process that is started again behind a running pump must not stay away because somebody saved a file with a typing error
//! in it meanwhile. So each configuration that it runs with is kept as one file in a folder of its own, and a start
//! that finds the written one wrong, or gone, takes that copy, says every problem, and sees to it that an alarm is raised for as long as it runs
//! with it. Without a copy there is nothing to fall back on, and the process does not start.

use std::io::{self, Write};
use std::path::Path;

use crate::{Configuration, Errors, Paths};

/// The copy's name in its folder.
pub const COPY: &str = "configuration.toml";

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

/// Loads the written configuration if it `fits`, or else the copy in `folder` if that does.
///
/// # Errors
/// What is wrong with the written one, if there is no copy that is of use.
pub fn load(
    paths: &Paths,
    folder: &Path,
    fits: impl Fn(&Configuration) -> Result<(), String>,
) -> Result<Loaded, Errors> {
    let errors = match crate::load_with_copy(paths) {
        Ok((configuration, text)) => match fits(&configuration) {
            Ok(()) => return Ok(Loaded { configuration, origin: Origin::Files(text) }),
            Err(problem) => Errors::of(paths, &problem),
        },
        Err(errors) => errors,
    };
    let kept = crate::load(&Paths::at(&folder.join(COPY))).ok();
    let Some(configuration) = kept.filter(|configuration| fits(configuration).is_ok()) else {
        return Err(errors);
    };
    let origin = if paths.exist() { Origin::CopyOfInvalid(errors) } else { Origin::CopyOfLost(errors) };
    Ok(Loaded { configuration, origin })
}

/// Keeps a configuration that is good, unless it is kept already. It may take as long as the disk takes.
///
/// # Errors
/// Whatever the file system says; the copy before stays then.
pub fn keep(folder: &Path, text: &str) -> io::Result<()> {
    let copy = folder.join(COPY);
    if std::fs::read_to_string(&copy).is_ok_and(|kept| kept == text) {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!("{COPY}.part"));
    let mut file = std::fs::File::create(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, &copy)?;
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(folder: &Path, text: &str) -> Paths {
        let file = folder.join("ecmod.toml");
        std::fs::write(&file, format!("[console]\n{text}")).unwrap();
        Paths::at(&file)
    }

    fn anything(_: &Configuration) -> Result<(), String> {
        Ok(())
    }

    #[test]
    fn the_written_one_counts_and_its_copy_only_if_the_written_one_is_of_no_use() {
        let folder = tempfile::tempdir().unwrap();
        let good = load(&written(folder.path(), "period_ms = 5\n"), folder.path(), anything).unwrap();
        let Origin::Files(text) = &good.origin else { panic!("{:?}", good.origin) };
        keep(folder.path(), text).unwrap();
        keep(folder.path(), text).unwrap();
        let wrong = load(&written(folder.path(), "period_ms = 5000\n"), folder.path(), anything).unwrap();
        assert!(matches!(&wrong.origin, Origin::CopyOfInvalid(errors) if !errors.problems.is_empty()));
        assert_eq!(wrong.configuration, good.configuration);
        std::fs::remove_file(folder.path().join("ecmod.toml")).unwrap();
        let paths = Paths::at(&folder.path().join("ecmod.toml"));
        let lost = load(&paths, folder.path(), anything).unwrap();
        assert!(matches!(&lost.origin, Origin::CopyOfLost(_)) && lost.configuration == good.configuration);
        let other = load(&written(folder.path(), "period_ms = 10\n"), folder.path(), anything).unwrap();
        assert!(matches!(other.origin, Origin::Files(_)) && other.configuration != good.configuration);
    }

    #[test]
    fn what_does_not_fit_is_of_no_use_wherever_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let five = |configuration: &Configuration| {
            let fits = configuration.console.period == ecmod_quantities::Span::from_millis(5);
            if fits { Ok(()) } else { Err("it is not five".to_owned()) }
        };
        let paths = written(folder.path(), "period_ms = 10\n");
        assert!(load(&paths, folder.path(), five).unwrap_err().to_string().contains("it is not five"));
        keep(folder.path(), "[console]\nperiod_ms = 20\n").unwrap();
        assert!(load(&paths, folder.path(), five).is_err());
        keep(folder.path(), "[console]\nperiod_ms = 5\n").unwrap();
        assert!(matches!(load(&paths, folder.path(), five).unwrap().origin, Origin::CopyOfInvalid(_)));
    }

    #[test]
    fn without_a_copy_that_is_of_use_the_problems_are_all_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let paths = written(folder.path(), "period_ms = 5000\n");
        let problems = |paths| load(paths, folder.path(), anything).unwrap_err().to_string();
        assert!(problems(&paths).contains("5000 is outside"));
        std::fs::write(folder.path().join(COPY), "period = [").unwrap();
        assert!(problems(&paths).contains("5000 is outside"));
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
