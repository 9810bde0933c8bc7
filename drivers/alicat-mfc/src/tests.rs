// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on controllers of both generations made of registers.

use crate::AlicatMfc;
use crate::convert::{WordOrder, registers};
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{FakeHost, FakeUnit, Harness, ModbusTable, Request};
use ecmod_plugin::{Error, Level};
use proptest::prelude::*;

const PERIOD: Span = Span::from_millis(100);
const PSI: f64 = 58.015_095; // 4 bar
const MEASURED: [&str; 3] = ["mass_flow", "pressure", "temperature"];

fn floats(values: &[f64], order: WordOrder) -> Vec<u16> {
    values.iter().flat_map(|value| registers(*value, order)).collect()
}

/// Pressure, temperature, volumetric flow, mass flow and setpoint of gen 1, with no flags.
fn gen_1(fake: &FakeHost, mass_flow: f64, setpoint: f64) -> FakeUnit {
    let unit = fake.unit(1);
    unit.input(1200, &[0, 0]);
    unit.input(1202, &floats(&[PSI, 23.5, mass_flow * 0.27, mass_flow, setpoint], WordOrder::Abcd));
    unit.holding(1009, &[0, 0]);
    unit
}

/// The block of gen 2.
fn gen_2(fake: &FakeHost, mass_flow: f64, setpoint: f64, order: WordOrder) -> FakeUnit {
    let unit = fake.unit(1);
    let block = [setpoint, 40.0, PSI, 0.0, 14.6, 23.5, mass_flow * 0.27, mass_flow];
    unit.holding(1349, &floats(&block, order));
    unit
}

fn open(fake: &FakeHost, config: &str) -> Harness {
    fake.configure(config);
    Harness::open::<AlicatMfc>(fake).unwrap()
}

fn failure(fake: &FakeHost, config: &str) -> String {
    fake.configure(config);
    Harness::open::<AlicatMfc>(fake).unwrap_err().to_string()
}

fn value(harness: &Harness, signal: &str) -> f64 {
    let sample = harness.sample(signal).unwrap();
    assert_eq!((sample.quality, sample.cause), (Quality::Good, Cause::None), "{signal}");
    sample.value.unwrap()
}

fn write(address: u16, flow: f64, order: WordOrder) -> Request {
    let values = registers(flow, order).to_vec();
    Request::ModbusWrite { unit: 1, table: ModbusTable::HoldingRegisters, address, values }
}

#[test]
fn both_generations_and_both_word_orders_are_found_by_reading_alone_and_logged() {
    type Script = fn(&FakeHost);
    let scripts: [(Script, &str); 3] = [
        (|fake| drop(gen_1(fake, 4.5, 4.6)), "generation One controller, floats Abcd"),
        (|fake| drop(gen_2(fake, 4.5, 4.6, WordOrder::Abcd)), "generation Two controller, floats Abcd"),
        (|fake| drop(gen_2(fake, 4.5, 4.6, WordOrder::Cdab)), "generation Two controller, floats Cdab"),
    ];
    for (script, expected) in scripts {
        let fake = FakeHost::new();
        script(&fake);
        let mut harness = open(&fake, "{}");
        assert_eq!(harness.cycle(), 0);
        assert!((value(&harness, "mass_flow") - 4.5).abs() < 1e-6, "{expected}");
        assert!((value(&harness, "pressure") - 4.0).abs() < 1e-6, "{expected}");
        assert!((value(&harness, "temperature") - 23.5).abs() < 1e-6, "{expected}");
        assert!((value(&harness, "setpoint") - 4.6).abs() < 1e-6, "{expected}");
        assert_eq!(fake.writes(), [], "{expected}");
        assert!(fake.log().iter().any(|(_, text)| text.contains(expected)), "{:?}", fake.log());
    }
}

#[test]
fn a_gen_1_device_with_fewer_registers_is_read_as_far_as_they_go() {
    let fake = FakeHost::new();
    fake.unit(1).input(1202, &floats(&[PSI, 23.5, 1.0, 4.5], WordOrder::Abcd));
    let mut harness = open(&fake, "{}");
    harness.cycle();
    assert!((value(&harness, "mass_flow") - 4.5).abs() < 1e-6);
    assert_eq!((harness.sample("setpoint"), harness.sample("status")), (None, None));
}

#[test]
fn a_gen_1_device_that_has_its_values_in_holding_registers_is_found() {
    let fake = FakeHost::new();
    fake.unit(1).holding(1200, &[0, 0]).holding(1202, &floats(&[PSI, 23.5, 1.0, 4.5, 4.5], WordOrder::Abcd));
    let mut harness = open(&fake, "{}");
    harness.cycle();
    assert!((value(&harness, "setpoint") - 4.5).abs() < 1e-6);
}

#[test]
fn a_gen_2_device_that_refuses_the_block_is_read_in_parts() {
    let fake = FakeHost::new();
    let unit = fake.unit(1);
    for (address, number) in [(1349, 4.6), (1353, PSI), (1359, 23.5), (1363, 4.5)] {
        unit.holding(address, &registers(number, WordOrder::Abcd));
    }
    let mut harness = open(&fake, "{}");
    harness.cycle();
    assert!((value(&harness, "mass_flow") - 4.5).abs() < 1e-6);
}

