// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every file of the corpus `tests/malformed` is refused with exactly the problems that stand behind `#=` in it.

use std::fmt::Write as _;
use std::path::Path;

use ecmod_config::{Errors, Paths, load};

fn shown(errors: &Errors) -> String {
    let mut text = String::new();
    for problem in &errors.problems {
        let at = if problem.line > 0 { format!("{}:{}", problem.line, problem.column) } else { "-".into() };
        let _ = writeln!(text, "#= {at} {}: {}", problem.key, problem.message);
        if let Some(help) = &problem.help {
            let _ = writeln!(text, "#=     {help}");
        }
    }
    text
}

#[test]
fn every_malformed_file_is_refused_with_the_expected_messages() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/malformed");
    let mut files: Vec<_> = std::fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 40, "the corpus has {} files", files.len());
    let mut differences = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let expected: String =
            text.lines().filter(|line| line.starts_with("#=")).map(|line| format!("{line}\n")).collect();
        let got = match load(&Paths::at(&file)) {
            Ok(_) => "accepted\n".to_owned(),
            Err(errors) => shown(&errors),
        };
        if got != expected {
            let _ = write!(differences, "{}\nexpected\n{expected}got\n{got}\n", file.display());
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn what_is_no_file_is_refused_without_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let first = |path: &Path| load(&Paths::at(path)).unwrap_err().problems.remove(0).message;
    assert!(first(&folder.path().join("missing.toml")).starts_with("cannot be read: No such file"));
    assert_eq!(first(Path::new("/dev/zero")), "is not a regular file");

    let binary = folder.path().join("binary.toml");
    std::fs::write(&binary, [b'a', b'=', 0xff, 0xfe]).unwrap();
    assert_eq!(first(&binary), "is not UTF-8 text (byte 2)");

    let large = folder.path().join("large.toml");
    std::fs::File::create(&large).unwrap().set_len(2 << 20).unwrap();
    assert_eq!(first(&large), "is 2097152 bytes long; a configuration has at most 1048576");
}
