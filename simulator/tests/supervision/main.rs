// SPDX-License-Identifier: MIT OR Apache-2.0
//! A thread that hangs: its process is replaced by its supervisor, which knows why, and the pump does not notice. What only looks like
//! it, on a loaded machine, is left alone. Whole processes that hang are rows of `process_matrix`.
//!
//! The pump's speed is the simulated drive's true speed in every millisecond.
#![cfg(test)] // helpers between the tests are test code too

mod load;
#[path = "../steady/mod.rs"]
mod steady;
#[path = "../stranger/mod.rs"]
mod stranger;
#[path = "../support/mod.rs"]
mod support;
mod thread;

use load::Load;
use rustix::process::Signal;
use std::time::Duration;
use steady::{DAEMON, Figures, HOSTS, Quiet, Room, monotonic};
use support::{try_until, until};
use thread::{Held, thread_of};

/// `WatchdogSec=` of the units.
const WATCHDOG: f64 = 5000.0;
/// From the end of a process to its successor in control, on a busy machine.
const BACK: f64 = 2000.0;

/// Milliseconds since a time of [`monotonic`].
fn since(time: u64) -> f64 {
    Duration::from_nanos(monotonic() - time).as_secs_f64() * 1000.0
}

/// Waits until the runner has another process of this name, and says how the one before ended.
fn replaced(room: &Room, process: &str, restarts: u64) -> String {
    until("it is replaced", || {
        let entry = &room.console.processes()[process];
        (entry["restarts"].as_u64()? > restarts && entry["pid"].is_u64())
            .then(|| entry["last_end"].as_str().unwrap_or_default().to_owned())
    })
}

/// One thread of a process stands still, and its process ends and is replaced within this time; what it says of it.
fn assert_replaced(room: &Room, process: &str, thread: Option<&str>, limit_ms: f64, words: &[&str]) {
    let restarts = room.console.restarts(process);
    let victim = room.victim(process);
    let begun = monotonic();
    let held = Held::stop(thread_of(victim.process(), thread));
    let end = replaced(room, process, restarts);
    let ended = since(begun);
    drop(held);
    let said = room.until_content();
    let back = since(begun);
    room.assert_settings_kept(&said);
    let thread = thread.unwrap_or("the first thread");
    println!("{process}, {thread}: ended after {ended:.0} ms ({end}), all is well after {back:.0} ms");
    assert!(ended <= limit_ms && back <= limit_ms + BACK, "{thread} of {process}");
    let log = room.console.log(process);
    assert!(words.iter().all(|word| log.contains(word) || end.contains(word)), "{words:?}: {end}\n{log}");
    assert_eq!(room.console.restarts(process), restarts + 1, "once");
}

#[test]
fn a_thread_of_the_daemon_that_hangs_has_the_daemon_replaced_within_its_limit() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    assert_replaced(
        &room,
        DAEMON,
        Some("control"),
        3500.0,
        &["supervision.hung", "control loop", "said that it hangs"],
    );
    assert_replaced(
        &room,
        DAEMON,
        None,
        4500.0,
        &["supervision.hung", "service thread", "said that it hangs"],
    );
    assert_replaced(&room, DAEMON, Some("supervisor"), WATCHDOG + 1000.0, &["did not say that it is alive"]);
    quiet.assert_kept(&room);
}

#[test]
fn a_thread_of_the_pumps_host_that_hangs_has_the_host_replaced_within_its_limit() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let host = HOSTS[0].0;
    assert_replaced(&room, host, Some("pump"), 4500.0, &["driver.hung", "exit status: 86"]);
    assert_replaced(&room, host, Some("link"), 6500.0, &["link.hung", "exit status: 86"]);
    assert_replaced(&room, host, Some("local"), 6500.0, &["host.thread_hung", "exit status: 86"]);
    assert_replaced(&room, host, None, WATCHDOG + 1000.0, &["did not say that it is alive"]);
    assert_eq!(room.console.restarts(DAEMON), 0);
    quiet.assert_kept(&room);
}

/// The margin: on a machine with four times more to do than it can, with everything stopped again and again for half of what the
/// watchdogs allow, nobody is judged wrongly.
#[test]
fn on_an_overloaded_machine_with_standstills_nobody_is_given_up() {
    let room = Room::steady();
    let stops = [DAEMON].into_iter().chain(HOSTS.map(|(host, _)| host));
    let load = Load::begin();
    let mut back = Figures::default();
    for process in stops {
        let victim = room.victim(process);
        victim.signal(Signal::STOP);
        room.truth.until(monotonic() + 2_500_000_000);
        let went_on = victim.signal(Signal::CONT);
        room.until_content();
        back.push_time(went_on, monotonic());
        assert_eq!(room.console.restarts(process), 0, "{process}");
    }
    drop(load);
    back.tell("on an overloaded machine, a process goes on to all readings good", "ms");
    let said = room.until_content();
    room.assert_settings_kept(&said);
    let table = room.console.processes();
    let restarted: Vec<&String> = table
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, entry)| entry["restarts"] != 0)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(restarted, Vec::<&String>::new());
    for word in ["supervision.hung", "driver.hung", "link.hung"] {
        let said = HOSTS
            .iter()
            .map(|(host, _)| *host)
            .chain([DAEMON])
            .find(|name| room.console.log(name).contains(word));
        assert_eq!(said, None, "{word}");
    }
}

/// A daemon that is killed again and again is started again each time, at once or within a second, and takes care of itself when it
/// was too often.
#[test]
fn a_daemon_that_dies_again_and_again_starts_with_care_and_never_without_its_loop() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    for _ in 0..7 {
        let daemon = room.victim(DAEMON);
        daemon.kill();
        room.until_succeeded(&daemon);
    }
    let said = room.until_content();
    room.assert_settings_kept(&said);
    assert!(room.console.log(DAEMON).contains("supervision.careful"));
    let told = try_until(Duration::from_secs(10), || {
        room.console.log(DAEMON).contains("RESTARTS_FREQUENT").then_some(())
    });
    assert_eq!(told, Some(()), "people are told");
    quiet.assert_kept(&room);
}
