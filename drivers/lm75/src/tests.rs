// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on a chip made of registers.

use crate::{Config, Thermometer};
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{FakeHost, Harness, Request, schema_agrees};
use ecmod_plugin::{Error, Level};
use std::cell::RefCell;
use std::rc::Rc;

const SECOND: Span = Span::from_secs(1);

/// An LM75 behind its address pointer.
#[derive(Debug, Clone, Copy)]
struct Chip {
    temperature: u16,
    configuration: u8,
    hysteresis: u16,
    limit: u16,
    /// The bus in place of the chip.
    stuck: Option<u8>,
    failure: Option<Error>,
}

impl Chip {
    const POWER_ON: Self = Self {
        temperature: 0x1900,
        configuration: 0,
        hysteresis: 0x4B00,
        limit: 0x5000,
        stuck: None,
        failure: None,
    };

    fn answer(&self, written: &[u8]) -> Result<Vec<u8>, Error> {
        match (self.failure, self.stuck, written) {
            (Some(error), ..) => Err(error),
            (None, Some(level), _) => Ok(vec![level; 2]),
            (None, None, [0]) => Ok(self.temperature.to_be_bytes().to_vec()),
            (None, None, [1]) => Ok(vec![self.configuration]),
            (None, None, [2]) => Ok(self.hysteresis.to_be_bytes().to_vec()),
            (None, None, [3]) => Ok(self.limit.to_be_bytes().to_vec()),
            (None, None, other) => panic!("only its pointer is written, never {other:x?}"),
        }
    }
}

fn chip_on(fake: &FakeHost, address: u8, chip: Chip) -> Rc<RefCell<Chip>> {
    let chip = Rc::new(RefCell::new(chip));
    let model = Rc::clone(&chip);
    fake.on_i2c(
        move |asked, written| if asked == address { model.borrow().answer(written) } else { Err(Error::Io) },
    );
    chip
}

fn open(config: &str) -> (Rc<RefCell<Chip>>, Harness) {
    let fake = FakeHost::new();
    fake.configure(config);
    let chip = chip_on(&fake, 0x48, Chip::POWER_ON);
    (chip, Harness::open::<Thermometer>(&fake).unwrap())
}

fn read(driver: &mut Harness) -> Result<f64, Cause> {
    assert_eq!(driver.cycle_after(SECOND), 0);
    let sample = driver.sample("temperature").unwrap();
    assert_eq!(sample.t, driver.fake().now());
    sample.value.ok_or(sample.cause)
}

