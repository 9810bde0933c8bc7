// SPDX-License-Identifier: MIT OR Apache-2.0

use std::io::Read;

use super::super::entry::{Event, OperatorEvent, Stamp};
use super::super::log::PAGE;
use super::super::queue::CAPACITY;
use super::super::window::{About, Column, Recorded};
use super::*;
use crate::storage::Storage;
use crate::storage::full::{Fault, SmallDisk};

const PATIENCE: Duration = Duration::from_secs(20);

const EVERYTHING: Query = Query { after: 0, most: PAGE, only: None };

fn entry(text: &str) -> Entry {
    let text = text.to_owned();
    Entry::now(Event::Operator(OperatorEvent {
        action: text,
        target: String::new(),
        by: String::new(),
        reason: String::new(),
    }))
}

fn recorded(number: u64) -> Recorded {
    let began = Stamp { wall_ns: 0, monotonic_ns: 0 };
    let about = About { intervention: "suction".into(), began, details: Vec::new() };
    let columns: Vec<Column> = vec![Column { name: "blood_flow".into(), unit: "L/min" }];
    Recorded { number, about, columns: columns.into(), frames: Vec::new(), is_complete: true }
}

fn on(disk: &SmallDisk) -> Recorder {
    let opener = |disk: SmallDisk| -> Opener { Box::new(move || Box::new(disk.clone()) as Box<dyn Storage>) };
    Recorder::with(Writer::new(opener(disk.clone()), opener(disk.clone()), "boot"), 0).unwrap()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_noted_is_read_back_and_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(directory.path(), "boot-1").unwrap();
    let handle = recorder.handle();
    for number in 0..200 {
        handle.note(entry(&format!("{number}")));
    }
    recorder.close(PATIENCE).unwrap();
    let recorder = Recorder::start(directory.path(), "boot-2").unwrap();
    recorder.handle().note(entry("after"));
    let mut page = Page::default();
    while page.records.len() < 201 {
        page = recorder.handle().read(EVERYTHING).await.unwrap();
    }
    assert_eq!(
        page.records.iter().map(|record| record.sequence).collect::<Vec<_>>(),
        (1..=201).collect::<Vec<_>>()
    );
    assert_eq!((page.records[0].boot.as_str(), page.records[200].boot.as_str()), ("boot-1", "boot-2"));
    recorder.close(PATIENCE).unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn a_record_of_readings_is_listed_and_opened_by_its_number() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(directory.path(), "boot").unwrap();
    let handle = recorder.handle();
    handle.keep(recorded(7));
    until("it is on the disk", || !handle.records().is_empty());
    assert_eq!(handle.records()[0].name, "000007-suction.csv");
    let mut text = String::new();
    std::fs::File::from(handle.open(7).await.unwrap()).read_to_string(&mut text).unwrap();
    assert!(text.contains("# number: 7\n") && super::super::table::is_whole(text.as_bytes()));
    assert_eq!(handle.open(8).await.unwrap_err(), Unavailable);
    recorder.close(PATIENCE).unwrap();
    let recorder = Recorder::start(directory.path(), "boot").unwrap();
    assert_eq!(recorder.newest_record(), 7);
    recorder.close(PATIENCE).unwrap();
}

#[test]
fn a_full_disk_keeps_nobody_waiting_and_what_was_lost_is_written_down_when_there_is_room() {
    let disk = SmallDisk::of(0);
    let recorder = on(&disk);
    let handle = recorder.handle();
    handle.note(entry("the first"));
    until("the disk is known to be full", || handle.health(clock::now()).is_full);
    let began = Instant::now();
    for number in 0..5000 {
        handle.note(entry(&format!("{number}")));
    }
    assert!(began.elapsed() < Duration::from_secs(2), "nobody waits for the disk");
    let health = handle.health(clock::now());
    // One queue waits, and another may be what the thread took before it knew.
    let held = 2 * u64::try_from(CAPACITY).unwrap();
    assert!(health.is_losing && health.lost.other >= 5001 - held, "{health:?}");
    disk.set_room(10_000_000);
    recorder.close(PATIENCE).unwrap();
    let read = |name| super::super::line::read(&disk.file(name).unwrap()).records;
    let others = read("other-00000001.log");
    assert!(matches!(&others[0].entry.event, Event::Operator(event) if event.action == "the first"));
    let high = read("high-00000001.log");
    let Event::Lost(lost) = &high[0].entry.event else { panic!("{high:?}") };
    assert_eq!((lost.high, lost.other, lost.why.as_str()), (0, health.lost.other, "disk_full"));
    assert_eq!(
        u64::try_from(others.len()).unwrap() + lost.other,
        5001,
        "nothing is lost without being counted"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_disk_that_fails_and_recovers_costs_an_entry_that_says_how_many_are_missing() {
    let disk = SmallDisk::of(10_000_000);
    let recorder = on(&disk);
    let handle = recorder.handle();
    handle.note(entry("before"));
    until("it is written", || disk.file("other-00000001.log").is_some());
    disk.set_fault(Fault::ReadOnly);
    handle.note(entry("while"));
    until("it is told", || handle.health(clock::now()).is_failing);
    for number in 0..2000 {
        handle.note(entry(&format!("{number}")));
    }
    let lost = handle.health(clock::now()).lost;
    disk.set_fault(Fault::None);
    let mut events = Vec::new();
    until("the loss is written down", || {
        let text = disk.file("high-00000001.log").unwrap_or_default();
        events = super::super::line::read(&text).records;
        !events.is_empty()
    });
    let Event::Lost(event) = &events[0].entry.event else { panic!("{events:?}") };
    assert_eq!((event.other, event.why.as_str()), (lost.other, "disk_error"));
    assert!(handle.health(clock::now()).is_losing, "it is told for a while after it is over");
    recorder.close(PATIENCE).unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn a_state_directory_that_is_none_costs_the_log_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a file, not a folder");
    std::fs::write(&file, "").unwrap();
    let recorder = Recorder::start(&file, "boot").unwrap();
    let handle = recorder.handle();
    handle.note(entry("in vain"));
    handle.keep(recorded(1));
    until("it is told", || handle.health(clock::now()).is_failing);
    assert_eq!(handle.read(EVERYTHING).await, Err(Unavailable));
    assert_eq!(recorder.close(PATIENCE), Err(Unfinished));
}

#[test]
fn a_small_disk_that_somebody_else_fills_is_told_before_it_is_full() {
    let recorder = on(&SmallDisk::of(1_000_000));
    let handle = recorder.handle();
    until("there is hardly any room", || handle.health(clock::now()).is_full);
    handle.note(entry("written all the same"));
    recorder.close(PATIENCE).unwrap();
}
