// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on a drive made of registers.

mod commands;

use crate::OrientalBlv;
use crate::registers::{ALARM, COMMAND_SPEED, COMMAND_WORD, FEEDBACK_SPEED, LOAD, SPEED_NO_0};
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{FakeHost, FakeUnit, Harness, ModbusTable, Request};
use ecmod_plugin::{Error, Hold, Level};
use proptest::prelude::*;

const UNIT: u8 = 1;
const PERIOD: Span = Span::from_millis(100);

/// Puts a drive on the line that holds `set` rpm in No. 0, has this command word, and turns at `turning` rpm.
fn put_drive(fake: &FakeHost, set: u16, command: u16, turning: i32) -> FakeUnit {
    let unit = fake.unit(UNIT);
    unit.holding(COMMAND_WORD, &[command, 0, 0, 0, 0]);
    unit.holding(COMMAND_SPEED, &[0; 8]);
    unit.holding(LOAD, &[0, 35]);
    unit.holding(SPEED_NO_0, &[0, set]);
    turn(&unit, turning);
    unit
}

/// The motor turns, and the drive has ramped to the same speed.
fn turn(unit: &FakeUnit, rpm: i32) {
    let [b0, b1, b2, b3] = rpm.to_be_bytes();
    let words = [u16::from_be_bytes([b0, b1]), u16::from_be_bytes([b2, b3])];
    unit.holding(FEEDBACK_SPEED, &words).holding(COMMAND_SPEED, &words);
}

fn open(fake: &FakeHost, config: &str) -> Harness {
    fake.configure(config);
    Harness::open::<OrientalBlv>(fake).unwrap()
}

