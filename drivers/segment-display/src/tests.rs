// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, with a chip that listens to the lines.

use crate::{SegmentDisplay, glyphs, registers};
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{Everywhere, FakeHost, Harness, Request};
use ecmod_plugin::{Error, LineLevel};

const PERIOD: Span = Span::from_millis(100);

fn lines(fake: &FakeHost) {
    for name in ["display_data", "display_clock", "display_load"] {
        fake.set_line(name, LineLevel::Low);
    }
}

/// What the chip makes of edges.
#[derive(Default)]
struct Chip {
    data: bool,
    clock: bool,
    load: bool,
    shift: u16,
    registers: [u8; 16],
    writes: usize,
}

impl Chip {
    fn hear(&mut self, requests: &[Request]) {
        for request in requests {
            let Request::GpioSet { line, level } = request else { continue };
            let high = *level == LineLevel::High;
            match line.as_str() {
                "display_data" => self.data = high,
                "display_clock" => {
                    if high && !self.clock {
                        self.shift = (self.shift << 1) | u16::from(self.data);
                    }
                    self.clock = high;
                }
                _ => {
                    if high && !self.load {
                        self.registers[usize::from(self.shift >> 8 & 0x0F)] = (self.shift & 0xFF) as u8;
                        self.writes += 1;
                    }
                    self.load = high;
                }
            }
        }
    }

    fn reads(&self) -> String {
        if self.registers[usize::from(registers::SHUTDOWN)] != 1
            || self.registers[usize::from(registers::TEST)] != 0
        {
            return "dark".to_owned();
        }
        let last = usize::from(self.registers[usize::from(registers::SCAN_LIMIT)]);
        let sign = |place: usize| {
            let segments = self.registers[usize::from(registers::FIRST_DIGIT) + place];
            match glyphs::DIGITS.iter().position(|digit| *digit == segments & !glyphs::POINT) {
                Some(digit) => char::from_digit(u32::try_from(digit).unwrap(), 10).unwrap(),
                None if segments == glyphs::DASH => '-',
                None => ' ',
            }
        };
        (0..=last).rev().map(sign).collect()
    }
}

struct Bench {
    fake: FakeHost,
    harness: Harness,
    chip: Chip,
}

impl Bench {
    fn new() -> Self {
        let fake = FakeHost::new();
        lines(&fake);
        let harness = Harness::open::<SegmentDisplay>(&fake).unwrap();
        Self { fake, harness, chip: Chip::default() }
    }

    fn cycle(&mut self) -> i32 {
        let code = self.harness.cycle_after(PERIOD);
        self.chip.hear(&self.fake.requests());
        self.fake.forget_requests();
        code
    }

    fn show(&mut self, speed: f64) -> String {
        self.harness.demand("speed", speed);
        assert_eq!(self.cycle(), 0);
        self.chip.reads()
    }

    fn shown(&self) -> (Option<f64>, Quality, Cause) {
        let sample = self.harness.sample("shown").unwrap();
        (sample.value, sample.quality, sample.cause)
    }
}

#[test]
fn it_shows_what_is_demanded_and_says_so() {
    let mut bench = Bench::new();
    assert_eq!(bench.show(3100.0), "3100");
    assert_eq!(bench.shown(), (Some(3100.0), Quality::Good, Cause::None));
    assert_eq!(bench.show(705.4), " 705");
    assert_eq!(bench.show(0.0), "   0");
}

#[test]
fn the_point_behind_a_number_beats_once_a_second_and_dashes_have_none() {
    let mut bench = Bench::new();
    let mut lit = Vec::new();
    for _ in 0..40 {
        assert_eq!(bench.show(3100.0), "3100");
        lit.push(bench.chip.registers[usize::from(registers::FIRST_DIGIT)] & glyphs::POINT != 0);
    }
    let changes = lit.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!((7..=8).contains(&changes), "four seconds: {lit:?}");
    bench.harness.demand_nothing();
    for _ in 0..12 {
        bench.cycle();
        assert_eq!(bench.chip.registers[usize::from(registers::FIRST_DIGIT)], glyphs::DASH);
    }
}

#[test]
fn before_anything_is_demanded_it_touches_nothing() {
    let mut bench = Bench::new();
    assert_eq!((bench.cycle(), bench.cycle()), (0, 0));
    assert!(bench.harness.self_test().unwrap().iter().all(|finding| finding.passed));
    assert_eq!((bench.fake.writes(), bench.chip.writes), (vec![], 0));
    assert_eq!(bench.shown(), (None, Quality::Bad, Cause::NoData));
}

#[test]
fn a_demand_that_is_withdrawn_or_that_nobody_refreshes_becomes_dashes() {
    let mut bench = Bench::new();
    assert_eq!(bench.show(3100.0), "3100");
    for _ in 0..19 {
        assert_eq!((bench.cycle(), bench.chip.reads()), (0, "3100".to_owned()));
    }
    bench.cycle();
    bench.cycle();
    assert_eq!(bench.chip.reads(), "----");
    assert_eq!(bench.shown(), (None, Quality::Bad, Cause::NoData));
    assert_eq!(bench.show(3200.0), "3200");
    bench.harness.demand_nothing();
    bench.cycle();
    assert_eq!(bench.chip.reads(), "----");
}

#[test]
fn a_chip_that_lost_its_supply_shows_the_number_again() {
    let mut bench = Bench::new();
    bench.show(3100.0);
    bench.chip.registers = [0; 16];
    for _ in 0..70 {
        bench.show(3100.0);
    }
    assert_eq!(bench.chip.reads(), "3100");
}

#[test]
fn a_line_that_fails_makes_it_bad_and_nothing_half_written_is_taken_over() {
    let mut bench = Bench::new();
    bench.show(3100.0);
    let writes = bench.chip.writes;
    bench.fake.everywhere(Some(Everywhere::Silence));
    bench.harness.demand("speed", 3200.0);
    assert_eq!(bench.cycle(), Error::Io.code());
    bench.fake.everywhere(None);
    bench.fake.forget_requests();
    assert_eq!((bench.chip.reads(), bench.chip.writes), ("3100".to_owned(), writes));
    assert_eq!(bench.show(3200.0), "3200");
    assert_eq!(bench.fake.log().len(), 2, "once that it fails, once that it works");
}

#[test]
fn a_wrong_configuration_or_a_missing_line_does_not_open() {
    let wrong = [
        r#"{"data": "display_clock"}"#,
        r#"{"digits": 3}"#,
        r#"{"digits": 9}"#,
        r#"{"brightness": 16}"#,
        r#"{"stale_ms": 100}"#,
        r#"{"pins": 3}"#,
    ];
    for config in wrong {
        let fake = FakeHost::new();
        lines(&fake);
        fake.configure(config);
        let failure = Harness::open::<SegmentDisplay>(&fake).unwrap_err();
        assert_eq!(failure.to_string(), format!("open failed with {}", Error::Config.code()), "{config}");
    }
    let failure = Harness::open::<SegmentDisplay>(&FakeHost::new()).unwrap_err();
    assert_eq!(failure.to_string(), format!("open failed with {}", Error::NotFound.code()));
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    let case = Case::new("{}").device("a display", lines);
    assert_eq!(conformance::failed(&conformance::of::<SegmentDisplay>(&case)), []);
}
