// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pressures: zeroing over D-Bus, accuracy after it, and when zeroing is refused.

use crate::bench::Bench;
use crate::support::until;
use serde_json::json;

/// Signals with their transducers and what they take: the auxiliary one all of -500 to 900 mmHg and what a transducer that was not
/// zeroed makes of it, the others what their roles take of it.
const SIGNALS: [(&str, &str, f64, f64); 4] = [
    ("auxiliary_pressure", "auxiliary", -520.0, 920.0),
    ("venous_pressure", "venous", -500.0, 300.0),
    ("pre_membrane_pressure", "pre_membrane", -100.0, 900.0),
    ("arterial_pressure", "arterial", -100.0, 900.0),
];
/// What is applied, mmHg.
const STEPS: [f64; 9] = [-500.0, -300.0, -100.0, -20.0, 0.0, 50.0, 250.0, 600.0, 900.0];

/// What a reading may be off: 2 % or 5 mmHg.
fn allowed(pressure: f64) -> f64 {
    (0.02 * pressure.abs()).max(5.0)
}

#[test]
fn after_zeroing_pressures_are_within_2_percent_or_5_mmhg_from_minus_500_to_900_mmhg() {
    let mut bench = Bench::new();
    for (signal, transducer, lowest, highest) in SIGNALS {
        let at = |mmhg: f64| json!({ "kind": "transducer_at", "transducer": transducer, "mmhg": mmhg });
        let air = bench.simulator.inject(&at(0.0));
        let before = bench.settled(signal);
        let told = bench.console.ecmoctl_json(&["zero", signal]);
        let after = bench.settled(signal);
        assert!(after.abs() < 0.5, "{signal}: {before} mmHg before, {after} mmHg after zeroing ({told})");
        bench.simulator.clear(air);
        let mut worst: f64 = 0.0;
        // Both ends of a role's range are tried a little inside of them.
        let inside = STEPS.map(|step| step.clamp(lowest + 5.0, highest - 10.0));
        for pressure in inside {
            let id = bench.simulator.inject(&at(pressure));
            let shown = bench.settled(signal);
            bench.simulator.clear(id);
            let off = (shown - pressure).abs();
            assert!(off <= allowed(pressure), "{signal}: {shown} mmHg shown at {pressure} mmHg");
            worst = worst.max(off / allowed(pressure));
        }
        println!("{signal}: zero error {before:.1} mmHg; at worst {:.0} % of what is allowed", worst * 100.0);
    }
}

#[test]
fn zeroing_is_refused_with_the_reason_when_it_is_noisy_far_off_or_no_pressure() {
    let mut bench = Bench::new();
    let before = bench.settled("auxiliary_pressure");
    for (mmhg, noise, reason) in [(0.0, 6.0, "nois"), (80.0, 0.0, "50"), (-80.0, 0.0, "50")] {
        let fault =
            json!({ "kind": "transducer_at", "transducer": "auxiliary", "mmhg": mmhg, "noise_mmhg": noise });
        let id = bench.simulator.inject(&fault);
        until("it is applied", || {
            let off = bench.reading("auxiliary_pressure").value? - before;
            (noise > 0.0 || (off - mmhg).abs() < 5.0).then_some(())
        });
        let output = bench.console.ecmoctl(&["zero", "auxiliary_pressure"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(reason), "{fault}: {said}");
        bench.simulator.clear(id);
        println!("{fault}: {}", said.trim());
    }
    let after = bench.settled("auxiliary_pressure");
    assert!((after - before).abs() < 0.5, "nothing was changed: {before} {after}");
    let output = bench.console.ecmoctl(&["zero", "room_temperature"]);
    assert!(!output.status.success(), "a temperature is no pressure");

    let open = json!({ "kind": "transducer_open", "transducer": "auxiliary", "wire": "positive" });
    bench.simulator.inject(&open);
    until("a bad reading", || (bench.reading("auxiliary_pressure").quality == "bad").then_some(()));
    let output = bench.console.ecmoctl(&["zero", "auxiliary_pressure"]);
    assert!(!output.status.success(), "a broken wire cannot be zeroed");
    println!("{open}: {}", String::from_utf8_lossy(&output.stderr).trim());
}
