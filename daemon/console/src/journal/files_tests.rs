// SPDX-License-Identifier: MIT OR Apache-2.0

use super::super::record::Record;
use super::super::text::{Reader, Writer};
use super::*;
use crate::storage::full::{Fault, SmallDisk};
use crate::storage::power_cut::Traced;
use ecmod_control::{Limits, Mode, PatientClass, Resume};
use ecmod_quantities::Rpm;
use proptest::prelude::*;

/// The smallest thing that can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number(u64);

impl Stored for Number {
    const NAMES: [&'static str; 2] = ["number.a", "number.b"];
    const LONGEST: usize = 100;

    fn encode(&self, sequence: u64) -> Vec<u8> {
        let mut text = Writer::new("number", 2, sequence);
        text.line("is", [&self.0]);
        text.finish()
    }

    fn decode(bytes: &[u8]) -> Result<(Self, u64), Damage> {
        let text = Reader::open("number", 2, bytes)?;
        Ok((Self(text.one("is")?.ok_or(Damage::Contents)?), text.sequence))
    }
}

fn open<R: Stored>(disk: &(impl Storage + Clone + 'static)) -> (Files<R>, Found<R>) {
    Files::on(Box::new(disk.clone()))
}

/// Whether something is said to be lost.
fn is_damaged<R>(found: &Found<R>) -> bool {
    found.problems.iter().any(Problem::is_damage)
}

/// Stores these numbers, each with a mark when its caller has been told.
fn store(disk: &Traced, numbers: impl IntoIterator<Item = u64>) {
    let (mut files, _) = open::<Number>(disk);
    for number in numbers {
        files.store(&Number(number)).unwrap();
        disk.mark(number);
    }
}

/// What is found after a power cut is the last that was stored or the one that was being stored, and life goes on.
fn assert_found(cut: &crate::storage::power_cut::Cut) {
    let (mut files, found) = open::<Number>(&cut.disk);
    let number = found.record.map_or(0, |number| number.0);
    let (marked, place) = (cut.marked, &cut.place);
    assert!(number == marked || number == marked + 1, "{number} after {marked}: {place}");
    files.store(&Number(99)).unwrap();
    assert_eq!(open::<Number>(&cut.disk).1.record, Some(Number(99)), "{place}");
}

#[test]
fn a_first_start_finds_nothing_and_complains_about_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (_, found) = Files::<Record>::open(&directory.path().join("not/yet/there"));
    assert!(found.record.is_none() && found.problems.is_empty());
}

#[test]
fn the_newest_of_many_records_is_found_again() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("made/on/demand");
    let (mut files, _) = Files::<Number>::open(&folder);
    for number in 1..=7 {
        files.store(&Number(number)).unwrap();
        assert_eq!(Files::<Number>::open(&folder).1.record, Some(Number(number)));
    }
}

#[test]
fn a_power_cut_at_any_moment_leaves_the_last_record_or_the_one_that_was_being_written() {
    let disk = Traced::default();
    store(&disk, 1..=5);
    let cuts = disk.after_each_cut(|cut| assert_found(&cut));
    assert!(cuts > 200, "{cuts}");
}

#[test]
fn a_daemon_that_was_killed_anywhere_and_a_power_cut_after_its_restart_lose_nothing_that_was_stored() {
    let first = Traced::default();
    store(&first, 1..=3);
    for killed in 0..=first.operations() {
        let disk = first.fork_after(killed);
        let found = open::<Number>(&disk).1;
        let newest = found.record.map_or(0, |number| number.0);
        assert_eq!(
            is_damaged(&found),
            newest == 0 && !found.problems.is_empty(),
            "{killed}: {:?}",
            found.problems
        );
        store(&disk, newest + 1..=newest + 2);
        disk.after_each_cut(|cut| {
            let found = open::<Number>(&cut.disk).1.record.map_or(0, |number| number.0);
            assert!(
                found >= cut.marked,
                "killed after {killed}: {found} after {}: {}",
                cut.marked,
                cut.place
            );
        });
    }
}

#[test]
fn the_state_itself_survives_a_power_cut_after_any_byte() {
    let record = |rpm| {
        let mut state = Resume::at(Mode::Flow, Rpm(rpm));
        state.alarms.limits = Some(Limits::preset(PatientClass::Neonate));
        Record { state, saved: None, limits_lost: false }
    };
    let disk = Traced::default();
    let (mut files, _) = open::<Record>(&disk);
    for (mark, rpm) in [(1, 1.0), (2, 2.0), (3, 3.0)] {
        files.store(&record(rpm)).unwrap();
        disk.mark(mark);
    }
    let cuts = disk.after_each_cut(|cut| {
        let found = open::<Record>(&cut.disk).1.record;
        let expected = [cut.marked, cut.marked + 1].map(|mark| f64::from(u32::try_from(mark).unwrap()));
        let is_expected = match &found {
            None => cut.marked == 0,
            Some(found) => expected.into_iter().any(|rpm| *found == record(rpm)),
        };
        assert!(is_expected, "{found:?} after {}: {}", cut.marked, cut.place);
    });
    assert!(cuts > 2500, "{cuts}");
}

