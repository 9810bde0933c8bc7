// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::{Check, ClampSeen, Done, What, built_in};
use ecmod_quantities::{LitresPerMinute, Rpm};

fn desk() -> Desk {
    Desk::new(built_in::ALL.to_vec())
}

fn at(seconds: u64) -> Monotonic {
    Monotonic(0).plus(Span::from_secs(seconds))
}

const HOUR: u64 = 3600;

/// Confirms whatever waits.
fn complete(desk: &mut Desk, index: usize, now: Monotonic) {
    desk.begin(index, "user 1", Aim::default(), now).unwrap();
    let steps: Vec<_> = desk.procedures()[index].steps.iter().map(|step| step.id.clone()).collect();
    for step in steps {
        if desk.confirm(index, &step, "user 1", now).is_err() {
            desk.skip(index, &step, "user 1", "test", now).unwrap();
        }
    }
    assert_eq!(desk.run(index).unwrap().phase, Phase::Completed);
}

#[test]
fn a_change_of_the_console_is_gone_through_with_what_is_seen_and_what_is_said() {
    let mut desk = desk();
    let index = desk.find("change_console").unwrap();
    let aim = Aim { speed: Some(Rpm(3200.0)), flow: Some(LitresPerMinute(4.0)), class: "adult" };
    desk.begin(index, "user 1", aim, at(10)).unwrap();
    assert_eq!(desk.begin(index, "user 2", aim, at(11)), Err(Refused::RunsAlready));
    let open = Sight { return_clamp: Some(ClampSeen::Open), ..Sight::default() };
    let closed = Sight { return_clamp: Some(ClampSeen::Closed), ..Sight::default() };
    assert!(desk.look(&open, true, at(12)).is_empty());
    assert!(desk.look(&closed, true, at(13)).is_empty());
    assert_eq!(desk.look(&closed, true, at(14)), [Happening::Step { procedure: index, step: 0 }]);
    let next = |refused: Result<(), Refused>| refused.unwrap_err().to_string();
    assert!(
        next(desk.confirm(index, "move_head", "user 1", at(15))).starts_with("the step gas_off comes first")
    );
    desk.confirm(index, "gas_off", "user 1", at(15)).unwrap();
    for step in ["move_head", "start_backup", "unclamp_and_gas", "patient", "settings", "keep"] {
        desk.confirm(index, step, "user 1", at(60)).unwrap();
    }
    let run = desk.run(index).unwrap();
    assert_eq!((run.phase, run.elapsed(at(999))), (Phase::Completed, Span::from_secs(50)));
    let Progress::Done(first) = &run.steps[0] else { panic!("{run:?}") };
    assert_eq!((first.how, first.at, first.by.as_str()), (Done::Seen, Span::from_secs(4), ""));
    assert_eq!(desk.completed(index, at(70)), Some(Span::from_secs(10)));
    desk.begin(index, "user 3", aim, at(80)).unwrap();
    assert_eq!(desk.run(index).unwrap().elapsed(at(81)), Span::from_secs(1), "anew");
}

#[test]
fn what_a_person_does_last_completes_it_and_what_the_console_sees_last_too() {
    let mut desk = desk();
    let index = desk.find("emergency_drive").unwrap();
    desk.begin(index, "user 1", Aim::default(), at(0)).unwrap();
    for step in ["present", "whole", "turns"] {
        desk.confirm(index, step, "user 1", at(5)).unwrap();
    }
    assert!(desk.look(&Sight::default(), false, at(5)).is_empty());
    let done = desk.look(&Sight::default(), false, at(25));
    assert_eq!(done, [Happening::Step { procedure: index, step: 3 }]);
    desk.skip(index, "aim_known", "user 1", "no table", at(26)).unwrap();
    assert_eq!(desk.completed(index, at(26)), Some(Span::ZERO));

    let transport = desk.find("transport").unwrap();
    desk.begin(transport, "user 1", Aim::default(), at(30)).unwrap();
    let steps: Vec<_> = desk.procedures()[transport].steps.to_vec();
    for step in steps.iter().filter(|step| step.id != "no_high_alarm") {
        desk.confirm(transport, &step.id, "user 1", at(31)).unwrap();
    }
    let quiet = Sight { high_alarm: Some(false), ..Sight::default() };
    assert!(desk.look(&quiet, false, at(32)).is_empty());
    let step = desk.procedures()[transport].step("no_high_alarm").unwrap();
    let expected = [Happening::Step { procedure: transport, step }, Happening::Completed(transport)];
    assert_eq!(desk.look(&quiet, false, at(33)), expected);
}

