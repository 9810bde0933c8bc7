// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on a chip made of its registers.

use crate::Max31865;
use crate::convert::Scale;
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{Everywhere, FakeHost, Harness, Request};
use ecmod_plugin::{Error, Level};
use proptest::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

const PERIOD: Span = Span::from_millis(50);
const SCALE: Scale = Scale { reference_ohm: 430.0, ohm_at_zero: 100.0, lead_ohm: 0.0 };

/// The chip, as far as the driver uses it. It converts and looks for faults in no time.
#[derive(Debug, Clone)]
struct Chip {
    registers: [u8; 8],
    code: u16,
    /// What a look for faults, or a conversion, finds.
    faults: u8,
    /// Bits that never end.
    hangs: u8,
    /// What is on MISO, if it is stuck.
    stuck: Option<u8>,
    /// The next so many answers are disturbed.
    disturbed: usize,
    transactions: Vec<Vec<u8>>,
    failure: Option<Error>,
    /// The transaction of this number fails, and no other.
    lost: Option<usize>,
}

impl Chip {
    fn at(degc: f64) -> Self {
        Self {
            registers: [0, 0, 0, 0xFF, 0xFF, 0, 0, 0],
            code: SCALE.code(degc),
            faults: 0,
            hangs: 0,
            stuck: None,
            disturbed: 0,
            transactions: vec![],
            failure: None,
            lost: None,
        }
    }

    fn answer(&mut self, sent: &[u8]) -> Result<Vec<u8>, Error> {
        self.transactions.push(sent.to_vec());
        if self.lost == Some(self.transactions.len()) {
            return Err(Error::Timeout);
        }
        if let Some(error) = self.failure {
            return Err(error);
        }
        if let Some(level) = self.stuck {
            return Ok(vec![level; sent.len()]);
        }
        let mut answer = vec![0];
        for (index, byte) in sent.iter().enumerate().skip(1) {
            let address = usize::from(sent[0] & 0x7F) + index - 1;
            answer.push(self.registers[address]);
            if sent[0] & 0x80 != 0 {
                self.registers[address] = *byte;
            }
        }
        if sent[0] == 0x80 {
            self.configured();
        }
        if sent[0] == 0 && self.disturbed > 0 {
            self.disturbed -= 1;
            answer[2] ^= 0x04;
        }
        Ok(answer)
    }

    fn configured(&mut self) {
        let configuration = self.registers[0];
        if configuration & 0x02 != 0 {
            self.registers[7] = 0;
        }
        if configuration & 0x24 != 0 && configuration & 0x80 != 0 {
            self.registers[7] |= self.faults;
        }
        if configuration & 0x20 != 0 {
            let [high, low] = (self.code << 1).to_be_bytes();
            (self.registers[1], self.registers[2]) = (high, low);
        }
        self.registers[2] = self.registers[2] & 0xFE | u8::from(self.registers[7] != 0);
        self.registers[0] = configuration & !(0x2E & !self.hangs);
    }
}

struct Bench {
    fake: FakeHost,
    chip: Rc<RefCell<Chip>>,
    harness: Harness,
}

fn put(fake: &FakeHost, chip: Chip) -> Rc<RefCell<Chip>> {
    let chip = Rc::new(RefCell::new(chip));
    let on_bus = Rc::clone(&chip);
    fake.on_spi(
        move |device, sent| if device == 0 { on_bus.borrow_mut().answer(sent) } else { Err(Error::NotFound) },
    );
    chip
}

impl Bench {
    fn new(config: &str, degc: f64) -> Self {
        let fake = FakeHost::new();
        fake.configure(config);
        let chip = put(&fake, Chip::at(degc));
        let harness = Harness::open::<Max31865>(&fake).unwrap();
        Self { fake, chip, harness }
    }

    /// Cycles until there is news of the temperature, at most two intervals.
    fn measure(&mut self) -> (Option<f64>, Quality, Cause) {
        for _ in 0..42 {
            assert_eq!(self.harness.cycle_after(PERIOD), 0);
            if let Some(sample) = self.harness.sample("temperature") {
                return (sample.value, sample.quality, sample.cause);
            }
        }
        panic!("no news");
    }

