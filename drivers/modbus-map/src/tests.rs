// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on devices made of registers.

use crate::ModbusMap;
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Quantity, Span};
use ecmod_plugin::testing::{FakeHost, FakeUnit, Harness, ModbusTable, Request};
use ecmod_plugin::{Error, Hold, Level};

const PERIOD: Span = Span::from_millis(50);
const POLL: Span = Span::from_millis(100);

/// A pressure and temperature transmitter: two pressures, one temperature, a limit switch, a heater.
const TRANSMITTER: &str = r#"{
  "unit": 3,
  "signals": [
    {"name": "venous", "label": "Venous pressure", "quantity": "pressure", "table": "input", "address": 0,
     "type": "i16", "scale": 0.1, "minimum": -500, "maximum": 500, "invalid": [{"raw": 32768, "cause": "disconnected"}]},
    {"name": "arterial", "quantity": "pressure", "table": "input", "address": 1, "type": "i16", "scale": 0.1,
     "minimum": -500, "maximum": 900},
    {"name": "temperature", "quantity": "temperature", "table": "input", "address": 10, "type": "f32",
     "word_order": "CDAB", "minimum": -20, "maximum": 120, "poll_ms": 1000},
    {"name": "door", "quantity": "state", "table": "discrete", "address": 4, "type": "bit", "minimum": 0, "maximum": 1},
    {"name": "alarm", "quantity": "state", "table": "holding", "address": 100, "type": "bit", "bit": 3,
     "minimum": 0, "maximum": 1},
    {"name": "mode", "quantity": "code", "table": "holding", "address": 100, "type": "u16", "mask": 240,
     "minimum": 0, "maximum": 15}
  ],
  "commands": [
    {"name": "heat", "quantity": "temperature", "table": "holding", "address": 200, "type": "u16", "scale": 0.01,
     "minimum": 0, "maximum": 45},
    {"name": "heater", "quantity": "state", "table": "coil", "address": 7, "type": "bit", "minimum": 0, "maximum": 1},
    {"name": "set_mode", "quantity": "code", "table": "holding", "address": 100, "type": "u16", "mask": 240,
     "minimum": 0, "maximum": 15}
  ]
}"#;

fn put_transmitter(fake: &FakeHost) -> FakeUnit {
    let unit = fake.unit(3);
    unit.input(0, &[0xFE70, 1234]).input(2, &[0; 8]).input(10, &[0x0000, 0x4212]); // 36.5 as CDAB
    unit.discrete(4, &[true]).coils(7, &[false]);
    unit.holding(100, &[0x0038]).holding(200, &[3700]);
    unit
}

fn transmitter() -> (FakeHost, FakeUnit, Harness) {
    let fake = FakeHost::new();
    let unit = put_transmitter(&fake);
    fake.configure(TRANSMITTER);
    let harness = Harness::open::<ModbusMap>(&fake).unwrap();
    (fake, unit, harness)
}

fn open_error(config: &str) -> (String, Vec<String>) {
    let fake = FakeHost::new();
    fake.configure(config);
    let failure = Harness::open::<ModbusMap>(&fake).unwrap_err().to_string();
    (failure, fake.log().into_iter().map(|(_, text)| text).collect())
}

fn read(table: ModbusTable, address: u16, count: u16) -> Request {
    Request::ModbusRead { unit: 3, table, address, count }
}

fn write(table: ModbusTable, address: u16, value: u16) -> Request {
    Request::ModbusWrite { unit: 3, table, address, values: vec![value] }
}

fn value(harness: &Harness, signal: &str) -> f64 {
    let sample = harness.sample(signal).unwrap();
    assert_eq!((sample.quality, sample.cause), (Quality::Good, Cause::None), "{signal}");
    sample.value.unwrap()
}

#[test]
fn the_table_is_what_the_configuration_says() {
    let (_fake, _unit, harness) = transmitter();
    let signal = &harness.table().signals[0];
    assert_eq!((signal.name.as_str(), signal.label.as_str()), ("venous", "Venous pressure"));
    assert_eq!((signal.quantity, signal.min, signal.max), (Ok(Quantity::Pressure), -500.0, 500.0));
    assert_eq!(harness.table().signals[2].longest_age, Span::from_millis(3000), "three polls");
    assert_eq!(harness.table().commands.len(), 3);
}

#[test]
fn a_device_that_is_told_something_is_not_said_to_hold_it_on_loss_of_the_link() {
    let (_fake, _unit, mut harness) = transmitter();
    assert_eq!(harness.holds_on_link_loss(), Ok(Hold::Unverified));
}

