// SPDX-License-Identifier: MIT OR Apache-2.0
use super::super::files::{Files, Found};
use super::*;
use crate::storage::power_cut::Traced;
use proptest::prelude::*;

fn record(reason: &str) -> Procedures {
    let steps = vec![
        (
            "clamp_return".to_owned(),
            Progress::Done(StepDone { how: Done::Seen, at: Span(4), by: String::new() }),
        ),
        (
            "gas_off".to_owned(),
            Progress::Skipped { at: Span(5), by: "user 1000".to_owned(), reason: reason.to_owned() },
        ),
        (
            "move_head".to_owned(),
            Progress::Done(StepDone { how: Done::Confirmed, at: Span(6), by: "user 1000".to_owned() }),
        ),
        ("start".to_owned(), Progress::Waiting { since: Some(Span(7)) }),
        ("keep".to_owned(), Progress::Waiting { since: None }),
    ];
    let aim = Aim { speed: Some(Rpm(3204.5)), flow: None, class: "paediatric" };
    Procedures {
        boot: BootId::new("11111111-2222-3333-4444-555555555555"),
        at: Stamp { wall_ns: 1_790_000_000_000_000_000, monotonic_ns: 42 },
        kept: Kept {
            case: Some((Span(99), true, Some(Span(9)))),
            completed: vec![("pre_use".to_owned(), Span(1_000))],
            runs: vec![KeptRun {
                procedure: "change_console".to_owned(),
                by: "user 1000".to_owned(),
                elapsed: Span(8),
                aim,
                steps,
            }],
        },
    }
}

#[test]
fn the_first_format_is_read_for_ever() {
    let fixture = include_bytes!("../../tests/fixtures/procedures-format-1.txt");
    assert_eq!(Procedures::decode(fixture), Ok((record("no gas connected"), 7)));
    assert_eq!(record("no gas connected").encode(7), fixture);
}

#[test]
fn nothing_kept_is_a_record_too() {
    let mut empty = record("");
    empty.kept = Kept::default();
    assert_eq!(Procedures::decode(&empty.encode(1)), Ok((empty, 1)));
}

#[test]
fn how_long_ago_it_was_is_said_by_the_clock_that_can() {
    let record = record("");
    let (same, other) = (record.boot.clone(), BootId::new("another"));
    let later =
        |wall: i64, monotonic: u64| Stamp { wall_ns: record.at.wall_ns + wall, monotonic_ns: monotonic };
    assert_eq!(record.ago(&same, later(-5, 142)), Span(100));
    assert_eq!(record.ago(&other, later(7_000, 3)), Span(7_000));
    assert_eq!(record.ago(&other, later(-7_000, 3)), Span::ZERO);
    assert_eq!(record.ago(&other, later(i64::MAX / 9, 3)), LONGEST_AWAY);
}

#[test]
fn a_power_cut_at_any_moment_leaves_the_last_record_or_the_one_that_was_being_written() {
    let open =
        |disk: &Traced| -> (Files<Procedures>, Found<Procedures>) { Files::on(Box::new(disk.clone())) };
    let disk = Traced::default();
    let records = [record("one"), record("two"), record("three")];
    let (mut files, _) = open(&disk);
    for (mark, record) in (1..).zip(&records) {
        files.store(record).unwrap();
        disk.mark(mark);
    }
    let cuts = disk.after_each_cut(|cut| {
        let found = open(&cut.disk).1.record;
        let number =
            records.iter().position(|record| Some(record) == found.as_ref()).map_or(0, |at| at as u64 + 1);
        assert!(
            number == cut.marked || number == cut.marked + 1,
            "{number} after {}: {}",
            cut.marked,
            cut.place
        );
    });
    assert!(cuts > 200, "{cuts}");
}

proptest! {
    #[test]
    fn whatever_people_write_comes_back(reason in any::<String>(), by in any::<String>()) {
        let mut record = record(&reason);
        record.kept.runs[0].by = by;
        prop_assert_eq!(Procedures::decode(&record.encode(3)), Ok((record, 3)));
    }

    #[test]
    fn a_damaged_record_is_never_taken_for_a_good_one(position in 0..300_usize, flip in 1..=255_u8, cut in 0..300_usize) {
        let good = record("why").encode(3);
        let mut damaged = good.clone();
        damaged[position % good.len()] ^= flip;
        prop_assert!(Procedures::decode(&damaged).is_err());
        prop_assert!(Procedures::decode(&good[..cut % good.len()]).is_err());
    }

    /// Lines that a checksum vouches for and nobody wrote: an error, or a record, and never a panic.
    #[test]
    fn lines_that_nobody_wrote_do_no_harm(lines in prop::collection::vec("(case|run|step|completed|clocks) ?[a-z0-9% .-]{0,40}", 0..8)) {
        let mut text = Writer::new(NAME, FORMAT, 1);
        text.line("boot", [&"b"]);
        for line in &lines {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            text.line(word, [&rest]);
        }
        let _ = Procedures::decode(&text.finish());
    }
}
