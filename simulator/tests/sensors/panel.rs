// SPDX-License-Identifier: MIT OR Apache-2.0
//! Level, bubbles, keys.

use crate::bench::{Bench, SOME_TIME, changes};
use crate::stranger::Reading;
use serde_json::json;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_bubble_is_urgent_and_has_the_time_of_its_edge() {
    let mut bench = Bench::new();
    let mut behind_edges = Vec::new();
    // The next cycle's sample says "bubble" too, some ten milliseconds later: whoever looks late sees that one. So there are more
    // bubbles until one was seen in time.
    while behind_edges.len() < 3 || !behind_edges.contains(&0) {
        bench.becomes(SOME_TIME, "return_bubble", 0.0);
        let urgent = bench.loop_statistic("urgent_ticks");
        bench.simulator.inject(&json!({ "kind": "bubble" }));
        let seen = loop {
            let reading = bench.reading("return_bubble");
            if reading.value == Some(1.0) {
                break reading.acquired;
            }
        };
        let edges = changes(&mut bench.simulator, "BUBBLE");
        let edge = edges.iter().rfind(|change| !change.high).expect("a falling edge").t_ns;
        behind_edges.push(seen.checked_sub(edge).expect("no bubble before its edge"));
        let count = u32::try_from(behind_edges.len()).unwrap();
        bench.becomes(SECOND, "return_bubble_count", f64::from(count));
        assert!(bench.loop_statistic("urgent_ticks") > urgent, "it waited for the loop's next tick");
        assert!(count < 40, "no reading has the time of its edge: {behind_edges:?}");
    }
    println!("the readings' times are so many ns behind their edges: {behind_edges:?}");
}

#[test]
fn a_bubble_detector_that_is_dead_or_cut_off_is_never_no_bubble() {
    let mut bench = Bench::new();
    for fault in
        [json!({ "kind": "bubble_detector_dead" }), json!({ "kind": "wire_broken", "wire": "BUBBLE_ALIVE" })]
    {
        let wanted = ("return_bubble", "bad", &["signal_lost"][..]);
        bench.fault_is_seen_and_over(&fault, wanted, 2 * SECOND, 3 * SECOND);
    }
}

#[test]
fn a_storm_of_bubbles_is_a_bubble_and_the_console_keeps_its_pace() {
    let mut bench = Bench::new();
    let overruns = bench.loop_statistic("overruns");
    let storm = bench.simulator.inject(&json!({ "kind": "bubbles", "per_s": 300.0 }));
    bench.within(SECOND, "return_bubble", |reading| reading.value == Some(1.0));
    bench.within(10 * SECOND, "return_bubble_count", |reading| {
        reading.value.is_some_and(|count| count > 600.0)
    });
    bench.simulator.clear(storm);
    bench.becomes(5 * SECOND, "return_bubble", 0.0);
    let more = bench.loop_statistic("overruns") - overruns;
    assert!(more < 20, "{more} overruns of the control loop");
}

#[test]
fn a_low_level_is_seen_after_its_debounce_time_and_a_cut_cable_reads_as_low() {
    let mut bench = Bench::new();
    let low = bench.simulator.inject(&json!({ "kind": "level_low" }));
    let took = bench.becomes(SECOND, "level_low", 1.0);
    assert!(took >= Duration::from_millis(150), "{took:?}: it is debounced for 200 ms");
    bench.simulator.clear(low);
    bench.becomes(SECOND, "level_low", 0.0);
    let cut = bench.simulator.inject(&json!({ "kind": "wire_broken", "wire": "LEVEL_A" }));
    bench.within(2 * SECOND, "level_low", |reading| {
        reading.value == Some(1.0) && reading.quality == "uncertain" && reading.cause == "disagreement"
    });
    bench.simulator.clear(cut);
    bench.becomes(2 * SECOND, "level_low", 0.0);
}

#[test]
fn a_key_is_pressed_while_it_is_pressed() {
    let mut bench = Bench::new();
    let pressed = bench.simulator.inject(&json!({ "kind": "key_pressed", "key": "mute" }));
    bench.becomes(SECOND, "key_mute", 1.0);
    assert_eq!(bench.reading("key_confirm").value, Some(0.0));
    bench.simulator.clear(pressed);
    bench.becomes(SECOND, "key_mute", 0.0);
    assert!(Reading::is_good(&bench.reading("key_mute")));
}
