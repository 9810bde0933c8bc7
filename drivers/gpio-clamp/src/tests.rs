// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, with a clamp made of four lines.

use crate::GpioClamp;
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{Everywhere, FakeHost, Harness};
use ecmod_plugin::{Error, Hold, Level, LineLevel};

const PERIOD: Span = Span::from_millis(20);

fn lines(fake: &FakeHost, open: bool, closed: bool) {
    for (name, level) in
        [("open_coil", false), ("close_coil", false), ("open_switch", open), ("closed_switch", closed)]
    {
        fake.set_line(name, if level { LineLevel::High } else { LineLevel::Low });
    }
}

/// A clamp that needs 200 ms from end to end; its switches act within a tenth of the way.
struct Bench {
    fake: FakeHost,
    harness: Harness,
    /// 0 open, 1 closed.
    way: f64,
    is_jammed: bool,
    energised_ms: u64,
}

impl Bench {
    fn new(way: f64) -> Self {
        let fake = FakeHost::new();
        lines(&fake, way < 0.5, way > 0.5);
        let harness = Harness::open::<GpioClamp>(&fake).unwrap();
        Self { fake, harness, way, is_jammed: false, energised_ms: 0 }
    }

    /// Some cycles after it was opened.
    fn awake(way: f64) -> Self {
        let mut bench = Self::new(way);
        bench.run(100);
        bench
    }

    fn on(&self, line: &str) -> bool {
        self.fake.line(line) == Some(LineLevel::High)
    }

    fn run(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            assert_eq!(self.harness.cycle(), 0);
            let (open, close) = (self.on("open_coil"), self.on("close_coil"));
            assert!(!(open && close), "both coils");
            if (open || close) && !self.is_jammed {
                self.way = (self.way + if close { 0.1 } else { -0.1 }).clamp(0.0, 1.0);
            }
            self.energised_ms += if open || close { 20 } else { 0 };
            self.switches(self.way < 0.05, self.way > 0.95);
            self.fake.advance(PERIOD);
        }
    }

    fn switches(&self, open: bool, closed: bool) {
        for (line, level) in [("open_switch", open), ("closed_switch", closed)] {
            self.fake.set_line(line, if level { LineLevel::High } else { LineLevel::Low });
        }
    }

    fn state(&self) -> (f64, f64) {
        let value = |signal: &str| {
            let sample = self.harness.sample(signal).unwrap();
            assert_eq!((sample.quality, sample.cause), (Quality::Good, Cause::None), "{signal}");
            sample.value.unwrap()
        };
        (value("actual_position"), value("fault"))
    }
}

#[test]
fn it_closes_and_opens_on_demand_and_without_current_it_stays() {
    let mut bench = Bench::awake(0.0);
    assert_eq!((bench.state(), bench.fake.writes()), ((0.0, 0.0), vec![]));
    bench.harness.demand("position", 1.0);
    bench.run(100);
    assert!(bench.on("close_coil"));
    assert_eq!(bench.state(), (2.0, 0.0));
    bench.run(400);
    assert_eq!(bench.state(), (1.0, 0.0));
    assert!(!bench.on("close_coil") && (200..=260).contains(&bench.energised_ms), "{}", bench.energised_ms);
    let travel = bench.harness.sample("travel_time").unwrap().value.unwrap();
    assert!((0.18..=0.24).contains(&travel), "{travel}");
    bench.run(5000);
    assert!((200..=260).contains(&bench.energised_ms));
    bench.harness.demand("position", 0.0);
    bench.run(500);
    assert_eq!(bench.state(), (0.0, 0.0));
    assert!(!bench.on("open_coil"));
}

#[test]
fn turning_round_on_the_way_never_energises_both_coils_and_leaves_a_cycle_between() {
    let mut bench = Bench::awake(0.0);
    bench.harness.demand("position", 1.0);
    bench.run(120);
    assert!(bench.on("close_coil"));
    bench.harness.demand("position", 0.0);
    bench.run(20);
    assert!(!bench.on("close_coil") && !bench.on("open_coil"));
    bench.run(20);
    assert!(bench.on("open_coil"));
    bench.run(500);
    assert_eq!(bench.state(), (0.0, 0.0));
}

#[test]
fn a_jammed_clamp_is_a_fault_after_half_a_second_without_current_and_is_not_tried_again_by_itself() {
    let mut bench = Bench::awake(0.0);
    bench.is_jammed = true;
    let urgent = bench.fake.urgent_count();
    bench.harness.demand("position", 1.0);
    bench.run(540);
    assert_eq!(bench.state(), (3.0, 1.0));
    assert!(!bench.on("close_coil") && bench.energised_ms <= 500, "{}", bench.energised_ms);
    assert_eq!(bench.fake.urgent_count(), urgent + 1);
    assert_eq!(bench.fake.log().iter().filter(|(_, text)| text.contains("did not arrive")).count(), 1);
    bench.run(30_000);
    assert!(bench.energised_ms <= 500);
    bench.is_jammed = false;
    bench.harness.demand("position", 1.0);
    bench.run(500);
    assert_eq!(bench.state(), (1.0, 0.0), "demanded anew, it is tried again");
}

