// SPDX-License-Identifier: MIT OR Apache-2.0
//! Each file that fails, each supply that comes and goes: its own signal, with its cause, until it is over.

use super::batteries::{GEHC, MURATA};
use super::{Says, cycle, host_with, open, put, says};
use crate::PowerSupply;
use ecmod_plugin::quantities::{Cause, Span};
use ecmod_plugin::testing::Harness;
use ecmod_plugin::{Error, Level};

#[test]
fn every_file_that_fails_makes_its_own_signal_bad_with_the_cause_and_comes_back() {
    let signals = [
        ("capacity", "a_charge", 76.0),
        ("voltage_now", "a_voltage", 11.441),
        ("current_now", "a_current", -0.026),
        ("temp", "a_temperature", 19.8),
        ("charge_full_design", "a_of_design", 102.579),
        ("status", "a_status", 2.0),
        ("health", "a_health", 1.0),
        ("cycle_count", "a_cycles", 12.0),
    ];
    let failures = [
        (Error::Io, Cause::Communication),
        (Error::Timeout, Cause::Timeout),
        (Error::Device, Cause::NotReady),
        (Error::State, Cause::NotReady),
        (Error::NotFound, Cause::NoData),
    ];
    for (file, signal, value) in signals {
        let path = format!("BAT0/{file}");
        let mut driver = open(GEHC);
        let text = driver.fake().attribute_text(&path).unwrap();
        for (failure, cause) in failures {
            driver.fake().fail_attribute(&path, Some(failure));
            cycle(&mut driver);
            assert_eq!(says(&driver, signal), Says::Bad(cause), "{file}: {failure}");
            driver.fake().fail_attribute(&path, None);
            cycle(&mut driver);
            assert_eq!(says(&driver, signal), Says::Good(value), "{file}: {failure}");
        }
        for nonsense in ["", "nonsense", "7.5", "0x10", "99999999999999999999", "+1", "1 2"] {
            driver.fake().attribute(&path, nonsense);
            cycle(&mut driver);
            assert_eq!(says(&driver, signal), Says::Bad(Cause::Communication), "{file}: `{nonsense}`");
        }
        driver.fake().attribute_bytes(&path, &[b'7'; 500]);
        cycle(&mut driver);
        assert_eq!(says(&driver, signal), Says::Bad(Cause::Communication), "{file}: too long");
        driver.fake().attribute(&path, &text);
        cycle(&mut driver);
        assert_eq!(says(&driver, signal), Says::Good(value), "{file}");
    }
}

#[test]
fn without_its_health_a_battery_is_neither_good_nor_failed() {
    let mut driver = open(GEHC);
    driver.fake().fail_attribute("BAT0/health", Some(Error::Timeout));
    cycle(&mut driver);
    assert_eq!(says(&driver, "a_usable"), Says::Bad(Cause::Timeout));
    assert_eq!(says(&driver, "a_charge"), Says::Uncertain(76.0, Cause::Timeout));
}

#[test]
fn a_battery_taken_out_is_disconnected_and_comes_back_when_put_in() {
    let mut driver = open(GEHC);
    let fake = driver.fake().clone();
    fake.attribute("BAT0/present", "0");
    cycle(&mut driver);
    assert_eq!(says(&driver, "a_present"), Says::Good(0.0));
    assert_eq!(says(&driver, "a_usable"), Says::Good(0.0));
    assert_eq!(says(&driver, "a_charge"), Says::Bad(Cause::Disconnected));
    fake.remove_attribute("BAT0");
    cycle(&mut driver);
    for signal in ["a_present", "a_usable", "a_charge"] {
        assert_eq!(says(&driver, signal), Says::Bad(Cause::Disconnected), "{signal}: nobody says anything");
    }
    put(&fake, "BAT0", GEHC);
    cycle(&mut driver);
    assert_eq!(says(&driver, "a_usable"), Says::Good(1.0));
    assert_eq!(says(&driver, "a_charge"), Says::Good(76.0));
}

