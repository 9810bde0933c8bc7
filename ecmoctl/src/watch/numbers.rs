// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readings on the screen: big numbers, the line of the others, and the list for a small terminal.
//!
//! Wherever a reading is drawn, its quality is: a bad one is `---` with its cause, an uncertain one carries a mark.

use std::time::Instant;

use ecmod_client::{Quality, Reading};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Stylize},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{dashboard::Dashboard, digits};
use crate::commands::reading;

/// The signals with a big number: name, heading, unit when the console is not there to tell.
const BIG: [(&str, &str, &str); 5] = [
    ("blood_flow", "Blood flow", "L/min"),
    ("pump_speed", "Pump speed", "rpm"),
    ("venous_pressure", "P venous", "mmHg"),
    ("pre_membrane_pressure", "P pre-membrane", "mmHg"),
    ("arterial_pressure", "P arterial", "mmHg"),
];

/// The big numbers, one in each cell.
pub fn draw_big(frame: &mut Frame<'_>, cells: &[Rect], dashboard: &Dashboard, now: Instant) {
    for ((signal, heading, unit), cell) in BIG.into_iter().zip(cells) {
        big_number(frame, *cell, dashboard, (signal, heading, unit), now);
    }
}

/// Heading, number, and unit or cause.
fn big_number(
    frame: &mut Frame<'_>,
    area: Rect,
    dashboard: &Dashboard,
    (signal, heading, unit): (&str, &str, &str),
    now: Instant,
) {
    let unit = unit_of(dashboard, signal, unit);
    let reading = dashboard.reading(signal, now);
    let below = match reading.quality() {
        Quality::Good => unit.to_owned(),
        Quality::Uncertain => format!("{unit} {}", reading.cause()),
        Quality::Bad => reading.cause().to_owned(),
    };
    let color = quality_color(&reading);
    let mut lines = vec![Line::from(heading.dark_gray())];
    lines
        .extend(digits::lines(&reading::value(&reading, unit)).map(|line| Line::from(line.fg(color).bold())));
    lines.push(Line::from(below.fg(color)));
    frame.render_widget(Paragraph::new(lines), area);
}

/// The signals without a big number, the bad ones first, as many as there is room for.
pub fn other_signals<'a>(dashboard: &'a Dashboard, now: Instant, area: Rect) -> Vec<Line<'a>> {
    let signals = dashboard.snapshot.iter().flat_map(|snapshot| snapshot.signals.values());
    let others = signals.filter(|signal| BIG.iter().all(|(name, ..)| *name != signal.name));
    let mut items: Vec<(Quality, Line<'a>)> = others
        .map(|signal| {
            let reading = dashboard.reading(&signal.name, now);
            let value = match reading.quality() {
                Quality::Good => format!("{} {}", reading::value(&reading, &signal.unit), signal.unit),
                Quality::Uncertain => format!("{} {}?", reading::value(&reading, &signal.unit), signal.unit),
                Quality::Bad => format!("{} {}", reading::NO_VALUE, reading.cause()),
            };
            let label = format!("{} ", short(&signal.label)).dark_gray();
            (
                reading.quality(),
                Line::from(vec![label, Span::styled(value, quality_color(&reading)), "  ".into()]),
            )
        })
        .collect();
    items.sort_by_key(|(quality, _)| match quality {
        Quality::Bad => 0,
        Quality::Uncertain => 1,
        Quality::Good => 2,
    });
    flow(items.into_iter().map(|(_, line)| line).collect(), area)
}

/// Every signal on a line of its own, those with a big number first.
pub fn list(dashboard: &Dashboard, now: Instant) -> Vec<Line<'_>> {
    let units = dashboard.snapshot.iter().flat_map(|snapshot| snapshot.signals.values());
    let mut signals: Vec<(&str, &str)> =
        units.map(|signal| (signal.name.as_str(), signal.unit.as_str())).collect();
    signals.sort_by_key(|(name, _)| BIG.iter().position(|(big, ..)| big == name).unwrap_or(BIG.len()));
    let line = |(name, unit): (&'_ str, &'_ str)| {
        let reading = dashboard.reading(name, now);
        let words = match reading.quality() {
            Quality::Good => format!("{} {unit}", reading::value(&reading, unit)),
            Quality::Uncertain => format!("{} {unit} ({})", reading::value(&reading, unit), reading.cause()),
            Quality::Bad => format!("{} ({})", reading::NO_VALUE, reading.cause()),
        };
        Line::from(vec![format!("{name} ").dark_gray(), Span::styled(words, quality_color(&reading))])
    };
    signals.into_iter().map(line).collect()
}

/// Places the items one after the other into lines; what has no room is counted at the end.
fn flow<'a>(items: Vec<Line<'a>>, area: Rect) -> Vec<Line<'a>> {
    const REST: usize = 12;
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let mut lines: Vec<Line<'a>> = vec![Line::default()];
    let mut rest = items.len();
    for item in items {
        let last = lines.len() >= height;
        let room = if last && rest > 1 { width.saturating_sub(REST) } else { width };
        match lines.last_mut() {
            Some(line) if line.width() + item.width() <= room + 2 => line.spans.extend(item.spans),
            _ if last => break,
            _ => lines.push(item),
        }
        rest -= 1;
    }
    if rest > 0
        && let Some(line) = lines.last_mut()
    {
        line.push_span(format!("+{rest} more").dark_gray());
    }
    lines
}

/// A label short enough to share a line: `Venous temperature` as `Venous temp`.
fn short(label: &str) -> String {
    label.replace("temperature", "temp").replace("pressure", "P").replace(" flow", "")
}

fn quality_color(reading: &Reading) -> Color {
    match reading.quality() {
        Quality::Good => Color::Reset,
        Quality::Uncertain => Color::Yellow,
        Quality::Bad => Color::Red,
    }
}

fn unit_of<'a>(dashboard: &'a Dashboard, signal: &str, default: &'a str) -> &'a str {
    let snapshot = dashboard.snapshot.as_ref();
    snapshot.and_then(|snapshot| snapshot.signals.get(signal)).map_or(default, |signal| signal.unit.as_str())
}
