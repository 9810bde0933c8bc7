// SPDX-License-Identifier: MIT OR Apache-2.0
//! The reference of the alarms, made from the catalogue: `docs/src/alarms.md`.

use ecmod_control::{
    CATALOGUE, Definition, LimitKind, Limits, PatientClass, Priorities, Source, SubjectKind,
};
use ecmod_quantities::Span;
use std::fmt::Write;

/// The whole page.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    for row in &CATALOGUE {
        overview(&mut page, row);
    }
    page.push_str("\n## Limits\n\n");
    limits(&mut page);
    page.push_str("\n## Each alarm\n");
    for row in &CATALOGUE {
        section(&mut page, row);
    }
    page
}

const HEAD: &str = "\
# Alarms

<!-- Made from the catalogue in the code: cargo run -p ecmod-control --example alarm_reference > docs/src/alarms.md -->

Which alarms the console raises, when, and what to do. The states are those of IEC 60601-1-8: an alarm is announced when its
condition has lasted for its *delay*, and leaves when the condition has been gone for its *clear* time; what comes back earlier
is the same alarm once more, and is counted. A **latching** one stays until somebody resets it, and one that was of high
priority stays until somebody has acknowledged it, latching or not. No alarm needs a power cycle to clear.

- **Acknowledge**: silent as long as it lasts at this priority. **Audio pause**: those that are there are silent for a time
  (120 s unless configured shorter). A new alarm, one that comes again, and one that rises in priority are heard all the same.
- **Off**: a kind that may be switched off does not alarm below high priority; that it is off stays shown.
- **Order**: by priority, then causes before what they cause, then the newest. *Explained by* names the kinds that are dealt
  with first when they are present as well: a hint, not a proof.
- What concerns a patient is an alarm during support; the technical ones are alarms at any time. An alarm whose signal is not
  configured is not evaluated. For five seconds after a start, what is not there yet may still be coming.
- A restart of the daemon loses no alarm that was present, and no limit.

Priorities, delays and limits are proposals for a console that knows no patient; they were not checked against the bought
standard. The configuration may shorten all delays (`[alarms] delay_percent`), and sets the responsible organisation's presets.

## Overview

| id | priority | delay | clear | latching | may be off | one for each |
|---|---|---|---|---|---|---|
";

fn overview(page: &mut String, row: &Definition) {
    let id = row.kind.id();
    let _ = writeln!(
        page,
        "| [{id}](#{}) | {} | {} s | {} s | {} | {} | {} |",
        id.to_lowercase(),
        short(&row.priorities),
        seconds(row.delay),
        seconds(row.clear),
        yes(row.latching),
        yes(row.may_be_off),
        match row.subject {
            SubjectKind::None => "",
            other => other.name(),
        },
    );
}

fn short(priorities: &Priorities) -> String {
    match priorities.special {
        None => priorities.usual.name().to_owned(),
        Some((special, _)) => format!("{} ({})", priorities.usual.name(), special.name()),
    }
}

/// Whole milliseconds, so that no rounding shows.
fn seconds(span: Span) -> String {
    let (whole, rest) = (span.millis() / 1000, span.millis() % 1000);
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const fn yes(so: bool) -> &'static str {
    if so { "yes" } else { "" }
}

fn limits(page: &mut String) {
    page.push_str(
        "| limit | unit | range | step | adult | paediatric | neonate |\n|---|---|---|---|---|---|---|\n",
    );
    for kind in LimitKind::ALL {
        let range = kind.range();
        let _ = write!(
            page,
            "| `{}` | {} | {} to {} | {} |",
            kind.name(),
            kind.quantity().unit(),
            range.minimum,
            range.maximum,
            range.step
        );
        for class in PatientClass::ALL {
            let preset = Limits::preset(class).get(kind);
            let _ = write!(page, " {} |", preset.map_or_else(|| "off".to_owned(), |value| value.to_string()));
        }
        page.push('\n');
    }
}

fn section(page: &mut String, row: &Definition) {
    let _ = writeln!(page, "\n### {}\n", row.kind.id());
    let _ = writeln!(page, "{}.\n", capital(row.condition));
    let _ = writeln!(page, "> {}\n", row.text);
    let _ = writeln!(page, "- Priority: {}", words(&row.priorities));
    let _ = writeln!(page, "- The console: {}", row.action);
    if !row.limits.is_empty() {
        let names: Vec<_> = row.limits.iter().map(|limit| format!("`{}`", limit.name())).collect();
        let _ = writeln!(page, "- Limits: {}; back by {} to clear", names.join(", "), row.hysteresis);
    }
    if row.adds_up {
        page.push_str("- Adds up: what was there for less than the delay counts when it comes again, less a hundredth of the time between\n");
    }
    let causes: Vec<_> = row.causes.iter().map(|(word, text)| format!("`{word}` ({text})")).collect();
    let _ = writeln!(page, "- Causes: {}", causes.join("; "));
    let inputs: Vec<_> = row.inputs.iter().map(input).collect();
    let _ = writeln!(page, "- Found from: {}", inputs.join(", "));
    if !row.explained_by.is_empty() {
        let kinds: Vec<_> = row.explained_by.iter().map(|kind| kind.id()).collect();
        let _ = writeln!(page, "- Explained by: {}", kinds.join(", "));
    }
    if let Some(procedure) = row.procedure {
        let _ = writeln!(page, "- Procedure: [`{procedure}`](procedures.md#{procedure})");
    }
}

fn words(priorities: &Priorities) -> String {
    match priorities.special {
        None => priorities.usual.name().to_owned(),
        Some((special, when)) => format!("{}; {} {when}", priorities.usual.name(), special.name()),
    }
}

fn input(source: &Source) -> String {
    match source {
        Source::Role(role) => format!("signal `{}`", role.name().unwrap_or("of any role")),
        Source::AnySignal => "every signal".to_owned(),
        Source::Fact(fact) => format!("the daemon (`{}`)", fact.name()),
        Source::Drivers => "the state of the drivers".to_owned(),
        Source::Links => "the state of the links to the devices".to_owned(),
        Source::PumpLink => "the connection to the pump's host".to_owned(),
        Source::Demand => "what is demanded".to_owned(),
        Source::Estimates => "the estimators".to_owned(),
        Source::Intervention(kind) => format!("intervention `{}`", kind.name()),
        Source::AnyIntervention => "every intervention".to_owned(),
        Source::Alarms => "the other alarms".to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
