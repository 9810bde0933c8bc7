// SPDX-License-Identifier: MIT OR Apache-2.0
//! Temperatures: resistance thermometers on SPI, and a thermometer on I2C that an unmodified driver crate reads.

use crate::bench::Bench;
use serde_json::json;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn temperatures_are_what_is_true() {
    let mut bench = Bench::new();
    let truth = bench.simulator.command(&json!({ "cmd": "state" }));
    for (signal, expected) in [
        ("venous_temperature", truth["venous_temperature_c"].as_f64().unwrap()),
        ("arterial_temperature", truth["arterial_temperature_c"].as_f64().unwrap()),
        ("water_temperature", 37.5),
        ("room_temperature", 23.0),
        ("cabinet_temperature", 34.0),
    ] {
        let reading = bench.reading(signal);
        let shown = reading.value.unwrap_or_else(|| panic!("{signal}: {reading:?}"));
        assert!(reading.is_good() && (shown - expected).abs() < 0.3, "{signal}: {reading:?}, not {expected}");
    }
}

#[test]
fn each_fault_of_a_thermometer_is_seen_with_its_cause_and_harms_no_other() {
    let mut bench = Bench::new();
    let element =
        |element: &str| json!({ "kind": "rtd_fault", "thermometer": "arterial", "element": element });
    let chip = |kind: &str| json!({ "kind": kind, "chip": "arterial_rtd" });
    for (fault, causes) in [
        (element("open"), &["disconnected"][..]),
        (element("shorted"), &["disconnected"]),
        (element("force_open"), &["disconnected"]),
        (chip("chip_stuck"), &["communication", "device_error", "disconnected"]),
        (
            json!({ "kind": "chip_stuck", "chip": "arterial_rtd", "high": true }),
            &["communication", "device_error"],
        ),
        (chip("chip_error"), &["communication", "timeout"]),
    ] {
        let wanted = ("arterial_temperature", "bad", causes);
        bench.fault_is_seen_and_over(&fault, wanted, 4 * SECOND, 6 * SECOND);
        assert!(bench.reading("water_temperature").is_good(), "{fault}");
    }
    bench.simulator.inject(&json!({ "kind": "chip_brown_out", "chip": "arterial_rtd" }));
    // Whatever it was meanwhile, it is right again.
    bench.within(6 * SECOND, "arterial_temperature", |reading| reading.is_good());
    let bus = json!({ "kind": "chip_error", "chip": "cabinet" });
    let wanted = ("cabinet_temperature", "bad", &["communication", "timeout"][..]);
    bench.fault_is_seen_and_over(&bus, wanted, 6 * SECOND, 8 * SECOND);
}
