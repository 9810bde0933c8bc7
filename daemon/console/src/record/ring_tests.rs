// SPDX-License-Identifier: MIT OR Apache-2.0

use super::super::entry::{Entry, Event, Stamp};
use super::*;
use crate::storage::full::{Fault, SmallDisk};
use crate::storage::power_cut::{Cut, Traced};

/// Two or three short lines in a file, three files.
const SMALL: Bounds = Bounds { files: 3, bytes: 400 };

fn line_of(sequence: u64) -> Line {
    let at = Stamp { wall_ns: 0, monotonic_ns: sequence };
    let bytes = line::encode(&Entry { at, event: Event::Ended }.recorded(sequence, "boot")).unwrap();
    Line { sequence, bytes }
}

fn open(storage: &dyn Storage) -> Ring {
    Ring::open(storage, "high", SMALL).unwrap().0
}

fn sequences(ring: &Ring, storage: &dyn Storage) -> Vec<u64> {
    ring.read(storage, 0).records.iter().map(|record| record.sequence).collect()
}

/// Stores these one by one and in pairs, each with a mark when its caller has been told.
fn store(disk: &Traced, sequences: std::ops::RangeInclusive<u64>) {
    let mut storage: Box<dyn Storage> = Box::new(disk.clone());
    let mut ring = open(&*storage);
    let sequences: Vec<u64> = sequences.collect();
    for pair in sequences.chunks(2) {
        let lines: Vec<Line> = pair.iter().map(|sequence| line_of(*sequence)).collect();
        ring.store(&mut *storage, &lines).1.unwrap();
        disk.mark(*pair.last().unwrap());
    }
}

/// What is found is everything from some entry on up to the last that was stored, or to those that were being stored;
/// what is stored then is found as well.
fn assert_found(cut: &Cut) {
    let Cut { disk, marked, place } = cut;
    let mut storage: Box<dyn Storage> = Box::new(disk.clone());
    let mut ring = open(&*storage);
    let found = sequences(&ring, &*storage);
    let newest = found.last().copied().unwrap_or(0);
    assert!((*marked..=marked + 2).contains(&newest), "{found:?} after {marked}: {place}");
    assert!(found.windows(2).all(|pair| pair[1] == pair[0] + 1), "{found:?}: {place}");
    assert!(*marked < 4 || found.len() >= 4, "at least two full files: {found:?} after {marked}: {place}");
    ring.store(&mut *storage, &[line_of(100), line_of(101)]).1.unwrap();
    let again = open(&*storage);
    let found = sequences(&again, &*storage);
    assert!(found.ends_with(&[100, 101]), "{found:?}: {place}");
}

