// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on a chip made of registers.

mod fake;
mod faults;

use crate::Ads1220;
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{FakeHost, Harness};
use ecmod_plugin::{Error, Level};
use fake::{DataLine, Device, LINE, Wiring};

const PERIOD: Span = Span::from_millis(10);
const NAMES: [&str; 2] = ["venous", "arterial"];
const CHANNELS: &str = r#""channels": [{"name": "venous", "positive": 0, "negative": 1}, {"name": "arterial", "positive": 2, "negative": 3}]"#;

fn config(has_line: bool, more: &str) -> String {
    let line = if has_line { format!(r#""data_ready": "{LINE}", "#) } else { String::new() };
    format!("{{{line}{more}{CHANNELS}}}")
}

struct Bench {
    fake: FakeHost,
    device: Device,
    harness: Harness,
}

impl Bench {
    fn new(has_line: bool, more: &str) -> Self {
        let fake = FakeHost::new();
        let device = Device::new(&fake, has_line);
        fake.configure(&config(has_line, more));
        let harness = Harness::open::<Ads1220>(&fake).unwrap();
        Self { fake, device, harness }
    }

    /// One cycle, at the next multiple of the period.
    fn cycle(&mut self) {
        let left = PERIOD.0 - self.fake.now().0 % PERIOD.0;
        assert_eq!(self.harness.cycle_after(Span(left)), 0);
    }

    fn cycles(&mut self, count: u32) {
        for _ in 0..count {
            self.cycle();
        }
    }

    /// Cycles until `signal` is so; at most `most`.
    fn until(&mut self, signal: &str, quality: Quality, cause: Cause, most: u32) {
        for _ in 0..most {
            self.cycle();
            let sample = self.harness.sample(signal);
            if sample.is_some_and(|sample| (sample.quality, sample.cause) == (quality, cause)) {
                return;
            }
        }
        panic!(
            "`{signal}` is {:?} after {most} cycles, log: {:?}",
            self.harness.sample(signal),
            self.fake.log()
        );
    }

    fn value(&self, signal: &str) -> f64 {
        let sample = self.harness.sample(signal).unwrap_or_else(|| panic!("no news of {signal}"));
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
fn both_pressures_come_in_every_cycle_within_their_accuracy() {
    for has_line in [true, false] {
        let mut bench = Bench::new(has_line, "");
        bench.cycles(20);
        for pressures in [[-500.0, 900.0], [0.0, 100.0], [899.5, -499.5]] {
            bench.device.set_pressures(pressures);
            bench.cycles(2);
            for (name, pressure) in NAMES.into_iter().zip(pressures) {
                assert!((bench.value(name) - pressure).abs() < 0.05, "{name}: {}", bench.value(name));
            }
        }
    }
}

#[test]
fn without_a_line_a_host_that_is_late_never_takes_the_result_of_another_conversion_for_a_pressure() {
    for us in [100, 500, 1500, 5000, 20_000] {
        let mut bench = Bench::new(false, r#""open_wire_seconds": 1,"#);
        let pressures = [-120.0, 240.0];
        bench.device.set_pressures(pressures);
        bench.cycles(20);
        bench.device.with(|chip| chip.host_is_late = Span::from_micros(us));
        let mut seen = 0;
        for _ in 0..1000 {
            bench.cycle();
            for (name, pressure) in NAMES.into_iter().zip(pressures) {
                let Some(sample) =
                    bench.harness.sample(name).filter(|sample| sample.quality == Quality::Good)
                else {
                    continue;
                };
                let value = sample.value.unwrap();
                assert!(
                    (value - pressure).abs() < 0.05,
                    "{us} us late: a good {value} of {name}, {pressure}"
                );
                seen += 1;
            }
        }
        assert!(seen > 500, "{us} us late: {seen} pressures in 1000 cycles");
    }
}

#[test]
fn pins_the_other_way_round_turn_the_sign() {
    let fake = FakeHost::new();
    let device = Device::new(&fake, true);
    fake.configure(&format!(
        r#"{{"data_ready": "{LINE}", "channels": [{{"name": "a", "positive": 3, "negative": 2}}]}}"#
    ));
    device.set_pressures([0.0, 100.0]);
    let mut harness = Harness::open::<Ads1220>(&fake).unwrap();
    for _ in 0..5 {
        harness.cycle_after(PERIOD);
    }
    assert!((harness.sample("a").unwrap().value.unwrap() + 100.0).abs() < 0.05);
}

#[test]
fn one_transaction_a_conversion_is_all() {
    for has_line in [true, false] {
        let mut bench = Bench::new(has_line, r#""open_wire_seconds": 0,"#);
        bench.cycles(5);
        let before = bench.device.with(|chip| chip.transactions);
        bench.cycles(1600);
        let transactions = bench.device.with(|chip| chip.transactions) - before;
        assert_eq!(transactions, 2 * 1600 + 1600 / 16, "two channels, and a check every 160 ms");
    }
}

#[test]
fn the_chip_is_checked_once_a_second_and_says_what_it_found() {
    let mut bench = Bench::new(true, r#""reference": "refp0_refn0", "reference_v": 3.0,"#);
    bench.device.with(|chip| (chip.supply, chip.reference, chip.celsius) = (4.9, 3.1, 43.0));
    assert!((bench.next_value("analog_supply") - 4.9).abs() < 1e-4);
    assert!((bench.next_value("reference_voltage") - 3.1).abs() < 1e-4);
    assert!((bench.next_value("chip_temperature") - 43.0).abs() < 1e-9);
    assert!(bench.next_value("internal_zero").abs() < 0.01);
    assert!(bench.next_value("lost_results").abs() < 1e-9);
    for name in ["analog_supply", "reference_voltage", "chip_temperature", "internal_zero"] {
        bench.until(name, Quality::Good, Cause::None, 97);
    }
}

#[test]
fn a_wire_test_takes_one_sample_of_one_channel_every_ten_seconds() {
    let mut bench = Bench::new(true, "");
    bench.cycles(150);
    let mut missing = [0; 2];
    for _ in 0..2000 {
        bench.cycle();
        for (name, missing) in NAMES.into_iter().zip(&mut missing) {
            match bench.harness.sample(name) {
                None => *missing += 1,
                Some(sample) => assert_eq!(sample.quality, Quality::Good, "{name}"),
            }
        }
    }
    assert_eq!(missing, [2; 2], "in 20 s");
}

#[test]
fn a_chip_that_is_not_there_or_another_one_does_not_open_and_the_log_says_why() {
    type Broken = fn(&Device);
    let table: [(Broken, Error, &str); 3] = [
        (
            |device| device.with(|chip| chip.data_line = DataLine::StuckLow),
            Error::Corrupt,
            "all bits are alike",
        ),
        (
            |device| device.with(|chip| chip.data_line = DataLine::StuckHigh),
            Error::Corrupt,
            "all bits are alike",
        ),
        (|device| device.with(|chip| chip.is_stranger = true), Error::Device, "do not hold"),
    ];
    for (fault, error, text) in table {
        let fake = FakeHost::new();
        fault(&Device::new(&fake, true));
        fake.configure(&config(true, ""));
        let failure = Harness::open::<Ads1220>(&fake).unwrap_err().to_string();
        assert_eq!(failure, format!("open failed with {}", error.code()), "{text}");
        assert!(
            fake.log().iter().any(|(level, line)| *level == Level::Error && line.contains(text)),
            "{text}"
        );
    }
}

#[test]
fn a_wrong_configuration_does_not_open_and_touches_no_bus() {
    let wrong = [
        config(true, r#""gain": 5,"#),
        config(true, r#""gain": "64","#),
        config(true, r#""colour": 1,"#),
        config(false, r#""data_ready": "elsewhere","#),
        r#"{"channels": [{"name": "Venous", "positive": 0, "negative": 1}]}"#.to_owned(),
        r#"{"channels": [{"name": "restarts", "positive": 0, "negative": 1}]}"#.to_owned(),
        r#"{"channels": [{"name": "a", "positive": 0, "negative": 1, "minimum": 5, "maximum": 5}]}"#
            .to_owned(),
    ];
    for config in wrong {
        let fake = FakeHost::new();
        let device = Device::new(&fake, true);
        fake.configure(&config);
        let failure = Harness::open::<Ads1220>(&fake).unwrap_err().to_string();
        assert_eq!(failure, format!("open failed with {}", Error::Config.code()), "{config}");
        assert_eq!(device.with(|chip| chip.transactions), 0, "{config}");
        assert!(fake.log().iter().any(|(level, _)| *level == Level::Error), "{config} says nothing");
    }
}

#[test]
fn the_self_test_finds_what_is_wrong_and_disturbs_nothing() {
    let mut bench = Bench::new(true, "");
    bench.cycles(150);
    assert!(bench.harness.self_test().unwrap().iter().all(|finding| finding.passed));
    bench.cycle();
    bench.value("venous");
    bench.device.with(|chip| chip.bridges[1].wiring = Wiring::ExcitationOpen);
    bench.until("arterial", Quality::Bad, Cause::Disconnected, 98);
    let failed = bench.harness.self_test().unwrap().iter().filter(|finding| !finding.passed).count();
    assert_eq!(failed, 1, "the wires");
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    for has_line in [true, false] {
        let case = Case::new(&config(has_line, ""))
            .transaction_time(Span::from_micros(100)) // 15 bytes at 4 MHz, and the system call
            .device("ADS1220", move |fake| drop(Device::new(fake, has_line)));
        assert_eq!(conformance::failed(&conformance::of::<Ads1220>(&case)), []);
    }
}
