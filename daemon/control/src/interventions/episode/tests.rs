// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::InterventionPolicy;

const PLAN: InterventionPlan = InterventionPlan {
    policy: InterventionPolicy::Act,
    longest: Span::from_secs(30),
    rearm: Span::from_secs(10),
};
const PUSHES: [Push; 4] = [Push::Wanted, Push::Present, Push::Calm, Push::Blind];

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // some seconds
fn at(seconds: f64) -> Monotonic {
    Monotonic(1_000_000_000_000 + (seconds * 1e9) as u64)
}

fn step(episode: &mut Episode, push: Push, seconds: f64) -> Leave {
    episode.step(push, Ending::Returns, PLAN, at(seconds))
}

/// An episode in each phase, with the name of it.
fn phases() -> [(&'static str, Episode); 5] {
    let mut active = Episode::new();
    step(&mut active, Push::Wanted, 0.0);
    let mut returning = active;
    step(&mut returning, Push::Calm, 1.0);
    let mut expiring = active;
    step(&mut expiring, Push::Wanted, 30.0);
    let mut expired = expiring;
    expired.returned();
    [
        ("armed", Episode::new()),
        ("active", active),
        ("returning", returning),
        ("expiring", expiring),
        ("expired", expired),
    ]
}

#[test]
fn every_phase_answers_every_push_as_the_diagram_says() {
    use Leave::{Act, Nothing, Return};
    let at_two_seconds = [
        // Wanted, Present, Calm, Blind
        ("armed", [Act, Nothing, Nothing, Nothing]),
        ("active", [Act, Act, Return, Act]),
        ("returning", [Act, Return, Return, Return]),
    ];
    let after_the_end = [
        ("armed", [Act, Nothing, Nothing, Nothing]),
        ("active", [Return, Return, Return, Return]),
        ("returning", [Return, Return, Return, Return]),
        ("expiring", [Return, Return, Return, Return]),
        ("expired", [Nothing, Nothing, Nothing, Nothing]),
    ];
    for (seconds, table) in [(2.0, &at_two_seconds[..]), (31.0, &after_the_end[..])] {
        for (name, answers) in table {
            let (_, episode) = phases().into_iter().find(|(phase, _)| phase == name).unwrap();
            for (push, answer) in PUSHES.into_iter().zip(answers) {
                let mut episode = episode;
                assert_eq!(step(&mut episode, push, seconds), *answer, "{name} {push:?} at {seconds} s");
            }
        }
    }
}

#[test]
fn what_eases_by_itself_is_armed_at_once_and_keeps_its_end() {
    let mut episode = Episode::new();
    assert_eq!(episode.step(Push::Wanted, Ending::Eases, PLAN, at(0.0)), Leave::Act);
    assert_eq!(episode.step(Push::Calm, Ending::Eases, PLAN, at(1.0)), Leave::Nothing);
    assert_eq!(episode.step(Push::Wanted, Ending::Eases, PLAN, at(9.0)), Leave::Act);
    assert_eq!(episode.state(), InterventionState::Active { since: at(0.0), ends: at(30.0) });
    assert_eq!(episode.count(), 1, "it is the same one");
}

#[test]
fn however_the_condition_flickers_it_acts_for_no_longer_than_its_longest_between_two_calms() {
    for ending in [Ending::Eases, Ending::Returns] {
        for period in [3u64, 7, 13, 40, 90] {
            let mut episode = Episode::new();
            let mut first = None;
            for tick in 0..20_000u64 {
                let now = at(tick as f64 * 0.1);
                let push = if tick % period < period / 2 + 1 { Push::Wanted } else { Push::Calm };
                if episode.step(push, ending, PLAN, now) == Leave::Act {
                    let began = *first.get_or_insert(now);
                    assert!(now.since(began) < PLAN.longest, "period {period}");
                }
                if tick % 17 == 0 {
                    episode.returned();
                }
            }
        }
    }
}

#[test]
fn after_its_longest_it_acts_again_only_when_the_condition_was_gone_for_the_time_of_rearming() {
    let mut episode = Episode::new();
    step(&mut episode, Push::Wanted, 0.0);
    assert_eq!(step(&mut episode, Push::Wanted, 30.0), Leave::Return);
    episode.returned();
    assert_eq!(step(&mut episode, Push::Wanted, 100.0), Leave::Nothing);
    assert_eq!(episode.state(), InterventionState::Expired);
    step(&mut episode, Push::Calm, 101.0);
    assert_eq!(step(&mut episode, Push::Wanted, 110.0), Leave::Nothing, "gone for nine seconds");
    step(&mut episode, Push::Calm, 111.0);
    step(&mut episode, Push::Calm, 121.0);
    assert_eq!(step(&mut episode, Push::Wanted, 122.0), Leave::Act);
    assert_eq!(episode.count(), 2);
}

#[test]
fn an_action_without_what_it_goes_by_holds_for_a_second_and_ends() {
    for ending in [Ending::Eases, Ending::Returns] {
        let mut episode = Episode::new();
        episode.step(Push::Wanted, ending, PLAN, at(0.0));
        assert_eq!(episode.step(Push::Blind, ending, PLAN, at(1.0)), Leave::Act);
        assert_eq!(episode.step(Push::Blind, ending, PLAN, at(1.9)), Leave::Act);
        assert_eq!(episode.step(Push::Blind, ending, PLAN, at(2.0)), Leave::Return);
    }
}

#[test]
fn blindness_is_no_calm() {
    let mut episode = Episode::new();
    step(&mut episode, Push::Wanted, 0.0);
    step(&mut episode, Push::Wanted, 30.0);
    episode.returned();
    for second in 31..100 {
        step(&mut episode, Push::Blind, f64::from(second));
    }
    assert_eq!(step(&mut episode, Push::Wanted, 100.0), Leave::Nothing);
}

#[test]
fn an_override_ends_it_at_once_counts_for_its_time_and_can_be_released() {
    for release in [false, true] {
        let mut episode = Episode::new();
        step(&mut episode, Push::Wanted, 0.0);
        episode.overrule(override_until(at(1.0), Span::from_secs(300)));
        assert_eq!(step(&mut episode, Push::Wanted, 2.0), Leave::Nothing);
        assert_eq!(episode.state(), InterventionState::Overridden { until: at(301.0) });
        if release {
            episode.release();
            assert_eq!(step(&mut episode, Push::Wanted, 3.0), Leave::Act);
        } else {
            assert_eq!(step(&mut episode, Push::Wanted, 300.0), Leave::Nothing);
            assert_eq!(step(&mut episode, Push::Wanted, 301.0), Leave::Act);
        }
    }
}

#[test]
fn a_restarted_core_finishes_it_at_the_end_it_had() {
    let mut episode = Episode::new();
    step(&mut episode, Push::Wanted, 0.0);
    let mut after = Episode::recalled(episode.keep());
    assert_eq!(step(&mut after, Push::Wanted, 20.0), Leave::Act);
    assert_eq!(after.state(), InterventionState::Active { since: at(0.0), ends: at(30.0) });
    assert_eq!(step(&mut after, Push::Wanted, 30.0), Leave::Return);
    after.returned();
    let mut expired = Episode::recalled(after.keep());
    assert_eq!(step(&mut expired, Push::Wanted, 31.0), Leave::Nothing);
    episode.overrule(at(60.0));
    assert_eq!(step(&mut Episode::recalled(episode.keep()), Push::Wanted, 59.0), Leave::Nothing);
}

#[test]
fn times_of_another_boot_or_longer_than_the_longest_are_over() {
    for (since, ends) in [(at(5000.0), at(5030.0)), (at(-10.0), at(3000.0)), (at(-100.0), at(-70.0))] {
        let mut episode = Episode::recalled(Kept::Begun { since, ends });
        assert_eq!(step(&mut episode, Push::Wanted, 0.0), Leave::Return, "{since:?} to {ends:?}");
    }
    let mut episode = Episode::recalled(Kept::Overridden { until: at(1e6) });
    assert_eq!(step(&mut episode, Push::Wanted, 0.0), Leave::Act);
    let mut back = Episode::new();
    step(&mut back, Push::Wanted, 100.0);
    assert_eq!(step(&mut back, Push::Wanted, 50.0), Leave::Return, "the clock went back");
}

#[test]
fn while_the_pumps_host_is_lost_the_time_goes_on_and_nothing_begins() {
    let mut episode = Episode::new();
    step(&mut episode, Push::Wanted, 0.0);
    episode.wait(PLAN, at(10.0));
    assert!(episode.is_active());
    assert_eq!(step(&mut episode, Push::Wanted, 11.0), Leave::Act);
    episode.wait(PLAN, at(30.0));
    assert_eq!(episode.state(), InterventionState::Expired);
    episode.rest(PLAN, at(31.0));
    assert_eq!((episode.keep(), episode.state()), (Kept::Idle, InterventionState::Watching));
}