/// A drive that runs at 3200 rpm, taken over.
fn running() -> (FakeHost, FakeUnit, Harness) {
    let fake = FakeHost::new();
    let unit = put_drive(&fake, 3200, 0x28, 3198);
    let harness = open(&fake, r#"{"unit": 1}"#);
    (fake, unit, harness)
}

fn write(address: u16, values: &[u16]) -> Request {
    Request::ModbusWrite {
        unit: UNIT,
        table: ModbusTable::HoldingRegisters,
        address,
        values: values.to_vec(),
    }
}

fn run() -> Request {
    write(COMMAND_WORD, &[0x28])
}

fn stop() -> Request {
    write(COMMAND_WORD, &[0x20])
}

fn speed(rpm: u16) -> Request {
    write(SPEED_NO_0, &[0, rpm])
}

fn logged(fake: &FakeHost, level: Level, word: &str) -> bool {
    fake.log().iter().any(|(said, text)| *said == level && text.contains(word))
}

#[test]
fn every_signal_is_read_in_canonical_units() {
    let (_fake, _unit, mut harness) = running();
    harness.cycle();
    harness.cycle_after(PERIOD);
    harness.cycle_after(PERIOD);
    let value = |name: &str| harness.sample(name).map(|sample| (sample.value, sample.quality));
    assert_eq!(value("actual_speed"), Some((Some(3198.0), Quality::Good)));
    assert_eq!(value("commanded_speed"), Some((Some(3198.0), Quality::Good)));
    assert_eq!(value("load"), Some((Some(35.0), Quality::Good)));
    assert_eq!(value("alarm"), Some((Some(0.0), Quality::Good)));
    assert_eq!(value("running"), Some((Some(1.0), Quality::Good)));
}

#[test]
fn every_fault_of_the_line_makes_all_bad_with_its_cause_and_is_over_with_the_next_answer() {
    let table = [
        (Error::Timeout, Cause::Timeout),
        (Error::Corrupt, Cause::Communication),
        (Error::Io, Cause::Communication),
        (Error::Modbus(4), Cause::DeviceError),
        (Error::Denied, Cause::DriverFault),
    ];
    for (error, cause) in table {
        let (fake, unit, mut harness) = running();
        harness.demand("speed", 3200.0);
        harness.cycle();
        unit.fail(1, error);
        assert_eq!(harness.cycle_after(PERIOD), 0);
        for name in ["actual_speed", "commanded_speed", "load", "alarm", "running"] {
            let sample = harness.sample(name).unwrap();
            assert_eq!((sample.quality, sample.cause), (Quality::Bad, cause), "{name} {error}");
        }
        harness.cycle_after(PERIOD);
        assert_eq!(harness.sample("actual_speed").unwrap().quality, Quality::Good, "{error}");
        harness.cycle_after(PERIOD);
        assert_eq!(harness.sample("load").unwrap().quality, Quality::Good, "{error}");
        assert!(fake.log().iter().any(|(_, text)| text.contains("answers again")), "{error}");
        assert_eq!(fake.writes(), [], "{error}: what the drive does was never touched");
    }
}

#[test]
fn a_silent_drive_costs_one_request_a_cycle_and_is_not_written_to() {
    let (fake, unit, mut harness) = running();
    harness.demand("speed", 3200.0);
    harness.cycle();
    unit.set_silent(true);
    harness.cycle_after(PERIOD);
    harness.demand("speed", 3300.0);
    fake.forget_requests();
    for _ in 0..5 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!((fake.requests().len(), fake.writes()), (5, Vec::new()));
    unit.set_silent(false);
    harness.cycle_after(PERIOD);
    harness.cycle_after(PERIOD);
    assert_eq!(unit.get(ModbusTable::HoldingRegisters, SPEED_NO_0 + 1), Some(3300));
}

#[test]
fn a_register_that_the_drive_refuses_spoils_only_its_own_signal() {
    let fake = FakeHost::new();
    let unit = fake.unit(UNIT);
    unit.holding(COMMAND_WORD, &[0x28, 0, 0, 0, 0]).holding(COMMAND_SPEED, &[0; 8]);
    unit.holding(SPEED_NO_0, &[0, 3200]);
    turn(&unit, 3200);
    let mut harness = open(&fake, r#"{"unit": 1}"#);
    harness.cycle();
    assert_eq!(harness.sample("load").unwrap().cause, Cause::DeviceError);
    assert_eq!(harness.sample("actual_speed").unwrap().quality, Quality::Good);
}

#[test]
fn a_drive_whose_speed_sensor_reads_nonsense_can_still_be_commanded() {
    let (_fake, unit, mut harness) = running();
    unit.holding(FEEDBACK_SPEED, &[0x7FFF, 0xFFFF]);
    harness.cycle();
    assert_eq!(harness.sample("actual_speed").unwrap().cause, Cause::OutOfRange);
    assert_eq!(harness.sample("running").unwrap().quality, Quality::Bad);
    harness.demand("speed", 2800.0);
    harness.cycle_after(PERIOD);
    assert_eq!(unit.get(ModbusTable::HoldingRegisters, SPEED_NO_0 + 1), Some(2800));
}

#[test]
fn values_are_read_one_by_one_where_the_registers_between_them_do_not_exist() {
    let fake = FakeHost::new();
    let unit = fake.unit(UNIT);
    unit.holding(COMMAND_WORD, &[0x28]).holding(ALARM, &[0, 0]);
    unit.holding(LOAD, &[0, 35]).holding(SPEED_NO_0, &[0, 3200]);
    turn(&unit, 3200);
    let mut harness = open(&fake, r#"{"unit": 1}"#);
    harness.cycle();
    assert_eq!(harness.sample("actual_speed").unwrap().value, Some(3200.0));
    assert_eq!(harness.sample("alarm").unwrap().value, Some(0.0));
}

#[test]
fn two_requests_read_command_word_alarm_and_speeds() {
    let (fake, _unit, mut harness) = running();
    fake.forget_requests();
    harness.cycle();
    let read = |address, count| Request::ModbusRead {
        unit: UNIT,
        table: ModbusTable::HoldingRegisters,
        address,
        count,
    };
    assert_eq!(fake.requests(), [read(COMMAND_WORD, 5), read(COMMAND_SPEED, 8), read(LOAD, 2)]);
}

#[test]
fn another_device_at_this_address_is_refused() {
    let nonsense: [(u16, &[u16]); 4] = [
        (ALARM, &[0x1234, 0]),
        (COMMAND_SPEED, &[3200, 0]),
        (FEEDBACK_SPEED, &[0, 30_000]),
        (SPEED_NO_0, &[0, 20]),
    ];
    for (address, words) in nonsense {
        let fake = FakeHost::new();
        put_drive(&fake, 3200, 0x28, 3200).holding(address, words);
        fake.configure(r#"{"unit": 1}"#);
        let failure = Harness::open::<OrientalBlv>(&fake).unwrap_err();
        assert_eq!(failure.to_string(), format!("open failed with {}", Error::Device.code()));
        assert_eq!(fake.writes(), []);
    }
}

#[test]
fn what_happens_on_loss_of_the_link_is_reported_as_it_was_read() {
    let table = [
        (r#"{"unit": 1}"#, None, Hold::Unverified),
        (r#"{"unit": 1, "communication_timeout_register": 4608}"#, Some([0, 0]), Hold::Verified),
        (r#"{"unit": 1, "communication_timeout_register": 4608}"#, Some([0, 500]), Hold::No),
        (r#"{"unit": 1, "communication_timeout_register": 4608}"#, Some([500, 0]), Hold::No),
        (r#"{"unit": 1, "communication_timeout_register": 4608}"#, None, Hold::Unverified),
    ];
    for (config, timeout, expected) in table {
        let fake = FakeHost::new();
        let unit = put_drive(&fake, 3200, 0x28, 3200);
        if let Some(timeout) = timeout {
            unit.holding(4608, &timeout);
        }
        let mut harness = open(&fake, config);
        assert_eq!(harness.holds_on_link_loss(), Ok(expected), "{config} {timeout:?}");
        assert_eq!(logged(&fake, Level::Error, "STOP"), expected == Hold::No);
    }
}

#[test]
fn a_drive_that_follows_another_speed_source_is_pointed_out_once() {
    let (fake, unit, mut harness) = running();
    turn(&unit, 2000);
    harness.demand("speed", 3200.0);
    for _ in 0..500 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.log().iter().filter(|(_, text)| text.contains("0x10E3")).count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_the_registers_hold_no_value_is_out_of_range_and_no_write_reverses_or_stops(
        status in proptest::array::uniform5(any::<u16>()), speeds in proptest::array::uniform8(any::<u16>()),
        demanded in 1.0..=4000.0f64,
    ) {
        let (fake, unit, mut harness) = running();
        harness.demand("speed", demanded);
        unit.holding(COMMAND_WORD, &status).holding(COMMAND_SPEED, &speeds);
        for _ in 0..5 {
            prop_assert_eq!(harness.cycle_after(PERIOD), 0);
            for (signal, sample) in harness.table().signals.iter().zip(harness.samples()) {
                prop_assert!(sample.quality != 1 || (signal.min..=signal.max).contains(&sample.value));
            }
        }
        for request in fake.writes() {
            let speed = matches!(&request, Request::ModbusWrite { address: SPEED_NO_0, values, .. }
                if values[0] == 0 && (80..=4000).contains(&values[1]));
            prop_assert!(speed || request == run(), "{:?}", request);
        }
    }
}

#[test]
fn a_wrong_configuration_does_not_open() {
    let wrong = [
        "{}",
        r#"{"unit": 0}"#,
        r#"{"unit": 1, "maximum_speed_rpm": 5000}"#,
        r#"{"unit": 1, "maximum_speed_rpm": 79}"#,
        r#"{"unit": 1, "direction": "reverse"}"#,
        r#"{"unit": 1, "communication_timeout_register": 65535}"#,
        r#"{"unit": 1, "speed": 100}"#,
        r#"{"unit": "1"}"#,
    ];
    for config in wrong {
        let fake = FakeHost::new();
        put_drive(&fake, 3200, 0x28, 3200);
        fake.configure(config);
        let failure = Harness::open::<OrientalBlv>(&fake).unwrap_err();
        assert_eq!(failure.to_string(), format!("open failed with {}", Error::Config.code()), "{config}");
        assert!(fake.log().iter().any(|(level, _)| *level == Level::Error), "{config} says nothing");
        assert_eq!(fake.requests(), [], "{config}");
    }
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    let case = Case::new(r#"{"unit": 1}"#)
        .device("running drive", |fake| drop(put_drive(fake, 3200, 0x28, 3200)))
        .device("standing drive", |fake| drop(put_drive(fake, 80, 0x00, 0)));
    assert_eq!(conformance::failed(&conformance::of::<OrientalBlv>(&case)), []);
}