#[test]
fn every_signal_is_decoded() {
    let (fake, _unit, mut harness) = transmitter();
    assert_eq!(harness.cycle(), 0);
    assert!((value(&harness, "venous") + 40.0).abs() < 1e-9);
    assert!((value(&harness, "arterial") - 123.4).abs() < 1e-9);
    assert!((value(&harness, "temperature") - 36.5).abs() < 1e-9);
    assert_eq!((value(&harness, "door"), value(&harness, "alarm"), value(&harness, "mode")), (1.0, 1.0, 3.0));
    assert_eq!(fake.writes(), []);
}

#[test]
fn one_round_takes_as_few_requests_as_the_intervals_allow() {
    let (fake, _unit, mut harness) = transmitter();
    harness.cycle();
    assert_eq!(
        fake.requests(),
        [
            read(ModbusTable::HoldingRegisters, 100, 1),
            read(ModbusTable::InputRegisters, 0, 2),
            read(ModbusTable::DiscreteInputs, 4, 1),
            read(ModbusTable::InputRegisters, 10, 2),
        ]
    );
    fake.forget_requests();
    for _ in 0..20 {
        harness.cycle_after(PERIOD);
    }
    let of = |address| {
        fake.requests()
            .iter()
            .filter(|request| **request == read(ModbusTable::InputRegisters, address, 2))
            .count()
    };
    assert_eq!((of(0), of(10)), (10, 1), "in one second");
}

#[test]
fn a_declared_invalid_number_is_bad_with_its_cause() {
    let (_fake, unit, mut harness) = transmitter();
    unit.input(0, &[0x8000]);
    harness.cycle();
    assert_eq!(harness.sample("venous").unwrap().cause, Cause::Disconnected);
    assert!((value(&harness, "arterial") - 123.4).abs() < 1e-9);
}

#[test]
fn a_failing_request_makes_only_its_own_signals_bad_and_they_come_back() {
    let table = [
        (Error::Corrupt, Cause::Communication),
        (Error::Io, Cause::Communication),
        (Error::Modbus(4), Cause::DeviceError),
        (Error::Modbus(6), Cause::DeviceError),
    ];
    for (error, cause) in table {
        let (fake, unit, mut harness) = transmitter();
        harness.cycle();
        unit.fail(1, error);
        assert_eq!(harness.cycle_after(POLL), 0);
        let bad: Vec<&str> = ["venous", "arterial", "door", "alarm", "mode"]
            .into_iter()
            .filter(|name| harness.sample(name).is_some_and(|sample| sample.cause == cause))
            .collect();
        // Which request comes first rotates; what shares a request shares its fate.
        assert!(
            [&["venous", "arterial"][..], &["door"], &["alarm", "mode"]].contains(&&bad[..]),
            "{error}: {bad:?}"
        );
        harness.cycle_after(POLL);
        for name in ["venous", "arterial", "door", "alarm", "mode"] {
            assert_eq!(harness.sample(name).unwrap().quality, Quality::Good, "{error} {name}");
        }
        assert!(fake.log().iter().any(|(_, text)| text.contains("read again")), "{error}");
    }
}

#[test]
fn what_is_lost_once_is_asked_again_in_the_next_cycle_and_what_stays_lost_once_in_its_interval() {
    let fake = FakeHost::new();
    let unit = put_transmitter(&fake);
    fake.configure(
        r#"{"unit": 3, "signals": [{"name": "temperature", "quantity": "temperature", "table": "input", "address": 10,
        "type": "f32", "word_order": "CDAB", "minimum": -20, "maximum": 120, "poll_ms": 1000}]}"#,
    );
    let mut harness = Harness::open::<ModbusMap>(&fake).unwrap();
    harness.cycle();
    assert!((value(&harness, "temperature") - 36.5).abs() < 1e-9);
    unit.fail(1, Error::Timeout);
    harness.cycle_after(Span::from_secs(1));
    assert_eq!(harness.sample("temperature").unwrap().cause, Cause::Timeout);
    harness.cycle_after(PERIOD);
    assert!((value(&harness, "temperature") - 36.5).abs() < 1e-9);
    unit.set_silent(true);
    let before = fake.requests().len();
    for _ in 0..200 {
        harness.cycle_after(PERIOD);
    }
    let asked = fake.requests().len() - before;
    assert!((10..=12).contains(&asked), "{asked} requests in ten seconds");
}

