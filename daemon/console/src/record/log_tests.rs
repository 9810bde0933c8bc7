// SPDX-License-Identifier: MIT OR Apache-2.0

use super::super::entry::{AlarmEvent, Event, OperatorEvent, Priority, Stamp};
use super::*;
use crate::storage::Folder;
use crate::storage::full::SmallDisk;
use crate::storage::power_cut::Traced;

fn alarm(priority: Priority, text: &str) -> Entry {
    let event = Event::Alarm(AlarmEvent {
        alarm: text.into(),
        subject: text.into(),
        change: "raised".into(),
        phase: "active".into(),
        priority,
        acknowledged: false,
        audio_paused: false,
        cause: text.into(),
        value: None,
        caused_by: None,
        occurrences: 1,
    });
    Entry { at: Stamp { wall_ns: 1, monotonic_ns: 2 }, event }
}

fn open(storage: impl Storage + 'static) -> Log {
    Log::open(Box::new(storage), "boot".into()).unwrap().0
}

fn all(log: &Log) -> Vec<u64> {
    let page = log.page(Query { after: 0, most: PAGE, only: None });
    page.records.iter().map(|record| record.sequence).collect()
}

fn take(log: &mut Log, entry: Entry) {
    let mut lost = Lost::default();
    log.take(entry, &mut lost);
    assert!(lost.is_none());
}

#[test]
fn entries_of_both_classes_come_back_in_their_order_by_pages() {
    let directory = tempfile::tempdir().unwrap();
    let mut log = open(Folder::new(directory.path()));
    for number in 0..10 {
        take(&mut log, alarm(if number % 3 == 0 { Priority::High } else { Priority::Low }, "FLOW_LOW"));
        log.store().unwrap();
    }
    assert!(log.is_stored());
    assert_eq!(all(&log), (1..=10).collect::<Vec<_>>());
    let page = log.page(Query { after: 3, most: 4, only: None });
    assert_eq!(page.records.iter().map(|record| record.sequence).collect::<Vec<_>>(), [4, 5, 6, 7]);
    assert!(page.more && page.unreadable == 0);
    let page = log.page(Query { after: 0, most: PAGE, only: Some(Class::High) });
    assert_eq!(page.records.iter().map(|record| record.sequence).collect::<Vec<_>>(), [1, 4, 7, 10]);
    let mut again = open(Folder::new(directory.path()));
    take(&mut again, alarm(Priority::Low, "FLOW_LOW"));
    again.store().unwrap();
    assert_eq!(all(&again).last(), Some(&11), "numbers go on after a restart");
}

#[test]
fn more_than_a_thousand_of_high_priority_outlive_any_number_of_others() {
    let disk = SmallDisk::of(usize::MAX);
    let mut log = open(disk.clone());
    // The longest there can be of the one, and the shortest of the other.
    for _ in 0..1000 {
        take(&mut log, alarm(Priority::High, &"x".repeat(500)));
    }
    log.store().unwrap();
    for _ in 0..40 {
        for _ in 0..500 {
            take(&mut log, alarm(Priority::Medium, "X"));
        }
        log.store().unwrap();
    }
    let page = log.page(Query { after: 0, most: PAGE, only: Some(Class::High) });
    assert_eq!(page.records.len(), 1000);
    assert!(disk.used() <= 18 * 256 * 1024, "{} bytes", disk.used());
}

#[test]
fn on_a_full_disk_the_others_oldest_file_goes_for_those_of_high_priority() {
    let disk = SmallDisk::of(8_000);
    let bounds = Bounds { files: 8, bytes: 1500 };
    let mut log = Log::with_bounds(Box::new(disk.clone()), "boot".into(), bounds).unwrap().0;
    for _ in 0..100 {
        take(&mut log, alarm(Priority::Low, "LOW"));
        if log.store().is_err() {
            break;
        }
    }
    assert!(!log.is_stored(), "the disk is full");
    let before = all(&log);
    for _ in 0..10 {
        take(&mut log, alarm(Priority::High, "HIGH"));
        // The others may find room by it as well, or not.
        let _ = log.store();
    }
    let high = log.page(Query { after: 0, most: PAGE, only: Some(Class::High) });
    assert_eq!(high.records.len(), 10);
    assert!(all(&log).first() > before.first(), "the oldest of the others went");
    disk.set_room(100_000);
    log.store().unwrap();
    assert!(log.is_stored());
}

#[test]
fn what_is_damaged_or_of_a_later_version_is_told_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("high-00000001.log");
    std::fs::write(&file, "rubbish\nv7 12345678 {}\n").unwrap();
    let (log, opened) = Log::open(Box::new(Folder::new(directory.path())), "boot".into()).unwrap();
    assert_eq!(opened.problems.len(), 2, "{:?}", opened.problems);
    assert!(opened.problems.iter().any(|problem| problem.contains("1 lines") && problem.contains("damaged")));
    assert_eq!(log.page(Query { after: 0, most: 9, only: None }).records, []);
}

#[test]
fn a_power_cut_at_any_moment_loses_no_entry_of_either_class_that_was_stored() {
    let disk = Traced::default();
    let bounds = Bounds { files: 3, bytes: 700 };
    let open = |disk: &Traced| Log::with_bounds(Box::new(disk.clone()), "b".into(), bounds).unwrap().0;
    let mut log = open(&disk);
    for batch in 1..=4_u64 {
        take(&mut log, alarm(Priority::High, "A"));
        let event = OperatorEvent {
            action: "acknowledge".into(),
            target: "A".into(),
            by: "uid 0".into(),
            reason: String::new(),
        };
        take(&mut log, Entry { event: Event::Operator(event), ..alarm(Priority::Low, "A") });
        log.store().unwrap();
        disk.mark(2 * batch);
    }
    disk.after_each_cut(|cut| {
        let mut log = open(&cut.disk);
        let found = all(&log);
        let (marked, place) = (cut.marked, &cut.place);
        assert!((1..=marked).all(|sequence| found.contains(&sequence)), "{found:?} after {marked}: {place}");
        assert!(found.iter().all(|sequence| *sequence <= marked + 2), "{found:?} after {marked}: {place}");
        take(&mut log, alarm(Priority::High, "A"));
        log.store().unwrap();
        assert!(all(&log).len() > found.len(), "{place}");
    });
}
