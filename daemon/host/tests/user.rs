// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-host --user`: devices are opened with root's rights, foreign code runs without them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

#[path = "support/process.rs"]
mod support;

use ecmod_link::transport::Policy;
use ecmod_quantities::Quality;
use std::fs::{Permissions, read_dir, read_to_string, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use support::{Host, build};

/// An account that every system has and that owns nothing.
const NOBODY: (&str, u32) = ("nobody", 65534);

/// A host with the probe driver on a serial socket that only this process's user may connect to.
fn host(user: &str) -> (Host, UnixListener) {
    let folder = tempfile::tempdir().unwrap();
    set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let library = build(folder.path(), "libprobe.so", &[]);
    let wire = folder.path().join("wire");
    let listener = UnixListener::bind(&wire).unwrap();
    set_permissions(&wire, Permissions::from_mode(0o600)).unwrap();
    let text = format!(
        "[ports.line]\nkind = \"serial\"\ndevice = \"unix:{}\"\nbaud = 9600\n\
         [drivers.probe]\nlibrary = {library:?}\nport = \"line\"\nconfig = {{ mode = \"echo\" }}\n",
        wire.display(),
    );
    let policy = Policy::default().and([NOBODY.1]);
    (Host::started(folder, &text, &["--user", user], policy), listener)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// `Uid:`, `Groups:` and the like of every thread.
fn of_all_threads(pid: u32, key: &str) -> Vec<String> {
    let threads = read_dir(format!("/proc/{pid}/task")).unwrap();
    let line =
        |text: String| text.lines().find_map(|line| line.strip_prefix(key).map(str::to_owned)).unwrap();
    threads.map(|thread| line(read_to_string(thread.unwrap().path().join("status")).unwrap())).collect()
}

#[test]
fn started_by_root_it_opens_its_devices_and_runs_drivers_with_the_users_rights_alone() {
    let (host, wire) = host(NOBODY.0);
    if !is_root() {
        // nobody else can give rights up: it says so, and no driver is loaded
        let (status, log) = host.ended();
        assert!(!status.success() && log.contains("only root can"), "{log}");
        return;
    }
    let _open = wire.accept().unwrap();
    let daemon = host.daemon();
    daemon.sample("cycles", |sample| sample.quality == Quality::Good.code());
    assert_eq!(daemon.port(|_| true).counters["connected"], 1, "opened as root: nobody may not");
    let number = NOBODY.1.to_string();
    for uids in of_all_threads(host.pid(), "Uid:") {
        assert!(
            uids.split_whitespace().all(|uid| uid == number),
            "real, effective, saved, file system: {uids}"
        );
    }
    for capabilities in of_all_threads(host.pid(), "CapPrm:") {
        assert_eq!(capabilities.trim(), "0000000000000000");
    }
    for groups in of_all_threads(host.pid(), "Groups:") {
        assert!(groups.split_whitespace().all(|group| group != "0"), "{groups}");
    }
}

#[test]
fn an_unknown_user_is_an_error_that_says_what_to_do_and_no_driver_is_loaded() {
    let (host, _wire) = host("there-is-nobody-of-this-name");
    let (status, log) = host.ended();
    assert!(!status.success());
    assert!(log.contains("there is no user") && log.contains("--user"), "{log}");
    assert!(!log.contains("driver.running"), "{log}");
}
