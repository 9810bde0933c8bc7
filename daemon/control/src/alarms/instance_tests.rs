// SPDX-License-Identifier: MIT OR Apache-2.0
//! The life of an alarm: every state with every event, and the times.
use super::*;
use crate::AlarmCause;

const DELAY: u64 = 2_000;
const CLEAR: u64 = 3_000;

fn at(ms: u64) -> Monotonic {
    Monotonic((1_000_000 + ms) * 1_000_000)
}

const fn times(latching: bool) -> Times {
    Times { delay: Span::from_millis(DELAY), clear: Span::from_millis(CLEAR), latching, adds_up: false }
}

fn found(priority: Priority) -> Option<Finding> {
    Some(Finding { priority, cause: AlarmCause::word("test") })
}

const LOW: Priority = Priority::Low;
const MEDIUM: Priority = Priority::Medium;
const HIGH: Priority = Priority::High;

/// An alarm of this priority that was announced at 0 and is in this condition.
fn shown(priority: Priority, condition: Condition) -> Life {
    Life::Shown(Shown {
        priority,
        acknowledged: false,
        paused: false,
        unseen_high: priority == HIGH,
        announced: at(0),
        occurrences: 1,
        cause: AlarmCause::word("test"),
        condition,
    })
}

/// What is seen of a life.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Clear,
    Pending,
    Present,
    Leaving,
    Gone,
    Returning,
}

fn state(life: &Life) -> State {
    match life {
        Life::Clear => State::Clear,
        Life::Pending { .. } => State::Pending,
        Life::Shown(shown) => match shown.condition {
            Condition::Present { .. } => State::Present,
            Condition::Leaving { .. } => State::Leaving,
            Condition::Gone { again: None } => State::Gone,
            Condition::Gone { again: Some(_) } => State::Returning,
        },
    }
}

/// What happens to an alarm at 10 s.
#[derive(Debug, Clone, Copy)]
enum Event {
    Found,
    Missed,
    Acknowledged,
    Reset,
}

const EVENTS: [Event; 4] = [Event::Found, Event::Missed, Event::Acknowledged, Event::Reset];

fn happen(life: &mut Life, event: Event, latching: bool) -> bool {
    match event {
        Event::Found => life.step(found(MEDIUM), times(latching), at(10_000)),
        Event::Missed => life.step(None, times(latching), at(10_000)),
        Event::Acknowledged => {
            life.acknowledge();
            false
        }
        Event::Reset => {
            life.reset();
            false
        }
    }
}

/// A life, whether it latches, and what each event makes of it: the next state, and whether it is announced.
type Row = (Life, bool, [(State, bool); EVENTS.len()]);

#[test]
fn every_state_with_every_event() {
    use State::{Clear, Gone, Leaving, Pending, Present, Returning};
    let early = Condition::Leaving { until: at(10_001) };
    let over = Condition::Leaving { until: at(10_000) };
    let again = |ms| Condition::Gone { again: Some(at(ms)) };
    let pending = |ms| Life::Pending { since: at(ms), missed: None, priority: MEDIUM };
    let present = Condition::Present { other: None };
    // In the order of EVENTS: the next state, and whether it is announced.
    let table: [Row; 12] = [
        (Life::Clear, false, [(Pending, false), (Clear, false), (Clear, false), (Clear, false)]),
        (pending(8_001), false, [(Pending, false), (Clear, false), (Pending, false), (Pending, false)]),
        (pending(8_000), false, [(Present, true), (Clear, false), (Pending, false), (Pending, false)]),
        (
            shown(MEDIUM, present),
            false,
            [(Present, false), (Leaving, false), (Present, false), (Present, false)],
        ),
        (shown(MEDIUM, early), false, [(Present, false), (Leaving, false), (Leaving, false), (Clear, false)]),
        (shown(MEDIUM, over), false, [(Present, false), (Clear, false), (Leaving, false), (Clear, false)]),
        (shown(MEDIUM, over), true, [(Present, false), (Gone, false), (Leaving, false), (Clear, false)]),
        (shown(HIGH, over), false, [(Present, false), (Gone, false), (Leaving, false), (Clear, false)]),
        (
            shown(MEDIUM, Condition::Gone { again: None }),
            true,
            [(Returning, false), (Gone, false), (Clear, false), (Clear, false)],
        ),
        (
            shown(MEDIUM, again(8_001)),
            true,
            [(Returning, false), (Gone, false), (Pending, false), (Pending, false)],
        ),
        (
            shown(MEDIUM, again(8_000)),
            true,
            [(Present, true), (Gone, false), (Pending, false), (Pending, false)],
        ),
        (
            shown(HIGH, again(8_000)),
            true,
            [(Present, true), (Gone, false), (Pending, false), (Pending, false)],
        ),
    ];
    for (life, latching, expected) in table {
        for (event, (next, announced)) in EVENTS.into_iter().zip(expected) {
            let mut now = life;
            let heard = happen(&mut now, event, latching);
            assert_eq!((state(&now), heard), (next, announced), "{life:?} {event:?}");
        }
    }
}

