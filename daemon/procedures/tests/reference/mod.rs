// SPDX-License-Identifier: MIT OR Apache-2.0
//! The reference of the built-in procedures, made from the code: `docs/src/procedures.md`.

use ecmod_procedures::{Check, Order, PLACES, Procedure, Step, StepKind, What, built_in};
use ecmod_quantities::Span;
use std::fmt::Write;

/// The whole page: `head` is what people wrote, up to the list.
pub fn page(head: &str) -> String {
    let mut page = String::from(head);
    for procedure in &built_in::ALL {
        section(&mut page, procedure);
    }
    page.push_str(
        "\n## What the console can see\n\n| check | threshold | range | done when |\n|---|---|---|---|\n",
    );
    for what in What::ALL {
        let (usual, range) = what.threshold().map_or_else(Default::default, |(usual, lowest, highest)| {
            (usual.to_string(), format!("{lowest} to {highest}"))
        });
        let _ = writeln!(page, "| `{}` | {usual} | {range} | {} |", what.name(), meaning(what));
    }
    page.push_str("\n## What is filled in\n\n| place | becomes |\n|---|---|\n");
    for (place, meaning) in PLACES {
        let _ = writeln!(page, "| `{place}` | {meaning} |");
    }
    page
}

/// Where the list begins; what stands before it is written by hand.
pub const LIST: &str = "\n## Those that come with the console\n";

fn section(page: &mut String, procedure: &Procedure) {
    let _ = writeln!(page, "\n### {}\n\n**{}.** {}\n", procedure.id, procedure.title, procedure.purpose);
    let order = match procedure.order {
        Order::Strict => "one step after the other",
        Order::Free => "in any order",
    };
    let _ = write!(page, "{}, {order}", procedure.category.name());
    if let Some(target) = procedure.target {
        let _ = write!(page, ", within {}", seconds(target));
    }
    if let Some(before) = procedure.validity.before_case {
        let _ = write!(page, "; belongs before a case, at most {} before", hours(before));
    }
    if let Some(every) = procedure.validity.every {
        let _ = write!(page, "; once in {} of support", hours(every));
    }
    page.push_str("\n\n| step | what to do | known by | within |\n|---|---|---|---|\n");
    for step in procedure.steps.iter() {
        row(page, step);
    }
    let _ = writeln!(page, "\nSource: {}", procedure.source);
}

fn row(page: &mut String, step: &Step) {
    let known = match step.kind {
        StepKind::Confirm => "a person".to_owned(),
        StepKind::Measured(check) => measured(&check),
        StepKind::Timed(lasts) => format!("{} pass", seconds(lasts)),
    };
    let within = step.target.map(seconds).unwrap_or_default();
    let _ = writeln!(page, "| `{}` | {} | {known} | {within} |", step.id, step.text);
}

fn measured(check: &Check) -> String {
    let name = check.what().name();
    check.threshold().map_or_else(|| format!("`{name}`"), |threshold| format!("`{name}` {threshold}"))
}

fn seconds(span: Span) -> String {
    format!("{} s", span.millis() / 1000)
}

fn hours(span: Span) -> String {
    format!("{} h", span.millis() / 3_600_000)
}

/// In words, with the unit of the threshold.
const fn meaning(what: What) -> &'static str {
    match what {
        What::FlowNearZero => "no more blood flows either way, in L/min",
        What::FlowAbove => "at least so much blood flows to the patient, in L/min",
        What::PumpStands => "the pump turns no faster, in rpm",
        What::PumpTurns => "the pump turns at least as fast, in rpm",
        What::ReturnClampClosed => "the position switch of the return clamp says closed",
        What::ReturnClampOpen => "the position switch of the return clamp says open",
        What::DrainageClampClosed => "the position switch of the drainage clamp says closed",
        What::DrainageClampOpen => "the position switch of the drainage clamp says open",
        What::SweepGasOff => "no more sweep gas flows, in L/min",
        What::SweepGasFlows => "at least so much sweep gas flows, in L/min",
        What::BatteryAbove => "the battery has at least so much charge, in percent",
        What::MainsPresent => "the mains are there",
        What::SelfTestPassed => "the last self-test is passed",
        What::PressuresZeroed => "every configured pressure has a zero",
        What::TransportAnnounced => "a transport is announced (`ecmoctl alarms transport on`)",
        What::NoHighAlarm => "no alarm of high priority is present",
    }
}
