// SPDX-License-Identifier: MIT OR Apache-2.0
//! `procedures`, `procedure`: the guided procedures, and going through one.

use std::fmt::Write as _;

use ecmod_client::{Client, Error, Procedure1Properties, ProcedureStep, Snapshot};
use serde_json::{Value, json};

use crate::{
    arguments::{ProcedureCommand, ProcedureOptions},
    failure::Failure,
    output::{Output, table},
    words,
};

/// All of them: what runs, what is suggested, what is due.
pub async fn procedures(client: &Client) -> Result<Output, Failure> {
    let snapshot = client.snapshot().await?;
    if snapshot.procedures.is_none() {
        return Err(Error::Missing("procedures; it is of an earlier version".to_owned()).into());
    }
    let all = snapshot.ordered_procedures();
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|own| {
            let title = own.title.clone();
            vec![own.id.clone(), own.category.clone(), words::procedure_state(own), title]
        })
        .collect();
    Ok(Output {
        text: table(&["NAME", "KIND", "STATE", "TITLE"], &rows),
        json: all.into_iter().map(json).collect(),
    })
}

/// Shows one, or goes through it.
pub async fn procedure(client: &Client, options: &ProcedureOptions) -> Result<Output, Failure> {
    // What people read has hyphens, what D-Bus has does not.
    let name = options.name.to_lowercase().replace('-', "_");
    let snapshot = client.snapshot().await?;
    let own = known(&snapshot, &name)?;
    if let Some(what) = &options.what {
        let proxy = client.procedure(&name).await?;
        match what {
            ProcedureCommand::Begin => proxy.begin().await,
            ProcedureCommand::Confirm { step: Some(step) } => proxy.confirm(step).await,
            ProcedureCommand::Confirm { step: None } => proxy.confirm(&own.next).await,
            ProcedureCommand::Skip { step, reason } => proxy.skip(step, reason).await,
            ProcedureCommand::End => proxy.end().await,
        }
        .map_err(Error::from)?;
    }
    let snapshot = client.snapshot().await?;
    let own = known(&snapshot, &name)?;
    Ok(Output { text: text(own), json: json(own) })
}

fn known<'s>(snapshot: &'s Snapshot, name: &str) -> Result<&'s Procedure1Properties, Error> {
    let names =
        || snapshot.ordered_procedures().iter().map(|own| own.id.as_str()).collect::<Vec<_>>().join(", ");
    let missing = || Error::InvalidArgument(format!("there is no procedure {name}; there are: {}", names()));
    snapshot.procedure.get(name).ok_or_else(missing)
}

fn text(own: &Procedure1Properties) -> String {
    let mut text = format!("{}: {}\n{}\n{}\n\n", own.id, own.title, own.purpose, words::procedure_state(own));
    let rows: Vec<Vec<String>> = own
        .steps
        .iter()
        .map(|step| {
            let within = if step.target > 0 { words::clock(step.target) } else { String::new() };
            vec![mark(step).to_owned(), step.id.clone(), state(step), within, step.text.clone()]
        })
        .collect();
    text.push_str(&table(&["", "STEP", "STATE", ">WITHIN", "WHAT TO DO"], &rows));
    let _ = writeln!(text, "\nsource: {}", own.source);
    text
}

/// What the eye looks for.
fn mark(step: &ProcedureStep) -> &'static str {
    match step.state.as_str() {
        "next" => ">",
        "waiting" => "",
        "skipped" => "-",
        _ => "x",
    }
}

/// How far it is, when, by whom.
fn state(step: &ProcedureStep) -> String {
    let mut text = step.state.clone();
    match step.state.as_str() {
        "waiting" | "next" => match step.seen.as_str() {
            "yes" => text.push_str(", seen so"),
            "no" => text.push_str(", seen not so"),
            _ => {}
        },
        _ => {
            let _ = write!(text, " {}", words::clock(step.at));
            if !step.by.is_empty() {
                let _ = write!(text, " by {}", step.by);
            }
            if !step.reason.is_empty() {
                let _ = write!(text, ": {}", step.reason);
            }
        }
    }
    text
}

fn json(own: &Procedure1Properties) -> Value {
    let steps = own.steps.iter().map(|step| {
        let done = !matches!(step.state.as_str(), "waiting" | "next");
        json!({
            "id": step.id,
            "text": step.text,
            "kind": step.kind,
            "state": step.state,
            "check": (!step.check.is_empty()).then_some(&step.check),
            "seen": (!step.seen.is_empty()).then_some(&step.seen),
            "by": (!step.by.is_empty()).then_some(&step.by),
            "reason": (!step.reason.is_empty()).then_some(&step.reason),
            "at_ms": done.then_some(step.at / 1_000_000),
            "target_ms": (step.target > 0).then_some(step.target / 1_000_000),
        })
    });
    json!({
        "id": own.id,
        "title": own.title,
        "purpose": own.purpose,
        "category": own.category,
        "order": own.order,
        "source": own.source,
        "state": own.state,
        "begun_by": (!own.begun_by.is_empty()).then_some(&own.begun_by),
        "elapsed_ms": own.elapsed / 1_000_000,
        "target_ms": (own.target > 0).then_some(own.target / 1_000_000),
        "next": (!own.next.is_empty()).then_some(&own.next),
        "suggested": own.suggested,
        "due": own.due,
        "completed_ago_ms": own.ever_completed.then_some(own.completed_ago / 1_000_000),
        "steps": steps.collect::<Value>(),
    })
}