/// Table 1 of the LM75 data sheets: nine bits, 0.5 degC each, in the upper half of the word.
#[test]
fn the_data_sheets_table_is_read_right_through_the_unmodified_crate() {
    let (chip, mut driver) = open("{}");
    for (word, celsius) in [
        (0x7D00, 125.0),
        (0x1900, 25.0),
        (0x0080, 0.5),
        (0x0000, 0.0),
        (0xFF80, -0.5),
        (0xE700, -25.0),
        (0xC900, -55.0),
    ] {
        chip.borrow_mut().temperature = word;
        assert_eq!(read(&mut driver), Ok(celsius), "{word:#06x}");
    }
    let (chip, mut driver) = open(r#"{"resolution_bits": 11}"#);
    for (word, celsius) in [(0x1920, 25.125), (0x7F00, 127.0), (0xFFE0, -0.125)] {
        chip.borrow_mut().temperature = word;
        let expected = if celsius > 125.0 { Err(Cause::OutOfRange) } else { Ok(celsius) };
        assert_eq!(read(&mut driver), expected, "{word:#06x}");
    }
}

#[test]
fn nothing_is_ever_written_but_the_pointer() {
    let (_, mut driver) = open("{}");
    read(&mut driver).unwrap();
    driver.self_test().unwrap();
    for request in driver.fake().requests() {
        assert!(
            matches!(&request, Request::I2c { address: 0x48, written } if written.len() == 1),
            "{request:?}"
        );
    }
}

#[test]
fn each_fault_has_its_cause_and_ends_with_the_fault() {
    type Fault = fn(&mut Chip);
    let faults: [(&str, Fault, Result<f64, Cause>); 4] = [
        ("data line stuck low", |chip| chip.stuck = Some(0x00), Err(Cause::Communication)),
        ("data line floats high", |chip| chip.stuck = Some(0xFF), Err(Cause::Communication)),
        ("shut down", |chip| chip.configuration = 1, Err(Cause::NotReady)),
        ("reset by a dip of its supply", |chip| chip.limit = 0x4C00, Ok(25.0)),
    ];
    for (name, fault, expected) in faults {
        let (chip, mut driver) = open("{}");
        assert_eq!(read(&mut driver), Ok(25.0), "{name}");
        driver.fake().forget_requests();
        fault(&mut chip.borrow_mut());
        assert_eq!(read(&mut driver), expected, "{name}");
        let logged = driver.fake().log().iter().filter(|(level, _)| *level == Level::Warning).count();
        assert_eq!(read(&mut driver), expected, "{name}");
        let again = driver.fake().log().iter().filter(|(level, _)| *level == Level::Warning).count();
        assert_eq!((logged, again), (1, 1), "{name}: said once");
        *chip.borrow_mut() = Chip::POWER_ON;
        assert_eq!(read(&mut driver), Ok(25.0), "{name}: recovers in the next cycle");
    }
}

#[test]
fn a_chip_that_does_not_answer_makes_its_signal_bad_and_comes_back() {
    let (chip, mut driver) = open("{}");
    for error in [Error::Io, Error::Timeout] {
        chip.borrow_mut().failure = Some(error);
        assert_eq!(driver.cycle_after(SECOND), error.code(), "the cause comes through the crate unchanged");
        assert!(!driver.self_test().unwrap().first().unwrap().passed);
        chip.borrow_mut().failure = None;
        assert_eq!(read(&mut driver), Ok(25.0));
        assert!(driver.self_test().unwrap().first().unwrap().passed);
    }
}

#[test]
fn a_wrong_chip_a_missing_chip_and_a_wrong_configuration_do_not_open() {
    let fails = |config: &str, chip: Option<Chip>| {
        let fake = FakeHost::new();
        fake.configure(config);
        if let Some(chip) = chip {
            chip_on(&fake, 0x48, chip);
        }
        Harness::open::<Thermometer>(&fake).unwrap_err().to_string()
    };
    let refusal = |error: Error| fails_text(error);
    assert!(fails("{}", None).contains(&refusal(Error::Io)));
    assert!(fails("{}", Some(Chip { stuck: Some(0), ..Chip::POWER_ON })).contains(&refusal(Error::Device)));
    assert!(fails(r#"{"address": 73}"#, Some(Chip::POWER_ON)).contains(&refusal(Error::Io)));
    assert!(fails(r#"{"address": 3}"#, Some(Chip::POWER_ON)).contains(&refusal(Error::Config)));
    assert!(fails(r#"{"resolution_bits": 10}"#, Some(Chip::POWER_ON)).contains(&refusal(Error::Config)));
}

fn fails_text(error: Error) -> String {
    ecmod_plugin::loaded::OpenFailure::Open(error.code()).to_string()
}

#[test]
fn the_driver_keeps_the_rules() {
    let case = Case::new("{}").device("LM75", |fake| drop(chip_on(fake, 0x48, Chip::POWER_ON)));
    assert_eq!(conformance::failed(&conformance::of::<Thermometer>(&case)), []);
}

#[test]
fn the_schema_names_the_keys_that_are_taken() {
    assert_eq!(schema_agrees::<Config>(include_str!("schema.json"), "/properties"), Ok(()));
}

#[test]
fn a_good_sample_has_no_cause() {
    let (_, mut driver) = open("{}");
    read(&mut driver).unwrap();
    let sample = driver.sample("temperature").unwrap();
    assert_eq!((sample.quality, sample.cause), (Quality::Good, Cause::None));
}