    fn good(&mut self) -> f64 {
        let (value, quality, cause) = self.measure();
        assert_eq!((quality, cause), (Quality::Good, Cause::None));
        value.unwrap()
    }
}

#[test]
fn temperatures_are_measured_once_a_second_with_the_time_of_their_conversion() {
    for degc in [-39.0, 0.0, 25.0, 37.0, 42.5, 120.0] {
        let mut bench = Bench::new("{}", degc);
        assert!((bench.good() - degc).abs() < 0.02, "{degc}");
        let first = bench.harness.sample("temperature").unwrap().t;
        assert!((30..=110).contains(&bench.fake.now().since(first).millis()));
        assert!((bench.good() - degc).abs() < 0.02);
        assert_eq!(bench.harness.sample("temperature").unwrap().t.since(first), Span::from_secs(1));
        assert_eq!(bench.harness.sample("fault").unwrap().value, Some(0.0));
    }
}

#[test]
fn a_measurement_is_bias_then_fault_detection_then_conversion_then_bias_off_and_never_waits() {
    let mut bench = Bench::new(r#"{"wires": 3, "filter_hz": 60}"#, 37.0);
    bench.chip.borrow_mut().transactions.clear();
    let begun = bench.fake.now();
    bench.good();
    let written: Vec<u8> =
        bench.chip.borrow().transactions.iter().filter(|sent| sent[0] == 0x80).map(|sent| sent[1]).collect();
    assert_eq!(written, [0x92, 0x94, 0xB0, 0x10]);
    assert_eq!(bench.fake.now().since(begun).millis() % 50, 0, "no cycle delayed anything");
    let before = bench.chip.borrow().transactions.len();
    for _ in 0..200 {
        bench.harness.cycle_after(PERIOD);
    }
    let transactions = bench.chip.borrow().transactions.len() - before;
    assert_eq!(transactions, 10 * 7, "seven transactions a second");
}

#[test]
fn thresholds_wires_and_filter_are_written_and_read_back_when_it_opens() {
    for (config, base) in [
        ("{}", 0x01),
        (r#"{"wires": 2, "filter_hz": 60}"#, 0x00),
        (r#"{"wires": 3}"#, 0x11),
        (r#"{"element": "pt1000", "reference_ohm": 4300}"#, 0x01),
    ] {
        let bench = Bench::new(config, 20.0);
        let registers = bench.chip.borrow().registers;
        assert_eq!(registers[0], base, "{config}");
        let code = |high: u8, low: u8| u16::from_be_bytes([high, low]) >> 1;
        assert_eq!(code(registers[3], registers[4]), SCALE.code(125.0), "{config}");
        assert_eq!(code(registers[5], registers[6]), SCALE.code(-40.0), "{config}");
    }
}

#[test]
fn every_fault_of_element_and_cable_has_its_cause_and_is_over_with_the_next_measurement() {
    let table = [
        (0x20, 0x7FFF, Cause::Disconnected),
        (0x18, 0, Cause::Disconnected),
        (0x08, 8000, Cause::Disconnected),
        (0x04, 8000, Cause::DeviceError),
        (0x80, 0x7FFF, Cause::Disconnected),
        (0x40, 0, Cause::Disconnected),
        (0x80, 30_000, Cause::OutOfRange),
        (0x40, 2000, Cause::OutOfRange),
    ];
    for (faults, code, cause) in table {
        let mut bench = Bench::new("{}", 37.0);
        bench.good();
        let sound = bench.chip.borrow().code;
        bench.chip.borrow_mut().faults = faults;
        bench.chip.borrow_mut().code = code;
        assert_eq!(bench.measure(), (None, Quality::Bad, cause), "{faults:#x}");
        let fault = bench.harness.sample("fault").unwrap();
        assert_eq!((fault.quality, fault.value), (Quality::Good, Some(f64::from(faults))));
        bench.measure();
        assert_eq!(bench.fake.log().iter().filter(|(_, text)| text.contains("reports a fault")).count(), 1);
        assert!(bench.harness.self_test().unwrap().iter().any(|finding| !finding.passed));
        bench.chip.borrow_mut().faults = 0;
        bench.chip.borrow_mut().code = sound;
        assert!((bench.good() - 37.0).abs() < 0.02, "{faults:#x}");
        assert!(bench.harness.self_test().unwrap().iter().all(|finding| finding.passed));
    }
}

#[test]
fn every_fault_of_bus_and_chip_has_its_cause_and_is_over_with_the_next_measurement() {
    type Spoil = fn(&mut Chip);
    let table: [(&str, Spoil, Cause); 10] = [
        ("stuck high", |chip| chip.stuck = Some(0xFF), Cause::Communication),
        ("stuck low", |chip| chip.stuck = Some(0), Cause::Communication),
        ("supply dipped", |chip| chip.registers = [0, 0, 0, 0xFF, 0xFF, 0, 0, 0], Cause::DeviceError),
        ("threshold changed", |chip| chip.registers[4] ^= 0x10, Cause::DeviceError),
        ("conversion never ends", |chip| chip.hangs = 0x20, Cause::DeviceError),
        ("fault detection never ends", |chip| chip.hangs = 0x04, Cause::DeviceError),
        ("timeout", |chip| chip.failure = Some(Error::Timeout), Cause::Timeout),
        ("transfer failed", |chip| chip.failure = Some(Error::Io), Cause::Communication),
        ("device gone", |chip| chip.failure = Some(Error::Device), Cause::DeviceError),
        ("no such chip", |chip| chip.failure = Some(Error::NotFound), Cause::DriverFault),
    ];
    for (name, spoil, cause) in table {
        let mut bench = Bench::new("{}", 37.0);
        bench.good();
        spoil(&mut bench.chip.borrow_mut());
        assert_eq!(bench.measure(), (None, Quality::Bad, cause), "{name}");
        assert_eq!(bench.harness.sample("fault").unwrap().cause, cause, "{name}");
        let begun = bench.fake.now();
        {
            let mut chip = bench.chip.borrow_mut();
            (chip.stuck, chip.hangs, chip.failure) = (None, 0, None);
        }
        assert!((bench.good() - 37.0).abs() < 0.02, "{name}");
        assert!(bench.fake.now().since(begun).millis() <= 1250, "{name}");
        assert!(bench.fake.log().iter().any(|(_, text)| text.contains("measures again")), "{name}");
    }
}

#[test]
fn one_transfer_that_fails_costs_a_quarter_of_a_second_at_most() {
    // Of the seven transfers of a measurement each one.
    for lost in 1..=7 {
        let mut bench = Bench::new("{}", 37.0);
        bench.good();
        let before = bench.chip.borrow().transactions.len();
        bench.chip.borrow_mut().lost = Some(before + lost);
        assert_eq!(bench.measure(), (None, Quality::Bad, Cause::Timeout), "transfer {lost}");
        let since = bench.fake.now();
        assert!((bench.good() - 37.0).abs() < 0.02, "transfer {lost}");
        let gap = bench.fake.now().since(since);
        assert!(gap <= Span::from_millis(250), "transfer {lost}: {gap:?}");
    }
}

#[test]
fn a_dip_during_a_measurement_gives_no_temperature() {
    let mut bench = Bench::new("{}", 37.0);
    for at in 0..5 {
        bench.good();
        while bench.harness.sample("temperature").is_some() {
            bench.harness.cycle_after(PERIOD);
        }
        for _ in 0..15 + at {
            bench.harness.cycle_after(PERIOD);
        }
        let code = bench.chip.borrow().code;
        *bench.chip.borrow_mut() = Chip { code, ..Chip::at(0.0) };
        let (value, _, _) = bench.measure();
        assert!(value.is_none_or(|value| (value - 37.0).abs() < 0.02), "{at}: {value:?}");
    }
}

#[test]
fn a_disturbed_reading_is_no_temperature() {
    let mut bench = Bench::new("{}", 37.0);
    bench.good();
    // The first read of a measurement looks at the settings alone; the second and third are compared.
    bench.chip.borrow_mut().disturbed = 2;
    assert_eq!(bench.measure(), (None, Quality::Bad, Cause::Communication));
    assert!((bench.good() - 37.0).abs() < 0.02);
}

#[test]
fn another_chip_or_none_does_not_open() {
    let failure = |spoil: fn(&mut Chip)| {
        let fake = FakeHost::new();
        let mut chip = Chip::at(20.0);
        spoil(&mut chip);
        put(&fake, chip);
        Harness::open::<Max31865>(&fake).unwrap_err().to_string()
    };
    let code = |error: Error| format!("open failed with {}", error.code());
    assert_eq!(failure(|chip| chip.stuck = Some(0xFF)), code(Error::Corrupt));
    assert_eq!(failure(|chip| chip.stuck = Some(0)), code(Error::Corrupt));
    assert_eq!(failure(|chip| chip.stuck = Some(0x5A)), code(Error::Device));
    assert_eq!(failure(|chip| chip.failure = Some(Error::Io)), code(Error::Io));
}

#[test]
fn a_wrong_configuration_does_not_open() {
    let wrong = [
        r#"{"wires": 5}"#,
        r#"{"filter_hz": 55}"#,
        r#"{"interval_ms": 100}"#,
        r#"{"reference_ohm": 5}"#,
        r#"{"lead_ohm": -1}"#,
        r#"{"lowest_degc": 50, "highest_degc": 40}"#,
        r#"{"highest_degc": 900}"#,
        r#"{"element": "pt500"}"#,
        r#"{"mode": 1}"#,
    ];
    for config in wrong {
        let fake = FakeHost::new();
        fake.configure(config);
        put(&fake, Chip::at(20.0));
        let failure = Harness::open::<Max31865>(&fake).unwrap_err();
        assert_eq!(failure.to_string(), format!("open failed with {}", Error::Config.code()), "{config}");
        assert!(fake.log().iter().any(|(level, _)| *level == Level::Error), "{config}");
        assert_eq!(fake.requests(), [], "{config}");
    }
}

#[test]
fn the_chip_of_the_configured_index_is_used() {
    let fake = FakeHost::new();
    fake.configure(r#"{"chip": 3}"#);
    let mut chip = Chip::at(20.0);
    fake.on_spi(move |device, sent| if device == 3 { chip.answer(sent) } else { Err(Error::NotFound) });
    assert!(Harness::open::<Max31865>(&fake).is_ok());
    assert!(fake.requests().iter().all(|request| matches!(request, Request::Spi { device: 3, .. })));
}

#[test]
fn a_silent_bus_gives_no_temperature_and_is_over_when_it_answers() {
    let mut bench = Bench::new("{}", 37.0);
    bench.good();
    bench.fake.everywhere(Some(Everywhere::Silence));
    assert_eq!(bench.measure(), (None, Quality::Bad, Cause::Timeout));
    bench.fake.everywhere(None);
    assert!((bench.good() - 37.0).abs() < 0.02);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_answer_makes_a_temperature_unless_settings_and_faults_are_as_they_should(image in any::<[u8; 8]>()) {
        let mut bench = Bench::new("{}", 37.0);
        let good = bench.chip.borrow().registers;
        bench.fake.on_spi(move |_, sent| {
            let mut answer = vec![0];
            answer.extend(image);
            answer.truncate(sent.len());
            Ok(answer)
        });
        let (value, ..) = bench.measure();
        prop_assert!(value.is_none() || (image[3..7] == good[3..7] && image[0] == 0x81 && image[7] & 0xFC == 0));
    }
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    let case = Case::new("{}").device("blood", |fake| drop(put(fake, Chip::at(37.0))));
    assert_eq!(conformance::failed(&conformance::of::<Max31865>(&case)), []);
}