#[test]
fn the_oldest_file_goes_when_there_are_enough_and_the_rest_stays_in_order() {
    let disk = SmallDisk::of(100_000);
    let mut storage: Box<dyn Storage> = Box::new(disk.clone());
    let mut ring = open(&*storage);
    for sequence in 1..=40 {
        assert_eq!(ring.store(&mut *storage, &[line_of(sequence)]).0, 1);
        assert!(storage.names().unwrap().len() <= SMALL.files);
    }
    let found = sequences(&ring, &*storage);
    let lines = usize::try_from(SMALL.bytes).unwrap() / line_of(10).bytes.len();
    assert!(found.len() > 2 * lines && found.ends_with(&[39, 40]), "{found:?}");
    assert!(found.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert_eq!(sequences(&open(&*storage), &*storage), found, "and after a restart");
    let after: Vec<u64> = ring.read(&*storage, 38).records.iter().map(|record| record.sequence).collect();
    assert_eq!(after, [39, 40]);
}

#[test]
fn a_power_cut_at_any_moment_loses_no_entry_that_was_stored_and_leaves_none_that_was_not_written() {
    let disk = Traced::default();
    store(&disk, 1..=14);
    let cuts = disk.after_each_cut(|cut| assert_found(&cut));
    assert!(cuts > 1500, "{cuts}");
}

#[test]
fn a_daemon_that_was_killed_anywhere_and_a_power_cut_after_its_restart_lose_nothing_that_was_stored() {
    let first = Traced::default();
    store(&first, 1..=9);
    for killed in 0..=first.operations() {
        let disk = first.fork_after(killed);
        let newest = sequences(&open(&disk), &disk).last().copied().unwrap_or(0);
        store(&disk, newest + 1..=newest + 4);
        disk.after_each_cut(|cut| {
            let found = sequences(&open(&cut.disk), &cut.disk);
            let newest = found.last().copied().unwrap_or(0);
            let (marked, place) = (cut.marked, &cut.place);
            assert!(newest >= marked, "killed after {killed}: {found:?} after {marked}: {place}");
            assert!(found.windows(2).all(|pair| pair[1] == pair[0] + 1), "{found:?}: {place}");
        });
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_loses_nothing_and_goes_on_when_there_is_room() {
    for room in 0..900 {
        let disk = SmallDisk::of(room);
        let mut storage: Box<dyn Storage> = Box::new(disk.clone());
        let mut ring = open(&*storage);
        let lines: Vec<Line> = (1..=7).map(line_of).collect();
        let (stored, result) = ring.store(&mut *storage, &lines);
        assert!(stored == 7 || result.is_err());
        let found = sequences(&open(&*storage), &*storage);
        assert!(found.len() >= stored, "room for {room}: {found:?}, said {stored}");
        disk.set_room(100_000);
        assert_eq!(ring.store(&mut *storage, &lines[stored..]).0, 7 - stored);
        assert_eq!(sequences(&ring, &*storage), [1, 2, 3, 4, 5, 6, 7], "room for {room}");
        assert_eq!(sequences(&open(&*storage), &*storage), [1, 2, 3, 4, 5, 6, 7], "room for {room}");
    }
}

#[test]
fn what_could_not_be_synced_is_not_called_stored_and_is_there_once_when_it_is_stored_again() {
    let disk = SmallDisk::of(10_000);
    let mut storage: Box<dyn Storage> = Box::new(disk.clone());
    let mut ring = open(&*storage);
    ring.store(&mut *storage, &[line_of(1)]).1.unwrap();
    for fault in [Fault::Sync, Fault::ReadOnly] {
        disk.set_fault(fault);
        let (stored, result) = ring.store(&mut *storage, &[line_of(2)]);
        assert!(stored == 0 && result.is_err());
    }
    disk.set_fault(Fault::None);
    ring.store(&mut *storage, &[line_of(2), line_of(3)]).1.unwrap();
    assert_eq!(sequences(&ring, &*storage), [1, 2, 3]);
}

#[test]
fn files_of_others_stay_and_damage_in_the_middle_costs_its_own_line_and_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage: Box<dyn Storage> = Box::new(crate::storage::Folder::new(directory.path()));
    let mut ring = open(&*storage);
    let lines: Vec<Line> = (1..=3).map(line_of).collect();
    ring.store(&mut *storage, &lines).1.unwrap();
    let file = directory.path().join("high-00000001.log");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[lines[0].bytes.len() + 20] ^= 1;
    bytes.extend(b"v2 00000000 of a later version\n");
    std::fs::write(&file, bytes).unwrap();
    for foreign in ["high-1.log", "high-00000001.log.bak", "other-00000007.log", "high-0000000x.log"] {
        std::fs::write(directory.path().join(foreign), "not ours\n").unwrap();
    }
    std::fs::create_dir(directory.path().join("high-00000002.log")).unwrap();
    let (mut ring, found) = Ring::open(&*storage, "high", SMALL).unwrap();
    assert_eq!((found.newest, found.damaged, found.newer, found.unreadable.len()), (3, 1, 1, 1));
    ring.store(&mut *storage, &[line_of(4)]).1.unwrap();
    assert_eq!(sequences(&ring, &*storage), [1, 3, 4]);
    assert!(directory.path().join("high-00000003.log").is_file(), "a folder is not written to");
    assert!(directory.path().join("high-1.log").is_file());
}

#[test]
fn a_file_that_somebody_removes_or_shortens_meanwhile_costs_what_was_in_it_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage: Box<dyn Storage> = Box::new(crate::storage::Folder::new(directory.path()));
    let mut ring = open(&*storage);
    ring.store(&mut *storage, &[line_of(1), line_of(2)]).1.unwrap();
    std::fs::remove_file(directory.path().join("high-00000001.log")).unwrap();
    ring.store(&mut *storage, &[line_of(3)]).1.unwrap();
    assert_eq!(sequences(&ring, &*storage), [3]);
    std::fs::write(directory.path().join("high-00000002.log"), "v1").unwrap();
    ring.store(&mut *storage, &[line_of(4)]).1.unwrap();
    assert_eq!(sequences(&open(&*storage), &*storage), [4]);
}