#[test]
fn a_full_disk_leaves_the_state_before_and_is_written_again_when_there_is_room() {
    let room = Number(7).encode(7).len();
    for less in 0..2 * room {
        let disk = SmallDisk::of(10 * room);
        let (mut files, _) = open::<Number>(&disk);
        for number in 1..=3 {
            files.store(&Number(number)).unwrap();
        }
        disk.set_room(less);
        let stored = files.store(&Number(4));
        let left = open::<Number>(&disk).1.record;
        assert_eq!(left, Some(Number(if stored.is_ok() { 4 } else { 3 })), "room for {less}");
        disk.set_room(10 * room);
        files.store(&Number(5)).unwrap();
        assert_eq!(open::<Number>(&disk).1.record, Some(Number(5)));
    }
}

#[test]
fn a_disk_that_is_read_only_or_cannot_sync_is_an_error_and_the_state_stays() {
    for fault in [Fault::ReadOnly, Fault::Sync] {
        let disk = SmallDisk::of(1000);
        let (mut files, _) = open::<Number>(&disk);
        files.store(&Number(1)).unwrap();
        files.store(&Number(2)).unwrap();
        disk.set_fault(fault);
        assert!(files.store(&Number(3)).is_err());
        assert!(files.store(&Number(3)).is_err());
        disk.set_fault(Fault::None);
        let found = open::<Number>(&disk).1.record.unwrap();
        assert!(found == Number(2) || found == Number(3), "{fault:?}: {found:?}");
        files.store(&Number(4)).unwrap();
        assert_eq!(open::<Number>(&disk).1.record, Some(Number(4)));
    }
}

#[test]
fn an_empty_file_is_a_write_that_was_cut_off_if_the_other_one_is_whole_and_a_loss_if_not() {
    for empty in [b"".as_slice(), &[0; 40]] {
        let disk = SmallDisk::of(1000);
        let (mut files, _) = open::<Number>(&disk);
        files.store(&Number(1)).unwrap();
        files.store(&Number(2)).unwrap();
        let mut hand: Box<dyn Storage> = Box::new(disk.clone());
        for (name, left) in [("number.a", Some(Number(2))), ("number.b", None)] {
            hand.resize(name, 0).unwrap();
            hand.write(name, 0, empty).unwrap();
            let (_, found) = open::<Number>(&disk);
            assert_eq!((found.record, is_damaged(&found)), (left, left.is_none()));
            assert!(found.problems.iter().all(|problem| problem.to_string().contains("number.")));
        }
        assert_eq!(open::<Number>(&disk).1.problems.len(), 2);
    }
}

#[test]
fn a_file_of_others_or_of_a_later_version_is_told_and_put_aside_and_not_written_over() {
    for foreign in [b"somebody else's".as_slice(), b"number 3\nof a later version\n"] {
        let disk = SmallDisk::of(1000);
        let mut hand: Box<dyn Storage> = Box::new(disk.clone());
        hand.write("number.a", 0, foreign).unwrap();
        hand.write("number.b", 0, foreign).unwrap();
        let (mut files, found) = open::<Number>(&disk);
        assert_eq!((found.record, found.problems.len()), (None, 2));
        files.store(&Number(1)).unwrap();
        files.store(&Number(2)).unwrap();
        let (_, found) = open::<Number>(&disk);
        assert_eq!((found.record, found.problems.len()), (Some(Number(2)), 0));
        for name in ["number.a.unknown", "number.b.unknown"] {
            assert_eq!(disk.file(name).as_deref(), Some(foreign));
        }
    }
}

#[test]
fn a_file_that_is_no_file_is_a_problem_and_the_other_one_is_used() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("number.a")).unwrap();
    std::fs::write(directory.path().join("number.b"), Number(7).encode(3)).unwrap();
    let (mut files, found) = Files::<Number>::open(directory.path());
    assert_eq!((found.record, found.problems.len()), (Some(Number(7)), 1));
    assert!(found.problems[0].to_string().contains("number.a"), "{}", found.problems[0]);
    assert!(files.store(&Number(8)).is_err());
    std::fs::remove_dir(directory.path().join("number.a")).unwrap();
    files.store(&Number(8)).unwrap();
    assert_eq!(Files::<Number>::open(directory.path()).1.record, Some(Number(8)));
}

proptest! {
    #[test]
    fn garbage_in_both_files_is_reported_and_yields_no_state(
        a in prop::collection::vec(any::<u8>(), 0..150), b in prop::collection::vec(any::<u8>(), 0..150),
    ) {
        let disk = SmallDisk::of(10_000);
        let mut hand: Box<dyn Storage> = Box::new(disk.clone());
        hand.write("state.a", 0, &a).unwrap();
        hand.write("state.b", 0, &b).unwrap();
        let (_, found) = open::<Record>(&disk);
        prop_assert!(found.record.is_none());
        prop_assert_eq!(found.problems.len(), 2);
    }
}