#[test]
fn mains_are_read_in_every_cycle_and_each_fault_has_its_cause() {
    let mut driver = open(GEHC);
    for (text, expected) in [
        ("0", Says::Good(0.0)),
        ("1", Says::Good(1.0)),
        ("2", Says::Good(1.0)),
        ("yes", Says::Bad(Cause::Communication)),
    ] {
        driver.fake().attribute("AC/online", text);
        cycle(&mut driver);
        assert_eq!(says(&driver, "mains_online"), expected, "{text}");
    }
    for (failure, cause) in [(Error::Io, Cause::Communication), (Error::NotFound, Cause::Disconnected)] {
        driver.fake().fail_attribute("AC/online", Some(failure));
        cycle(&mut driver);
        assert_eq!(says(&driver, "mains_online"), Says::Bad(cause));
    }
    driver.fake().attribute("AC/online", "1");
    cycle(&mut driver);
    assert_eq!(says(&driver, "mains_online"), Says::Good(1.0));
    let lost = driver.fake().log().iter().filter(|(_, text)| text == "mains: lost").count();
    assert_eq!(lost, 1);
}

#[test]
fn several_batteries_have_their_turns_and_do_not_disturb_each_other() {
    let config = r#"{
        "mains": [{"name": "mains", "supply": "AC"}],
        "batteries": [{"name": "a", "supply": "BAT0"}, {"name": "b", "supply": "BAT1"}]
    }"#;
    let fake = host_with(config, GEHC);
    let mut driver = Harness::open::<PowerSupply>(&fake).unwrap();
    assert!(fake.log().iter().any(|(level, text)| *level == Level::Warning && text.contains("no BAT1 yet")));
    cycle(&mut driver);
    assert_eq!((says(&driver, "a_charge"), driver.sample("b_charge")), (Says::Good(76.0), None));
    cycle(&mut driver);
    assert_eq!(
        (driver.sample("a_charge"), says(&driver, "b_usable")),
        (None, Says::Bad(Cause::Disconnected))
    );
    put(&fake, "BAT1", MURATA);
    cycle(&mut driver);
    cycle(&mut driver);
    assert_eq!(says(&driver, "b_charge"), Says::Uncertain(97.0, Cause::Estimated));
    let oldest = driver.table().signals.iter().map(|signal| signal.longest_age).max().unwrap();
    assert_eq!(oldest, Span::from_secs(3));
}

#[test]
fn what_is_missing_once_is_read_again_in_the_next_cycle_and_what_stays_missing_once_in_a_rotation() {
    let config = r#"{
        "mains": [{"name": "mains", "supply": "AC"}],
        "batteries": [{"name": "a", "supply": "BAT0"}, {"name": "b", "supply": "BAT1"}]
    }"#;
    let fake = host_with(config, GEHC);
    put(&fake, "BAT1", GEHC);
    let mut driver = Harness::open::<PowerSupply>(&fake).unwrap();
    let mut turn = || {
        cycle(&mut driver);
        let a = driver.sample("a_temperature").map(|_| says(&driver, "a_temperature"));
        (a, driver.sample("b_temperature").map(|_| says(&driver, "b_temperature")))
    };
    let (good, bad) = (Some(Says::Good(19.8)), Some(Says::Bad(Cause::Communication)));
    assert_eq!([turn(), turn()], [(good, None), (None, good)]);
    fake.fail_attribute("BAT0/temp", Some(Error::Io));
    assert_eq!(turn(), (bad, None));
    fake.fail_attribute("BAT0/temp", None);
    assert_eq!([turn(), turn()], [(good, None), (None, good)]);
    fake.fail_attribute("BAT0/temp", Some(Error::Io));
    let turns = [turn(), turn(), turn(), turn(), turn()];
    assert_eq!(turns, [(bad, None), (bad, None), (None, good), (bad, None), (None, good)]);
}
