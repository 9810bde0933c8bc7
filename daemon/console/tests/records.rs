// SPDX-License-Identifier: MIT OR Apache-2.0
//! The binary and its alarm log: what is on the disk when it was killed, and what it says of each of its lives.
// Helpers of tests may stop at the first surprise, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::Path;

use ecmod_console::record::entry::{Event, Record};
use ecmod_console::record::line;
use support::daemon::{Daemon, write_configuration};
use support::until;

/// Every entry that is on the disk, in order.
fn entries(state: &Path) -> Vec<Record> {
    let mut records = Vec::new();
    for file in std::fs::read_dir(state.join("alarm-log")).into_iter().flatten() {
        // A file may go while it is looked at, or be written on to.
        records.extend(line::read(&std::fs::read(file.unwrap().path()).unwrap_or_default()).records);
    }
    records.sort_by_key(|record| record.sequence);
    records
}

/// How the life before each start ended, as the starts tell it.
fn lives(state: &Path) -> Vec<String> {
    let started = entries(state).into_iter().filter_map(|record| match record.entry.event {
        Event::Started(started) => Some(started.before),
        _ => None,
    });
    started.collect()
}

#[test]
fn every_life_of_the_daemon_stands_in_the_alarm_log_with_how_the_one_before_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_configuration(folder.path(), "unix:path=/nonexistent/bus", "");
    let state = folder.path().join("state");
    for life in 1..=4 {
        let mut daemon = Daemon::start(&file, None);
        until("its start is on the disk", || (lives(&state).len() == life).then_some(()));
        until("it is known that it runs", || {
            let is_written = ["boots.a", "boots.b"].into_iter().any(|name| {
                let text = std::fs::read_to_string(state.join(name)).unwrap_or_default();
                text.contains(&format!("starts {life}\n")) && text.contains("crc32")
            });
            is_written.then_some(())
        });
        daemon.kill();
    }
    let mut daemon = Daemon::start(&file, None);
    until("its start is on the disk", || (lives(&state).len() == 5).then_some(()));
    until("it is ready", || state.join("state.a").exists().then_some(()));
    assert!(daemon.terminate().success());
    assert!(entries(&state).iter().any(|record| record.entry.event == Event::Ended));
    let mut daemon = Daemon::start(&file, None);
    until("its start is on the disk", || (lives(&state).len() == 6).then_some(()));
    daemon.kill();
    assert_eq!(lives(&state), ["first", "crashed", "crashed", "crashed", "crashed", "clean"]);
    let sequences: Vec<u64> = entries(&state).iter().map(|record| record.sequence).collect();
    assert!(sequences.windows(2).all(|pair| pair[1] == pair[0] + 1), "no entry is missing: {sequences:?}");
    let boots: Vec<String> = entries(&state).into_iter().map(|record| record.boot).collect();
    assert!(boots.iter().all(|boot| *boot == boots[0] && boot.len() == 36), "{boots:?}");
}

#[test]
fn a_daemon_that_is_asked_to_end_while_it_starts_ends_in_good_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_configuration(folder.path(), "unix:path=/nonexistent/bus", "");
    let state = folder.path().join("state");
    for life in 1..=8 {
        let mut daemon = Daemon::start(&file, None);
        // It has said that it begins, and still has half of its parts to start.
        until("its start is on the disk", || (lives(&state).len() == life).then_some(()));
        assert!(daemon.terminate().success(), "life {life}");
    }
    let (first, others) =
        lives(&state).split_first().map(|(first, others)| (first.clone(), others.to_vec())).unwrap();
    assert!(first == "first" && others.iter().all(|before| before == "clean"), "{others:?}");
}

#[test]
fn an_alarm_log_that_is_rubbish_costs_the_daemon_nothing_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_configuration(folder.path(), "unix:path=/nonexistent/bus", "");
    let state = folder.path().join("state");
    let log = state.join("alarm-log");
    std::fs::create_dir_all(log.join("high-00000007.log")).unwrap();
    std::fs::write(log.join("other-00000003.log"), "rubbish\nv9 00000000 of a later version\nrubbish")
        .unwrap();
    let mut daemon = Daemon::start(&file, None);
    until("its start is on the disk", || (lives(&state) == ["first"]).then_some(()));
    let details: Vec<String> = entries(&state)
        .into_iter()
        .filter_map(|record| match record.entry.event {
            Event::Storage { detail } => Some(detail),
            _ => None,
        })
        .collect();
    for expected in
        ["high-00000007.log cannot be read", "1 lines of the alarm log are damaged", "does not know"]
    {
        assert!(details.iter().any(|detail| detail.contains(expected)), "{expected}: {details:?}");
    }
    assert!(daemon.terminate().success());
}
