// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an edge on a line of the kernel to the pump command that follows from it, through the whole console.

use std::process::Command;

use ecmod_vm_tests::{figure, programs};

/// One in a hundred is the worst of two hundred but two.
const EDGES: u32 = 200;

/// What is measured is told and not judged: the machine has one processor and is itself a program among others.
#[test]
fn an_edge_reaches_the_pump_without_waiting_for_a_tick() {
    let programs = programs();
    let output = Command::new(programs.join("fast_path"))
        .arg(&programs)
        .args([programs.join("fast_path_edge.so"), programs.join("fast_path_pump.so")])
        .args(["fast", &EDGES.to_string(), "kernel"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let result: serde_json::Value = serde_json::from_str(&said).unwrap();
    let number = |name: &str| result[name].as_f64().unwrap_or_else(|| panic!("no {name}: {said}"));
    for (name, what) in [("p50", "p50"), ("p99", "p99"), ("max", "worst of 200")] {
        figure(&format!("the kernel's edge to the pump command's write, {what}"), number(name) / 1e3, "ms");
    }
    assert_eq!(result["edges"], EDGES, "every edge is followed by a command");
    // Both edges of the line are urgent.
    assert!(number("urgent_ticks") >= f64::from(EDGES), "{said}");
}