#[test]
fn a_silent_device_costs_one_timeout_a_cycle_makes_everything_bad_and_is_not_written_to() {
    let (fake, unit, mut harness) = transmitter();
    harness.demand("heat", 37.0);
    harness.cycle();
    unit.set_silent(true);
    let mut worst = Span::ZERO;
    let mut bad = std::collections::BTreeSet::new();
    for _ in 0..10 {
        harness.demand("heat", 38.0);
        fake.advance(PERIOD);
        let before = fake.now();
        harness.cycle();
        worst = worst.max(fake.now().since(before));
        for name in ["venous", "arterial", "door", "alarm", "mode"] {
            if harness.sample(name).is_some_and(|sample| sample.cause == Cause::Timeout) {
                bad.insert(name);
            }
        }
    }
    assert_eq!((worst, bad.len()), (Span::from_millis(50), 5));
    assert_eq!(fake.writes().len(), 1, "the attempt that found out");
    unit.set_silent(false);
    for _ in 0..3 {
        harness.cycle_after(PERIOD);
    }
    assert!((value_of(&unit, 200) - 3800.0).abs() < 1e-9);
}

fn value_of(unit: &FakeUnit, address: u16) -> f64 {
    f64::from(unit.get(ModbusTable::HoldingRegisters, address).unwrap())
}

#[test]
fn a_refused_request_is_split_until_what_can_be_read_is_read() {
    let fake = FakeHost::new();
    let unit = fake.unit(3);
    unit.holding(0, &[10, 11]).holding(4, &[14]); // 2, 3 and 5 do not exist
    let signal = |name: &str, address: u16| {
        format!(
            r#"{{"name": "{name}", "quantity": "code", "table": "holding", "address": {address}, "type": "u16", "minimum": 0, "maximum": 99}}"#
        )
    };
    let signals = [signal("a", 0), signal("b", 1), signal("c", 4), signal("d", 5)].join(",");
    fake.configure(&format!(r#"{{"unit": 3, "signals": [{signals}]}}"#));
    let mut harness = Harness::open::<ModbusMap>(&fake).unwrap();
    for _ in 0..6 {
        harness.cycle_after(POLL);
    }
    harness.cycle_after(POLL);
    assert_eq!((value(&harness, "a"), value(&harness, "b"), value(&harness, "c")), (10.0, 11.0, 14.0));
    assert_eq!(harness.sample("d").unwrap().cause, Cause::DeviceError, "only what does not exist is bad");
    fake.forget_requests();
    harness.cycle_after(POLL);
    assert_eq!(fake.requests().len(), 3, "0 to 1, 4 and 5: no larger number of requests than needed");
    assert!(fake.log().iter().any(|(level, text)| *level == Level::Info && text.contains("refused")));
}

#[test]
fn nothing_is_written_without_a_demand_and_what_the_device_holds_is_not_written_again() {
    let (fake, _unit, mut harness) = transmitter();
    for _ in 0..40 {
        harness.cycle_after(PERIOD);
    }
    harness.demand("heat", 37.0); // it holds 37.00 already
    harness.demand("heater", 0.0);
    harness.demand("set_mode", 3.0);
    for _ in 0..40 {
        harness.cycle_after(PERIOD);
    }
    harness.close();
    assert_eq!(fake.writes(), []);
}

#[test]
fn a_demand_is_written_once_scaled_and_masked() {
    let (fake, unit, mut harness) = transmitter();
    harness.demand("heat", 38.25);
    harness.demand("heater", 1.0);
    harness.demand("set_mode", 5.0);
    for _ in 0..10 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(
        fake.writes(),
        [
            write(ModbusTable::HoldingRegisters, 200, 3825),
            write(ModbusTable::Coils, 7, 1),
            write(ModbusTable::HoldingRegisters, 100, 0x0058),
        ]
    );
    assert!((value_of(&unit, 100) - f64::from(0x0058)).abs() < 1e-9, "the other bits are kept");
}

#[test]
fn a_device_that_lost_what_was_written_is_written_again() {
    let (fake, unit, mut harness) = transmitter();
    harness.demand("heat", 38.0);
    harness.cycle();
    unit.holding(200, &[0]);
    for _ in 0..25 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.writes(), vec![write(ModbusTable::HoldingRegisters, 200, 3800); 2]);
}

#[test]
fn a_write_that_fails_is_tried_again() {
    for error in [Error::Timeout, Error::Corrupt, Error::Modbus(4)] {
        let (fake, unit, mut harness) = transmitter();
        harness.demand("heat", 38.0);
        unit.fail(1, error);
        for _ in 0..4 {
            harness.cycle_after(POLL);
        }
        assert!((value_of(&unit, 200) - 3800.0).abs() < 1e-9, "{error}");
        assert!(fake.log().iter().any(|(level, _)| *level == Level::Warning), "{error}");
    }
}

#[test]
fn a_watchdog_register_is_written_at_its_interval() {
    let fake = FakeHost::new();
    fake.unit(3).holding(0, &[0]);
    fake.configure(
        r#"{"unit": 3, "commands": [{"name": "alive", "quantity": "code", "table": "holding", "address": 0,
        "type": "u16", "minimum": 0, "maximum": 9, "write_on": {"every_ms": 200}, "read_back_ms": 0}]}"#,
    );
    let mut harness = Harness::open::<ModbusMap>(&fake).unwrap();
    harness.demand("alive", 1.0);
    for _ in 0..20 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.requests(), vec![write(ModbusTable::HoldingRegisters, 0, 1); 5]);
}

