// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is refused before and by loading. Libraries that load are in `tests/`, as processes.

use super::*;
use std::os::unix::fs::PermissionsExt;

fn refused(path: &Path) -> String {
    load(path).unwrap_err().to_string()
}

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

/// A real shared library that is on every machine that runs these tests: the C library.
fn some_library() -> Vec<u8> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let line = maps.lines().find(|line| line.contains("/libc.so") || line.contains("/libc-")).unwrap();
    std::fs::read(&line[line.find('/').unwrap()..]).unwrap()
}

#[test]
fn a_missing_library_says_where_it_was_looked_for() {
    let message = refused(Path::new("/nowhere/libecmod_driver_x.so"));
    assert!(message.contains("/nowhere/libecmod_driver_x.so") && message.contains("install"), "{message}");
}

#[test]
fn what_is_no_shared_library_is_refused_before_it_is_mapped() {
    let cases: [(&[u8], &str); 4] = [
        (b"", "no ELF header"),
        (b"#!/bin/sh\necho hello\n", "no ELF header"),
        (&some_library()[..20], "truncated"),
        (&[0x7F, b'E', b'L', b'F'], "truncated"),
    ];
    for (bytes, expected) in cases {
        let message = refused(written(bytes).path());
        assert!(message.contains(expected), "{message}");
    }
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let mut object = program;
    object[16] = 1; // ET_REL
    assert!(refused(written(&object).path()).contains("not a shared library (type 1)"));
}

#[test]
fn a_library_truncated_anywhere_is_refused_before_it_is_mapped() {
    let whole = some_library();
    for part in [1, 10, 50, 90, 99] {
        let file = written(&whole[..whole.len() * part / 100]);
        assert!(refused(file.path()).contains("truncated"), "{part} %");
    }
}

#[test]
fn a_library_of_another_machine_is_named_as_such() {
    let mut other = some_library();
    other[18] = 0xF3; // RISC-V
    other[19] = 0;
    assert!(refused(written(&other).path()).contains("another machine"));
    let mut narrow = some_library();
    narrow[4] = 3 - narrow[4];
    assert!(refused(written(&narrow).path()).contains("another machine"));
}

#[test]
fn a_library_that_everybody_may_write_is_refused() {
    let file = written(&some_library());
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o666)).unwrap();
    assert!(refused(file.path()).contains("chmod o-w"));
}

#[test]
fn a_directory_a_pipe_and_a_device_are_not_libraries() {
    let folder = tempfile::tempdir().unwrap();
    assert!(refused(folder.path()).contains("not a regular file"));
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert!(refused(&pipe).contains("not a regular file"));
    assert!(refused(Path::new("/dev/null")).contains("not a regular file"));
}

#[test]
fn a_library_without_the_symbol_is_no_driver() {
    let file = written(&some_library());
    let message = refused(file.path());
    assert!(message.contains("ecmod_driver_v1"), "{message}");
}
