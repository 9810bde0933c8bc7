// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on a scripted serial line.

use crate::EmtecBioprott;
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{Everywhere, FakeHost, Harness, Request};
use ecmod_plugin::{Error, Level};
use proptest::prelude::*;

const GOOD: &str = "00 00 100 0.99 7195 7193 6897 +41";
const SIGNALS: [&str; 8] =
    ["flow", "flow_1s", "flow_10s", "quality", "temperature", "calibration_factor", "error", "status"];

/// A driver that has seen the end of a line, so that the next line is whole.
fn open(config: &str) -> (FakeHost, Harness) {
    let fake = FakeHost::new();
    fake.configure(config);
    let mut harness = Harness::open::<EmtecBioprott>(&fake).unwrap();
    fake.feed(b"7193 6897 +41\r\n");
    harness.cycle();
    (fake, harness)
}

/// One line comes in, a tenth of a second after the last one.
fn line(fake: &FakeHost, harness: &mut Harness, text: &str) {
    fake.feed(text.as_bytes());
    fake.feed(b"\r\n");
    assert_eq!(harness.cycle_after(Span::from_millis(80)), 0);
}

fn result(harness: &Harness, signal: &str) -> (Option<f64>, Quality, Cause) {
    let sample = harness.sample(signal).unwrap();
    (sample.value, sample.quality, sample.cause)
}

#[test]
fn all_fields_of_a_line_are_delivered_in_canonical_units() {
    let (fake, mut harness) = open("{}");
    line(&fake, &mut harness, GOOD);
    let expected = [7.195, 7.193, 6.897, 100.0, 41.0, 99.0, 0.0, 0.0];
    for (name, value) in SIGNALS.into_iter().zip(expected) {
        assert_eq!(result(&harness, name), (Some(value), Quality::Good, Cause::None), "{name}");
    }
}

#[test]
fn every_fault_has_its_cause_and_is_over_with_the_next_good_line() {
    let table = [
        ("00 24 34 0.99 ------- ------- ------- +43", None, Quality::Bad, Cause::SignalLost),
        ("1A 41 --- ---- ------- ------- ------- +77", None, Quality::Bad, Cause::DeviceError),
        ("00 E0 --- ---- ------- ------- ------- +35", None, Quality::Bad, Cause::Disconnected),
        ("00 00 100 0.99 ^^^^^^ 7193 6897 +41", None, Quality::Bad, Cause::OutOfRange),
        ("00 00 100 0.99 vvvvvv 7193 6897 +41", None, Quality::Bad, Cause::OutOfRange),
        ("00 00 100 0.99 ------- ------- ------- +41", None, Quality::Bad, Cause::NotReady),
        ("00 40 100 0.99 31 28 30 +41", Some(0.031), Quality::Uncertain, Cause::NearZero),
        ("00 04 100 1.00 -3588 -3590 -3589 +43", Some(-3.588), Quality::Good, Cause::None),
    ];
    for (text, value, quality, cause) in table {
        let (fake, mut harness) = open("{}");
        line(&fake, &mut harness, text);
        assert_eq!(result(&harness, "flow"), (value, quality, cause), "{text}");
        assert_eq!(harness.sample("error").unwrap().quality, Quality::Good, "{text}");
        line(&fake, &mut harness, GOOD);
        if value.is_some() {
            assert_eq!(
                harness.sample("flow"),
                None,
                "{text}: no flow jumps like that, the next line has to say the same"
            );
            line(&fake, &mut harness, GOOD);
        }
        assert_eq!(result(&harness, "flow"), (Some(7.195), Quality::Good, Cause::None), "{text}");
    }
}

