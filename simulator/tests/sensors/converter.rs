// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pressure converter: each fault of chip, bus and wires with quality, cause, time and recovery.

use crate::bench::{Bench, SOME_TIME};
use serde_json::json;
use std::time::Duration;

/// Has no second source.
const SIGNAL: &str = "arterial_pressure";
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn each_fault_of_the_converter_and_its_wires_is_seen_with_its_cause_and_is_over_when_it_is_over() {
    let mut bench = Bench::new();
    let before = bench.settled(SIGNAL);
    let chip = |kind: &str| json!({ "kind": kind, "chip": "adc" });
    let wire = |wire: &str| json!({ "kind": "transducer_open", "transducer": "arterial", "wire": wire });
    let bad = "bad";
    for (fault, causes, limit, back) in [
        (json!({ "kind": "chip_stuck", "chip": "adc" }), &["communication"][..], SECOND, 2 * SECOND),
        (
            json!({ "kind": "chip_stuck", "chip": "adc", "high": true }),
            &["communication"],
            SECOND,
            2 * SECOND,
        ),
        (chip("chip_error"), &["communication", "timeout"], SECOND, 2 * SECOND),
        (chip("chip_silent"), &["timeout", "communication"], 2 * SECOND, 3 * SECOND),
        (chip("chip_damaged_data"), &["communication"], SECOND, 2 * SECOND),
        (wire("positive"), &["disconnected"], 3 * SECOND, 3 * SECOND),
        (wire("negative"), &["disconnected"], 3 * SECOND, 3 * SECOND),
        (wire("excitation"), &["disconnected", "out_of_range"], 3 * SECOND, 3 * SECOND),
        (
            json!({ "kind": "transducer_saturated", "transducer": "arterial" }),
            &["saturated", "out_of_range"],
            SECOND,
            2 * SECOND,
        ),
    ] {
        bench.fault_is_seen_and_over(&fault, (SIGNAL, bad, causes), limit, back);
        let after = bench.settled(SIGNAL);
        assert!((after - before).abs() < 1.5, "{fault}: {before} mmHg before, {after} mmHg after it");
    }
}

#[test]
fn a_reference_that_drifts_makes_pressures_uncertain_and_a_saturated_transducer_harms_no_other() {
    let mut bench = Bench::new();
    let drift = json!({ "kind": "reference_drift", "fraction_per_s": 0.05 });
    let wanted = (SIGNAL, "uncertain", &["not_calibrated"][..]);
    bench.fault_is_seen_and_over(&drift, wanted, 8 * SECOND, 8 * SECOND);

    let saturated = json!({ "kind": "transducer_saturated", "transducer": "auxiliary" });
    let id = bench.simulator.inject(&saturated);
    bench.within(SECOND, "auxiliary_pressure", |reading| reading.quality == "bad");
    bench.within(SECOND, SIGNAL, |reading| reading.is_good());
    bench.simulator.clear(id);
    bench.within(2 * SECOND, "auxiliary_pressure", |reading| reading.is_good());
}

#[test]
fn a_chip_that_forgets_its_settings_gets_them_again_and_another_chip_in_its_place_is_refused() {
    let mut bench = Bench::new();
    let before = bench.settled(SIGNAL);
    for _ in 0..5 {
        bench.simulator.inject(&json!({ "kind": "chip_brown_out", "chip": "adc" }));
        // Good or bad meanwhile, but never wrong.
        let settled = bench.settled(SIGNAL);
        assert!((settled - before).abs() < 1.5, "{before} mmHg before, {settled} mmHg after the dip");
    }
    let other = bench.simulator.inject(&json!({ "kind": "chip_wrong_id", "chip": "adc" }));
    bench.simulator.inject(&json!({ "kind": "chip_brown_out", "chip": "adc" }));
    bench.within(2 * SECOND, SIGNAL, |reading| reading.quality == "bad" && reading.cause == "device_error");
    bench.simulator.clear(other);
    bench.within(2 * SECOND, SIGNAL, |reading| reading.is_good());
}

#[test]
fn single_damaged_results_and_a_dead_data_ready_line_cost_no_reading() {
    let mut bench = Bench::new();
    let before = bench.settled(SIGNAL);
    let damaged =
        bench.simulator.inject(&json!({ "kind": "chip_damaged_data", "chip": "adc", "probability": 0.02 }));
    let settled = bench.settled(SIGNAL);
    assert!((settled - before).abs() < 1.5, "{before} mmHg before, {settled} mmHg with damaged bits");
    bench.simulator.clear(damaged);

    let silent = bench.simulator.inject(&json!({ "kind": "chip_ready_silent", "chip": "adc" }));
    // It asks the chip once it has understood.
    bench.within(2 * SECOND, SIGNAL, |reading| reading.is_good());
    let settled = bench.settled(SIGNAL);
    assert!((settled - before).abs() < 1.5, "{before} mmHg before, {settled} mmHg by asking");
    bench.simulator.clear(silent);
    let settled = bench.settled(SIGNAL);
    assert!((settled - before).abs() < 1.5);
}

#[test]
fn where_the_converter_fails_the_venous_pressure_is_the_transmitters() {
    let mut bench = Bench::new();
    let id = bench.simulator.inject(&json!({ "kind": "chip_stuck", "chip": "adc" }));
    bench.within(2 * SECOND, "venous_pressure", |reading| {
        reading.quality == "uncertain" && reading.cause == "redundant"
    });
    let (first, second) = (bench.reading("venous_pressure"), bench.reading("second_venous_pressure"));
    assert!((first.value.unwrap() - second.value.unwrap()).abs() < 3.0, "{first:?} {second:?}");
    bench.simulator.clear(id);
    bench.within(SOME_TIME, "venous_pressure", |reading| reading.is_good());
}
