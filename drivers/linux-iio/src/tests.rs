// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on IIO devices made of files and records, and what it makes of each fault.

mod buffer;

use crate::Iio;
use crate::config::{Channel, Config, Fault, Setting};
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{FakeHost, Harness, Request, schema_agrees};
use ecmod_plugin::{Error, Level};

const PERIOD: Span = Span::from_millis(200);

/// A MAX31865 by the kernel's driver.
const RTD: &[(&str, &str)] = &[
    ("name", "max31865"),
    ("in_temp_raw", "1184"),
    ("in_temp_scale", "31.250000000"),
    ("in_filter_notch_center_frequency", "60"),
    ("fault_ovuv", "0"),
];

const RTD_CONFIG: &str = r#"{
    "name": "max31865",
    "settings": [{"file": "in_filter_notch_center_frequency", "text": "50"}],
    "faults": [{"file": "fault_ovuv", "cause": "disconnected"}],
    "channels": [{"name": "venous", "channel": "in_temp", "quantity": "temperature", "minimum": 0, "maximum": 50}]
}"#;

/// An ADC with two single-ended inputs and a time stamp, as `iio_simple_dummy` and many others lay it out.
const ADC: &[(&str, &str)] = &[
    ("name", "adc"),
    ("in_voltage0_raw", "0"),
    ("in_voltage1_raw", "0"),
    ("in_voltage_scale", "0.500000000"),
    ("current_timestamp_clock", "realtime"),
    ("scan_elements/in_voltage0_en", "0"),
    ("scan_elements/in_voltage0_index", "0"),
    ("scan_elements/in_voltage0_type", "be:s24/32>>8"),
    ("scan_elements/in_voltage1_en", "0"),
    ("scan_elements/in_voltage1_index", "1"),
    ("scan_elements/in_voltage1_type", "le:s12/16>>4"),
    ("scan_elements/in_timestamp_en", "0"),
    ("scan_elements/in_timestamp_index", "2"),
    ("scan_elements/in_timestamp_type", "le:s64/64>>0"),
    ("trigger/current_trigger", ""),
    ("buffer/length", "2"),
    ("buffer/enable", "0"),
];

/// A bridge amplifier: 2 mV for each mmHg behind a zero of 100 mV; and a supply in volts.
const ADC_CONFIG: &str = r#"{
    "mode": "buffer",
    "trigger": "timer0",
    "channels": [
        {"name": "arterial", "channel": "in_voltage0", "quantity": "pressure", "scale": 0.5, "offset": -50,
         "minimum": -500, "maximum": 900, "raw_range": [-8388608, 8388607]},
        {"name": "supply", "channel": "in_voltage1", "quantity": "voltage", "minimum": -10, "maximum": 10}
    ]
}"#;

fn host_with(config: &str, files: &[(&str, &str)]) -> FakeHost {
    let fake = FakeHost::new();
    fake.configure(config);
    files.iter().for_each(|(name, text)| fake.attribute(name, text));
    fake
}

fn open(config: &str, files: &[(&str, &str)]) -> Harness {
    let fake = host_with(config, files);
    let open = Harness::open::<Iio>(&fake);
    open.unwrap_or_else(|failure| panic!("{failure}: {:?}", fake.log()))
}

fn writes(fake: &FakeHost) -> Vec<(String, String)> {
    let write = |request| match request {
        Request::AttributeWrite { path, text } => Some((path, text)),
        _ => None,
    };
    fake.requests().into_iter().filter_map(write).collect()
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    Good(f64),
    Uncertain(f64, Cause),
    Bad(Cause),
    Nothing,
}

fn says(driver: &Harness, signal: &str) -> Says {
    let Some(sample) = driver.sample(signal) else { return Says::Nothing };
    let rounded = sample.value.map(|value| (value * 1e6).round() / 1e6);
    match (sample.quality, rounded) {
        (Quality::Good, Some(value)) => Says::Good(value),
        (Quality::Uncertain, Some(value)) => Says::Uncertain(value, sample.cause),
        _ => Says::Bad(sample.cause),
    }
}

fn after_a_period(driver: &mut Harness, signal: &str) -> Says {
    assert_eq!(driver.cycle_after(PERIOD), 0);
    says(driver, signal)
}

#[test]
fn a_polled_channel_is_scaled_to_its_quantity_and_only_what_is_configured_is_written() {
    let mut driver = open(RTD_CONFIG, RTD);
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.0));
    let setting = ("in_filter_notch_center_frequency".to_owned(), "50".to_owned());
    assert_eq!(writes(driver.fake()), [setting]);
    let again = Harness::open::<Iio>(driver.fake()).unwrap();
    assert_eq!(writes(driver.fake()).len(), 1, "it holds already: nothing is written");
    drop(again);
}

#[test]
fn a_polled_device_that_vanishes_is_let_go_of_where_the_port_has_a_stream_too() {
    let mut driver = open(RTD_CONFIG, RTD);
    let fake = driver.fake().clone();
    fake.fail_stream(Error::Io);
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.0));
    assert_eq!(fake.unread_stream(), 1);
    fake.fail_attribute("in_temp_raw", Some(Error::NotFound));
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Bad(Cause::Disconnected));
    assert_eq!(fake.unread_stream(), 0, "the host was made to see that its end is there");
}