#[test]
fn a_line_that_contradicts_the_ones_before_gives_no_flow_and_from_the_second_on_a_bad_one() {
    let (fake, mut harness) = open("{}");
    line(&fake, &mut harness, GOOD);
    line(&fake, &mut harness, "00 00 100 0.99 9195 7193 6897 +41");
    assert_eq!(harness.sample("flow"), None);
    assert_eq!(result(&harness, "temperature").0, Some(41.0));
    line(&fake, &mut harness, "00 00 100 0.99 1195 7193 6897 +41");
    for name in ["flow", "flow_1s", "flow_10s"] {
        assert_eq!(result(&harness, name), (None, Quality::Bad, Cause::Disagreement), "{name}");
    }
    assert!(fake.log().iter().any(|(level, text)| *level == Level::Warning && text.contains("contradict")));
    line(&fake, &mut harness, GOOD);
    assert_eq!(result(&harness, "flow"), (Some(7.195), Quality::Good, Cause::None));
}

#[test]
fn a_number_that_one_line_alone_says_is_never_given() {
    let (fake, mut harness) = open("{}");
    line(&fake, &mut harness, "00 00 95 0.99 7195 7193 6897 +41");
    let expected = [
        ("quality", 95.0),
        ("temperature", 41.0),
        ("calibration_factor", 99.0),
        ("error", 0.0),
        ("status", 0.0),
    ];
    for damaged in [
        "00 00 15 0.99 7195 7193 6897 +41",
        "00 00 95 0.59 7195 7193 6897 +41",
        "00 00 95 0.99 7195 7193 6897 +61",
        "00 40 95 0.99 7195 7193 6897 +41",
        "10 00 95 0.99 7195 7193 6897 +41",
    ] {
        for text in [damaged, "00 00 95 0.99 7195 7193 6897 +41"] {
            line(&fake, &mut harness, text);
            for (name, value) in expected {
                assert_eq!(
                    result(&harness, name),
                    (Some(value), Quality::Good, Cause::None),
                    "{name} of {text}"
                );
            }
        }
    }
    line(&fake, &mut harness, "00 00 70 0.99 7195 7193 6897 +41");
    line(&fake, &mut harness, "00 00 60 0.99 7195 7193 6897 +41");
    assert_eq!(result(&harness, "quality").0, Some(70.0), "a fall shows with the second line that says it");
}

