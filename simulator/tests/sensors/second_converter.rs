// SPDX-License-Identifier: MIT OR Apache-2.0
//! The cheap converter, which has no data-ready line here and is polled.

use crate::bench::Bench;
use serde_json::json;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_cheap_converter_agrees_with_the_good_one_and_its_faults_are_seen_with_their_cause() {
    let mut bench = Bench::new();
    let first = bench.reading("arterial_pressure").value.unwrap();
    // Two transducers with a zero error of some mmHg each, at a pressure that pulsates.
    bench.within(SECOND, "second_arterial_pressure", |reading| {
        reading.is_good() && reading.value.is_some_and(|second| (second - first).abs() < 15.0)
    });
    let chip = |kind: &str| json!({ "kind": kind, "chip": "second_adc" });
    for (fault, causes) in [
        (chip("chip_error"), &["communication", "timeout"][..]),
        (chip("chip_stuck"), &["communication", "device_error"]),
        (
            json!({ "kind": "chip_stuck", "chip": "second_adc", "high": true }),
            &["communication", "device_error"],
        ),
    ] {
        let wanted = ("second_arterial_pressure", "bad", causes);
        bench.fault_is_seen_and_over(&fault, wanted, 2 * SECOND, 4 * SECOND);
        assert!(bench.reading("arterial_pressure").is_good(), "{fault}");
    }
    bench.simulator.inject(&chip("chip_brown_out"));
    // Whatever it was meanwhile, it is right again.
    bench.within(4 * SECOND, "second_arterial_pressure", |reading| reading.is_good());
}
