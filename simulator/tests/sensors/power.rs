// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mains and battery.

use crate::bench::Bench;
use serde_json::json;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(5);

#[test]
fn mains_and_battery_are_what_their_files_say_and_a_failed_battery_is_not_relied_on() {
    let mut bench = Bench::new();
    let lost = bench.simulator.inject(&json!({ "kind": "mains_lost" }));
    bench.becomes(LIMIT, "mains", 0.0);
    bench.simulator.inject(&json!({ "kind": "battery_charge", "percent": 40.0 }));
    bench.within(LIMIT, "battery_charge", |reading| {
        reading.value.is_some_and(|charge| (charge - 40.0).abs() < 2.0)
    });
    bench.simulator.clear(lost);
    bench.becomes(LIMIT, "mains", 1.0);

    let failed = bench.simulator.inject(&json!({ "kind": "battery_failed" }));
    bench.becomes(LIMIT, "battery_usable", 0.0);
    bench.within(LIMIT, "battery_charge", |reading| reading.quality == "bad");
    bench.simulator.clear(failed);
    bench.becomes(LIMIT, "battery_usable", 1.0);

    let missing = bench.simulator.inject(&json!({ "kind": "battery_missing" }));
    bench.within(LIMIT, "battery_usable", |reading| reading.value != Some(1.0));
    bench.simulator.clear(missing);
    bench.becomes(LIMIT, "battery_usable", 1.0);
}
