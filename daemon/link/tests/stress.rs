// SPDX-License-Identifier: MIT OR Apache-2.0
//! The slots on the real machine, between two processes that never pause: no mixture, never backwards, and a process killed at
//! any moment is at worst a torn slot.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use ecmod_link::image::{DaemonImage, HostImage, Layout, Sample, Slot, doorbell::Sleep, wait_for_news};
use ecmod_link::transport::{Connection, Error, Listener, Policy};
use ecmod_quantities::Monotonic;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const LAYOUT: Layout = Layout { inputs: 2, outputs: 1 };
const VALUES: u64 = 500_000;
/// Set for the process that is the host, to the path of the socket.
const SOCKET: &str = "ECMOD_LINK_STRESS_SOCKET";

/// All words of a record follow from its number, so a mixture shows.
fn sample(n: u64) -> Sample {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    // only has to be the same both times
    Sample { value: n as f64, t: Monotonic(!n), quality: n as u32, cause: !n as u32, sequence: n }
}

fn now() -> Monotonic {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Monotonic(u64::try_from(time.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap())
}

fn ready(what: &impl AsFd, flags: PollFlags) {
    let limit = Timespec { tv_sec: 20, tv_nsec: 0 };
    assert_ne!(poll(&mut [PollFd::new(what, flags)], Some(&limit)).unwrap(), 0, "nothing happened in time");
}

/// Not a test of its own: the other process of the tests below, started by them.
#[test]
fn host_process() {
    let Ok(path) = std::env::var(SOCKET) else { return };
    let connection = Connection::connect(Path::new(&path)).unwrap();
    ready(&connection, PollFlags::IN);
    let file = connection.recv(&mut [0; 16]).unwrap().descriptor.unwrap();
    let image = HostImage::attach(file, LAYOUT).unwrap();
    let _alive = image.hold_life().unwrap();
    let mut n = 0;
    // Until the daemon closes the connection, or kills us.
    while n % 4096 != 0 || !matches!(connection.recv(&mut [0; 16]), Err(Error::Closed)) {
        n += 1;
        image.publish(1, sample(n));
    }
}

/// A host process that publishes without pause, and the daemon's side.
fn start() -> (Child, Connection, DaemonImage, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listener = Listener::bind(&path).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "host_process"])
        .env(SOCKET, &path)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    ready(&listener, PollFlags::IN);
    let (connection, _) = listener.accept(&Policy::default()).unwrap();
    let (daemon, file) = DaemonImage::create(LAYOUT).unwrap();
    connection.send(b"image", Some(file.as_fd())).unwrap();
    (child, connection, daemon, folder)
}

/// Reads `times` and says (values, torn, newest); nothing may be older than `newest`.
fn read(daemon: &DaemonImage, times: u64, mut newest: u64) -> (u64, u64, u64) {
    let (mut values, mut torn) = (0, 0);
    for _ in 0..times {
        match daemon.read(1) {
            Slot::Empty => panic!("a slot does not become empty again"),
            Slot::Torn => torn += 1,
            Slot::Value(found) => {
                assert_eq!(found, sample(found.sequence), "a mixture of two records");
                assert!(found.sequence >= newest, "a record older than the last one");
                newest = found.sequence;
                values += 1;
            }
        }
    }
    (values, torn, newest)
}

fn wait_for_the_first(daemon: &DaemonImage) {
    let limit = Instant::now() + Duration::from_secs(20);
    while daemon.read(1) == Slot::Empty {
        assert!(Instant::now() < limit, "the host has published nothing");
        std::thread::yield_now();
    }
}

#[test]
fn between_two_processes_that_never_pause_no_record_is_mixed_or_goes_back() {
    let (mut child, connection, daemon, _folder) = start();
    wait_for_the_first(&daemon);
    let limit = Instant::now() + Duration::from_secs(60);
    let (mut values, mut torn, mut newest) = (0, 0, 1);
    while values < VALUES {
        // While the writer has lost the processor inside the slot, all reads are torn: only values count.
        let found = read(&daemon, 10_000, newest);
        (values, torn, newest) = (values + found.0, torn + found.1, found.2);
        assert!(Instant::now() < limit, "only {values} values and {torn} torn reads");
    }
    drop(connection);
    assert!(child.wait().unwrap().success());
    println!("{values} values, {torn} torn, newest {newest}");
    assert_eq!(daemon.read(0), Slot::Empty, "the neighbour was not touched");
}

#[test]
fn a_host_killed_at_any_moment_leaves_a_value_or_a_torn_slot_and_the_daemon_reads_on() {
    for _ in 0..5 {
        let (mut child, _connection, daemon, _folder) = start();
        wait_for_the_first(&daemon);
        let heard = daemon.heard();
        assert!(!heard.has_ended());
        child.kill().unwrap();
        let killed = now();
        let deadline = Monotonic(killed.0 + 20_000_000_000);
        assert_eq!(wait_for_news([(&daemon, heard)].into_iter(), deadline), Sleep::Look);
        assert!(daemon.heard().has_ended(), "the kernel has marked it");
        println!("heard of it {} us after the kill", (now().0 - killed.0) / 1000);
        child.wait().unwrap();
        // Bounded: this returns whatever the host died in.
        let (values, torn, _) = read(&daemon, 1000, 1);
        assert!((values, torn) == (1000, 0) || (values, torn) == (0, 1000), "{values} values, {torn} torn");
    }
}