#[test]
fn what_fails_once_is_read_again_in_the_next_cycle_and_what_goes_on_failing_once_in_its_interval() {
    let mut driver = open(&RTD_CONFIG.replace(r#""maximum": 50"#, r#""maximum": 50, "poll_ms": 2000"#), RTD);
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.0));
    let mut next = |failure| {
        driver.fake().fail_attribute("in_temp_raw", failure);
        (1..100).find_map(|cycles| match after_a_period(&mut driver, "venous") {
            Says::Nothing => None,
            said => Some((cycles, said)),
        })
    };
    let interval = i32::try_from(Span::from_secs(2).0 / PERIOD.0).unwrap();
    let bad = Says::Bad(Cause::Communication);
    assert_eq!(next(Some(Error::Io)), Some((interval, bad)));
    assert_eq!(next(None), Some((1, Says::Good(37.0))));
    assert_eq!(next(Some(Error::Io)), Some((interval, bad)));
    assert_eq!(next(Some(Error::Io)), Some((1, bad)));
    assert_eq!(next(Some(Error::Io)), Some((interval, bad)));
}

#[test]
fn every_fault_of_a_polled_channel_has_its_cause_and_ends_with_the_fault() {
    let mut driver = open(RTD_CONFIG, RTD);
    for (failure, cause) in [
        (Error::NotFound, Cause::Disconnected),
        (Error::Io, Cause::Communication),
        (Error::Timeout, Cause::Timeout),
        (Error::Device, Cause::NoData),
        (Error::State, Cause::NotReady),
        (Error::Invalid, Cause::DeviceError),
    ] {
        driver.fake().fail_attribute("in_temp_raw", Some(failure));
        assert_eq!(after_a_period(&mut driver, "venous"), Says::Bad(cause), "{failure}");
        driver.fake().fail_attribute("in_temp_raw", None);
        assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.0), "{failure}");
    }
    for nonsense in ["", "warm", "1e3", "nan", "-"] {
        driver.fake().attribute("in_temp_raw", nonsense);
        assert_eq!(after_a_period(&mut driver, "venous"), Says::Bad(Cause::Communication), "`{nonsense}`");
    }
    driver.fake().attribute("in_temp_raw", "9999");
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Bad(Cause::OutOfRange));
    driver.fake().attribute("in_temp_raw", "1184");
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.0));
}

#[test]
fn a_fault_file_makes_its_channels_bad_with_the_configured_cause() {
    let mut driver = open(RTD_CONFIG, RTD);
    driver.fake().attribute("fault_ovuv", "1");
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Bad(Cause::Disconnected));
    driver.fake().fail_attribute("fault_ovuv", Some(Error::Io));
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Uncertain(37.0, Cause::Communication));
    assert!(!driver.self_test().unwrap()[0].passed);
    driver.fake().attribute("fault_ovuv", "0");
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.0));
    assert!(driver.self_test().unwrap().iter().all(|finding| finding.passed));
    let warnings = driver.fake().log().iter().filter(|(level, _)| *level == Level::Warning).count();
    assert_eq!(warnings, 2, "each change is said once");
}

#[test]
fn a_scale_that_changes_is_followed_and_one_that_cannot_be_read_makes_the_value_bad() {
    let mut driver = open(RTD_CONFIG, RTD);
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.0));
    driver.fake().attribute("in_temp_scale", "25.000000000");
    driver.fake().advance(Span::from_secs(1));
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(29.6));
    assert!(driver.fake().log().iter().any(|(_, text)| text.contains("changed its scale")));
    for (failure, cause) in [(Error::Io, Cause::Communication), (Error::NotFound, Cause::Disconnected)] {
        driver.fake().fail_attribute("in_temp_scale", Some(failure));
        driver.fake().advance(Span::from_secs(1));
        assert_eq!(after_a_period(&mut driver, "venous"), Says::Bad(cause), "{failure}");
    }
    driver.fake().attribute("in_temp_scale", "0");
    driver.fake().advance(Span::from_secs(1));
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Bad(Cause::Communication), "no scale is 0");
    driver.fake().attribute("in_temp_scale", "31.25");
    driver.fake().advance(Span::from_secs(1));
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.0));
}

#[test]
fn a_raw_number_that_never_changes_is_frozen_and_one_at_its_end_is_saturated() {
    let config = RTD_CONFIG
        .replace(r#""maximum": 50"#, r#""maximum": 50, "frozen_after_ms": 1000, "raw_range": [0, 32767]"#);
    let mut driver = open(&config, RTD);
    for _ in 0..5 {
        assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.0));
    }
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Uncertain(37.0, Cause::Frozen));
    driver.fake().attribute("in_temp_raw", "1185");
    assert_eq!(after_a_period(&mut driver, "venous"), Says::Good(37.03125));
    for end in ["0", "32767", "40000"] {
        driver.fake().attribute("in_temp_raw", end);
        assert_eq!(after_a_period(&mut driver, "venous"), Says::Bad(Cause::Saturated), "{end}");
    }
}

