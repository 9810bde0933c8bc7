// SPDX-License-Identifier: MIT OR Apache-2.0
//! Procedures: the built-in ones, with what the organisation changes, replaces and adds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ecmod_procedures::{
    Category, Check, MOST_PROCEDURES, MOST_STEPS, Order, Procedure, Step, StepKind, Validity, What, built_in,
    unknown_place,
};
use ecmod_quantities::Span;

use super::Checker;
use crate::file;

/// The longest title, and the longest of all other texts, in bytes.
const LONGEST_TITLE: usize = 80;
const LONGEST_TEXT: usize = 240;
const DAY: u64 = 86_400;
/// The longest validity, in hours: a month.
const MONTH: u64 = 720;

pub(super) fn procedures(
    checker: &mut Checker,
    written: BTreeMap<String, file::Procedure>,
) -> Vec<Procedure> {
    let mut all = built_in::ALL.to_vec();
    for (name, written) in written {
        let key = format!("procedures.{name}");
        checker.name(&key, &name);
        match all.iter_mut().find(|procedure| procedure.id == name) {
            Some(known) => change(checker, &key, known, written),
            None => all.extend(added(checker, &key, &name, written)),
        }
    }
    if all.len() > MOST_PROCEDURES {
        let message =
            format!("{} procedures with the built-in ones; there is room for {MOST_PROCEDURES}", all.len());
        checker.problem("procedures", message);
    }
    all
}

/// One that is not built in has to say what it is.
fn added(checker: &mut Checker, key: &str, name: &str, written: file::Procedure) -> Option<Procedure> {
    let needed = [("title", written.title.is_none()), ("steps", written.steps.is_none())];
    let mut is_whole = true;
    for (field, _) in needed.into_iter().filter(|(_, is_missing)| *is_missing) {
        is_whole = false;
        if !checker.was_left_out(&format!("{key}.{field}")) {
            let known: Vec<&str> = built_in::ALL.iter().map(|procedure| procedure.id.as_ref()).collect();
            let help = format!("needed, because it is not built in; built in are: {}", known.join(", "));
            checker.problem_with_help(key, format!("missing key `{field}`"), help);
        }
    }
    let mut procedure = Procedure {
        id: name.to_owned().into(),
        title: "".into(),
        purpose: "".into(),
        category: Category::Checklist,
        order: Order::Strict,
        target: None,
        steps: Cow::Borrowed(&[]),
        source: "".into(),
        validity: Validity::NONE,
    };
    change(checker, key, &mut procedure, written);
    is_whole.then_some(procedure)
}

/// What is written takes the place of what there was.
fn change(checker: &mut Checker, key: &str, procedure: &mut Procedure, written: file::Procedure) {
    for (field, place, text, longest) in [
        ("title", &mut procedure.title, written.title, LONGEST_TITLE),
        ("purpose", &mut procedure.purpose, written.purpose, LONGEST_TEXT),
        ("source", &mut procedure.source, written.source, LONGEST_TEXT),
    ] {
        if let Some(text) = text {
            *place = words(checker, &format!("{key}.{field}"), text, longest).into();
        }
    }
    if let Some(category) = written.category {
        procedure.category = match category {
            file::Category::Emergency => Category::Emergency,
            file::Category::Exchange => Category::Exchange,
            file::Category::Checklist => Category::Checklist,
        };
    }
    if let Some(order) = written.order {
        procedure.order = match order {
            file::Order::Strict => Order::Strict,
            file::Order::Free => Order::Free,
        };
    }
    let has_steps = written.steps.is_some();
    if let Some(written) = written.steps {
        procedure.steps = Cow::Owned(steps(checker, key, written));
    }
    let target = span(checker, &format!("{key}.target_s"), written.target_s, (1, DAY));
    // The time of other steps is not that of these.
    procedure.target = if has_steps { target } else { target.or(procedure.target) };
    hours(
        checker,
        &format!("{key}.before_case_hours"),
        written.before_case_hours,
        &mut procedure.validity.before_case,
    );
    hours(checker, &format!("{key}.every_hours"), written.every_hours, &mut procedure.validity.every);
}

