// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is written to the drive, and when: what differs from the demand, and nothing else.

use super::*;

#[test]
fn nothing_is_written_without_a_demand_neither_when_opened_nor_when_closed() {
    let (fake, _unit, mut harness) = running();
    for _ in 0..100 {
        assert_eq!(harness.cycle_after(PERIOD), 0);
    }
    harness.self_test().unwrap();
    harness.close();
    assert_eq!(fake.writes(), []);
}

#[test]
fn a_running_drive_is_taken_over_without_a_write_when_it_does_what_is_demanded() {
    let (fake, _unit, mut harness) = running();
    harness.demand("speed", 3200.0);
    for _ in 0..20 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.writes(), []);
}

#[test]
fn a_new_speed_is_written_once_and_at_once() {
    let (fake, _unit, mut harness) = running();
    harness.cycle();
    harness.demand("speed", 3300.4);
    fake.forget_requests();
    harness.cycle_after(Span::from_millis(1)); // woken early
    assert_eq!(fake.requests(), [speed(3300)], "an early cycle only writes");
    for _ in 0..20 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.writes(), [speed(3300)]);
}

#[test]
fn a_standing_drive_starts_with_the_speed_first() {
    let fake = FakeHost::new();
    let _unit = put_drive(&fake, 80, 0x00, 0);
    let mut harness = open(&fake, r#"{"unit": 1}"#);
    harness.demand("speed", 1500.0);
    harness.cycle();
    assert_eq!(fake.writes(), [speed(1500), run()]);
}

#[test]
fn only_a_demanded_zero_stops_and_little_demands_run_at_the_minimum() {
    let (fake, _unit, mut harness) = running();
    harness.demand("speed", 12.0);
    harness.cycle();
    assert_eq!(fake.writes(), [speed(80)]);
    harness.demand("speed", 0.0);
    harness.cycle_after(PERIOD);
    harness.cycle_after(PERIOD);
    assert_eq!(fake.writes(), [speed(80), stop()]);
}

#[test]
fn no_more_than_the_configured_maximum_is_written() {
    let fake = FakeHost::new();
    let _unit = put_drive(&fake, 3200, 0x28, 3200);
    let mut harness = open(&fake, r#"{"unit": 1, "maximum_speed_rpm": 3500}"#);
    harness.demand("speed", 4000.0);
    harness.cycle();
    assert_eq!(fake.writes(), [speed(3500)]);
}

#[test]
fn a_lost_write_is_repeated_in_the_next_cycle_and_the_reading_goes_on() {
    let (fake, unit, mut harness) = running();
    harness.cycle();
    harness.demand("speed", 3300.0);
    unit.fail(1, Error::Timeout);
    harness.cycle_after(PERIOD);
    assert_eq!(unit.get(ModbusTable::HoldingRegisters, SPEED_NO_0 + 1), Some(3200), "lost");
    assert_eq!(harness.sample("actual_speed").unwrap().quality, Quality::Good);
    assert!(logged(&fake, Level::Warning, "write"));
    harness.cycle_after(PERIOD);
    assert_eq!(unit.get(ModbusTable::HoldingRegisters, SPEED_NO_0 + 1), Some(3300));
}

#[test]
fn a_write_that_was_acknowledged_and_yet_lost_is_found_by_reading_back() {
    let (fake, unit, mut harness) = running();
    harness.demand("speed", 3300.0);
    harness.cycle();
    unit.holding(SPEED_NO_0, &[0, 3200]);
    for _ in 0..3 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.writes(), [speed(3300), speed(3300)]);
}

#[test]
fn a_drive_that_lost_its_supply_is_set_and_started_again() {
    let (fake, unit, mut harness) = running();
    harness.demand("speed", 3200.0);
    harness.cycle();
    unit.set_silent(true);
    harness.cycle_after(PERIOD);
    assert_eq!(harness.sample("actual_speed").unwrap().cause, Cause::Timeout);
    unit.set_silent(false);
    unit.holding(SPEED_NO_0, &[0, 80]).holding(COMMAND_WORD, &[0]);
    turn(&unit, 0);
    for _ in 0..3 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(fake.writes(), [speed(3200), run()]);
}

#[test]
fn an_alarm_is_named_with_its_remedy_and_its_reset_starts_the_pump_with_a_new_edge() {
    let (fake, unit, mut harness) = running();
    harness.demand("speed", 3200.0);
    harness.cycle();
    unit.holding(ALARM, &[0, 0x30]);
    turn(&unit, 0);
    for _ in 0..10 {
        harness.cycle_after(PERIOD);
    }
    assert_eq!(harness.sample("alarm").unwrap().value, Some(48.0));
    assert!(logged(&fake, Level::Error, "clot"), "{:?}", fake.log());
    assert_eq!(fake.writes(), [], "a drive with an alarm is not started, and its alarm not reset");
    unit.holding(ALARM, &[0, 0]);
    harness.cycle_after(PERIOD);
    harness.cycle_after(PERIOD);
    harness.cycle_after(PERIOD);
    assert_eq!(fake.writes(), [stop(), run()]);
}

#[test]
fn a_drive_that_runs_backwards_is_not_thrown_round_but_may_be_stopped() {
    let fake = FakeHost::new();
    let _unit = put_drive(&fake, 2000, 0x30, -2000);
    let mut harness = open(&fake, r#"{"unit": 1}"#);
    harness.demand("speed", 2000.0);
    harness.cycle();
    assert_eq!(fake.writes(), []);
    assert_eq!(harness.sample("actual_speed").unwrap().value, Some(-2000.0));
    assert!(logged(&fake, Level::Error, "backwards"));
    harness.demand("speed", 0.0);
    harness.cycle_after(PERIOD);
    assert_eq!(fake.writes(), [stop()]);
}
