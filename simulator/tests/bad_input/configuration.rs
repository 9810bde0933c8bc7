// SPDX-License-Identifier: MIT OR Apache-2.0
//! Configurations that are wrong, and the one that is right, through the daemon's command line.

use super::{repository, run};
use std::path::PathBuf;

/// The corpus. Behind `#=` in a file stands what is wrong in it, as `LINE:COLUMN key: message`.
fn corpus() -> Vec<PathBuf> {
    let folder = repository("daemon/config/tests/malformed");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 40, "{} files", files.len());
    files
}

/// Places that the file itself says are wrong, as `FILE:LINE:COLUMN`; without a place only `FILE`.
fn places(file: &PathBuf) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let marks = text.lines().filter_map(|line| line.strip_prefix("#= "));
    let at = marks.filter(|mark| !mark.starts_with(' ')).map(|mark| mark.split(' ').next().unwrap());
    let name = file.display();
    at.map(|at| if at == "-" { format!("{name}: ") } else { format!("{name}:{at}: ") }).collect()
}

#[test]
fn check_names_file_and_line_of_everything_that_is_wrong_in_each_file_of_the_corpus() {
    for file in corpus() {
        let places = places(&file);
        assert!(!places.is_empty(), "{} does not say what is wrong in it", file.display());
        let (code, said) = run("ecmod", &["check", file.to_str().unwrap()]);
        assert_eq!(code, Some(1), "{}: {said}", file.display());
        for place in places {
            assert!(said.contains(&place), "{place} is missing in\n{said}");
        }
    }
}

#[test]
fn the_daemon_and_a_host_refuse_to_run_with_it_and_say_the_same() {
    for file in corpus().iter().step_by(7) {
        let file = file.to_str().unwrap();
        let (_, checked) = run("ecmod", &["check", file]);
        let daemon = run("ecmod", &["--config", file, "run"]);
        assert_eq!(daemon, (Some(1), checked.clone()));
        let (code, host) = run("ecmod-host", &["line", "--config", file]);
        assert_eq!(code, Some(1));
        assert!(host.contains(checked.lines().next().unwrap()), "{host}\ndoes not say\n{checked}");
    }
}

#[test]
fn the_default_configuration_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ecmod.toml");
    let (code, text) = run("ecmod", &["config", "default"]);
    assert_eq!(code, Some(0));
    std::fs::write(&file, text).unwrap();
    let (code, said) = run("ecmod", &["check", file.to_str().unwrap()]);
    assert_eq!((code, said.as_str()), (Some(0), "the configuration is good\n"));
}