#[test]
fn an_ended_one_counts_for_nothing() {
    let mut desk = desk();
    let index = desk.find("pre_use").unwrap();
    assert_eq!(desk.end(index, at(0)), Err(Refused::NotRunning));
    desk.begin(index, "user 1", Aim::default(), at(1)).unwrap();
    desk.end(index, at(2)).unwrap();
    assert_eq!(desk.completed(index, at(3)), None);
    assert_eq!(desk.confirm(index, "clamps", "user 1", at(3)), Err(Refused::NotRunning));
    assert_eq!(desk.keep(at(4)), Kept::default());
}

#[test]
fn a_case_that_begins_without_its_checklists_says_so_once_and_making_it_up_ends_it() {
    let mut desk = desk();
    let (pre_use, drive) = (desk.find("pre_use").unwrap(), desk.find("emergency_drive").unwrap());
    assert!(desk.look(&Sight::default(), false, at(0)).is_empty());
    complete(&mut desk, drive, at(10));
    assert_eq!(desk.look(&Sight::default(), true, at(20)), [Happening::Missing(pre_use)]);
    assert!(desk.look(&Sight::default(), true, at(21)).is_empty());
    assert_eq!((desk.due(pre_use, at(30)), desk.due(drive, at(30))), (Due::NotBeforeCase, Due::No));
    complete(&mut desk, pre_use, at(40));
    assert_eq!(desk.due(pre_use, at(1000 * HOUR)), Due::No);
    assert_eq!(desk.due(drive, at(25 * HOUR)), Due::Again);
    complete(&mut desk, drive, at(25 * HOUR));
    assert_eq!(desk.due(drive, at(25 * HOUR)), Due::No);
}

#[test]
fn a_pump_that_is_found_running_is_nobodys_missing_checklist() {
    let mut desk = desk();
    assert!(desk.look(&Sight::default(), true, at(0)).is_empty());
    assert_eq!(desk.due(desk.find("pre_use").unwrap(), at(60)), Due::No);
}

#[test]
fn runs_and_what_is_due_go_on_through_a_restart_and_through_another_boot() {
    let mut before = desk();
    let (console, pre_use) = (before.find("change_console").unwrap(), before.find("pre_use").unwrap());
    before.look(&Sight::default(), false, at(90));
    complete(&mut before, pre_use, at(95));
    before.look(&Sight::default(), true, at(100));
    let aim = Aim { speed: Some(Rpm(3000.0)), ..Aim::default() };
    before.begin(console, "user 1", aim, at(200)).unwrap();
    before.confirm(console, "clamp_return", "user 1", at(205)).unwrap();
    before.skip(console, "gas_off", "user 1", "no gas", at(206)).unwrap();
    let kept = before.keep(at(210));
    // The clock of another boot, a minute later.
    let mut after = desk();
    assert!(after.recall(&kept, Span::from_secs(60), at(5)).is_empty());
    let (was, is) = (before.run(console).unwrap(), after.run(console).unwrap());
    assert_eq!((&is.steps, &is.by, is.aim, is.phase), (&was.steps, &was.by, was.aim, was.phase));
    assert_eq!(is.elapsed(at(5)), Span::from_secs(70));
    assert_eq!(after.completed(pre_use, at(5)), Some(Span::from_secs(175)));
    assert!(after.look(&Sight::default(), true, at(6)).is_empty(), "the same case");
    assert_eq!(after.due(pre_use, at(6)), Due::No);
    after.confirm(console, "move_head", "user 2", at(15)).unwrap();
    let Progress::Done(step) = &after.run(console).unwrap().steps[2] else { panic!() };
    assert_eq!(step.at, Span::from_secs(80));
}

#[test]
fn a_run_of_a_procedure_with_other_steps_does_not_go_on_and_is_named() {
    let mut before = desk();
    let console = before.find("change_console").unwrap();
    before.begin(console, "user 1", Aim::default(), at(1)).unwrap();
    let kept = before.keep(at(2));
    let mut others = built_in::ALL.to_vec();
    others[console].steps.to_mut().pop();
    let mut after = Desk::new(others);
    assert_eq!(after.recall(&kept, Span::ZERO, at(3)), ["change_console"]);
    assert_eq!(after.run(console), None);
    let mut without = Desk::new(Vec::new());
    assert_eq!(without.recall(&kept, Span::ZERO, at(3)), ["change_console"]);
}

#[test]
fn the_first_step_of_an_emergency_is_seen_by_its_clamp() {
    let desk = desk();
    let procedure = &desk.procedures()[desk.find("clamp_off").unwrap()];
    let expected = crate::StepKind::Measured(Check::usual(What::ReturnClampClosed));
    assert_eq!(procedure.steps[0].kind, expected);
}
