// SPDX-License-Identifier: MIT OR Apache-2.0
//! `alarms`, `ack`, `pause`: what is present, and what an operator does about it.

use std::fmt::Write as _;

use ecmod_client::{Alarm1Properties, Alarms1Properties, Client, Error, Snapshot, monotonic_now};
use serde_json::{Value, json};

use super::alarm_log;
use crate::{
    arguments::{AlarmsCommand, OnOff, PauseOptions},
    failure::Failure,
    output::Output,
    words,
};

/// Every alarm that is present, ranked, with what to do.
pub async fn alarms(client: &Client) -> Result<Output, Failure> {
    let snapshot = client.snapshot().await?;
    let alarms = known(&snapshot)?;
    let now = monotonic_now();
    Ok(Output { text: text(&snapshot, alarms, now), json: json(&snapshot, alarms, now) })
}

/// What can be done with alarms besides acknowledging.
pub async fn alarms_change(client: &Client, what: AlarmsCommand) -> Result<Output, Failure> {
    match what {
        AlarmsCommand::Log { last, after } => alarm_log::log(client, last, after).await,
        AlarmsCommand::Reset { alarms } => reset(client, &alarms).await,
        AlarmsCommand::Off { id } => switch(client, &id, OnOff::Off).await,
        AlarmsCommand::On { id } => switch(client, &id, OnOff::On).await,
        AlarmsCommand::Transport { on } => transport(client, on).await,
    }
}

/// Acknowledges the named alarms, or all.
pub async fn acknowledge(client: &Client, names: &[String]) -> Result<Output, Failure> {
    let snapshot = client.snapshot().await?;
    known(&snapshot)?;
    let meant = meant(&snapshot, names)?;
    let proxy = client.alarms().await?;
    if names.is_empty() {
        proxy.acknowledge_all().await.map_err(Error::from)?;
    } else {
        for (path, _) in &meant {
            proxy.acknowledge(&path.as_str().try_into().map_err(Error::from)?).await.map_err(Error::from)?;
        }
    }
    Ok(told("acknowledged", &meant))
}

/// Pauses the sound, or ends the pause.
pub async fn pause(client: &Client, options: &PauseOptions) -> Result<Output, Failure> {
    let proxy = client.alarms().await?;
    if options.end {
        proxy.resume_audio().await.map_err(Error::from)?;
        let json = json!({ "done": true, "changed": "audio", "value": "resumed" });
        return Ok(Output { text: "alarms are heard again\n".to_owned(), json });
    }
    proxy.pause_audio().await.map_err(Error::from)?;
    let snapshot = client.snapshot().await?;
    let left = known(&snapshot)?.audio_paused_until.saturating_sub(monotonic_now());
    let silent = snapshot.ranked_alarms().into_iter().filter(|(_, alarm)| alarm.audio_paused);
    let silent: Vec<String> = silent.map(|(_, alarm)| words::alarm_name(alarm)).collect();
    let names = if silent.is_empty() { "none is present".to_owned() } else { silent.join(", ") };
    Ok(Output {
        text: format!(
            "the alarms that are present are silent for {}: {names}\na new one is heard; to hear them again: ecmoctl pause --end\n",
            words::seconds_left(left)
        ),
        json: json!({ "done": true, "changed": "audio", "value": "paused", "left_ms": left / 1_000_000,
                      "alarms": silent }),
    })
}

async fn reset(client: &Client, names: &[String]) -> Result<Output, Failure> {
    let snapshot = client.snapshot().await?;
    known(&snapshot)?;
    let mut meant = meant(&snapshot, names)?;
    let proxy = client.alarms().await?;
    if names.is_empty() {
        proxy.reset_all().await.map_err(Error::from)?;
        meant.retain(|(_, alarm)| alarm.phase == "latched");
    } else {
        for (path, _) in &meant {
            proxy.reset(&path.as_str().try_into().map_err(Error::from)?).await.map_err(Error::from)?;
        }
    }
    Ok(told("reset", &meant))
}

async fn switch(client: &Client, id: &str, on: OnOff) -> Result<Output, Failure> {
    let proxy = client.alarms().await?;
    let id = id.to_uppercase();
    let off = on == OnOff::Off;
    if off {
        let may = proxy.may_be_off().await.map_err(Error::from)?;
        if !may.contains(&id) {
            let text = format!("{id} cannot be switched off; those that can: {}", list(&may));
            return Err(Error::InvalidArgument(text).into());
        }
    }
    proxy.set_alarm_off(&id, off).await.map_err(Error::from)?;
    let word = if off { "off" } else { "on" };
    let note = if off { ", until ecmoctl alarms on" } else { "" };
    Ok(Output {
        text: format!("{id} is switched {word}{note}\n"),
        json: json!({ "done": true, "changed": "alarm_off", "id": id, "value": word }),
    })
}

async fn transport(client: &Client, on: OnOff) -> Result<Output, Failure> {
    let on = on == OnOff::On;
    client.alarms().await?.set_transport(on).await.map_err(Error::from)?;
    let words = if on { "a planned transport goes on" } else { "no planned transport" };
    Ok(Output {
        text: format!("{words}\n"),
        json: json!({ "done": true, "changed": "transport", "value": on }),
    })
}