#[test]
fn units_are_converted_both_ways() {
    let fake = FakeHost::new();
    let unit = fake.unit(1);
    let block = [2000.0, 0.0, 4000.0, 0.0, 0.0, 23.5, 0.0, 1995.0];
    unit.holding(1349, &floats(&block, WordOrder::Abcd));
    let mut harness = open(&fake, r#"{"flow_unit": "ml_per_min", "pressure_unit": "mbar"}"#);
    harness.demand("flow", 4.5);
    harness.cycle();
    assert!((value(&harness, "mass_flow") - 1.995).abs() < 1e-6);
    assert!((value(&harness, "pressure") - 4.0).abs() < 1e-6);
    assert_eq!(fake.writes(), [write(1349, 4500.0, WordOrder::Abcd)]);
}

#[test]
fn a_device_set_to_another_unit_is_refused() {
    for (flow, pressure, opens) in
        [(7, 10, true), (37, 10, true), (12, 10, false), (7, 7, false), (0, 0, true)]
    {
        let fake = FakeHost::new();
        let unit = gen_2(&fake, 4.5, 4.5, WordOrder::Abcd);
        unit.holding(1733, &[0, flow]).holding(1673, &[pressure, 0]);
        let opened = Harness::open::<AlicatMfc>(&fake);
        assert_eq!(opened.is_ok(), opens, "flow unit {flow}, pressure unit {pressure}");
        assert_eq!(fake.writes(), []);
    }
}

#[test]
fn another_device_or_none_does_not_open() {
    let device = format!("open failed with {}", Error::Device.code());
    let fake = FakeHost::new();
    fake.unit(1).holding(0, &[1, 2, 3]);
    assert_eq!(failure(&fake, "{}"), device);
    let zeros = FakeHost::new();
    zeros.unit(1).holding(1200, &[0; 200]).input(1200, &[0; 200]);
    assert_eq!(failure(&zeros, "{}"), device);
    let other = FakeHost::new();
    gen_1(&other, 4.5, 4.5);
    assert_eq!(failure(&other, r#"{"generation": "gen2"}"#), device);
    let silent = FakeHost::new();
    silent.unit(1).set_silent(true);
    assert_eq!(failure(&silent, "{}"), format!("open failed with {}", Error::Timeout.code()));
    assert_eq!(silent.requests().len(), 1, "a silent device is asked once");
}

#[test]
fn a_setpoint_that_the_device_follows_already_is_not_written() {
    let fake = FakeHost::new();
    gen_1(&fake, 4.5, 4.5);
    let mut harness = open(&fake, "{}");
    for _ in 0..20 {
        harness.cycle_after(PERIOD);
    }
    harness.demand("flow", 4.5);
    for _ in 0..20 {
        harness.cycle_after(PERIOD);
    }
    harness.close();
    assert_eq!(fake.writes(), []);
}

#[test]
fn a_new_setpoint_is_written_where_the_generation_keeps_it() {
    let fake = FakeHost::new();
    let unit = gen_1(&fake, 4.5, 4.5);
    let mut harness = open(&fake, "{}");
    harness.demand("flow", 6.0);
    harness.cycle();
    assert_eq!(fake.writes(), [write(1009, 6.0, WordOrder::Abcd)]);
    unit.input(1210, &registers(6.0, WordOrder::Abcd));
    for _ in 0..30 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.writes().len(), 1);

    let fake = FakeHost::new();
    gen_2(&fake, 4.5, 4.5, WordOrder::Cdab);
    let mut harness = open(&fake, "{}");
    harness.demand("flow", 0.0);
    for _ in 0..30 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.writes(), [write(1349, 0.0, WordOrder::Cdab)], "a demanded zero is a setpoint too");
}

#[test]
fn no_more_than_the_full_scale_is_written() {
    let fake = FakeHost::new();
    gen_2(&fake, 4.5, 4.5, WordOrder::Abcd);
    let mut harness = open(&fake, r#"{"maximum_flow_l_min": 10}"#);
    harness.demand("flow", 15.0);
    harness.cycle();
    assert_eq!(fake.writes(), [write(1349, 10.0, WordOrder::Abcd)]);
}

#[test]
fn a_lost_write_is_repeated_and_a_device_that_never_follows_is_reported_once() {
    let fake = FakeHost::new();
    gen_1(&fake, 4.5, 4.5); // its setpoint at 1210 does not follow 1009
    let mut harness = open(&fake, "{}");
    harness.demand("flow", 6.0);
    for _ in 0..200 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.writes().len(), 20, "once a second");
    let reports =
        fake.log().iter().filter(|(level, text)| *level == Level::Error && text.contains("follow")).count();
    assert_eq!(reports, 1);
    assert!(
        (value(&harness, "setpoint") - 4.5).abs() < 1e-6,
        "what it follows is shown, not what was demanded"
    );
}

#[test]
fn each_status_flag_spoils_what_it_is_about_and_is_logged_when_it_comes() {
    let table = [
        (0x0001, [None, None, Some(Cause::OutOfRange)], "temperature above"),
        (0x0020, [Some(Cause::OutOfRange), None, None], "mass flow below"),
        (0x0040, [None, Some(Cause::OutOfRange), None], "pressure above"),
        (0x0100, [None, None, None], "valve held"),
        (0x0200, [Some(Cause::DeviceError); 3], "ADC"),
        (0x2000, [Some(Cause::DeviceError); 3], "aborted"),
    ];
    for (flag, causes, text) in table {
        let fake = FakeHost::new();
        let unit = gen_1(&fake, 4.5, 4.5);
        let mut harness = open(&fake, "{}");
        unit.input(1200, &[0, flag]);
        harness.cycle_after(PERIOD);
        harness.cycle_after(PERIOD);
        for (name, cause) in MEASURED.into_iter().zip(causes) {
            assert_eq!(harness.sample(name).unwrap().cause, cause.unwrap_or(Cause::None), "{flag:#x} {name}");
        }
        assert!((value(&harness, "status") - f64::from(flag)).abs() < 1e-9);
        assert_eq!(fake.log().iter().filter(|(_, line)| line.contains(text)).count(), 1, "{text}");
        unit.input(1200, &[0, 0]);
        harness.cycle_after(PERIOD);
        assert!((value(&harness, "mass_flow") - 4.5).abs() < 1e-6, "{flag:#x}");
    }
}

#[test]
fn every_fault_of_the_line_makes_all_bad_with_its_cause_and_is_over_with_the_next_answer() {
    let table = [
        (Error::Timeout, Cause::Timeout),
        (Error::Corrupt, Cause::Communication),
        (Error::Io, Cause::Communication),
        (Error::Modbus(4), Cause::DeviceError),
    ];
    for (error, cause) in table {
        let fake = FakeHost::new();
        let unit = gen_2(&fake, 4.5, 4.5, WordOrder::Abcd);
        let mut harness = open(&fake, "{}");
        harness.demand("flow", 4.5);
        harness.cycle();
        unit.fail(1, error);
        assert_eq!(harness.cycle_after(PERIOD), 0);
        for name in ["mass_flow", "pressure", "temperature", "setpoint"] {
            let sample = harness.sample(name).unwrap();
            assert_eq!((sample.quality, sample.cause), (Quality::Bad, cause), "{name} {error}");
        }
        harness.cycle_after(PERIOD);
        assert!((value(&harness, "mass_flow") - 4.5).abs() < 1e-6, "{error}");
        assert!(fake.log().iter().any(|(_, text)| text.contains("answers again")), "{error}");
        harness.cycle_after(PERIOD);
        assert_eq!(fake.writes(), [], "{error}: its setpoint was read again before anything was written");
    }
}

#[test]
fn values_that_are_no_numbers_are_bad() {
    let fake = FakeHost::new();
    let unit = gen_2(&fake, 4.5, 4.5, WordOrder::Abcd);
    let mut harness = open(&fake, "{}");
    unit.holding(1363, &[0x7FC0, 0]).holding(1353, &[0x7F7F, 0xFFFF]);
    harness.cycle();
    assert_eq!(harness.sample("mass_flow").unwrap().cause, Cause::NotFinite);
    assert_eq!(harness.sample("pressure").unwrap().cause, Cause::OutOfRange);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_registers_make_a_value_out_of_range_or_provoke_a_write(words in proptest::array::uniform16(any::<u16>())) {
        let fake = FakeHost::new();
        let unit = gen_2(&fake, 4.5, 4.5, WordOrder::Abcd);
        let mut harness = open(&fake, "{}");
        unit.holding(1349, &words);
        prop_assert_eq!(harness.cycle(), 0);
        for (signal, sample) in harness.table().signals.iter().zip(harness.samples()) {
            prop_assert!(sample.quality != 1 || (signal.min..=signal.max).contains(&sample.value));
        }
        prop_assert_eq!(fake.writes(), []);
    }
}

#[test]
fn a_wrong_configuration_does_not_open() {
    let wrong = [
        r#"{"unit": 0}"#,
        r#"{"unit": 300}"#,
        r#"{"flow_unit": "sccm"}"#,
        r#"{"word_order": "BADC"}"#,
        r#"{"maximum_flow_l_min": 0}"#,
        r#"{"maximum_flow_l_min": 60}"#,
        r#"{"gas": "air"}"#,
    ];
    for config in wrong {
        let fake = FakeHost::new();
        gen_1(&fake, 4.5, 4.5);
        assert_eq!(failure(&fake, config), format!("open failed with {}", Error::Config.code()), "{config}");
        assert_eq!(fake.requests(), [], "{config}");
    }
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    let case = Case::new("{}")
        .device("gen 1", |fake| drop(gen_1(fake, 4.5, 4.5)))
        .device("gen 2", |fake| drop(gen_2(fake, 4.5, 4.5, WordOrder::Abcd)))
        .device("gen 2, swapped", |fake| drop(gen_2(fake, 4.5, 4.5, WordOrder::Cdab)));
    assert_eq!(conformance::failed(&conformance::of::<AlicatMfc>(&case)), []);
}
