// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clamps: moved over D-Bus, watched by their switches.

use crate::bench::{Bench, SOME_TIME};
use crate::support::until;
use serde_json::json;
use std::time::Duration;

const POSITION: &str = "return_clamp_position";
const OPEN: f64 = 0.0;
const CLOSED: f64 = 1.0;
const FAULT: f64 = 3.0;
const SECOND: Duration = Duration::from_secs(1);

/// A console whose clamps' drivers have run for longer than a demand could have stood before them: what is demanded in their
/// first second is not carried out, as a restart must move nothing.
fn bench() -> Bench {
    let bench = Bench::new();
    until("the drivers have run for a while", || {
        let drivers = bench.console.ecmoctl_json(&["drivers"]);
        let driver = drivers.as_array()?.iter().find(|driver| driver["id"] == "return_clamp")?;
        (driver["cycles"].as_u64()? > 150).then_some(())
    });
    bench
}

fn told(bench: &Bench, position: &str) {
    let output = bench.console.ecmoctl(&["clamp", "return", position]);
    assert!(output.status.success(), "{position}: {}", String::from_utf8_lossy(&output.stderr));
}

/// How much of the return tube is closed in truth.
fn closed(bench: &mut Bench) -> f64 {
    bench.simulator.command(&json!({ "cmd": "state" }))["return_clamp_closed"].as_f64().unwrap()
}

#[test]
fn a_clamp_closes_and_opens_when_it_is_told_and_the_other_one_stays() {
    let mut bench = bench();
    assert!(closed(&mut bench) < 0.01, "nobody has asked for anything");
    told(&bench, "closed");
    let took = bench.becomes(SOME_TIME, POSITION, CLOSED);
    assert!(closed(&mut bench) > 0.95);
    println!("closed {took:?} after ecmoctl came back");
    assert_eq!(bench.reading("drainage_clamp_position").value, Some(OPEN));
    told(&bench, "open");
    bench.becomes(SOME_TIME, POSITION, OPEN);
    assert!(closed(&mut bench) < 0.05);
}

#[test]
fn a_jammed_clamp_is_told_within_a_second_and_moves_when_it_is_free_and_told_again() {
    let mut bench = bench();
    let jam = bench.simulator.inject(&json!({ "kind": "clamp_jammed", "site": "return" }));
    told(&bench, "closed");
    bench.becomes(SECOND, POSITION, FAULT);
    let coil = crate::bench::changes(&mut bench.simulator, "RETURN_CLAMP_CLOSE_COIL");
    until("the coil is off again", || {
        let changes = crate::bench::changes(&mut bench.simulator, "RETURN_CLAMP_CLOSE_COIL");
        changes.len().is_multiple_of(2).then_some(())
    });
    assert!(!coil.is_empty());
    bench.simulator.clear(jam);
    told(&bench, "open");
    bench.becomes(SOME_TIME, POSITION, OPEN);
    told(&bench, "closed");
    bench.becomes(SOME_TIME, POSITION, CLOSED);
    assert!(closed(&mut bench) > 0.95);
}

#[test]
fn a_broken_switch_or_wire_is_told() {
    let mut bench = bench();
    for fault in [
        json!({ "kind": "clamp_switch_broken", "site": "return", "switch": "open" }),
        json!({ "kind": "wire_broken", "wire": "RETURN_CLAMP_IS_OPEN" }),
    ] {
        let id = bench.simulator.inject(&fault);
        bench.becomes(2 * SECOND, POSITION, FAULT);
        bench.simulator.clear(id);
        bench.becomes(2 * SECOND, POSITION, OPEN);
    }
    bench.simulator.inject(&json!({ "kind": "wire_broken", "wire": "RETURN_CLAMP_CLOSE_COIL" }));
    told(&bench, "closed");
    bench.becomes(2 * SECOND, POSITION, FAULT);
    assert!(closed(&mut bench) < 0.05);
}
