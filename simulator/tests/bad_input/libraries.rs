// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that are no driver in the place of one.

use super::steady::{HOSTS, Quiet, Room};
use super::stranger::Reading;
use super::support::until;
use super::{repository, run};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file, and what has to be said about it.
struct Bad {
    file: PathBuf,
    says: &'static str,
}

/// Builds the test driver of `ecmod-host`, which is written in C.
fn build(folder: &Path, name: &str, flags: &[&str]) -> PathBuf {
    let file = folder.join(name);
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-I"])
        .arg(repository("plugin-api/include"))
        .args(flags)
        .arg("-o")
        .arg(&file)
        .arg(repository("daemon/host/tests/drivers/probe.c"))
        .status()
        .expect("a C compiler");
    assert!(status.success());
    file
}

/// Every kind of file that is no driver of this host.
fn bad_libraries(folder: &Path) -> Vec<Bad> {
    let good = std::fs::read(build(folder, "good.so", &[])).unwrap();
    let mut all = Vec::new();
    let mut written = |name: &str, bytes: &[u8], says| {
        let file = folder.join(name);
        std::fs::write(&file, bytes).unwrap();
        all.push(Bad { file, says });
    };
    written("empty.so", b"", "no ELF header");
    written("text.so", b"#!/bin/sh\necho a driver\n", "no ELF header");
    for (name, length) in [
        ("of_4_bytes.so", 4),
        ("of_63_bytes.so", 63),
        ("of_64_bytes.so", 64),
        ("of_1000_bytes.so", 1000),
        ("halved.so", good.len() / 2),
        ("without_its_last_byte.so", good.len() - 1),
    ] {
        written(name, &good[..length], "truncated");
    }
    let mut other = good.clone();
    other[18..20].copy_from_slice(&0xF3_u16.to_ne_bytes());
    written("risc_v.so", &other, "built for another machine");
    let mut program = good.clone();
    program[16] = 1;
    written("object.so", &program, "not a shared library");
    written("writable.so", &good, "may be written by everybody; set its mode to 0644");
    std::fs::set_permissions(folder.join("writable.so"), PermissionsExt::from_mode(0o666)).unwrap();
    std::fs::create_dir(folder.join("folder.so")).unwrap();
    all.push(Bad { file: folder.join("folder.so"), says: "not a regular file" });
    all.push(Bad { file: folder.join("missing.so"), says: "install the driver's library there" });
    let newer = build(folder, "newer.so", &["-DABI=0x00020000"]);
    all.push(Bad { file: newer, says: "speaks ABI version 2.0, this host speaks 1" });
    let none = build(folder, "none.so", &["-DNO_SYMBOL"]);
    all.push(Bad { file: none, says: "exports no ecmod_driver_v1" });
    all
}

#[test]
fn check_says_of_each_file_why_it_is_no_driver() {
    let folder = tempfile::tempdir().unwrap();
    for Bad { file, says } in bad_libraries(folder.path()) {
        let (code, said) = run("ecmod-host", &["check", file.to_str().unwrap()]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(says) && said.contains(file.to_str().unwrap()), "{says:?} is not in\n{said}");
    }
}

#[test]
fn in_a_running_console_it_costs_its_own_readings_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let (host, signal) = HOSTS[1];
    let original = "driver = \"alicat-mfc\"";
    let mut present = original.to_owned();
    for Bad { file, says } in bad_libraries(folder.path()) {
        let place = format!("library = \"{}\"", file.display());
        room.console.reconfigure(&[(&present, &place)]);
        present = place;
        let killed = room.victim(host);
        killed.kill();
        let detail = until(says, || {
            let (state, detail) = room.stranger.driver("gas")?;
            (state == "absent" && detail.contains(says)).then_some(detail)
        });
        assert!(detail.contains(file.to_str().unwrap()), "{detail}");
        let reading = room.stranger.reading(signal).unwrap();
        assert_eq!(reading.quality, "bad", "{reading:?}");
        for (_, other) in HOSTS.iter().filter(|(name, _)| *name != host) {
            // With it, not at this very moment: where the machine stands still, every answer is late.
            until(&format!("a good {other} with {says}"), || {
                room.stranger.reading(other).filter(Reading::is_good)
            });
        }
        let runs = room.console.pid(host);
        assert_ne!(runs, killed.process(), "the host itself runs");
        assert!(room.console.log(host).contains(says), "it stands in the host's log");
    }
    room.console.reconfigure(&[(&present, original)]);
    room.victim(host).kill();
    let said = room.until_content();
    room.assert_settings_kept(&said);
    quiet.assert_kept(&room);
}