/// Runs a course of findings, one every 100 ms, and says at which times something was announced.
fn course(
    life: &mut Life,
    latching: bool,
    from: u64,
    until: u64,
    what: impl Fn(u64) -> Option<Priority>,
) -> Vec<u64> {
    let steps = (from..until).step_by(100);
    steps.filter(|ms| life.step(what(*ms).and_then(found), times(latching), at(*ms))).collect()
}

extern crate std;
use std::{vec, vec::Vec};

#[test]
fn what_does_not_last_for_its_delay_is_not_announced() {
    let mut life = Life::Clear;
    let flicker = |ms: u64| (ms % 2_000 != 1_900).then_some(HIGH);
    assert_eq!(course(&mut life, true, 0, 60_000, flicker), []);
    assert_eq!(course(&mut life, true, 60_000, 70_000, |_| Some(HIGH)), [62_000]);
}

/// When what is found by turns, from 0 s on, is announced first, if its times add up.
fn adds_up(present: u64, absent: u64) -> Option<u64> {
    let times = Times { adds_up: true, ..times(false) };
    let mut life = Life::Clear;
    let what = |ms: u64| (ms % (present + absent) < present).then_some(HIGH).and_then(found);
    (0..120_000).step_by(100).find(|ms| life.step(what(*ms), times, at(*ms)))
}

#[test]
fn what_adds_up_is_announced_when_it_was_there_for_its_delay_less_a_hundredth_of_its_absences() {
    assert_eq!(adds_up(DELAY + 100, 0), Some(DELAY));
    // Three times 0.9 s, less twice 0.1 s.
    assert_eq!(adds_up(900, 10_000), Some(2 * 10_900 + 400));
    assert_eq!(adds_up(1_900, 10_000), Some(11_900 + 200));
    // More is taken away than comes.
    assert_eq!(adds_up(100, 11_000), None);
}

#[test]
fn what_adds_up_and_does_not_come_again_is_forgotten() {
    let times = Times { adds_up: true, ..times(false) };
    let mut life = Life::Clear;
    life.step(found(HIGH), times, at(0));
    life.step(None, times, at(1_000));
    assert!(state(&life) == State::Pending && !life.is_present(), "{life:?}");
    life.step(None, times, at(100_999));
    assert_eq!(state(&life), State::Pending);
    life.step(None, times, at(101_000));
    assert_eq!(state(&life), State::Clear);
}

#[test]
fn what_comes_back_within_its_clear_time_is_counted_and_not_announced() {
    let mut life = Life::Clear;
    let pulses = |ms: u64| (ms % 5_000 < 2_500).then_some(MEDIUM);
    assert_eq!(course(&mut life, false, 0, 52_000, pulses), [2_000]);
    let Life::Shown(shown) = life else { panic!("not shown") };
    assert_eq!(shown.occurrences, 11);
}

#[test]
fn a_raised_priority_is_announced_after_its_delay_whatever_was_acknowledged_or_paused() {
    let mut life = shown(MEDIUM, Condition::Present { other: None });
    life.acknowledge();
    life.pause(true);
    let Life::Shown(before) = life else { panic!("not shown") };
    assert!(!before.sounds());
    assert_eq!(
        course(&mut life, false, 0, 20_000, |ms| Some(if ms < 5_000 { MEDIUM } else { HIGH })),
        [7_000]
    );
    let Life::Shown(after) = life else { panic!("not shown") };
    assert!(after.sounds() && after.unseen_high && after.priority == HIGH && after.announced == at(7_000));
}

#[test]
fn a_single_sample_of_a_higher_priority_does_not_raise_it() {
    let mut life = Life::Clear;
    let spikes = |ms: u64| Some(if ms.is_multiple_of(1_500) { HIGH } else { MEDIUM });
    assert_eq!(course(&mut life, false, 100, 60_000, spikes), [2_100]);
    let Life::Shown(shown) = life else { panic!("not shown") };
    assert_eq!(shown.priority, MEDIUM);
}

