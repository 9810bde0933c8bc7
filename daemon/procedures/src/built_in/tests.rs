// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::{Category, MOST_PROCEDURES, MOST_STEPS, Order, unknown_place};

fn is_name(text: &str) -> bool {
    let starts = text.chars().next().is_some_and(|first| first.is_ascii_lowercase());
    starts
        && text.len() <= 48
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn names_are_names_and_unique_and_there_is_room_for_more() {
    let half = MOST_PROCEDURES / 2;
    assert!(ALL.len() <= half, "a configuration may have as many again");
    for (index, procedure) in ALL.iter().enumerate() {
        assert!(is_name(&procedure.id), "{}", procedure.id);
        assert!(ALL[..index].iter().all(|other| other.id != procedure.id), "{} twice", procedure.id);
        assert!((1..=MOST_STEPS).contains(&procedure.steps.len()), "{}", procedure.id);
        for (index, step) in procedure.steps.iter().enumerate() {
            assert!(is_name(&step.id), "{}: {}", procedure.id, step.id);
            assert_eq!(procedure.step(&step.id), Some(index), "{}: {} twice", procedure.id, step.id);
        }
    }
}

#[test]
fn every_text_says_something_in_whole_sentences_and_has_no_place_that_stays_empty() {
    for procedure in &ALL {
        let id = &procedure.id;
        assert!(!procedure.title.is_empty(), "{id}");
        for text in [&procedure.purpose, &procedure.source]
            .into_iter()
            .chain(procedure.steps.iter().map(|step| &step.text))
        {
            assert!(text.ends_with('.') && text.len() > 15, "{id}: {text}");
            assert!(text.len() <= 240, "{id}: nobody reads this: {text}");
            assert_eq!(unknown_place(text), None, "{id}");
        }
    }
}

#[test]
fn target_times_grow_from_step_to_step_and_stay_within_that_of_the_whole() {
    for procedure in &ALL {
        let targets: Vec<_> = procedure.steps.iter().filter_map(|step| step.target).collect();
        assert!(targets.is_sorted(), "{}", procedure.id);
        let last = targets.last().copied();
        assert!(last.is_none_or(|last| procedure.target.is_some_and(|all| last <= all)), "{}", procedure.id);
    }
}

#[test]
fn emergencies_begin_with_the_clamp_on_the_return_line() {
    let emergencies: Vec<_> =
        ALL.iter().filter(|procedure| procedure.category == Category::Emergency).collect();
    assert!(emergencies.len() >= 2);
    for procedure in emergencies {
        let first = StepKind::Measured(Check::usual(What::ReturnClampClosed));
        assert_eq!(procedure.steps.first().map(|step| step.kind), Some(first), "{}", procedure.id);
        assert_eq!(procedure.order, Order::Strict, "{}", procedure.id);
    }
}
