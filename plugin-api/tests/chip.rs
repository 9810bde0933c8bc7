// SPDX-License-Identifier: MIT OR Apache-2.0
//! The example of SPI and lines does what the guide says of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test stops at the first surprise

#[path = "../examples/chip.rs"]
mod chip;
mod support;

use chip::Sensors;
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Span};
use ecmod_plugin::testing::{FakeHost, Harness};
use ecmod_plugin::{Error, LineLevel};
use std::cell::Cell;
use std::rc::Rc;

const CONFIG: &str = r#"{"data_ready": "data_ready", "bubble": "bubble"}"#;

/// The chip with its lines; what it answers next can be set.
fn sensors() -> (FakeHost, Rc<Cell<[u8; 4]>>) {
    let fake = FakeHost::new();
    fake.configure(CONFIG);
    let answer = Rc::new(Cell::new(converted(120_000)));
    put(&fake, &answer);
    (fake, answer)
}

fn put(fake: &FakeHost, answer: &Rc<Cell<[u8; 4]>>) {
    fake.set_line("data_ready", LineLevel::High);
    fake.set_line("bubble", LineLevel::Low);
    let answer = Rc::clone(answer);
    fake.on_spi(move |chip, sent| match (chip, sent) {
        (0, [0x12, 0, 0, 0, 0]) => Ok([&[0], &answer.get()[..]].concat()),
        other => panic!("{other:x?}"),
    });
}

fn converted(counts: i32) -> [u8; 4] {
    let [_, high, middle, low] = counts.to_be_bytes();
    [high, middle, low, high ^ middle ^ low ^ 0x5A]
}

/// A conversion ends: the line goes low, and high again.
fn convert(fake: &FakeHost) {
    fake.set_line("data_ready", LineLevel::Low);
    fake.set_line("data_ready", LineLevel::High);
}

#[test]
fn a_conversion_becomes_a_pressure_with_the_time_of_its_edge() {
    let (fake, answer) = sensors();
    let mut driver = Harness::open::<Sensors>(&fake).unwrap();
    for (counts, pressure) in [(120_000, 120.0), (-55_500, -55.5), (0, 0.0)] {
        answer.set(converted(counts));
        let ended = fake.now();
        convert(&fake);
        assert_eq!(driver.cycle_after(Span::from_millis(3)), 0);
        let sample = driver.sample("pressure").unwrap();
        assert_eq!((sample.value, sample.t), (Some(pressure), ended));
    }
    assert_eq!(driver.cycle_after(Span::from_millis(10)), 0);
    assert_eq!(driver.sample("pressure"), None, "no conversion, no news");

    answer.set([0; 4]);
    convert(&fake);
    assert_eq!(driver.cycle(), 0);
    assert_eq!(driver.sample("pressure").unwrap().cause, Cause::Communication, "the check byte is wrong");
    fake.on_spi(|_, _| Err(Error::Io));
    convert(&fake);
    assert_eq!(driver.cycle(), Error::Io.code());
}

#[test]
fn a_bubble_is_counted_and_urgent() {
    let (fake, _) = sensors();
    let mut driver = Harness::open::<Sensors>(&fake).unwrap();
    assert!(fake.wakes("bubble"), "it ends the pause");
    let bubbles = |driver: &mut Harness| {
        assert_eq!(driver.cycle_after(Span::from_millis(10)), 0);
        driver.sample("bubbles").unwrap().value
    };
    assert_eq!((bubbles(&mut driver), fake.urgent_count()), (Some(0.0), 0));
    fake.set_line("bubble", LineLevel::High);
    assert_eq!((bubbles(&mut driver), fake.urgent_count()), (Some(1.0), 1));
    for _ in 0..40 {
        fake.set_line("bubble", LineLevel::Low);
        fake.set_line("bubble", LineLevel::High);
    }
    for _ in 0..6 {
        bubbles(&mut driver);
    }
    assert_eq!(bubbles(&mut driver), Some(81.0), "more than the room holds");
}

#[test]
fn a_chip_that_does_not_answer_does_not_open_and_the_rules_are_kept() {
    let (fake, answer) = sensors();
    answer.set([0xFF; 4]);
    assert!(Harness::open::<Sensors>(&fake).is_err());
    let case = Case::new(CONFIG).transaction_time(Span::from_micros(50)).device("chip", |fake| {
        put(fake, &Rc::new(Cell::new(converted(0))));
    });
    assert_eq!(conformance::failed(&conformance::of::<Sensors>(&case)), []);
}

#[test]
fn the_guide_shows_the_example_as_it_is() {
    let guide = std::fs::read_to_string(support::package().join("../docs/src/write-a-driver.md")).unwrap();
    let text = std::fs::read_to_string(support::package().join("examples/chip.rs")).unwrap();
    let (_, code) = text.split_once("#![forbid(unsafe_code)]\n\n").unwrap();
    assert!(guide.contains(code), "write-a-driver.md and examples/chip.rs differ");
    assert!(text.lines().count() <= 100, "it fits on a page");
}
