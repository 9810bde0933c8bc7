// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarm area of the screen: what sounds, what the console does to the pump by itself, and the alarms in the order in which
//! to deal with them, each with what to do.
//!
//! Rules it keeps: nothing that is present is left out without being counted; what is acknowledged or paused stays in sight
//! and says so; without contact it says that the alarms are not known, and shows the last ones as such.

use std::time::Instant;

use ecmod_client::{Alarm1Properties, Intervention1Properties, Snapshot, monotonic_now};
use ratatui::{
    style::{Color, Style, Stylize},
    text::{Line, Span},
};

use super::{
    dashboard::{Dashboard, Link},
    fit::{Block, clip, fit, wrap},
    procedures,
};
use crate::words;

/// Columns before what to do, below the alarm's name.
const INDENT: usize = 8;

/// How many lines the area would fill.
pub fn wanted(dashboard: &Dashboard, now: Instant, width: u16) -> usize {
    content(dashboard, now, usize::from(width)).iter().map(Block::height).sum()
}

/// The area's lines, no more than there is room for.
pub fn lines(dashboard: &Dashboard, now: Instant, width: u16, height: usize) -> Vec<Line<'static>> {
    let width = usize::from(width);
    let lines = fit(content(dashboard, now, width), height);
    lines.into_iter().map(|line| clip(line, width)).collect()
}

fn content(dashboard: &Dashboard, now: Instant, width: usize) -> Vec<Block> {
    let Some(snapshot) = &dashboard.snapshot else {
        return Vec::new();
    };
    let time = match dashboard.console_time(now) {
        0 => monotonic_now(),
        time => time,
    };
    let live = matches!(dashboard.link, Link::Live);
    let mut blocks = vec![Block::single(summary(snapshot, live, time))];
    let noteworthy = snapshot.interventions.iter().filter(|(_, own)| words::noteworthy(own));
    if live {
        blocks.extend(overridden_together(snapshot, time));
        let apart = noteworthy.filter(|(_, own)| own.state != "overridden");
        blocks.extend(apart.map(|(name, own)| intervention_block(name, own, time)));
    } else {
        // Nothing counts down, and no key is offered: what it does now is not known.
        blocks.extend(noteworthy.map(|(name, own)| {
            let text = format!("  {}: {}", words::intervention_name(name), own.state.replace('_', " "));
            Block::single(Line::from(vec![Span::styled(" PUMP ", intervention_style(false)), text.dim()]))
        }));
    }
    let mut alarms =
        snapshot.ranked_alarms().into_iter().map(|(_, alarm)| alarm_block(alarm, live, time, width));
    // The first alarm says what is wrong; what to do about it, step by step, comes before all others.
    blocks.extend(alarms.next());
    if live {
        blocks.extend(procedures::blocks(snapshot, width));
    }
    blocks.extend(alarms);
    blocks
}

/// What it does, for how long still, and why.
fn intervention_block(name: &str, own: &Intervention1Properties, time: u64) -> Block {
    let acts = own.state == "active";
    let name = words::intervention_name(name).to_uppercase();
    let mut line = vec![
        Span::styled(" PUMP ", intervention_style(acts)),
        Span::from(format!("  {name}: {}", words::intervention_state(own, time))),
    ];
    if acts {
        line.push("  o: override".dark_gray());
    }
    line.push(format!("  {}", words::trigger(own)).into());
    let line = Line::from(line);
    Block::single(if acts { line.bold() } else { line })
}

/// One line for all that are overridden, since one key does it.
fn overridden_together(snapshot: &Snapshot, time: u64) -> Option<Block> {
    let overridden: Vec<_> =
        snapshot.interventions.iter().filter(|(_, own)| own.state == "overridden").collect();
    let ends = overridden.iter().map(|(_, own)| own.ends).min()?;
    let left_to_act = |own: &Intervention1Properties| own.action != "alarm_only" && own.state != "overridden";
    let every = !snapshot.interventions.values().any(left_to_act);
    let names: Vec<String> = overridden.iter().map(|(name, _)| words::intervention_name(name)).collect();
    let which = if every { "every intervention".to_owned() } else { names.join(", ") };
    let left = words::seconds_left(ends.saturating_sub(time));
    Some(Block::single(Line::from(vec![
        Span::styled(" PUMP ", intervention_style(false)),
        Span::from(format!("  OVERRIDDEN, {left} left: {which}")),
        "  O: let them act".dark_gray(),
    ])))
}

