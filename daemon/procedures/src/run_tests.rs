// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::{Category, Check, Validity, What};
use ecmod_quantities::Rpm;
use proptest::prelude::*;
use std::borrow::Cow;

fn procedure(order: Order, kinds: &[StepKind]) -> Procedure {
    let step = |(index, kind): (usize, &StepKind)| Step {
        id: format!("s{index}").into(),
        text: "Do it.".into(),
        kind: *kind,
        target: None,
    };
    Procedure {
        id: "test".into(),
        title: "Test".into(),
        purpose: "for a test".into(),
        category: Category::Checklist,
        order,
        target: None,
        steps: Cow::Owned(kinds.iter().enumerate().map(step).collect()),
        source: "nowhere".into(),
        validity: Validity::NONE,
    }
}

const STANDS: StepKind = StepKind::Measured(Check::usual(What::PumpStands));
const MINUTE: StepKind = StepKind::Timed(Span::from_secs(60));

fn speed(speed: f64) -> Sight {
    Sight { speed: Some(Rpm(speed)), ..Sight::default() }
}

fn at(seconds: u64) -> Monotonic {
    Monotonic(1_000_000_000).plus(Span::from_secs(seconds))
}

fn begun(procedure: &Procedure) -> Run {
    Run::begin(procedure, "user 7", Aim::default(), at(0))
}

/// What can happen to a run.
#[derive(Debug, Clone, Copy)]
enum Event {
    ConfirmNext,
    ConfirmLater,
    ConfirmBefore,
    ConfirmStranger,
    SkipNext,
    SkipLater,
    End,
    Look,
}

const EVENTS: [Event; 8] = [
    Event::ConfirmNext,
    Event::ConfirmLater,
    Event::ConfirmBefore,
    Event::ConfirmStranger,
    Event::SkipNext,
    Event::SkipLater,
    Event::End,
    Event::Look,
];

/// Three steps of a kind, of which the first is done, as it is in each phase.
fn in_phase(phase: Phase, procedure: &Procedure) -> Run {
    let mut run = begun(procedure);
    run.put(0, Progress::Done(StepDone { how: Done::Seen, at: Span::ZERO, by: String::new() }), at(0));
    match phase {
        Phase::Running => {}
        Phase::Ended => run.end(at(1)).unwrap(),
        Phase::Completed => {
            for step in ["s1", "s2"] {
                run.skip(procedure, step, "user 7", "test", at(1)).unwrap();
            }
        }
    }
    run
}

fn apply(run: &mut Run, procedure: &Procedure, event: Event) -> Result<Option<usize>, &'static str> {
    let now = at(2);
    let code = |refused: Refused| refused.code();
    match event {
        Event::ConfirmNext => run.confirm(procedure, "s1", "user 8", now).map(Some).map_err(code),
        Event::ConfirmLater => run.confirm(procedure, "s2", "user 8", now).map(Some).map_err(code),
        Event::ConfirmBefore => run.confirm(procedure, "s0", "user 8", now).map(Some).map_err(code),
        Event::ConfirmStranger => run.confirm(procedure, "s9", "user 8", now).map(Some).map_err(code),
        Event::SkipNext => run.skip(procedure, "s1", "user 8", "no time", now).map(Some).map_err(code),
        Event::SkipLater => run.skip(procedure, "s2", "user 8", "no time", now).map(Some).map_err(code),
        Event::End => run.end(now).map(|()| None).map_err(code),
        Event::Look => {
            assert!(run.look(procedure, &speed(0.0), now).is_empty(), "nothing is done by one look");
            Ok(None)
        }
    }
}

/// What comes of each event in each phase, for each kind of step and each order.
fn expected(phase: Phase, order: Order, kind: StepKind, event: Event) -> Result<Option<usize>, &'static str> {
    let is_timed = matches!(kind, StepKind::Timed(_));
    match (phase, event) {
        (_, Event::Look) => Ok(None),
        (Phase::Completed | Phase::Ended, _) => Err("procedure_not_running"),
        (Phase::Running, Event::End) => Ok(None),
        (Phase::Running, Event::ConfirmBefore) => Err("step_not_waiting"),
        (Phase::Running, Event::ConfirmStranger) => Err("no_such_step"),
        (Phase::Running, Event::ConfirmNext | Event::ConfirmLater) if is_timed => Err("step_is_timed"),
        (Phase::Running, Event::ConfirmNext | Event::SkipNext) => Ok(Some(1)),
        (Phase::Running, Event::ConfirmLater | Event::SkipLater) => match order {
            Order::Strict => Err("step_not_next"),
            Order::Free => Ok(Some(2)),
        },
    }
}

