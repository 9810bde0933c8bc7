// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarm area of the screen: what sounds, what the console does to the pump by itself, and the alarms in the order in which
//! to deal with them, each with what to do.
//!
//! Rules it keeps: nothing that is present is left out without being counted; what is acknowledged or paused stays in sight
//! and says so; without contact it says that the alarms are not known, and shows the last ones as such.

use std::time::Instant;

use ecmod_client::{Alarm1Properties, Snapshot, monotonic_now};
use ratatui::{
    style::{Color, Style, Stylize},
    text::{Line, Span},
};

use super::dashboard::{Dashboard, Link};
use crate::words;

/// Columns before what to do, below the alarm's name.
const INDENT: usize = 8;

/// How many lines the area would fill.
pub fn wanted(dashboard: &Dashboard, now: Instant, width: u16) -> usize {
    content(dashboard, now, usize::from(width)).iter().map(Block::height).sum()
}

/// The area's lines, no more than there is room for.
pub fn lines(dashboard: &Dashboard, now: Instant, width: u16, height: usize) -> Vec<Line<'static>> {
    let blocks = content(dashboard, now, usize::from(width));
    fit(blocks, height)
}

/// Something that is shown as one: its head, and more that is left out when there is no room.
struct Block {
    head: Line<'static>,
    more: Vec<Line<'static>>,
    /// Whether it counts as an alarm.
    alarm: bool,
}

impl Block {
    const fn single(head: Line<'static>) -> Self {
        Self { head, more: Vec::new(), alarm: false }
    }

    const fn height(&self) -> usize {
        1 + self.more.len()
    }
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
    blocks.extend(overridden_together(snapshot, time));
    let apart = noteworthy.filter(|(_, own)| own.state != "overridden");
    blocks.extend(apart.map(|(name, own)| {
        let why = words::trigger(own);
        let why = if why.is_empty() { why } else { format!(" ({why})") };
        let text = format!(
            "{}: {}{why}",
            words::intervention_name(name).to_uppercase(),
            words::intervention_state(own, time)
        );
        let acts = own.state == "active";
        let line = vec![Span::styled(" PUMP ", intervention_style(acts)), Span::from(format!("  {text}"))];
        let line = Line::from(if acts { with(line, "  o: override".dark_gray()) } else { line });
        Block::single(if acts { line.bold() } else { line })
    }));
    blocks
        .extend(snapshot.ranked_alarms().into_iter().map(|(_, alarm)| alarm_block(alarm, live, time, width)));
    blocks
}

fn with(mut spans: Vec<Span<'static>>, more: Span<'static>) -> Vec<Span<'static>> {
    spans.push(more);
    spans
}

/// One line for all that are overridden, since one key does it.
fn overridden_together(snapshot: &Snapshot, time: u64) -> Option<Block> {
    let overridden: Vec<_> =
        snapshot.interventions.iter().filter(|(_, own)| own.state == "overridden").collect();
    let ends = overridden.iter().map(|(_, own)| own.ends).min()?;
    let could_act = snapshot.interventions.values().filter(|own| own.action != "alarm_only").count();
    let names: Vec<String> = overridden.iter().map(|(name, _)| words::intervention_name(name)).collect();
    let which = if names.len() == could_act { "every intervention".to_owned() } else { names.join(", ") };
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
        Span::from(format!("  {cause}  ")),
        Span::from(age).dark_gray(),
    ];
    if !state.is_empty() {
        head.push(format!("  {state}").dark_gray());
    }
    let text = wrap(&alarm.text, width.saturating_sub(INDENT));
    let style = if fresh { Style::new().fg(priority_color(&alarm.priority)) } else { Style::new().dim() };
    let more = text
        .into_iter()
        .map(|line| Line::from(Span::styled(format!("{:INDENT$}{line}", ""), style)))
        .collect();
    let head = Line::from(head);
    Block { head: if live { head } else { head.dim() }, more, alarm: true }
}

/// As much as there is room for: first every head, then what belongs to the first ones; what is left out is counted.
fn fit(blocks: Vec<Block>, height: usize) -> Vec<Line<'static>> {
    let hidden = blocks.len().saturating_sub(height);
    let heads = if hidden > 0 { height.saturating_sub(1) } else { blocks.len() };
    let mut room = height.saturating_sub(heads);
    let alarms: usize = blocks.iter().skip(heads).filter(|block| block.alarm).count();
    let mut lines = Vec::new();
    for block in blocks.into_iter().take(heads) {
        lines.push(block.head);
        let more = if hidden > 0 { 0 } else { block.more.len().min(room) };
        lines.extend(block.more.into_iter().take(more));
        room = room.saturating_sub(more);
    }
    if hidden > 0 && height > 0 {
        lines.push(Line::from(format!(" + {alarms} more: ecmoctl alarms").bold()));
    }
    lines
}

/// The words in lines of at most so many characters.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
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

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str, more: usize) -> Block {
        Block {
            head: Line::from(name.to_owned()),
            more: (0..more).map(|line| Line::from(format!("{name}{line}"))).collect(),
            alarm: true,
        }
    }

    fn shown(blocks: Vec<Block>, height: usize) -> Vec<String> {
        fit(blocks, height).into_iter().map(|line| line.to_string()).collect()
    }

    #[test]
    fn every_head_comes_before_any_text_and_what_has_no_room_is_counted() {
        let blocks = || vec![block("a", 2), block("b", 1), block("c", 1)];
        assert_eq!(shown(blocks(), 7), ["a", "a0", "a1", "b", "b0", "c", "c0"]);
        assert_eq!(shown(blocks(), 5), ["a", "a0", "a1", "b", "c"]);
        assert_eq!(shown(blocks(), 3), ["a", "b", "c"]);
        assert_eq!(shown(blocks(), 2), ["a", " + 2 more: ecmoctl alarms"]);
        assert_eq!(shown(blocks(), 0), [""; 0]);
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("clamp the return line", 10), ["clamp the", "return", "line"]);
        assert_eq!(wrap("", 10), [""; 0]);
    }
}