#[test]
fn processed_channels_and_shared_scales_are_found_by_their_files() {
    let files = [
        ("in_pressure_input", "101.325"),
        ("in_voltage3_raw", "100"),
        ("in_voltage_scale", "2"),
        ("in_offset", "-50"),
    ];
    let config = r#"{"channels": [
        {"name": "air", "channel": "in_pressure", "quantity": "gas_pressure", "minimum": 0, "maximum": 2},
        {"name": "supply", "channel": "in_voltage3", "quantity": "voltage", "minimum": 0, "maximum": 10}
    ]}"#;
    let mut driver = open(config, &files);
    assert_eq!(after_a_period(&mut driver, "air"), Says::Good(1.01325));
    assert_eq!(says(&driver, "supply"), Says::Good(0.1), "(100 - 50) * 2 mV");
}

#[test]
fn each_channel_is_polled_as_often_as_configured_and_slow_ones_take_turns() {
    let channels: Vec<String> = (0..4)
        .map(|index| {
            format!(
                r#"{{"name": "c{index}", "channel": "in_voltage{index}", "quantity": "voltage", "minimum": 0, "maximum": 1, "poll_ms": {}}}"#,
                if index == 0 { 200 } else { 1000 }
            )
        })
        .collect();
    let config = format!(r#"{{"channels": [{}]}}"#, channels.join(","));
    let fake = FakeHost::new();
    fake.configure(&config);
    (0..4).for_each(|index| fake.attribute(&format!("in_voltage{index}_raw"), "500"));
    fake.transaction_time(Span::from_millis(60)); // a conversion for each reading
    let mut driver = Harness::open::<Iio>(&fake).unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let before = fake.now();
        assert_eq!(driver.cycle(), 0);
        assert!(fake.now().since(before) <= Span::from_millis(200), "the budget");
        seen.push(
            (0..4).filter(|index| says(&driver, &format!("c{index}")) != Says::Nothing).collect::<Vec<_>>(),
        );
        fake.advance(Span::from_millis(80));
    }
    assert_eq!(seen, [vec![0, 1], vec![2, 3], vec![0]]);
}

#[test]
fn what_cannot_work_does_not_open_and_says_why() {
    let refusal = |config: &str, files: &[(&str, &str)]| {
        let fake = host_with(config, files);
        let failure = Harness::open::<Iio>(&fake).unwrap_err().to_string();
        let errors = fake.log().into_iter().filter(|(level, _)| *level == Level::Error);
        errors.map(|(_, text)| text).collect::<Vec<_>>().join("\n") + &failure
    };
    let rtd = |from: &str, to: &str| refusal(&RTD_CONFIG.replace(from, to), RTD);
    assert!(rtd(r#""name": "max31865""#, r#""name": "max31855""#).contains("calls itself max31865"));
    assert!(rtd("in_temp\"", "in_voltage7\"").contains("`scale`"), "temperature of a voltage needs a scale");
    assert!(rtd("in_temp\"", "in_temp7\"").contains("no channel in_temp7"));
    assert!(rtd("in_temp\"", "../x\"").contains("beginning of its files' names"));
    assert!(rtd("in_filter", "../in_filter").contains("in the device's folder"));
    assert!(rtd(r#""maximum": 50"#, r#""maximum": -50"#).contains("not finite and ascending"));
    assert!(rtd("\"disconnected\"", "\"gone\"").contains(&Error::Config.code().to_string()));
    let mut broken = ADC.to_vec();
    broken.push(("scan_elements/in_voltage0_type", "be:s24/30>>8"));
    assert!(refusal(ADC_CONFIG, &broken).contains("scan_elements/in_voltage0_type"));
    let mut silent = ADC.to_vec();
    silent.retain(|(name, _)| *name != "buffer/enable");
    assert!(refusal(ADC_CONFIG, &silent).contains("buffer/enable"));
}

#[test]
fn the_driver_keeps_the_rules() {
    let case = Case::new(RTD_CONFIG).device("MAX31865", |fake| {
        RTD.iter().for_each(|(name, text)| fake.attribute(name, text));
    });
    assert_eq!(conformance::failed(&conformance::of::<Iio>(&case)), []);
    let case = Case::new(ADC_CONFIG).device("ADC", |fake| {
        ADC.iter().for_each(|(name, text)| fake.attribute(name, text));
        fake.feed_stream(&buffer::record(600, 0, fake.now().0));
    });
    assert_eq!(conformance::failed(&conformance::of::<Iio>(&case)), []);
}

#[test]
fn the_schema_names_the_keys_that_are_taken() {
    let schema = include_str!("schema.json");
    assert_eq!(schema_agrees::<Config>(schema, "/properties"), Ok(()));
    assert_eq!(schema_agrees::<Setting>(schema, "/properties/settings/items/properties"), Ok(()));
    assert_eq!(schema_agrees::<Fault>(schema, "/properties/faults/items/properties"), Ok(()));
    assert_eq!(schema_agrees::<Channel>(schema, "/properties/channels/items/properties"), Ok(()));
}
