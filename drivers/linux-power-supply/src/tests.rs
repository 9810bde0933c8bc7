// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on readings of real batteries, and what it makes of each fault.

mod batteries;
mod faults;
mod trust;

use crate::config::Config;
use crate::{PowerSupply, table};
use batteries::{GEHC, MURATA};
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality};
use ecmod_plugin::testing::{FakeHost, Harness, Request, schema_agrees};

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
    let schema = include_str!("schema.json");
    assert_eq!(schema_agrees::<Config>(schema, "/properties"), Ok(()));
    assert_eq!(schema_agrees::<crate::config::Mains>(schema, "/properties/mains/items/properties"), Ok(()));
    let battery = "/properties/batteries/items/properties";
    assert_eq!(schema_agrees::<crate::config::Battery>(schema, battery), Ok(()));
    let flags = format!("{battery}/failure_flags/items/properties");
    assert_eq!(schema_agrees::<crate::config::FailureFlags>(schema, &flags), Ok(()));
}