/// How many, and what is heard.
fn summary(snapshot: &Snapshot, live: bool, time: u64) -> Line<'static> {
    let Some(alarms) = &snapshot.alarms else {
        return Line::from(" this console tells nothing of alarms: it is of an earlier version".yellow());
    };
    if !live {
        let known = words::how_many(snapshot);
        return Line::from(format!(" ALARMS NOT KNOWN, no contact; last known: {known}").red().bold());
    }
    let count = words::how_many(snapshot);
    let color = match alarms.highest_priority.as_str() {
        "none" => Color::Green,
        other => priority_color(other),
    };
    let mut spans = vec![Span::from(format!(" {count}")).fg(color).bold()];
    match alarms.audio_state.as_str() {
        "silent" if alarms.highest_priority == "none" => {}
        "silent" => spans.push("   silent, all acknowledged".dark_gray()),
        "sounding" if alarms.audio_paused_until <= time => {}
        _ => spans.push(format!("   {}", words::audio(alarms, time)).yellow().bold()),
    }
    if alarms.unreviewed_high > 0 {
        spans.push(format!("   {} high not acknowledged", alarms.unreviewed_high).red().bold());
    }
    if !alarms.off.is_empty() {
        spans.push(format!("   switched off: {}", alarms.off.join(" ")).yellow());
    }
    if alarms.transport {
        spans.push("   transport".cyan());
    }
    if let Some(test) = snapshot.self_test.as_ref().filter(|test| test.blocks_start) {
        let failed = test.items.iter().filter(|item| item.result == "failed").count();
        spans.push(format!("   self-test: {failed} failed").red());
    }
    Line::from(spans)
}

fn alarm_block(alarm: &Alarm1Properties, live: bool, time: u64, width: usize) -> Block {
    let fresh = live && !alarm.acknowledged;
    let badge = match alarm.priority.as_str() {
        "high" => " HIGH ",
        "medium" => " MED  ",
        "low" => " LOW  ",
        _ => " ?    ",
    };
    let cause = words::cause(alarm);
    let age = words::ago(time.saturating_sub(alarm.since));
    let state = words::alarm_state(alarm);
    let mut head = vec![
        Span::styled(badge, badge_style(&alarm.priority, fresh)),
        Span::styled(format!("  {}", words::alarm_name(alarm)), Style::new().bold()),
        Span::from(format!("  {cause}")),
    ];
    if !state.is_empty() {
        head.push(format!("  {state}").dark_gray());
    }
    head.push(format!("  {age}").dark_gray());
    let text = wrap(&alarm.text, width.saturating_sub(INDENT));
    let style = if fresh { Style::new().fg(priority_color(&alarm.priority)) } else { Style::new().dim() };
    let more = text
        .into_iter()
        .map(|line| Line::from(Span::styled(format!("{:INDENT$}{line}", ""), style)))
        .collect();
    let head = Line::from(head);
    Block { head: if live { head } else { head.dim() }, more, alarm: true }
}

fn priority_color(priority: &str) -> Color {
    match priority {
        "high" => Color::Red,
        "medium" => Color::Yellow,
        _ => Color::Cyan,
    }
}

/// Filled while somebody has to look at it, else only coloured.
fn badge_style(priority: &str, fresh: bool) -> Style {
    let color = priority_color(priority);
    match (fresh, priority) {
        (true, "high") => Style::new().white().on_red().bold(),
        (true, _) => Style::new().fg(Color::Black).bg(color).bold(),
        (false, _) => Style::new().fg(color),
    }
}

fn intervention_style(acts: bool) -> Style {
    if acts { Style::new().white().on_magenta().bold() } else { Style::new().magenta() }
}
