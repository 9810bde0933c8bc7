// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does the sounder sound? Its current is watched, and it is tested silently.

use super::*;

#[test]
fn the_sounder_is_tested_silently_after_the_first_demand_then_daily_and_by_its_own_pulses() {
    let mut bench = Bench::new(SENSED);
    bench.run(1000);
    assert_eq!(bench.fake.writes(), []);
    assert_eq!(bench.sample("sounder_ok"), (None, Cause::NotReady));
    // Current flows as soon as the sounder is on: the fake cannot tell within one cycle, so the line is high throughout.
    bench.current = (true, true);
    bench.demands = Some((0.0, 0.0));
    let start = bench.fake.now();
    bench.cycle();
    bench.current = (true, false);
    let edges = bench.edges("sounder", start);
    assert_eq!(edges.len(), 2);
    assert_eq!(edges[1].0 - edges[0].0, 2000, "too short to be heard");
    assert_eq!(bench.sample("sounder_ok"), (Some(1.0), Cause::None));
    bench.run(60_000);
    assert_eq!(bench.edges("sounder", start), [], "no test for a day");
    // One day of cycles would be long: the clock jumps, and so does the daemon's.
    bench.fake.advance(Span::from_secs(24 * 3600));
    bench.cycle();
    assert_eq!(bench.edges("sounder", start).len(), 2);
}

#[test]
fn a_sounder_without_current_is_found_by_two_pulses_and_by_the_silent_test() {
    let mut bench = Bench::demanding(SENSED, 3.0, 3.0);
    bench.run(1000);
    assert_eq!(bench.sample("sounder_ok"), (Some(1.0), Cause::None));
    bench.current = (false, false);
    bench.run(4000);
    assert_eq!(bench.sample("sounder_ok"), (Some(0.0), Cause::None));
    bench.current = (true, false);
    bench.run(4000);
    assert_eq!(bench.sample("sounder_ok"), (Some(1.0), Cause::None));

    let mut bench = Bench::demanding(SENSED, 0.0, 0.0);
    bench.current = (false, false);
    bench.run(3000);
    assert_eq!(bench.sample("sounder_ok"), (Some(0.0), Cause::None));
    assert_eq!(bench.logged("no current flows"), 1);
}

#[test]
fn current_without_a_pulse_is_reported_until_it_ends() {
    let mut bench = Bench::demanding(SENSED, 0.0, 0.0);
    bench.current = (true, true);
    bench.run(500);
    assert_eq!(bench.sample("sounder_ok"), (Some(0.0), Cause::None));
    bench.current = (true, false);
    bench.cycle();
    assert_eq!(bench.sample("sounder_ok"), (None, Cause::NotReady));
}

#[test]
fn without_a_sense_line_the_sounder_is_neither_tested_nor_said_to_work() {
    let mut bench = Bench::demanding("{}", 0.0, 0.0);
    let start = bench.fake.now();
    for _ in 0..200 {
        bench.cycle();
        assert_eq!(bench.harness.sample("sounder_ok"), None);
    }
    assert_eq!(bench.edges("sounder", start), []);
}

#[test]
fn the_self_test_finds_a_dead_sounder_and_disturbs_nothing_that_sounds() {
    let mut bench = Bench::demanding(SENSED, 3.0, 3.0);
    bench.run(2000);
    let start = bench.fake.now();
    bench.edges("sounder", start);
    assert!(bench.harness.self_test().unwrap().iter().all(|finding| finding.passed));
    assert_eq!(bench.edges("sounder", start), [], "its pulses are proof enough");

    let mut bench = Bench::demanding(SENSED, 0.0, 0.0);
    bench.current = (false, false);
    bench.run(3000);
    let findings = bench.harness.self_test().unwrap();
    assert!(findings.iter().any(|finding| !finding.passed && finding.item.as_str().contains("sounder")));
}
