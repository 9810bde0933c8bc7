// SPDX-License-Identifier: MIT OR Apache-2.0
extern crate std;
use super::*;
use crate::LimitKind;
use std::{string::String, vec::Vec};

#[test]
fn there_is_one_row_for_each_kind_in_their_order() {
    for (kind, row) in AlarmKind::ALL.into_iter().zip(CATALOGUE) {
        assert_eq!((row.kind, kind.definition().kind), (kind, kind));
    }
}

#[test]
fn every_row_says_its_condition_what_to_do_and_what_it_is_found_from() {
    for row in CATALOGUE {
        let id = row.kind.id();
        assert!(!row.condition.is_empty() && !row.inputs.is_empty() && !row.causes.is_empty(), "{id}");
        assert!(row.text.ends_with('.') && row.text.len() > 20, "{id}: {}", row.text);
        assert!(
            row.clear >= Span::from_millis(500),
            "{id}: an alarm that comes and goes at once cannot be read"
        );
        assert!(!row.explained_by.contains(&row.kind), "{id} explains itself");
    }
}

#[test]
fn words_of_causes_are_identifiers_and_unique_within_a_row() {
    for row in CATALOGUE {
        let words: Vec<_> = row.causes.iter().map(|(word, _)| *word).collect();
        for (index, word) in words.iter().enumerate() {
            assert!(word.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{word}");
            assert!(!words[..index].contains(word), "{}: {word} twice", row.kind.id());
        }
    }
}

#[test]
fn an_alarm_that_is_always_high_cannot_be_switched_off() {
    for row in CATALOGUE {
        assert!(!(row.may_be_off && row.priorities.usual == Priority::High), "{}", row.kind.id());
    }
}

#[test]
fn no_two_rows_explain_each_other() {
    for row in CATALOGUE {
        for cause in row.explained_by {
            let back = cause.definition().explained_by.contains(&row.kind);
            assert!(!back, "{} and {}", row.kind.id(), cause.id());
        }
    }
}

#[test]
fn every_limit_is_one_of_an_alarm() {
    let used: Vec<LimitKind> = CATALOGUE.iter().flat_map(|row| row.limits).copied().collect();
    let idle: Vec<String> = LimitKind::ALL
        .into_iter()
        .filter(|kind| !used.contains(kind))
        .map(|kind| kind.name().into())
        .collect();
    assert!(idle.is_empty(), "limits without an alarm: {idle:?}");
}