#[test]
fn of_several_higher_priorities_within_the_delay_the_lowest_counts() {
    let mut life = shown(LOW, Condition::Present { other: None });
    let mixed = |ms: u64| Some(if ms < 1_000 { HIGH } else { MEDIUM });
    assert_eq!(course(&mut life, false, 0, 4_000, mixed), [2_000]);
    let Life::Shown(shown) = life else { panic!("not shown") };
    assert_eq!(shown.priority, MEDIUM);
}

#[test]
fn a_priority_falls_after_a_while_and_silently_and_high_stays_unseen() {
    let mut life = shown(HIGH, Condition::Present { other: None });
    assert_eq!(course(&mut life, false, 0, 20_000, |_| Some(LOW)), []);
    let Life::Shown(low) = life else { panic!("not shown") };
    assert!(low.priority == LOW && low.unseen_high);
    assert_eq!(course(&mut life, false, 20_000, 40_000, |_| None), []);
    assert_eq!(state(&life), State::Gone, "an alarm that was high stays until it is seen");
    assert!(life.acknowledge());
    assert_eq!(life, Life::Clear);
}

#[test]
fn what_was_acknowledged_while_it_lasted_leaves_by_itself_unless_it_latches() {
    for (latching, end) in [(false, State::Clear), (true, State::Gone)] {
        let mut life = shown(HIGH, Condition::Present { other: None });
        life.acknowledge();
        course(&mut life, latching, 0, 10_000, |_| None);
        assert_eq!(state(&life), end);
        if latching {
            assert_eq!(life.reset(), Some(true));
            assert_eq!(life, Life::Clear);
        }
    }
}

#[test]
fn a_latched_alarm_that_comes_again_is_announced_again() {
    let mut life = shown(HIGH, Condition::Gone { again: None });
    life.pause(true);
    assert_eq!(course(&mut life, true, 0, 10_000, |_| Some(HIGH)), [2_000]);
    let Life::Shown(shown) = life else { panic!("not shown") };
    assert!(shown.sounds() && shown.occurrences == 2);
}

#[test]
fn a_condition_that_is_coming_again_keeps_its_time_when_the_alarm_of_before_is_acknowledged_or_reset() {
    for event in [Event::Acknowledged, Event::Reset] {
        let mut life = shown(HIGH, Condition::Gone { again: None });
        assert_eq!(course(&mut life, true, 9_000, 10_000, |_| Some(MEDIUM)), []);
        happen(&mut life, event, true);
        assert_eq!(course(&mut life, true, 10_000, 15_000, |_| Some(MEDIUM)), [9_000 + DELAY], "{event:?}");
        let Life::Shown(shown) = life else { panic!("not shown") };
        assert_eq!(shown.priority, MEDIUM);
    }
}

#[test]
fn an_alarm_whose_condition_lasts_cannot_be_reset() {
    let mut life = shown(HIGH, Condition::Present { other: None });
    assert_eq!(life.reset(), Some(false));
    assert_eq!(state(&life), State::Present);
    assert_eq!((Life::Clear.reset(), Life::Clear.acknowledge()), (None, false));
}

#[test]
fn an_alarm_recalled_after_a_restart_is_the_same_if_its_condition_is_found_again() {
    let recalled = || Life::recalled(HIGH, true, AlarmCause::word("before_restart"), at(0), at(10_000));
    let mut life = recalled();
    assert_eq!(course(&mut life, false, 0, 20_000, |ms| (ms > 6_000).then_some(HIGH)), []);
    let Life::Shown(shown) = life else { panic!("not shown") };
    assert!(shown.acknowledged && !shown.sounds());
    let mut life = recalled();
    assert_eq!(course(&mut life, false, 0, 20_000, |_| None), []);
    assert_eq!(life, Life::Clear);
    let mut unseen = Life::recalled(HIGH, false, AlarmCause::word("before_restart"), at(0), at(10_000));
    course(&mut unseen, false, 0, 20_000, |_| None);
    assert_eq!(state(&unseen), State::Gone, "an alarm of high priority that nobody saw survives a restart");
}

#[test]
fn times_that_stand_still_or_leap_do_no_harm() {
    let mut life = Life::Clear;
    let step =
        |life: &mut Life, what: Option<Priority>, ms| life.step(what.and_then(found), times(false), at(ms));
    assert!(!step(&mut life, Some(HIGH), 0));
    assert!(!step(&mut life, Some(HIGH), 0));
    assert!(step(&mut life, Some(HIGH), 1_000_000_000));
    assert!(!step(&mut life, None, 1_000_000_000));
    assert_eq!(state(&life), State::Leaving);
    let heard = vec![step(&mut life, None, u64::from(u32::MAX) * 1_000)];
    assert_eq!((state(&life), heard), (State::Gone, vec![false]));
}