fn steps(checker: &mut Checker, key: &str, written: Vec<file::Step>) -> Vec<Step> {
    if !(1..=MOST_STEPS).contains(&written.len()) {
        checker.problem(
            &format!("{key}.steps"),
            format!("{} steps; a procedure has 1 to {MOST_STEPS}", written.len()),
        );
    }
    let mut steps: Vec<Step> = Vec::new();
    for (index, written) in written.into_iter().enumerate() {
        let key = format!("{key}.steps[{index}]");
        let id_key = format!("{key}.id");
        checker.name(&id_key, &written.id);
        if steps.iter().any(|step| step.id == written.id) {
            checker.problem(&id_key, format!("there is a step `{}` already", written.id));
        }
        let kind = kind(checker, &key, &written);
        let target = span(checker, &format!("{key}.target_s"), written.target_s, (1, DAY));
        let text_key = format!("{key}.text");
        if let Some(place) = unknown_place(&written.text) {
            let known: Vec<&str> = ecmod_procedures::PLACES.iter().map(|(place, _)| *place).collect();
            let help = format!("filled in are: {}", known.join(", "));
            checker.problem_with_help(&text_key, format!("nothing is filled in for `{place}`"), help);
        }
        let text = words(checker, &text_key, written.text, LONGEST_TEXT).into();
        steps.push(Step { id: written.id.into(), text, kind, target });
    }
    steps
}

fn kind(checker: &mut Checker, key: &str, written: &file::Step) -> StepKind {
    let what = written.check.as_deref().and_then(|name| {
        let what = What::from_name(name);
        if what.is_none() {
            let known: Vec<&str> = What::ALL.into_iter().map(What::name).collect();
            let help = format!("checks: {}", known.join(", "));
            checker.problem_with_help(&format!("{key}.check"), format!("there is no check `{name}`"), help);
        }
        what
    });
    if let Some(threshold) = written.threshold {
        let key = format!("{key}.threshold");
        match (what, what.and_then(What::threshold)) {
            (_, Some((_, lowest, highest))) => _ = checker.number(&key, threshold, (lowest, highest)),
            (Some(what), None) => checker.problem(&key, format!("`{}` has no threshold", what.name())),
            (None, None) if written.check.is_none() => {
                checker.problem(&key, "there is no check that it would belong to")
            }
            (None, None) => {}
        }
    }
    let lasts = span(checker, &format!("{key}.lasts_s"), written.lasts_s, (1, 3600));
    match (what, lasts) {
        (Some(_), Some(_)) => {
            checker.problem(
                &format!("{key}.lasts_s"),
                "a step is seen by the console or takes a time, not both",
            );
            StepKind::Confirm
        }
        (Some(what), None) => {
            StepKind::Measured(written.threshold.map_or(Check::usual(what), |at| Check::with(what, at)))
        }
        (None, Some(lasts)) => StepKind::Timed(lasts),
        (None, None) => StepKind::Confirm,
    }
}

/// What people read has to be something, and short enough that they do.
fn words(checker: &mut Checker, key: &str, text: String, longest: usize) -> String {
    if text.trim().is_empty() || text.len() > longest || text.chars().any(char::is_control) {
        checker.problem(key, format!("has to be a line of 1 to {longest} bytes"));
    }
    text
}

fn span(checker: &mut Checker, key: &str, seconds: Option<u64>, range: (u64, u64)) -> Option<Span> {
    seconds.map(|seconds| Span::from_secs(checker.whole(key, seconds, range)))
}

fn hours(checker: &mut Checker, key: &str, hours: Option<u64>, place: &mut Option<Span>) {
    let Some(hours) = hours else { return };
    let hours = checker.whole(key, hours, (0, MONTH)).min(MONTH);
    *place = (hours > 0).then(|| Span::from_secs(hours * 3600));
}