#[test]
fn all_problems_of_a_configuration_are_said_at_once() {
    let (failure, log) = open_error(
        r#"{"unit": 3, "registers_per_read": 500, "signals": [
        {"name": "a", "quantity": "pressure", "table": "coil", "address": 65535, "type": "f32", "minimum": 5, "maximum": 1},
        {"name": "a", "quantity": "state", "table": "holding", "address": 1, "type": "bit", "minimum": 0, "maximum": 1},
        {"name": "B", "quantity": "code", "table": "holding", "address": 1, "type": "f32", "mask": 3, "scale": 0, "poll_ms": 1, "minimum": 0, "maximum": 1}],
        "commands": [{"name": "c", "quantity": "speed", "table": "input", "address": 0, "type": "u16", "minimum": -1, "maximum": 70000}]}"#,
    );
    assert_eq!(failure, format!("open failed with {}", Error::Config.code()));
    for word in [
        "registers_per_read",
        "beyond address",
        "bit table",
        "ascending",
        "`bit` is needed",
        "is no name",
        "`mask` needs",
        "`scale`",
        "poll_ms",
        "can be written",
        "does not fit",
    ] {
        assert!(log.iter().any(|line| line.contains(word)), "nothing about {word} in {log:#?}");
    }
}

#[test]
fn each_wrong_entry_is_refused() {
    let signal = |more: &str| {
        format!(
            r#"{{"unit": 3, "signals": [{{"name": "a", "quantity": "code", "table": "holding", "address": 5, "type": "u16", "minimum": 0, "maximum": 9{more}}}]}}"#
        )
    };
    let command = |more: &str| {
        format!(
            r#"{{"unit": 3, "commands": [{{"name": "a", "quantity": "code", "table": "holding", "address": 5, "type": "u16", "minimum": 0, "maximum": 9{more}}}]}}"#
        )
    };
    let wrong = [
        r#"{"unit": 3}"#.to_owned(),
        r#"{"unit": 300}"#.to_owned(),
        signal(r#", "bit": 3"#),
        signal(r#", "mask": 0"#),
        signal(r#", "mask": 65536"#),
        signal(r#", "mask": 5"#),
        signal(r#", "word_order": "ABDC""#),
        signal(r#", "quantity": "pressure""#),
        signal(r#", "invalid": [{"raw": 1, "cause": "tired"}]"#),
        signal(r#", "longest_age_ms": 0"#),
        signal(r#", "unit": 4"#),
        command(r#", "mask": 7"#),
        command(r#", "mask": 15, "read_back_ms": 0"#),
        command(r#", "write_on": {"every_ms": 1}"#),
        command(r#", "write_on": "always""#),
        signal("").replace(
            r#""signals""#,
            r#""excluded": [{"table": "holding", "first": 5, "last": 5}], "signals""#,
        ),
        signal("").replace("code", "litres"),
    ];
    for config in wrong {
        let (failure, log) = open_error(&config);
        assert_eq!(failure, format!("open failed with {}", Error::Config.code()), "{config}");
        assert!(!log.is_empty(), "{config} says nothing");
    }
    let fake = FakeHost::new();
    fake.configure(&signal(""));
    assert!(Harness::open::<ModbusMap>(&fake).is_ok());
    fake.configure(&command(r#", "mask": 240"#));
    assert!(Harness::open::<ModbusMap>(&fake).is_ok());
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    let case = Case::new(TRANSMITTER).device("transmitter", |fake| drop(put_transmitter(fake)));
    assert_eq!(conformance::failed(&conformance::of::<ModbusMap>(&case)), []);
}
