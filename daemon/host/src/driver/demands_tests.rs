// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver is told.

use super::*;
use ecmod_link::image::Fallback;

/// When it is looked.
const NOW: Monotonic = Monotonic(9);
const BOUNDS: Bounds = Bounds { min: 0.0, max: 4000.0 };

fn slot(value: f64, sequence: u64, valid: bool) -> Slot<Demand> {
    Slot::Value(Demand { value, t: Monotonic(7), sequence, valid, fallback: None })
}

#[test]
fn nothing_is_demanded_until_the_daemon_says_so() {
    let mut command = Command::default();
    assert_eq!(command.take(Slot::Empty, BOUNDS, NOW), Change::None);
    assert_eq!(command.take(slot(0.0, 1, false), BOUNDS, NOW), Change::None);
    assert_eq!(command.to_abi().valid, 0);
}

#[test]
fn a_demand_is_held_through_a_new_image_that_demands_nothing_yet() {
    let mut command = Command::default();
    assert_eq!(command.take(slot(3000.0, 1, true), BOUNDS, NOW), Change::Value);
    command.new_image();
    for empty in [Slot::Empty, Slot::Torn, slot(0.0, 1, false)] {
        assert_eq!(command.take(empty, BOUNDS, NOW), Change::None);
        assert_eq!(
            command.to_abi(),
            abi::Demand { value: 3000.0, t_ns: 7, sequence: 1, valid: 1, reserved: 0 }
        );
    }
}

#[test]
fn what_keys_have_set_is_held_as_theirs_until_a_daemon_demands_something() {
    let mut command = Command::default();
    command.take(slot(3000.0, 1, true), BOUNDS, NOW);
    command.set_by_keys(3100.0, Monotonic(9));
    assert!(command.is_local() && command.take_untold() && !command.take_untold());
    assert_eq!(
        command.held(),
        Some(Demand { value: 3100.0, t: Monotonic(9), sequence: 2, valid: true, fallback: None })
    );
    command.new_image();
    for empty in [Slot::Empty, Slot::Torn, slot(0.0, 1, false)] {
        command.take(empty, BOUNDS, NOW);
        assert!(command.is_local());
    }
    assert_eq!(command.take(slot(3100.0, 2, true), BOUNDS, NOW), Change::None);
    assert!(!command.is_local());
}

#[test]
fn a_daemon_may_withdraw_its_own_demand() {
    let mut command = Command::default();
    command.take(slot(3000.0, 1, true), BOUNDS, NOW);
    assert_eq!(command.take(slot(0.0, 2, false), BOUNDS, NOW), Change::Value);
    assert_eq!(command.held(), None);
}

#[test]
fn a_demand_that_the_device_may_not_get_changes_nothing_and_is_counted_once() {
    let mut command = Command::default();
    command.take(slot(3000.0, 1, true), BOUNDS, NOW);
    let before = command.to_abi();
    for (sequence, value) in [(2, 4000.5), (3, f64::NAN), (4, f64::INFINITY), (5, -1.0)] {
        assert_eq!(command.take(slot(value, sequence, true), BOUNDS, NOW), Change::Refused);
        assert_eq!(command.take(slot(value, sequence, true), BOUNDS, NOW), Change::None);
        assert_eq!(command.to_abi(), before);
    }
}

#[test]
fn only_another_value_hurries() {
    let mut command = Command::default();
    assert_eq!(command.take(slot(3000.0, 1, true), BOUNDS, NOW), Change::Value);
    assert_eq!(command.take(slot(3000.0, 2, true), BOUNDS, NOW), Change::None);
    assert_eq!(command.to_abi().sequence, 2);
    assert_eq!(command.take(slot(3001.0, 3, true), BOUNDS, NOW), Change::Value);
}

const UNTIL: Monotonic = Monotonic(30_000_000_000);

fn ms(ms: u64) -> Monotonic {
    Monotonic(ms * 1_000_000)
}

