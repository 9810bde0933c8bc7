// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on readings of real batteries, and what it makes of each fault.

use crate::config::Config;
use crate::convert::{self, Condition, Health, Status};
use crate::{PowerSupply, table};
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{FakeHost, Harness, Request};
use ecmod_plugin::{Error, Level};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A battery by `sbs-battery` with TI's gauge, discharged by its own electronics (linux-pm list, 2020).
const GEHC: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Discharging"),
    ("capacity_level", "Normal"),
    ("health", "Good"),
    ("cycle_count", "12"),
    ("voltage_now", "11441000"),
    ("current_now", "-26000"),
    ("current_avg", "-24000"),
    ("capacity", "76"),
    ("capacity_error_margin", "1"),
    ("temp", "198"),
    ("time_to_empty_avg", "438600"),
    ("energy_now", "31090000"),
    ("energy_full", "42450000"),
    ("energy_full_design", "41040000"),
    ("charge_now", "2924000"),
    ("charge_full", "3898000"),
    ("charge_full_design", "3800000"),
];

/// The same kernel driver with a gauge of another make: full, and nothing vouches for it (linux-arm-msm list).
const MURATA: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Full"),
    ("capacity_level", "Full"),
    ("health", "Unknown"),
    ("cycle_count", "2"),
    ("voltage_now", "12293000"),
    ("current_now", "0"),
    ("current_avg", "0"),
    ("capacity", "97"),
    ("capacity_error_margin", "3"),
    ("temp", "194"),
    ("time_to_empty_avg", "3932100"),
    ("charge_now", "3451000"),
    ("charge_full", "3555000"),
    ("charge_full_design", "4200000"),
];

/// A `bq27200` that has to be calibrated (linux-omap list).
const BQ27200: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Discharging"),
    ("health", "Calibration required"),
    ("voltage_now", "3536000"),
    ("current_now", "-432327"),
    ("capacity", "18"),
    ("capacity_level", "Normal"),
    ("temp", "316"),
    ("time_to_empty_now", "4140"),
    ("time_to_empty_avg", "3780"),
    ("charge_now", "366680"),
    ("charge_full", "2050560"),
    ("charge_full_design", "2056320"),
];

/// A `bq27000` behind a bus that is dead: zeros, and "Good" (linux-omap list, 2020).
const DEAD_BUS: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Discharging"),
    ("health", "Good"),
    ("voltage_now", "0"),
    ("current_now", "0"),
    ("capacity", "0"),
    ("temp", "-2731"),
    ("time_to_empty_avg", "0"),
    ("charge_now", "0"),
    ("charge_full", "0"),
];

/// An ACPI battery that counts energy and gives power (a public bug report of a status bar).
const SANYO: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Discharging"),
    ("capacity", "9"),
    ("capacity_level", "Normal"),
    ("voltage_now", "10459000"),
    ("power_now", "27758000"),
    ("energy_now", "2420000"),
    ("energy_full", "25860000"),
    ("energy_full_design", "23510000"),
    ("cycle_count", "5"),
];

const CONFIG: &str = r#"{
    "mains": [{"name": "mains", "supply": "AC"}],
    "batteries": [{"name": "a", "supply": "BAT0"}]
}"#;

fn put(fake: &FakeHost, supply: &str, files: &[(&str, &str)]) {
    files.iter().for_each(|(name, text)| fake.attribute(&format!("{supply}/{name}"), text));
}

fn host_with(config: &str, files: &[(&str, &str)]) -> FakeHost {
    let fake = FakeHost::new();
    fake.configure(config);
    fake.attribute("AC/online", "1");
    put(&fake, "BAT0", files);
    fake
}

fn open(files: &[(&str, &str)]) -> Harness {
    open_with(CONFIG, files)
}

fn open_with(config: &str, files: &[(&str, &str)]) -> Harness {
    let mut driver = Harness::open::<PowerSupply>(&host_with(config, files)).unwrap();
    cycle(&mut driver);
    driver
}

fn cycle(driver: &mut Harness) {
    assert_eq!(driver.cycle_after(table::PERIOD), 0);
}

/// What a signal says: its value, or the cause why not; uncertain ones with both.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    Good(f64),
    Uncertain(f64, Cause),
    Bad(Cause),
}