#[test]
fn a_restart_moves_nothing_even_if_the_clamp_is_not_where_it_was_demanded() {
    let mut bench = Bench::new(0.0);
    bench.harness.demand("position", 1.0);
    bench.run(10_000);
    assert_eq!((bench.state(), bench.energised_ms), ((0.0, 4.0), 0));
    bench.harness.demand("position", 1.0);
    bench.run(500);
    assert_eq!(bench.state(), (1.0, 0.0));

    let mut bench = Bench::new(1.0);
    bench.harness.demand("position", 1.0);
    bench.run(10_000);
    assert_eq!((bench.state(), bench.energised_ms), ((1.0, 0.0), 0));
}

#[test]
fn both_switches_at_once_are_a_fault_and_end_the_current() {
    let mut bench = Bench::awake(0.0);
    bench.harness.demand("position", 1.0);
    bench.run(100);
    for _ in 0..3 {
        bench.switches(true, true);
        bench.harness.cycle_after(PERIOD);
    }
    assert_eq!(bench.state(), (3.0, 2.0));
    assert!(!bench.on("close_coil"));
}

#[test]
fn every_fault_of_the_lines_ends_the_current_makes_all_bad_with_its_cause_and_is_over_when_they_work() {
    let mut bench = Bench::awake(0.0);
    bench.harness.demand("position", 1.0);
    bench.run(100);
    bench.fake.everywhere(Some(Everywhere::Silence));
    for _ in 0..5 {
        assert_eq!(bench.harness.cycle_after(PERIOD), 0);
        for signal in ["actual_position", "fault", "travel_time"] {
            let sample = bench.harness.sample(signal).unwrap();
            assert_eq!((sample.quality, sample.cause), (Quality::Bad, Cause::Communication), "{signal}");
        }
    }
    bench.fake.everywhere(None);
    bench.run(20);
    assert!(!bench.on("close_coil"), "off was tried until it worked");
    let not_ready = bench.harness.sample("actual_position").unwrap();
    assert_eq!((not_ready.quality, not_ready.cause), (Quality::Bad, Cause::NotReady));
    bench.run(1000);
    assert_eq!(bench.state(), (3.0, 1.0), "the movement that was cut off is not resumed by itself");
    bench.harness.demand("position", 0.0);
    bench.run(500);
    assert_eq!(bench.state(), (0.0, 0.0));
}

#[test]
fn a_withdrawn_demand_ends_the_current() {
    let mut bench = Bench::awake(0.0);
    bench.harness.demand("position", 1.0);
    bench.run(100);
    bench.harness.demand_nothing();
    bench.run(20);
    assert!(!bench.on("close_coil"));
}

#[test]
fn the_self_test_reads_the_switches_and_moves_nothing() {
    let mut bench = Bench::awake(1.0);
    assert!(bench.harness.self_test().unwrap().iter().all(|finding| finding.passed));
    for (open, closed) in [(true, true), (false, false)] {
        for _ in 0..3 {
            bench.switches(open, closed);
            bench.harness.cycle_after(PERIOD);
        }
        assert!(bench.harness.self_test().unwrap().iter().any(|finding| !finding.passed));
    }
    assert_eq!(bench.fake.writes(), []);
    assert_eq!(bench.harness.holds_on_link_loss(), Ok(Hold::Unverified));
}

#[test]
fn a_wrong_configuration_or_a_missing_line_does_not_open() {
    let wrong = [
        r#"{"open_coil": "close_coil"}"#,
        r#"{"open_switch": "open_coil"}"#,
        r#"{"mismatch_ms": 50}"#,
        r#"{"mismatch_ms": 5000}"#,
        r#"{"debounce_ms": 200}"#,
        r#"{"coil": 1}"#,
    ];
    for config in wrong {
        let fake = FakeHost::new();
        lines(&fake, true, false);
        fake.configure(config);
        let failure = Harness::open::<GpioClamp>(&fake).unwrap_err();
        assert_eq!(failure.to_string(), format!("open failed with {}", Error::Config.code()), "{config}");
        assert!(fake.log().iter().any(|(level, _)| *level == Level::Error), "{config}");
    }
    let failure = Harness::open::<GpioClamp>(&FakeHost::new()).unwrap_err();
    assert_eq!(failure.to_string(), format!("open failed with {}", Error::NotFound.code()));
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    let case = Case::new("{}")
        .device("open clamp", |fake| lines(fake, true, false))
        .device("closed clamp", |fake| lines(fake, false, true));
    assert_eq!(conformance::failed(&conformance::of::<GpioClamp>(&case)), []);
}
