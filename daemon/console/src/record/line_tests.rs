// SPDX-License-Identifier: MIT OR Apache-2.0

use super::super::entry::*;
use super::*;
use proptest::prelude::*;

pub fn alarm(priority: Priority) -> Event {
    Event::Alarm(AlarmEvent {
        alarm: "FLOW_LOW".into(),
        subject: "blood_flow".into(),
        change: "raised".into(),
        phase: "active".into(),
        priority,
        acknowledged: false,
        audio_paused: false,
        cause: "below_limit".into(),
        value: Some(1.75),
        caused_by: Some("OCCLUSION_UP".into()),
        occurrences: 3,
    })
}

fn record() -> Record {
    Record {
        sequence: 17,
        time: "2026-09-21T14:13:20.123Z".into(),
        boot: "6f1f2d8a-0c41-4d1f-9b7c-2f6f0f3b8f10".into(),
        entry: Entry {
            at: Stamp { wall_ns: 1_790_000_000_123_456_789, monotonic_ns: 4_200_000_001 },
            event: alarm(Priority::High),
        },
    }
}

/// The longest words that anybody can hand in.
fn long() -> String {
    "\"\\\u{7f}\n€".repeat(400)
}

/// Every event, with nothing but long words and long numbers in it.
fn long_events() -> Vec<Event> {
    let value = Some(-1.234_567_890_123_456_7e-300);
    vec![
        Event::Alarm(AlarmEvent {
            alarm: long(),
            subject: long(),
            change: long(),
            phase: long(),
            priority: Priority::Medium,
            acknowledged: false,
            audio_paused: false,
            cause: long(),
            value,
            caused_by: Some(long()),
            occurrences: u32::MAX,
        }),
        Event::Limit(LimitEvent { limit: long(), before: value, now: value, unit: long(), by: long() }),
        Event::Intervention(InterventionEvent {
            intervention: long(),
            state: long(),
            trigger: value,
            corroboration: long(),
            floor_rpm: value,
            ceiling_rpm: value,
            count: u32::MAX,
            detail: long(),
            record: Some(u64::MAX),
        }),
        Event::Operator(OperatorEvent { action: long(), target: long(), by: long(), reason: long() }),
        Event::Started(StartedEvent { version: long(), before: long(), starts: u64::MAX, boots: u64::MAX }),
        Event::Ended,
        Event::ClockSet { step_s: f64::NAN },
        Event::Lost(LostEvent { high: u64::MAX, other: u64::MAX, records: u64::MAX, why: long() }),
        Event::Storage { detail: long() },
    ]
}

#[test]
fn the_first_format_is_read_for_ever() {
    let fixture = include_bytes!("../../tests/fixtures/alarm-log-format-1.log");
    assert_eq!(encode(&record()).unwrap(), fixture);
    let contents = read(fixture);
    assert_eq!((contents.records, contents.end), (vec![record()], fixture.len()));
}

#[test]
fn whatever_is_handed_in_fits_into_a_line_and_comes_back() {
    for event in long_events() {
        let at = Stamp { wall_ns: i64::MIN, monotonic_ns: u64::MAX };
        let record = Entry { at, event }.recorded(u64::MAX, &long());
        let line = encode(&record).unwrap_or_else(|| panic!("too long: {record:?}"));
        let contents = read(&line);
        assert_eq!(contents.records.len(), 1, "{record:?}");
        assert_eq!(contents.records[0].entry.event.class(), record.entry.event.class());
    }
}

#[test]
fn what_a_newer_version_wrote_is_told_from_damage() {
    let mut contents = read(b"v2 0000 something\nv1 00000000 {}\nx\n");
    assert_eq!((contents.newer, contents.damaged), (1, 2));
    let json = br#"{"sequence":1,"boot":"b","wall_ns":1,"monotonic_ns":1,"event":"of a later version"}"#;
    let line = [format!("v1 {:08x} ", crc32fast::hash(json)).as_bytes(), json, b"\n"].concat();
    contents = read(&line);
    assert_eq!((contents.newer, contents.damaged, contents.end), (1, 0, line.len()));
}

#[test]
fn a_file_that_is_cut_at_any_byte_has_the_whole_lines_before_it() {
    let line = encode(&record()).unwrap();
    let three = [line.clone(), line.clone(), line.clone()].concat();
    for cut in 0..three.len() {
        let contents = read(&three[..cut]);
        assert_eq!(contents.records.len(), cut / line.len());
        assert_eq!(contents.end, cut / line.len() * line.len(), "what follows is cut off");
        assert_eq!(contents.damaged, u64::from(cut % line.len() != 0));
    }
}

proptest! {
    #[test]
    fn a_damaged_line_is_never_taken_for_an_entry(position in 0..300_usize, flip in 1..=255_u8) {
        let mut line = encode(&record()).unwrap();
        let position = position % (line.len() - 1);
        line[position] ^= flip;
        prop_assert!(read(&line).records.is_empty());
    }

    #[test]
    fn garbage_is_no_entry(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        prop_assert!(read(&bytes).records.is_empty());
    }
}