fn says(driver: &Harness, signal: &str) -> Says {
    let sample = driver.sample(signal).unwrap_or_else(|| panic!("no news of {signal}"));
    match (sample.quality, sample.value) {
        (Quality::Good, Some(value)) => Says::Good(rounded(value)),
        (Quality::Uncertain, Some(value)) => Says::Uncertain(rounded(value), sample.cause),
        _ => Says::Bad(sample.cause),
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[test]
fn a_healthy_battery_reads_as_it_was_recorded() {
    let driver = open(GEHC);
    for (signal, expected) in [
        ("mains_online", 1.0),
        ("a_present", 1.0),
        ("a_usable", 1.0),
        ("a_charge", 76.0),
        ("a_time_to_empty", 438_600.0),
        ("a_voltage", 11.441),
        ("a_current", -0.026),
        ("a_temperature", 19.8),
        ("a_of_design", 102.579),
        ("a_status", 2.0),
        ("a_health", 1.0),
        ("a_cycles", 12.0),
    ] {
        assert_eq!(says(&driver, signal), Says::Good(expected), "{signal}");
    }
}

#[test]
fn a_battery_that_nothing_vouches_for_is_uncertain_however_full_it_is() {
    let driver = open(MURATA);
    assert_eq!(says(&driver, "a_usable"), Says::Uncertain(1.0, Cause::Estimated));
    assert_eq!(says(&driver, "a_charge"), Says::Uncertain(97.0, Cause::Estimated));
    assert_eq!(says(&driver, "a_voltage"), Says::Good(12.293));
    assert_eq!(says(&driver, "a_time_to_empty"), Says::Bad(Cause::NotReady), "it does not run empty");

    let config = r#"{"batteries": [{"name": "a", "supply": "BAT0", "failure_flags": [{"file": "pf_status", "mask": 255}]}]}"#;
    let flagged = |flags: &str| open_with(config, &[MURATA, &[("pf_status", flags)]].concat());
    assert_eq!(says(&flagged("0x0100"), "a_usable"), Says::Good(1.0), "clear flags vouch for it");
    assert_eq!(says(&flagged("0x0100"), "a_charge"), Says::Good(97.0));
    assert_eq!(says(&flagged("0x0001"), "a_usable"), Says::Good(0.0));
    assert_eq!(says(&flagged("0x0001"), "a_charge"), Says::Bad(Cause::DeviceError));
    assert_eq!(says(&flagged("???"), "a_usable"), Says::Bad(Cause::Communication));
    assert_eq!(says(&flagged("???"), "a_charge"), Says::Uncertain(97.0, Cause::Communication));
    assert_eq!(
        says(&open_with(config, MURATA), "a_usable"),
        Says::Bad(Cause::NoData),
        "configured and not there"
    );
}

#[test]
fn recorded_batteries_of_other_kinds_read_right() {
    let driver = open(BQ27200);
    assert_eq!(says(&driver, "a_charge"), Says::Uncertain(18.0, Cause::NotCalibrated));
    assert_eq!(says(&driver, "a_usable"), Says::Uncertain(1.0, Cause::NotCalibrated));
    // By the gauge 3780 s, by charge and current 3053 s: they agree.
    assert_eq!(says(&driver, "a_time_to_empty"), Says::Uncertain(3780.0, Cause::NotCalibrated));

    let magnitude = CONFIG.replace(r#""BAT0""#, r#""BAT0", "current": "magnitude""#);
    let driver = open_with(&magnitude, SANYO);
    assert_eq!(says(&driver, "a_current"), Says::Good(-2.654), "power by voltage, its sign by the status");
    assert_eq!(says(&driver, "a_of_design"), Says::Uncertain(109.996, Cause::Estimated));
    assert_eq!(
        says(&driver, "a_time_to_empty"),
        Says::Uncertain(313.855, Cause::Estimated),
        "2.42 Wh at 27.758 W"
    );
    assert_eq!(says(&driver, "a_temperature"), Says::Bad(Cause::NoData));

    let driver = open(DEAD_BUS);
    for signal in ["a_present", "a_usable", "a_charge", "a_voltage", "a_temperature", "a_health"] {
        assert_eq!(says(&driver, signal), Says::Bad(Cause::Communication), "{signal}: zeros are no battery");
    }
}

/// The lesson of S68 and S69: a battery that showed charge and was disabled.
#[test]
fn a_battery_that_has_failed_for_good_has_no_charge_whatever_it_shows() {
    for word in
        ["Dead", "Unspecified failure", "Safety timer expire", "Blown fuse", "Cell imbalance", "No battery"]
    {
        let mut driver = open(GEHC);
        driver.fake().attribute("BAT0/health", word);
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_usable"), Says::Good(0.0), "{word}");
        assert_eq!(says(&driver, "a_charge"), Says::Bad(Cause::DeviceError), "{word}");
        assert_eq!(says(&driver, "a_time_to_empty"), Says::Bad(Cause::DeviceError), "{word}");
        assert_eq!(says(&driver, "a_voltage"), Says::Good(11.441), "{word}");
        let errors =
            |driver: &Harness| driver.fake().log().iter().filter(|(level, _)| *level == Level::Error).count();
        assert_eq!(errors(&driver), 1, "{word}");
        cycle(&mut driver);
        assert_eq!(errors(&driver), 1, "{word}: said once");
        driver.fake().attribute("BAT0/health", "Good"); // another battery was put in
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_charge"), Says::Good(76.0), "{word}");
        assert_eq!(says(&driver, "a_usable"), Says::Good(1.0), "{word}");
    }
}

#[test]
fn a_battery_that_may_cut_itself_off_is_not_to_be_relied_on() {
    for word in
        ["Overheat", "Hot", "Cold", "Over voltage", "Under voltage", "Over current", "Watchdog timer expire"]
    {
        let mut driver = open(GEHC);
        driver.fake().attribute("BAT0/health", word);
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_usable"), Says::Good(0.0), "{word}");
        assert_eq!(says(&driver, "a_charge"), Says::Uncertain(76.0, Cause::DeviceError), "{word}");
    }
    for word in ["Warm", "Cool"] {
        let driver = open(&[GEHC, &[("health", word)]].concat());
        assert_eq!(says(&driver, "a_usable"), Says::Good(1.0), "{word}");
    }
}

#[test]
fn what_contradicts_the_gauge_makes_it_uncertain() {
    let config = CONFIG.replace(r#""BAT0""#, r#""BAT0", "empty_voltage": 11.0"#);
    let contradictions: [(&str, &str, Cause); 4] = [
        ("charge_now", "1000000", Cause::Disagreement),
        ("capacity_level", "Critical", Cause::Disagreement),
        ("voltage_now", "10900000", Cause::Disagreement),
        ("capacity_error_margin", "40", Cause::NotCalibrated),
    ];
    for (file, text, cause) in contradictions {
        let mut driver = open_with(&config, GEHC);
        let before = driver.fake().attribute_text(&format!("BAT0/{file}")).unwrap();
        driver.fake().attribute(&format!("BAT0/{file}"), text);
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_charge"), Says::Uncertain(76.0, cause), "{file}");
        assert_eq!(says(&driver, "a_usable"), Says::Uncertain(1.0, cause), "{file}");
        driver.fake().attribute(&format!("BAT0/{file}"), &before);
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_charge"), Says::Good(76.0), "{file}");
    }
}

#[test]
fn a_percentage_that_stands_still_under_load_is_frozen_until_it_moves() {
    // 3.9 Ah at 3.9 A: a full charge an hour, 5 % in three minutes.
    let mut driver = open(&[GEHC, &[("current_now", "-3898000"), ("current_avg", "-3898000")]].concat());
    let minutes = |driver: &mut Harness, minutes: u64| (0..minutes * 120).for_each(|_| cycle(driver));
    minutes(&mut driver, 2);
    assert_eq!(says(&driver, "a_charge"), Says::Good(76.0));
    minutes(&mut driver, 2);
    assert_eq!(says(&driver, "a_charge"), Says::Uncertain(76.0, Cause::Frozen));
    assert_eq!(says(&driver, "a_usable"), Says::Uncertain(1.0, Cause::Frozen));
    driver.fake().attribute("BAT0/capacity", "75");
    cycle(&mut driver);
    assert_eq!(says(&driver, "a_charge"), Says::Good(75.0));
}

#[test]
fn of_two_times_to_empty_that_differ_the_shorter_counts() {
    let time = |theirs: &str, amperes: &str| {
        says(
            &open(&[GEHC, &[("time_to_empty_avg", theirs), ("current_avg", amperes)]].concat()),
            "a_time_to_empty",
        )
    };
    assert_eq!(time("3600", "-2924000"), Says::Good(3600.0), "2.924 Ah at 2.924 A is an hour");
    assert_eq!(time("36000", "-2924000"), Says::Uncertain(3600.0, Cause::Disagreement));
    assert_eq!(time("600", "-2924000"), Says::Uncertain(600.0, Cause::Disagreement));
    assert_eq!(time("3932100", "-2924000"), Says::Uncertain(3600.0, Cause::Estimated), "65535 min is none");
    assert_eq!(time("soon", "0"), Says::Bad(Cause::Communication));
}

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
fn the_self_test_says_what_to_do() {
    let passed = |driver: &mut Harness| -> Vec<bool> {
        driver.self_test().unwrap().iter().map(|finding| finding.passed).collect()
    };
    assert_eq!(passed(&mut open(GEHC)), [true, true, true, true]);
    assert_eq!(passed(&mut open(MURATA)), [true, true, true, false]);
    let mut driver = open(GEHC);
    driver.fake().attribute("BAT0/health", "Dead");
    assert_eq!(passed(&mut driver), [true, true, false, false]);
    driver.fake().remove_attribute("BAT0");
    driver.fake().remove_attribute("AC");
    assert_eq!(passed(&mut driver), [false, false, true, false], "what is gone has not failed");
}

#[test]
fn a_wrong_configuration_is_refused_with_every_reason() {
    let fake = FakeHost::new();
    fake.configure(
        r#"{"mains": [{"name": "Mains", "supply": "../x"}],
            "batteries": [{"name": "a", "supply": "BAT0", "empty_voltage": 0, "error_margin": 0,
                           "failure_flags": [{"file": "/etc/x"}]}, {"name": "a", "supply": "BAT1"}]}"#,
    );
    assert!(Harness::open::<PowerSupply>(&fake).is_err());
    let log: Vec<String> = fake.log().into_iter().map(|(_, text)| text).collect();
    for part in [
        "`Mains_online` is no name",
        "`supply` must be",
        "`empty_voltage`",
        "`error_margin`",
        "`failure_flags`",
        "a second `a_present`",
    ] {
        assert!(log.iter().any(|line| line.contains(part)), "{part}: {log:#?}");
    }
    fake.configure("{}");
    assert!(Harness::open::<PowerSupply>(&fake).is_err());
    assert!(fake.log().iter().any(|(_, text)| text.contains("neither")));
}

#[test]
fn nothing_is_ever_written() {
    let mut driver = open(GEHC);
    driver.self_test().unwrap();
    let requests = driver.fake().requests();
    assert!(requests.iter().all(|request| matches!(request, Request::AttributeRead { .. })), "{requests:?}");
}

#[test]
fn the_driver_keeps_the_rules() {
    let case = Case::new(CONFIG).device("GEHC", |fake| {
        fake.attribute("AC/online", "1");
        put(fake, "BAT0", GEHC);
    });
    assert_eq!(conformance::failed(&conformance::of::<PowerSupply>(&case)), []);
}

#[test]
fn the_schema_names_the_keys_that_are_taken() {
    fn taken<T: serde::de::DeserializeOwned>() -> BTreeSet<String> {
        let refusal = serde_json::from_str::<T>(r#"{"zz": 0}"#).err().unwrap().to_string();
        refusal.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }
    let schema: serde_json::Value = serde_json::from_str(include_str!("schema.json")).unwrap();
    let named = |place: &str| -> BTreeSet<String> {
        schema.pointer(place).unwrap().as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(named("/properties"), taken::<Config>());
    assert_eq!(named("/properties/mains/items/properties"), taken::<crate::config::Mains>());
    let battery = "/properties/batteries/items/properties";
    assert_eq!(named(battery), taken::<crate::config::Battery>());
    let flags = format!("{battery}/failure_flags/items/properties");
    assert_eq!(named(&flags), taken::<crate::config::FailureFlags>());
}

#[test]
fn the_kernels_units_and_words_are_converted() {
    assert_eq!(convert::number("11441000", convert::MICRO), Ok(11.441));
    assert_eq!(convert::number("-26000\n", convert::MICRO), Ok(-0.026));
    assert_eq!(convert::number("-5", convert::TENTH), Ok(-0.5));
    assert_eq!(convert::number("999999999999999", 1.0), Ok(999_999_999_999_999.0));
    assert_eq!(convert::number("1000000000000000", 1.0), Err(Error::Corrupt));
    assert_eq!(convert::flags("0x80000000"), Ok(0x8000_0000));
    assert_eq!(convert::flags("12"), Ok(12));
    assert_eq!(convert::flags("0x+1"), Err(Error::Corrupt));
    assert_eq!(Status::from_text("Not charging\n"), Ok(Status::NotCharging));
    assert_eq!(Health::from_text("good"), Err(Error::Corrupt));
    assert_eq!(Health::CalibrationRequired.condition(), Condition::Uncalibrated);
}

proptest! {
    #[test]
    fn no_text_makes_a_conversion_panic_and_every_number_comes_through(text: String, number in -1_000_000_000_000_i64..1_000_000_000_000) {
        let _ = (convert::number(&text, 1.0), convert::flags(&text), convert::yes_no(&text), convert::is_critical(&text));
        let _ = (Status::from_text(&text), Health::from_text(&text));
        prop_assert_eq!(convert::number(&number.to_string(), 1.0), Ok(number as f64));
    }
}