/// Lowered to 2000 rpm until 30 s, else it would be 3500 rpm.
fn lowered(sequence: u64) -> Demand {
    let fallback = Some(Fallback { until: UNTIL, then: 3500.0, slew: 150.0 });
    Demand { value: 2000.0, t: Monotonic(7), sequence, valid: true, fallback }
}

#[test]
fn what_was_lowered_for_a_while_is_given_back_by_its_slew_when_its_time_is_over_and_not_before() {
    let mut command = Command::default();
    assert_eq!(command.take(Slot::Value(lowered(1)), BOUNDS, NOW), Change::Value);
    assert!((0..30_000).step_by(50).all(|now| command.give_back(ms(now)).is_none()));
    assert_eq!(command.held(), Some(lowered(1)));
    let (mut last, mut now) = (2000.0, 30_000);
    loop {
        let given = command.give_back(ms(now)).unwrap();
        assert_eq!((given.begins, given.to), (now == 30_000, 3500.0));
        assert!(given.value - last <= 150.0 * 0.05 + 1e-9 && given.value >= last);
        assert!(command.take_untold() && command.is_returned() && !command.is_local());
        last = given.value;
        now += 50;
        if given.ends {
            break;
        }
    }
    assert_eq!((last, now), (3500.0, 40_050), "ten seconds at 150 rpm/s");
    assert_eq!(command.give_back(ms(now)), None);
    assert!(command.is_returned());
}

#[test]
fn a_look_that_comes_late_is_no_licence_for_a_jump() {
    let mut command = Command::default();
    command.take(Slot::Value(lowered(1)), BOUNDS, NOW);
    assert_eq!(command.give_back(ms(90_000)).map(|given| given.value), Some(2000.0));
    assert_eq!(command.give_back(ms(99_000)).map(|given| given.value), Some(2015.0));
}

#[test]
fn a_daemon_that_demands_and_a_key_that_is_pressed_end_the_giving_back() {
    for ended_by_keys in [false, true] {
        let mut command = Command::default();
        command.take(Slot::Value(lowered(1)), BOUNDS, NOW);
        command.give_back(UNTIL);
        if ended_by_keys {
            command.set_by_keys(2100.0, UNTIL);
        } else {
            command.new_image();
            assert_eq!(command.take(Slot::Empty, BOUNDS, UNTIL), Change::None);
            assert!(command.is_returned(), "a daemon that demands nothing ends nothing");
            command.take(slot(2100.0, 1, true), BOUNDS, UNTIL);
        }
        assert_eq!((command.is_returned(), command.is_local()), (false, ended_by_keys));
        assert_eq!(command.give_back(ms(60_000)), None);
        assert_eq!(command.held().map(|held| held.value), Some(2100.0));
    }
}

#[test]
fn a_demand_without_a_fallback_is_held_for_ever() {
    let mut command = Command::default();
    command.take(Slot::Value(lowered(1)), BOUNDS, NOW);
    command.take(slot(2000.0, 2, true), BOUNDS, NOW);
    assert_eq!(command.give_back(Monotonic(u64::MAX)), None);
    assert_eq!(command.held().map(|held| held.value), Some(2000.0));
}

#[test]
fn a_fallback_that_nobody_may_follow_is_left_out_and_counted_once_while_the_demand_counts() {
    let mut command = Command::default();
    let wild = Fallback { until: UNTIL, then: 4500.0, slew: 150.0 };
    let lying = |sequence| Slot::Value(Demand { fallback: Some(wild), ..lowered(sequence) });
    assert_eq!(command.take(lying(1), BOUNDS, NOW), Change::Value);
    assert!(command.take_refused_fallback());
    command.take(lying(1), BOUNDS, NOW);
    assert!(!command.take_refused_fallback());
    command.take(lying(2), BOUNDS, NOW);
    assert!(command.take_refused_fallback());
    assert_eq!(command.held(), Some(Demand { fallback: None, ..lowered(2) }));
}
