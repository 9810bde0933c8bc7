// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-sim bus` as a process: strangers meet on it, and it leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // a test may stop at the first surprise

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Bus(Child, String);

impl Bus {
    fn start(socket: &Path, broker: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ecmod-sim"))
            .args(["bus", "--broker", broker, "--socket"])
            .arg(socket)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self(child, address.trim().to_owned())
    }

    fn terminate(mut self) -> bool {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        self.0.wait().unwrap().success()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn two_strangers_meet(address: &str) {
    let connect = || zbus::connection::Builder::address(address).build();
    let (owner, caller) = (connect().await.unwrap(), connect().await.unwrap());
    owner.request_name("org.example.Meeting").await.unwrap();
    let reply = caller
        .call_method(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            Some("org.freedesktop.DBus"),
            "GetConnectionUnixProcessID",
            &("org.example.Meeting",),
        )
        .await
        .unwrap();
    let process: u32 = reply.body().deserialize().unwrap();
    assert_eq!(process, std::process::id());
}

fn serves(broker: &str) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("dbus/bus");
    let bus = Bus::start(&socket, broker);
    assert!(bus.1.starts_with(&format!("unix:path={}", socket.display())), "{}", bus.1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(20), two_strangers_meet(&bus.1)).await.expect("in time");
    });
    assert!(bus.terminate(), "ends cleanly");
    assert!(!socket.exists(), "the socket is gone");
}

#[test]
fn busd_lets_strangers_meet_and_ends_cleanly() {
    serves("busd");
}

#[test]
fn dbus_daemon_lets_strangers_meet_and_ends_cleanly() {
    if Command::new("dbus-daemon").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("dbus-daemon is not installed: nothing to test");
        return;
    }
    serves("dbus-daemon");
}

#[test]
fn a_bus_takes_the_place_of_one_that_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("dbus/bus");
    let mut killed = Bus::start(&socket, "busd");
    killed.0.kill().unwrap();
    killed.0.wait().unwrap();
    assert!(socket.exists());
    assert!(Bus::start(&socket, "busd").terminate());
}
