// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on a chip made of registers.

mod fake;
mod faults;

use crate::{Ads1262, timing};
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Monotonic, Quality, Span};
use ecmod_plugin::testing::{FakeHost, Harness, Sample};
use ecmod_plugin::{Error, Level};
use fake::{Device, LINE, Wiring};

const PERIOD: Span = Span::from_millis(10);
const NAMES: [&str; 5] = ["venous", "pre_membrane", "post_membrane", "arterial", "spare"];
const CHECKS: [&str; 5] =
    ["chip_temperature", "analog_supply", "digital_supply", "reference_voltage", "internal_zero"];

fn config(more: &str) -> String {
    let channel = |(index, name): (usize, &&str)| {
        format!(r#"{{"name": "{name}", "positive": {}, "negative": {}}}"#, 2 * index, 2 * index + 1)
    };
    let channels: Vec<String> = NAMES.iter().enumerate().map(channel).collect();
    format!(r#"{{{more} "channels": [{}]}}"#, channels.join(","))
}

fn with_line(more: &str) -> String {
    config(&format!(r#""data_ready": "{LINE}", {more}"#))
}

struct Bench {
    fake: FakeHost,
    device: Device,
    harness: Harness,
    news: Vec<(String, Sample)>,
}

impl Bench {
    /// The driver open on an ADS1262, or ADS1263, with its data-ready line or without.
    fn new(id: u8, has_line: bool, more: &str) -> Self {
        let fake = FakeHost::new();
        let device = Device::new(&fake, id, has_line);
        fake.configure(&if has_line { with_line(more) } else { config(more) });
        let harness = Harness::open::<Ads1262>(&fake).unwrap();
        Self { fake, device, harness, news: Vec::new() }
    }

    fn usual() -> Self {
        Self::new(0x03, true, "")
    }

    /// One period, as a host does it: a cycle on its grid, and one whenever an edge wakes the driver.
    fn cycle(&mut self) {
        self.news.clear();
        let end = Monotonic((self.fake.now().0 / PERIOD.0 + 1) * PERIOD.0);
        while self.fake.now() < end {
            let before = self.fake.now();
            let is_woken = self.fake.wakes(LINE);
            assert_eq!(self.harness.cycle(), 0);
            self.collect();
            if !is_woken || self.fake.now().since(before) < Span::from_micros(100) {
                self.fake.advance(end.since(self.fake.now()));
            }
        }
    }

    fn collect(&mut self) {
        for signal in self.harness.table().signals.iter().map(|signal| signal.name.as_str()) {
            self.news.extend(self.harness.sample(signal).map(|sample| (signal.to_owned(), sample)));
        }
    }

    fn cycles(&mut self, count: u32) {
        for _ in 0..count {
            self.cycle();
        }
    }

    /// What came of a signal in the last period.
    fn all(&self, signal: &str) -> Vec<Sample> {
        self.news.iter().filter(|(name, _)| name == signal).map(|(_, sample)| *sample).collect()
    }

    /// The newest of it.
    fn sample(&self, signal: &str) -> Option<Sample> {
        self.all(signal).pop()
    }

    /// Periods until `signal` is so, and how many; at most `most`.
    fn until(&mut self, signal: &str, quality: Quality, cause: Cause, most: u32) -> u32 {
        for count in 1..=most {
            self.cycle();
            let is_so = |sample: &Sample| (sample.quality, sample.cause) == (quality, cause);
            if self.all(signal).iter().any(is_so) {
                return count;
            }
        }
        panic!("`{signal}` is {:?} after {most} cycles, log: {:?}", self.sample(signal), self.fake.log());
    }

    fn value(&self, signal: &str) -> f64 {
        let sample = self.sample(signal).unwrap_or_else(|| panic!("no news of {signal}"));
        assert_eq!((sample.quality, sample.cause), (Quality::Good, Cause::None), "{signal}");
        sample.value.unwrap()
    }

    /// The next value of a signal that comes now and then.
    fn next_value(&mut self, signal: &str) -> f64 {
        self.until(signal, Quality::Good, Cause::None, 200);
        self.value(signal)
    }

    fn logged(&self, part: &str) -> usize {
        self.fake.log().iter().filter(|(_, text)| text.contains(part)).count()
    }
}

#[test]
fn five_pressures_come_in_every_cycle_within_their_accuracy() {
    for has_line in [true, false] {
        let mut bench = Bench::new(0x03, has_line, "");
        bench.cycles(20); // the first tests of the wires take the place of a pressure each
        for pressures in [[-500.0, -100.0, 0.0, 100.0, 900.0], [300.5, 899.0, -499.5, 12.25, -0.5]] {
            bench.device.set_pressures(pressures);
            bench.cycle(); // what was under way
            bench.cycle();
            for (name, pressure) in NAMES.into_iter().zip(pressures) {
                assert!((bench.value(name) - pressure).abs() < 0.01, "{name}: {}", bench.value(name));
            }
        }
    }
}

#[test]
fn a_sensitivity_a_gain_and_a_reference_of_ones_own_are_reckoned_with() {
    let fake = FakeHost::new();
    let device = Device::new(&fake, 0x03, true);
    // The fake bridges have 5 uV/V/mmHg; one with 40 gives an eighth. Pins the other way round turn the sign.
    fake.configure(&format!(
        r#"{{"data_ready": "{LINE}", "gain": 4, "reference": "internal", "excitation_per_reference": 2.0, "channels": [
            {{"name": "a", "positive": 3, "negative": 2, "sensitivity_uv_per_v_per_mmhg": 40}}]}}"#
    ));
    device.set_pressures([0.0, 800.0, 0.0, 0.0, 0.0]);
    let mut harness = Harness::open::<Ads1262>(&fake).unwrap();
    for _ in 0..5 {
        harness.cycle_after(PERIOD);
    }
    assert!((harness.sample("a").unwrap().value.unwrap() + 100.0).abs() < 0.01);
}

#[test]
fn one_transaction_a_conversion_is_all_and_every_channel_has_its_hundred_a_second() {
    let mut bench = Bench::new(0x03, true, r#""open_wire_seconds": 0,"#);
    bench.cycles(5);
    let before = bench.device.with(|chip| chip.transactions);
    let mut news = [0u32; 5];
    for _ in 0..1000 {
        bench.cycle();
        for (name, news) in NAMES.into_iter().zip(&mut news) {
            *news += u32::try_from(bench.all(name).len()).unwrap();
        }
    }
    let transactions = bench.device.with(|chip| chip.transactions) - before;
    assert!(news.iter().all(|news| news.abs_diff(1000) <= 2), "{news:?}");
    // Five channels, and a check every 200 ms.
    assert!(transactions.abs_diff(5 * 1000 + 1000 / 20) <= 10, "{transactions}");
}

#[test]
fn the_time_of_a_pressure_is_that_of_its_edge_and_it_is_delivered_at_once() {
    let mut bench = Bench::usual();
    bench.cycles(25);
    let mut last = bench.fake.now();
    for _ in 0..500 {
        let ready_at = bench.fake.now(); // a conversion ends while it is started
        assert_eq!(bench.harness.cycle(), 0);
        bench.news.clear();
        bench.collect();
        for (name, sample) in &bench.news {
            assert_eq!(sample.t, ready_at, "{name}");
        }
        assert!(bench.news.iter().filter(|(name, _)| NAMES.contains(&name.as_str())).count() <= 1);
        let step = bench.fake.now().since(last).0 / 1000;
        assert!((841..4000).contains(&step), "{step} us");
        last = bench.fake.now();
    }
}

#[test]
fn without_edges_a_round_is_one_cycle() {
    let mut bench = Bench::new(0x03, false, r#""open_wire_seconds": 0,"#);
    bench.cycles(5);
    for _ in 0..100 {
        let before = bench.fake.now();
        assert_eq!(bench.harness.cycle(), 0);
        let took = bench.fake.now().since(before);
        assert!(took <= timing::PATIENCE, "{took:?}");
        for name in NAMES {
            assert!(bench.harness.sample(name).is_some(), "{name}");
        }
        bench.fake.advance(Span(PERIOD.0 - took.0));
    }
}

#[test]
fn the_chip_is_checked_once_a_second_and_says_what_it_found() {
    let mut bench = Bench::usual();
    bench.device.with(|chip| (chip.supply, chip.reference, chip.celsius) = (5.1, 0.99, 43.0));
    assert!((bench.next_value("analog_supply") - 5.1).abs() < 1e-6);
    assert!((bench.next_value("reference_voltage") - 5.1 * 0.99).abs() < 1e-6);
    assert!(bench.next_value("internal_zero").abs() < 1e-6);
    assert!((bench.next_value("chip_temperature") - 43.0).abs() < 1e-3);
    assert!((bench.next_value("digital_supply") - 3.3).abs() < 1e-6);
    assert!(bench.next_value("lost_results").abs() < 1e-9);
    for name in CHECKS {
        bench.until(name, Quality::Good, Cause::None, 101);
    }
}

#[test]
fn a_fault_of_the_chip_makes_every_signal_bad_and_one_of_a_transducer_its_own_alone() {
    let mut bench = Bench::usual();
    bench.cycles(150);
    bench.device.with(|chip| chip.bridges[1].wiring = Wiring::ExcitationOpen);
    bench.until("pre_membrane", Quality::Bad, Cause::Disconnected, 102);
    for name in ["venous", "post_membrane", "arterial", "spare"] {
        bench.value(name);
    }
    assert_eq!(bench.logged("`pre_membrane`: a wire"), 1);
    bench.device.with(|chip| chip.bus = Some(Error::Io));
    bench.cycle();
    for name in NAMES.into_iter().chain(CHECKS) {
        assert_eq!(bench.sample(name).unwrap().cause, Cause::Communication, "{name}");
    }
}

#[test]
fn one_damaged_result_is_no_news_and_is_counted() {
    let mut bench = Bench::new(0x03, false, r#""open_wire_seconds": 0,"#);
    bench.cycles(3);
    bench.device.with(|chip| chip.damage = 1);
    bench.cycle();
    assert_eq!(bench.sample("venous"), None);
    for name in &NAMES[1..] {
        bench.value(name);
    }
    bench.cycle();
    bench.value("venous");
    assert!((bench.next_value("lost_results") - 1.0).abs() < 1e-9);
    assert!(bench.next_value("restarts").abs() < 1e-9);
}

#[test]
fn a_chip_that_was_reset_is_set_up_anew_once_and_counted() {
    let mut bench = Bench::usual();
    bench.cycles(150);
    bench.device.with(fake::Chip::brown_out);
    bench.cycles(250);
    assert!((bench.next_value("restarts") - 1.0).abs() < 1e-9);
    assert_eq!(bench.logged("it was reset"), 1);
    assert_eq!(bench.logged("measures again"), 1);
    assert_eq!(bench.device.with(|chip| chip.registers[2]), 0x06);
}

#[test]
fn a_wire_test_takes_one_sample_of_one_channel_every_ten_seconds() {
    let mut bench = Bench::new(0x03, false, "");
    bench.cycles(150);
    let mut missing = [0; 5];
    for _ in 0..2000 {
        bench.cycle();
        for (name, missing) in NAMES.into_iter().zip(&mut missing) {
            match bench.sample(name) {
                None => *missing += 1,
                Some(sample) => assert_eq!(sample.quality, Quality::Good, "{name}"),
            }
        }
    }
    assert_eq!(missing, [2; 5], "in 20 s");
}

#[test]
fn a_dead_data_ready_line_is_noticed_and_the_chip_polled_until_it_moves_again() {
    let mut bench = Bench::usual();
    bench.cycles(150);
    bench.device.with(|chip| chip.line_open = true);
    bench.cycles(20);
    for name in NAMES {
        bench.value(name);
    }
    assert_eq!(bench.logged("the chip is polled"), 1);
    bench.cycles(1500);
    assert_eq!(bench.logged("the chip is polled"), 1, "said once");
    bench.value("venous");
    bench.device.with(|chip| chip.line_open = false);
    bench.cycles(1100);
    assert_eq!(bench.logged("moves again"), 1);
    bench.value("venous");
}

#[test]
fn the_second_converter_contradicts_a_drift_of_the_first() {
    let mut bench = Bench::new(0x23, true, r#""second_converter": {"channel": "arterial"},"#);
    bench.device.set_pressures([0.0, 0.0, 0.0, 120.0, 0.0]);
    bench.cycles(300);
    bench.value("arterial");
    assert!((bench.next_value("arterial_second") - 120.0).abs() < 0.1);
    bench.device.with(|chip| chip.second_offset_mmhg = 40.0);
    bench.until("arterial", Quality::Bad, Cause::Disagreement, 300);
    bench.value("venous");
    bench.device.with(|chip| chip.second_offset_mmhg = 0.0);
    bench.until("arterial", Quality::Good, Cause::None, 300);
}

#[test]
fn a_chip_that_is_not_the_configured_one_does_not_open_and_the_log_says_why() {
    let second = r#""second_converter": {"channel": "arterial"},"#;
    let table = [
        (0x03, second, Error::Device, "no second converter"),
        (0x43, "", Error::Device, "neither"),
        (0x00, "", Error::Corrupt, "all bits are alike"),
        (0xFF, "", Error::Corrupt, "all bits are alike"),
    ];
    for (id, more, error, text) in table {
        let fake = FakeHost::new();
        let _device = Device::new(&fake, id, true);
        fake.configure(&with_line(more));
        let failure = Harness::open::<Ads1262>(&fake).unwrap_err().to_string();
        assert_eq!(failure, format!("open failed with {}", error.code()), "{id:#04x}");
        assert!(
            fake.log().iter().any(|(level, line)| *level == Level::Error && line.contains(text)),
            "{id:#04x}"
        );
    }
}

#[test]
fn a_wrong_configuration_does_not_open_and_touches_no_bus() {
    let wrong = [
        with_line(r#""gain": 5,"#),
        with_line(r#""gain": "32","#),
        with_line(r#""colour": 1,"#),
        config(r#""data_ready": "elsewhere","#),
        r#"{"channels": [{"name": "Venous", "positive": 0, "negative": 1}]}"#.to_owned(),
        r#"{"channels": [{"name": "a", "positive": 0, "negative": 1}, {"name": "a", "positive": 2, "negative": 3}]}"#.to_owned(),
        r#"{"channels": [{"name": "a", "positive": 0, "negative": 1, "minimum": 5, "maximum": 5}]}"#.to_owned(),
    ];
    for config in wrong {
        let fake = FakeHost::new();
        let device = Device::new(&fake, 0x03, true);
        fake.configure(&config);
        let failure = Harness::open::<Ads1262>(&fake).unwrap_err().to_string();
        assert_eq!(failure, format!("open failed with {}", Error::Config.code()), "{config}");
        assert_eq!(device.with(|chip| chip.transactions), 0, "{config}");
        assert!(fake.log().iter().any(|(level, _)| *level == Level::Error), "{config} says nothing");
    }
}

#[test]
fn the_self_test_finds_what_is_wrong_and_disturbs_nothing() {
    let mut bench = Bench::usual();
    bench.cycles(150);
    assert!(bench.harness.self_test().unwrap().iter().all(|finding| finding.passed));
    bench.cycle();
    bench.value("venous");
    bench.device.with(|chip| {
        chip.registers[0x12] = 1;
        chip.bridges[2].wiring = Wiring::SignalOpen;
    });
    let failed = bench.harness.self_test().unwrap().iter().filter(|finding| !finding.passed).count();
    assert_eq!(failed, 1, "the register; nobody has tested the wires yet");
    bench.until("post_membrane", Quality::Bad, Cause::Disconnected, 1001);
    let failed = bench.harness.self_test().unwrap().iter().filter(|finding| !finding.passed).count();
    assert_eq!(failed, 1, "the wires; the register was mended");
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    for (has_line, config) in [(true, with_line("")), (false, config(""))] {
        let case = Case::new(&config)
            .transaction_time(Span::from_micros(100)) // 17 bytes at 4 MHz, and the system call
            .device("ADS1262", move |fake| drop(Device::new(fake, 0x03, has_line)))
            .device("ADS1263", move |fake| drop(Device::new(fake, 0x23, has_line)));
        assert_eq!(conformance::failed(&conformance::of::<Ads1262>(&case)), []);
    }
}