#[test]
fn another_calibration_table_than_the_configured_one_makes_flow_uncertain() {
    let (fake, mut harness) = open(r#"{"table": 1}"#);
    line(&fake, &mut harness, "00 04 100 1.00 4000 4000 4000 +43");
    assert_eq!(result(&harness, "flow"), (Some(4.0), Quality::Uncertain, Cause::NotCalibrated));
}

#[test]
fn a_damaged_line_is_no_news_and_the_next_one_is_read() {
    let (fake, mut harness) = open("{}");
    line(&fake, &mut harness, GOOD);
    line(&fake, &mut harness, "00 00 100 0.99 71\u{0}5 7193 6897 +41");
    assert_eq!(harness.sample("flow"), None);
    line(&fake, &mut harness, GOOD);
    assert_eq!(result(&harness, "flow").1, Quality::Good);
}

#[test]
fn once_the_stream_is_padded_a_line_that_lost_a_byte_never_passes_as_a_compact_one() {
    let (fake, mut harness) = open("{}");
    line(&fake, &mut harness, "00 00 100 0.99    7195    7193    6897  +41");
    assert_eq!(result(&harness, "flow").0, Some(7.195));
    line(&fake, &mut harness, "00 00 100 0.99 195 7193 6897 +41");
    assert_eq!(harness.sample("flow"), None);
}

#[test]
fn silence_is_bad_with_its_cause_within_half_a_second_and_ends_with_the_next_line() {
    let noise = b"\xFF\x00garbage\r\n";
    for (bytes, cause) in [(&b""[..], Cause::Timeout), (&noise[..], Cause::Communication)] {
        let (fake, mut harness) = open("{}");
        line(&fake, &mut harness, GOOD);
        let last = fake.now();
        while harness.sample("flow").is_none_or(|sample| sample.quality == Quality::Good) {
            fake.feed(bytes);
            harness.cycle_after(Span::from_millis(10));
        }
        let took = fake.now().since(last).millis();
        assert!((400..=540).contains(&took), "{cause:?} after {took} ms");
        for name in SIGNALS {
            assert_eq!(result(&harness, name), (None, Quality::Bad, cause), "{name}");
        }
        assert!(fake.log().iter().any(|(level, _)| *level == Level::Warning));
        line(&fake, &mut harness, GOOD);
        assert_eq!(result(&harness, "flow").1, Quality::Good);
    }
}

#[test]
fn parity_and_framing_errors_are_survived_and_a_lost_line_is_reported() {
    let (fake, mut harness) = open("{}");
    fake.fail_serial(1, Error::Corrupt);
    assert_eq!(harness.cycle_after(Span::from_millis(20)), 0);
    line(&fake, &mut harness, GOOD);
    assert_eq!(result(&harness, "flow").1, Quality::Good);
    fake.fail_serial(1, Error::Io);
    assert_eq!(harness.cycle_after(Span::from_millis(20)), Error::Io.code());
}

#[test]
fn the_time_of_a_line_is_that_of_its_first_byte() {
    let (fake, mut harness) = open("{}");
    fake.feed(GOOD.as_bytes());
    fake.feed(b"\r\n");
    fake.advance(Span::from_millis(80));
    let read_at = fake.now();
    harness.cycle();
    let back = read_at.since(harness.sample("flow").unwrap().t).0;
    let on_the_wire = (GOOD.len() as u64 + 2) * 10_000_000_000 / 38_400;
    assert!(back.abs_diff(on_the_wire) < 1_000, "{back} against {on_the_wire}");
}

#[test]
fn nothing_is_ever_sent_unless_configured_and_then_only_restart() {
    let (fake, mut harness) = open("{}");
    for _ in 0..2000 {
        harness.cycle_after(Span::from_millis(10));
    }
    harness.self_test().unwrap();
    assert_eq!(fake.requests(), []);

    let (fake, mut harness) = open(r#"{"on_silence": "restart"}"#);
    for _ in 0..620 {
        harness.cycle_after(Span::from_millis(10)); // and 10 ms of waiting in each
    }
    assert_eq!(fake.requests(), vec![Request::SerialWrite(b"R\r".to_vec()); 3], "after 2 s, 7 s and 12 s");
    line(&fake, &mut harness, GOOD);
    assert_eq!(result(&harness, "flow").1, Quality::Good);
}

#[test]
fn a_wrong_configuration_does_not_open() {
    let wrong =
        [r#"{"baud": 50}"#, r#"{"table": 0}"#, r#"{"table": 8}"#, r#"{"on_silence": "zero"}"#, r#"{"x": 1}"#];
    for config in wrong {
        let fake = FakeHost::new();
        fake.configure(config);
        let failure = Harness::open::<EmtecBioprott>(&fake).unwrap_err();
        assert_eq!(failure.to_string(), format!("open failed with {}", Error::Config.code()), "{config}");
        assert!(fake.log().iter().any(|(level, _)| *level == Level::Error), "{config} says nothing");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn arbitrary_bytes_neither_panic_nor_make_a_flow_nor_provoke_a_byte(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..20),
    ) {
        let (fake, mut harness) = open("{}");
        for chunk in chunks {
            fake.feed(&chunk);
            prop_assert_eq!(harness.cycle_after(Span::from_millis(20)), 0);
            prop_assert!(harness.sample("flow").is_none_or(|sample| sample.quality == Quality::Bad));
        }
        prop_assert_eq!(fake.requests(), []);
    }
}

#[test]
fn on_a_noisy_line_nothing_is_sent_and_the_driver_lives() {
    let (fake, mut harness) = open("{}");
    fake.everywhere(Some(Everywhere::Noise(7)));
    for _ in 0..500 {
        harness.cycle_after(Span::from_millis(20));
    }
    assert_eq!(fake.requests(), []);
    fake.everywhere(None);
    fake.feed(b"\r\n");
    line(&fake, &mut harness, GOOD);
    assert_eq!(result(&harness, "flow").1, Quality::Good);
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    let case = Case::new("{}").device("streaming meter", |fake| {
        for _ in 0..20 {
            fake.feed(GOOD.as_bytes());
            fake.feed(b"\r\n");
        }
    });
    assert_eq!(conformance::failed(&conformance::of::<EmtecBioprott>(&case)), []);
}
