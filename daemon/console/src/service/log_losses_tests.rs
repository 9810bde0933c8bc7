// SPDX-License-Identifier: MIT OR Apache-2.0

use super::*;

const fn at(seconds: u64) -> Monotonic {
    Monotonic(seconds * 1_000_000_000)
}

fn port(connections: u64, lost: Option<u64>) -> PortStatus {
    let mut port = PortStatus::waiting("pump_line", "modbus-rtu", "");
    port.connections = connections;
    port.counters = lost.map(|lost| (COUNTER.to_owned(), lost)).into_iter().collect();
    port
}

#[test]
fn a_message_that_the_daemon_loses_is_told_for_a_while() {
    let mut losses = LogLosses::default();
    assert_eq!(losses.look(0, &[], at(1)), Log::Whole);
    assert_eq!(losses.look(1, &[], at(2)), Log::Losing);
    assert_eq!(losses.look(1, &[], at(11)), Log::Losing);
    assert_eq!(losses.look(1, &[], at(12)), Log::Whole);
    assert_eq!(losses.look(2, &[], at(13)), Log::Losing);
}

#[test]
fn a_message_that_a_host_loses_is_told_and_what_it_lost_before_is_not() {
    let mut losses = LogLosses::default();
    assert_eq!(losses.look(0, &[port(1, None)], at(1)), Log::Whole);
    assert_eq!(losses.look(0, &[port(1, Some(7))], at(2)), Log::Whole);
    assert_eq!(losses.look(0, &[port(1, Some(8))], at(3)), Log::Losing);
    assert_eq!(losses.look(0, &[port(2, Some(8))], at(20)), Log::Whole, "another host");
    assert_eq!(losses.look(0, &[port(2, Some(3))], at(21)), Log::Whole);
    assert_eq!(losses.look(0, &[port(2, Some(4))], at(22)), Log::Losing);
}
