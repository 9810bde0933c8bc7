// SPDX-License-Identifier: MIT OR Apache-2.0

use super::super::entry::Stamp;
use super::super::window::About;
use super::*;
use crate::storage::full::SmallDisk;
use crate::storage::power_cut::Traced;

fn recorded(number: u64) -> Recorded {
    let began = Stamp { wall_ns: 0, monotonic_ns: 0 };
    let about = About { intervention: "level low/../x".into(), began, details: Vec::new() };
    Recorded { number, about, columns: Vec::new().into(), frames: Vec::new(), is_complete: true }
}

fn open(disk: &(impl Storage + Clone + 'static)) -> Shelf {
    Shelf::with_bounds(Box::new(disk.clone()), 3, 100_000).unwrap()
}

fn numbers(shelf: &Shelf) -> Vec<u64> {
    shelf.kept().iter().map(|kept| kept.number).collect()
}

#[test]
fn so_many_are_kept_and_the_oldest_goes() {
    let disk = SmallDisk::of(1_000_000);
    let mut shelf = open(&disk);
    for number in 1..=5 {
        shelf.put(&recorded(number)).unwrap();
    }
    assert_eq!(numbers(&shelf), [3, 4, 5]);
    assert_eq!(numbers(&open(&disk)), [3, 4, 5]);
    assert_eq!(newest(&disk).unwrap(), 5);
    assert_eq!(shelf.kept()[0].name, "000003-level_low____x.csv", "whatever it is called");
}

#[test]
fn the_whole_record_takes_the_place_of_what_was_known_so_far() {
    let disk = SmallDisk::of(1_000_000);
    let mut shelf = open(&disk);
    shelf.put(&Recorded { is_complete: false, ..recorded(1) }).unwrap();
    shelf.put(&recorded(1)).unwrap();
    assert_eq!(numbers(&shelf), [1]);
    let text = String::from_utf8(disk.file("000001-level_low____x.csv").unwrap()).unwrap();
    assert!(text.contains("# complete: yes"));
}

#[test]
fn so_many_bytes_are_kept_and_no_more() {
    let length = u64::try_from(table::encode(&recorded(1)).len()).unwrap();
    let disk = SmallDisk::of(1_000_000);
    let mut shelf = Shelf::with_bounds(Box::new(disk.clone()), 64, 2 * length + 1).unwrap();
    for number in 1..=5 {
        shelf.put(&recorded(number)).unwrap();
    }
    assert_eq!(numbers(&shelf), [4, 5]);
}

#[test]
fn on_a_full_disk_older_records_go_for_a_new_one_and_nothing_unfinished_stays() {
    let length = table::encode(&recorded(1)).len();
    let disk = SmallDisk::of(2 * length + length / 2);
    let mut shelf = open(&disk);
    for number in 1..=3 {
        shelf.put(&recorded(number)).unwrap();
    }
    assert_eq!(numbers(&shelf), [2, 3]);
    disk.set_room(length / 2);
    assert!(shelf.put(&recorded(4)).is_err());
    assert_eq!(disk.used(), 0, "no room for even one");
    disk.set_room(10 * length);
    shelf.put(&recorded(5)).unwrap();
    assert_eq!(numbers(&open(&disk)), [5]);
}

#[test]
fn files_of_others_are_left_alone_and_unfinished_ones_of_ours_are_removed() {
    let disk = SmallDisk::of(1_000_000);
    let mut hand: Box<dyn Storage> = Box::new(disk.clone());
    for name in ["notes.txt", "1-x.csv", "000009-x.csv.part", "000008-x.csv"] {
        hand.write(name, 0, b"x").unwrap();
    }
    assert_eq!(newest(&disk).unwrap(), 9, "its number was given away");
    assert_eq!(numbers(&open(&disk)), [8]);
    assert_eq!(hand.names().unwrap(), ["000008-x.csv", "1-x.csv", "notes.txt"]);
}

#[test]
fn after_a_power_cut_at_any_moment_what_has_its_name_is_whole_and_what_was_kept_is_there() {
    let disk = Traced::default();
    let mut shelf = open(&disk);
    for number in 1..=4 {
        shelf.put(&Recorded { is_complete: false, ..recorded(number) }).unwrap();
        shelf.put(&recorded(number)).unwrap();
        disk.mark(number);
    }
    disk.after_each_cut(|cut| {
        let mut shelf = open(&cut.disk);
        let found = numbers(&shelf);
        let place = &cut.place;
        for kept in shelf.kept() {
            let bytes = cut.disk.read(&kept.name, u64::MAX).unwrap().unwrap();
            assert!(table::is_whole(&bytes), "{kept:?}: {place}");
        }
        let oldest = cut.marked.saturating_sub(1).max(1);
        assert!(
            (oldest..=cut.marked).all(|number| found.contains(&number)),
            "{found:?} after {}: {place}",
            cut.marked
        );
        shelf.put(&recorded(9)).unwrap();
        assert!(numbers(&shelf).ends_with(&[9]));
    });
}