/// The object of all alarms, which a console of an earlier version does not have.
fn known(snapshot: &Snapshot) -> Result<&Alarms1Properties, Error> {
    let missing = || Error::Missing("alarms; it is of an earlier version".to_owned());
    snapshot.alarms.as_ref().ok_or_else(missing)
}

/// The alarms that are meant, with the paths of their objects: a kind stands for all its subjects, no name for all.
fn meant(snapshot: &Snapshot, names: &[String]) -> Result<Vec<(String, Alarm1Properties)>, Error> {
    let present = snapshot.ranked_alarms();
    let mut meant: Vec<(String, Alarm1Properties)> = Vec::new();
    for name in names {
        let fits = |alarm: &Alarm1Properties| {
            words::alarm_name(alarm).eq_ignore_ascii_case(name) || alarm.id.eq_ignore_ascii_case(name)
        };
        let before = meant.len();
        let fitting = present.iter().filter(|(_, alarm)| fits(alarm));
        meant.extend(fitting.map(|(path, alarm)| ((*path).to_owned(), (*alarm).clone())));
        if meant.len() == before {
            let names: Vec<String> = present.iter().map(|(_, alarm)| words::alarm_name(alarm)).collect();
            let text = format!("no alarm {name} is present; those that are: {}", list(&names));
            return Err(Error::InvalidArgument(text));
        }
    }
    if names.is_empty() {
        meant.extend(present.into_iter().map(|(path, alarm)| (path.to_owned(), alarm.clone())));
    }
    Ok(meant)
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn told(what: &str, alarms: &[(String, Alarm1Properties)]) -> Output {
    let names: Vec<String> = alarms.iter().map(|(_, alarm)| words::alarm_name(alarm)).collect();
    let text = if names.is_empty() {
        format!("no alarm is present that could be {what}\n")
    } else {
        format!("{what}: {}\n", names.join(", "))
    };
    Output { text, json: json!({ "done": true, "changed": what, "alarms": names }) }
}

fn text(snapshot: &Snapshot, alarms: &Alarms1Properties, now: u64) -> String {
    let mut text = format!("{}; {}", words::how_many(snapshot), words::audio(alarms, now));
    if alarms.unreviewed_high > 0 {
        let _ = write!(text, "; {} of high priority not acknowledged", alarms.unreviewed_high);
    }
    text.push('\n');
    if alarms.transport {
        text.push_str("a planned transport goes on\n");
    }
    if !alarms.off.is_empty() {
        let _ = writeln!(text, "switched off: {}", alarms.off.join(", "));
    }
    for (_, alarm) in snapshot.ranked_alarms() {
        let head = format!("{:<7} {}", alarm.priority.to_uppercase(), words::alarm_name(alarm));
        let state = words::alarm_state(alarm);
        let state = if state.is_empty() { state } else { format!(", {state}") };
        let _ = writeln!(text, "\n{head}, {} ago{state}", words::ago(now.saturating_sub(alarm.since)));
        for line in [words::cause(alarm), alarm.text.clone()].into_iter().filter(|line| !line.is_empty()) {
            let _ = writeln!(text, "        {line}");
        }
        if !alarm.procedure.is_empty() {
            let _ = writeln!(text, "        step by step: ecmoctl procedure {}", alarm.procedure);
        }
    }
    if alarms.more > 0 {
        let _ = writeln!(text, "\nand {} more of lower rank", alarms.more);
    }
    text
}

fn json(snapshot: &Snapshot, alarms: &Alarms1Properties, now: u64) -> Value {
    let present = snapshot.ranked_alarms().into_iter().map(|(_, alarm)| {
        json!({
            "alarm": words::alarm_name(alarm),
            "id": alarm.id,
            "subject": (!alarm.subject.is_empty()).then_some(&alarm.subject),
            "subject_kind": alarm.subject_kind,
            "priority": alarm.priority,
            "phase": alarm.phase,
            "acknowledged": alarm.acknowledged,
            "audio_paused": alarm.audio_paused,
            "age_ms": now.saturating_sub(alarm.since) / 1_000_000,
            "occurrences": alarm.occurrences,
            "cause": alarm.cause,
            "cause_text": alarm.cause_text,
            "cause_value": alarm.cause_value.0,
            "cause_unit": alarm.cause_unit,
            "caused_by": (!alarm.caused_by.is_empty()).then_some(&alarm.caused_by),
            "condition": alarm.condition,
            "text": alarm.text,
            "latching": alarm.latching,
            "procedure": (!alarm.procedure.is_empty()).then_some(&alarm.procedure),
        })
    });
    json!({
        "highest_priority": alarms.highest_priority,
        "audio": alarms.audio_state,
        "audio_pause_left_ms": alarms.audio_paused_until.saturating_sub(now) / 1_000_000,
        "unreviewed_high": alarms.unreviewed_high,
        "announced": alarms.announced,
        "more": alarms.more,
        "off": alarms.off,
        "may_be_off": alarms.may_be_off,
        "transport": alarms.transport,
        "alarms": present.collect::<Value>(),
    })
}
