// SPDX-License-Identifier: MIT OR Apache-2.0
//! `interventions`, `override`: what the console does to the pump by itself, and taking it back.

use std::{collections::BTreeMap, fs::OpenOptions, io};

use ecmod_client::{Client, Error, Intervention1Properties, Recording, monotonic_now};
use serde_json::{Value, json};

use super::alarm_log::utc;
use crate::{
    arguments::{InterventionsCommand, OverrideOptions},
    failure::Failure,
    output::{Output, table},
    words,
};

/// Every intervention by its name.
type Interventions = BTreeMap<String, Intervention1Properties>;

/// Shows all interventions, lists recordings, or copies one.
pub async fn interventions(client: &Client, what: Option<InterventionsCommand>) -> Result<Output, Failure> {
    match what {
        None => {
            let (all, now) = (known(client).await?, monotonic_now());
            Ok(Output { text: text(&all, now), json: json(&all, now) })
        }
        Some(InterventionsCommand::Recordings { intervention }) => {
            recordings(client, intervention.as_deref()).await
        }
        Some(InterventionsCommand::Save { intervention, number, file }) => {
            existing(&known(client).await?, &intervention)?;
            let mut from = client.open_recording(&intervention, number).await?;
            let mut to = OpenOptions::new().write(true).create_new(true).open(&file)?;
            let bytes = io::copy(&mut from, &mut to)?;
            to.sync_all()?;
            Ok(Output {
                text: format!("{}: {bytes} bytes\n", file.display()),
                json: json!({ "done": true, "file": file, "bytes": bytes }),
            })
        }
    }
}

/// Overrides the named interventions or all of them, or ends the override.
pub async fn override_interventions(client: &Client, options: &OverrideOptions) -> Result<Output, Failure> {
    let before = known(client).await?;
    for name in &options.interventions {
        existing(&before, name)?;
    }
    if options.interventions.is_empty() {
        let console = client.console().await?;
        if options.release { console.release_override().await } else { console.override_().await }
            .map_err(Error::from)?;
    }
    for name in &options.interventions {
        let own = client.intervention(name).await?;
        if options.release { own.release_override().await } else { own.override_().await }
            .map_err(Error::from)?;
    }
    let (after, now) = (known(client).await?, monotonic_now());
    Ok(Output {
        text: if options.release { released(&after, now) } else { overridden(&before, &after, now) },
        json: json!({ "done": true, "changed": "override", "value": !options.release,
                      "interventions": json(&after, now) }),
    })
}

fn released(after: &Interventions, now: u64) -> String {
    let still = after.iter().filter(|(_, own)| own.state == "overridden");
    let still: Vec<String> =
        still.map(|(name, own)| format!("{name} ({})", words::intervention_state(own, now))).collect();
    if still.is_empty() {
        "no intervention is overridden any more\n".to_owned()
    } else {
        format!("still overridden: {}\n", still.join(", "))
    }
}

fn overridden(before: &Interventions, after: &Interventions, now: u64) -> String {
    let mut text = String::new();
    for (name, own) in after.iter().filter(|(_, own)| own.state == "overridden") {
        let was = before.get(name).filter(|own| own.state == "active").map_or("", |_| "; it was active");
        text.push_str(&format!("{name}: {}{was}\n", words::intervention_state(own, now)));
    }
    text.push_str("their alarms stay; to let them act again: ecmoctl override --release\n");
    text
}

async fn recordings(client: &Client, name: Option<&str>) -> Result<Output, Failure> {
    let all = known(client).await?;
    let names: Vec<String> = match name {
        Some(name) => {
            existing(&all, name)?;
            vec![name.to_owned()]
        }
        None => all.into_keys().collect(),
    };
    let mut found: Vec<(String, Recording)> = Vec::new();
    for name in names {
        found.extend(client.recordings(&name).await?.into_iter().map(|recording| (name.clone(), recording)));
    }
    found.sort_by_key(|(_, recording)| std::cmp::Reverse(recording.time));
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|(name, recording)| {
            let Recording { number, time, trigger, size } = recording;
            vec![name.clone(), number.to_string(), utc(*time), size.to_string(), trigger.clone()]
        })
        .collect();
    let json = found.iter().map(|(name, recording)| {
        json!({ "intervention": name, "number": recording.number, "time": utc(recording.time),
                "time_ms": recording.time, "size": recording.size, "trigger": recording.trigger })
    });
    let headings = ["INTERVENTION", ">NUMBER", "TIME (UTC)", ">BYTES", "TRIGGER"];
    Ok(Output { text: table(&headings, &rows), json: json.collect() })
}

async fn known(client: &Client) -> Result<Interventions, Error> {
    let all = client.snapshot().await?.interventions;
    if all.is_empty() {
        return Err(Error::Missing("interventions; it is of an earlier version".to_owned()));
    }
    Ok(all)
}

fn existing(all: &Interventions, name: &str) -> Result<(), Error> {
    if all.contains_key(name) {
        return Ok(());
    }
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    Err(Error::InvalidArgument(format!("there is no intervention {name}; there are: {}", names.join(", "))))
}

fn text(all: &Interventions, now: u64) -> String {
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|(name, own)| {
            vec![
                name.clone(),
                own.action.replace('_', " "),
                words::intervention_state(own, now),
                words::trigger(own),
                own.corroboration.join(" "),
                own.count.to_string(),
            ]
        })
        .collect();
    table(&["INTERVENTION", "ACTION", "STATE", "TRIGGER", "CONFIRMED BY", ">COUNT"], &rows)
}

fn json(all: &Interventions, now: u64) -> Value {
    let rows = all.iter().map(|(name, own)| {
        json!({
            "name": name,
            "description": own.description,
            "action": own.action,
            "state": own.state,
            "left_ms": (own.ends > 0).then(|| own.ends.saturating_sub(now) / 1_000_000),
            "trigger_present": own.trigger_present,
            "trigger_value": own.trigger_value.0,
            "trigger_limit": own.trigger_limit.0,
            "trigger_unit": own.trigger_unit,
            "corroboration": own.corroboration,
            "inhibit_reason": (!own.inhibit_reason.is_empty()).then_some(&own.inhibit_reason),
            "floor_rpm": own.floor.0,
            "bound_rpm": own.bound.0,
            "longest_ms": own.longest_duration / 1_000_000,
            "count": own.count,
        })
    });
    rows.collect()
}