#[test]
fn every_event_in_every_phase_has_its_outcome_and_a_refused_one_changes_nothing() {
    for phase in [Phase::Running, Phase::Completed, Phase::Ended] {
        for order in [Order::Strict, Order::Free] {
            for kind in [StepKind::Confirm, STANDS, MINUTE] {
                for event in EVENTS {
                    let procedure = procedure(order, &[kind; 3]);
                    let mut run = in_phase(phase, &procedure);
                    let before = run.clone();
                    let outcome = apply(&mut run, &procedure, event);
                    let name = format!("{phase:?} {order:?} {kind:?} {event:?}");
                    assert_eq!(outcome, expected(phase, order, kind, event), "{name}");
                    match (outcome, event) {
                        (Err(_), _) => assert_eq!(run, before, "{name}"),
                        (Ok(Some(index)), Event::ConfirmNext | Event::ConfirmLater) => {
                            let done = StepDone {
                                how: Done::Confirmed,
                                at: Span::from_secs(2),
                                by: "user 8".into(),
                            };
                            assert_eq!(run.steps[index], Progress::Done(done), "{name}");
                        }
                        (Ok(Some(index)), _) => {
                            assert!(matches!(run.steps[index], Progress::Skipped { .. }), "{name}");
                        }
                        (Ok(None), Event::End) => assert_eq!(run.phase, Phase::Ended, "{name}"),
                        (Ok(None), _) => assert_eq!(run.phase, before.phase, "{name}"),
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_measured_counts_when_it_was_seen_for_a_second_and_in_its_turn() {
    let procedure = procedure(Order::Strict, &[StepKind::Confirm, STANDS]);
    let mut run = begun(&procedure);
    for second in 0..5 {
        assert!(run.look(&procedure, &speed(0.0), at(second)).is_empty(), "it is not its turn");
    }
    run.confirm(&procedure, "s0", "user 7", at(5)).unwrap();
    assert!(run.look(&procedure, &speed(0.0), at(5)).is_empty());
    assert!(run.look(&procedure, &speed(400.0), at(6)).is_empty(), "it turns again");
    assert!(run.look(&procedure, &speed(0.0), at(7)).is_empty());
    assert!(run.look(&procedure, &Sight::default(), at(8)).is_empty(), "nobody sees it");
    assert!(run.look(&procedure, &speed(0.0), at(9)).is_empty());
    assert_eq!(run.look(&procedure, &speed(0.0), at(10)), [1]);
    let done = StepDone { how: Done::Seen, at: Span::from_secs(10), by: String::new() };
    assert_eq!((&run.steps[1], run.phase), (&Progress::Done(done), Phase::Completed));
}

#[test]
fn in_free_order_everything_is_seen_at_once() {
    let procedure = procedure(Order::Free, &[StepKind::Confirm, STANDS, MINUTE, STANDS]);
    let mut run = begun(&procedure);
    assert!(run.look(&procedure, &speed(0.0), at(0)).is_empty());
    assert_eq!(run.look(&procedure, &speed(0.0), at(1)), [1, 3]);
    assert_eq!(run.look(&procedure, &speed(900.0), at(60)), [2]);
    assert_eq!((run.next(), run.phase), (Some(0), Phase::Running));
}

#[test]
fn a_timed_step_begins_with_its_turn() {
    let procedure = procedure(Order::Strict, &[StepKind::Confirm, MINUTE]);
    let mut run = begun(&procedure);
    assert!(run.look(&procedure, &Sight::default(), at(90)).is_empty());
    run.confirm(&procedure, "s0", "user 7", at(100)).unwrap();
    assert!(run.look(&procedure, &Sight::default(), at(100)).is_empty());
    assert!(run.look(&procedure, &Sight::default(), at(159)).is_empty());
    assert_eq!(run.look(&procedure, &Sight::default(), at(160)), [1]);
}

#[test]
fn when_it_is_over_its_time_stands_still() {
    let procedure = procedure(Order::Strict, &[StepKind::Confirm]);
    let mut run = begun(&procedure);
    assert_eq!(run.elapsed(at(7)), Span::from_secs(7));
    run.confirm(&procedure, "s0", "user 7", at(8)).unwrap();
    assert_eq!(run.elapsed(at(900)), Span::from_secs(8));
}

proptest! {
    /// However it goes: steps only go forward, each is done once, strict ones in their order, and it is over when none waits.
    #[test]
    fn no_sequence_brings_it_out_of_order(
        is_strict in any::<bool>(),
        kinds in prop::collection::vec(0..3_usize, 1..6),
        events in prop::collection::vec((0..5_u8, 0..7_usize, any::<bool>(), 0..40_u64), 0..60),
    ) {
        let order = if is_strict { Order::Strict } else { Order::Free };
        let kinds: Vec<StepKind> = kinds.iter().map(|kind| [StepKind::Confirm, STANDS, MINUTE][*kind]).collect();
        let procedure = procedure(order, &kinds);
        let mut run = begun(&procedure);
        let mut now = 0;
        for (event, step, stands, later) in events {
            now += later;
            let before = run.clone();
            let name = format!("s{step}");
            match event {
                0 | 1 => drop(run.confirm(&procedure, &name, "user 1", at(now))),
                2 => drop(run.skip(&procedure, &name, "user 1", "why", at(now))),
                3 => drop(run.look(&procedure, &speed(if stands { 0.0 } else { 900.0 }), at(now))),
                _ => if stands && later == 39 { drop(run.end(at(now))) },
            }
            for (was, is) in before.steps.iter().zip(&run.steps) {
                prop_assert!(matches!(was, Progress::Waiting { .. }) || was == is, "what is done stays done");
            }
            prop_assert!(before.is_running() || run == before, "what is over stays over");
            let waits = |progress: &Progress| matches!(progress, Progress::Waiting { .. });
            prop_assert_eq!(run.phase == Phase::Completed, !run.steps.iter().any(waits));
            if is_strict {
                let first = run.steps.iter().position(waits).unwrap_or(run.steps.len());
                prop_assert!(run.steps[first..].iter().all(waits), "nothing behind one that waits");
            }
        }
    }
}
