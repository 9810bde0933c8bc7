// SPDX-License-Identifier: MIT OR Apache-2.0
//! The drawing: what stands where, and in which colour. Reads the dashboard, changes nothing.

use std::time::Instant;

use ecmod_client::{Quality, Reading, Snapshot};
use ratatui::{
    Frame,
    layout::{Alignment, Constraint, Layout, Rect},
    style::{Color, Style, Stylize},
    text::{Line, Span, Text},
    widgets::{Block, Clear, Padding, Paragraph, Wrap},
};

use super::{
    dashboard::{Dashboard, Link, Question, Tone},
    digits,
    plot::{self, Curve},
};
use crate::commands::reading;

/// The smallest terminal with big numbers and plots.
const FULL: (u16, u16) = (80, 24);

/// The signals with a big number: name, heading, unit when the console is not there to tell.
const BIG: [(&str, &str, &str); 5] = [
    ("blood_flow", "Blood flow", "L/min"),
    ("pump_speed", "Pump speed", "rpm"),
    ("venous_pressure", "P venous", "mmHg"),
    ("pre_membrane_pressure", "P pre-membrane", "mmHg"),
    ("arterial_pressure", "P arterial", "mmHg"),
];

const FLOW: Curve = Curve { signal: "blood_flow", label: "flow", color: Color::Cyan };
const SPEED: Curve = Curve { signal: "pump_speed", label: "speed", color: Color::Green };
const PRESSURES: [Curve; 3] = [
    Curve { signal: "venous_pressure", label: "ven", color: Color::Blue },
    Curve { signal: "pre_membrane_pressure", label: "pre", color: Color::Magenta },
    Curve { signal: "arterial_pressure", label: "art", color: Color::Red },
];

/// Draws the dashboard as it is at `now`.
pub fn draw(frame: &mut Frame<'_>, dashboard: &Dashboard, now: Instant) {
    let area = frame.area();
    if area.width < FULL.0 || area.height < FULL.1 {
        frame.render_widget(Paragraph::new(compact(dashboard, now, area.height)), area);
    } else {
        full(frame, area, dashboard, now);
    }
    if let Some(question) = dashboard.question {
        ask(frame, area, question, now);
    }
}

fn full(frame: &mut Frame<'_>, area: Rect, dashboard: &Dashboard, now: Instant) {
    let tall = area.height >= 34;
    let summary_height = if tall { 6 } else { 4 };
    let others_height = if tall { 3 } else { 1 };
    let message_height = if matches!(dashboard.link, Link::Lost(_)) { 2 } else { 1 };
    let [title, numbers, others, setpoints, plots, summary, message, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(digits::HEIGHT + 2),
        Constraint::Length(others_height),
        Constraint::Length(1),
        Constraint::Min(8),
        Constraint::Length(summary_height),
        Constraint::Length(message_height),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(title_line(dashboard)).style(title_style(dashboard)), title);
    let cells = Layout::horizontal([Constraint::Fill(1); 5]).spacing(1).split(numbers);
    for ((signal, heading, unit), cell) in BIG.into_iter().zip(cells.iter()) {
        big_number(frame, *cell, dashboard, (signal, heading, unit), now);
    }
    frame.render_widget(Paragraph::new(other_signals(dashboard, now, others)), others);
    frame.render_widget(Paragraph::new(setpoint_line(dashboard)), setpoints);
    draw_plots(frame, plots, dashboard, now);
    draw_summary(frame, summary, dashboard);
    frame.render_widget(Paragraph::new(message_line(dashboard, now)).wrap(Wrap { trim: true }), message);
    frame.render_widget(Paragraph::new(KEYS.dark_gray()), keys);
}

const KEYS: &str = "q quit   + - setpoint   m speed/flow   z zero flow   s start   x stop";

/// State and limit, or why nothing is known.
fn title_line(dashboard: &Dashboard) -> Line<'_> {
    let mut line = match (&dashboard.link, &dashboard.snapshot) {
        (Link::Live, Some(snapshot)) => {
            let console = &snapshot.console;
            let mut words = format!(" {} | {} mode", console.state.to_uppercase(), console.mode);
            if console.stop_pending {
                words.push_str(" | stop requested");
            }
            if console.active_limit != "none" {
                words.push_str(&format!(" | limited by {}", console.active_limit));
            }
            Line::from(words)
        }
        (Link::Lost(error), _) => Line::from(format!(" NO CONTACT, trying again: {error}")),
        (Link::Connecting | Link::Live, _) => Line::from(" Connecting..."),
    };
    if dashboard.lost_frames > 0 {
        line.push_span(format!(" | {} frames lost", dashboard.lost_frames));
    }
    line
}

fn title_style(dashboard: &Dashboard) -> Style {
    let style = Style::new().bold();
    match (&dashboard.link, &dashboard.snapshot) {
        (Link::Live, Some(snapshot)) if snapshot.console.active_limit != "none" => style.black().on_yellow(),
        (Link::Live, Some(snapshot)) if snapshot.console.state == "support" => style.black().on_green(),
        (Link::Live | Link::Connecting, _) => style.black().on_gray(),
        (Link::Lost(_), _) => style.white().on_red(),
    }
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
fn other_signals<'a>(dashboard: &'a Dashboard, now: Instant, area: Rect) -> Vec<Line<'a>> {
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

fn setpoint_line(dashboard: &Dashboard) -> Line<'_> {
    let Some(console) = dashboard.snapshot.as_ref().map(|snapshot| &snapshot.console) else {
        return Line::default();
    };
    let optional = |value: Option<f64>, unit: &str| {
        value.map_or_else(
            || reading::NO_VALUE.to_owned(),
            |value| format!("{} {unit}", reading::number(value, unit)),
        )
    };
    let live = matches!(dashboard.link, Link::Live);
    let item = |name: &'static str, value: String, in_use: bool| {
        let value = if in_use && live { value.bold() } else { value.dark_gray() };
        [name.dark_gray(), value, "  ".into()]
    };
    let mode = console.mode.as_str();
    let spans = [
        item(
            "set flow ",
            format!("{} L/min", reading::number(console.flow_setpoint, "L/min")),
            mode == "flow",
        ),
        item(
            "set speed ",
            format!("{} rpm", reading::number(console.speed_setpoint, "rpm")),
            mode == "speed",
        ),
        item("demand ", optional(console.speed_demand.0, "rpm"), true),
        item(
            "set sweep ",
            optional(console.sweep_gas_setpoint.0, "L/min"),
            console.sweep_gas_setpoint.0.is_some(),
        ),
    ];
    let known = if live { "" } else { "last known: " };
    Line::from([known.dark_gray()].into_iter().chain(spans.into_iter().flatten()).collect::<Vec<_>>())
}

fn draw_plots(frame: &mut Frame<'_>, area: Rect, dashboard: &Dashboard, now: Instant) {
    let [flow, pressures, speed] = Layout::horizontal([Constraint::Fill(1); 3]).areas(area);
    let time = dashboard.console_time(now);
    let console = dashboard.snapshot.as_ref().map(|snapshot| &snapshot.console);
    let setpoint = |mode: &str, value: fn(&ecmod_client::Console1Properties) -> f64| {
        console.filter(|console| console.mode == mode).map(value)
    };
    let data = (&dashboard.history, time);
    plot::draw(frame, flow, "Flow L/min", &[FLOW], setpoint("flow", |c| c.flow_setpoint), (0.0, 1.0), data);
    plot::draw(frame, pressures, "P mmHg", &PRESSURES, None, (0.0, 100.0), data);
    plot::draw(
        frame,
        speed,
        "Speed rpm",
        &[SPEED],
        setpoint("speed", |c| c.speed_setpoint),
        (0.0, 1000.0),
        data,
    );
}

/// Ports and drivers: the ones in trouble first, as many as there is room for.
fn draw_summary(frame: &mut Frame<'_>, area: Rect, dashboard: &Dashboard) {
    let Some(snapshot) = &dashboard.snapshot else {
        return;
    };
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(1).areas(area);
    let live = matches!(dashboard.link, Link::Live);
    let (drivers, ports) = (driver_rows(snapshot), port_rows(snapshot));
    for (title, rows, area) in [("Drivers", drivers, left), ("Ports", ports, right)] {
        let block = Block::bordered().border_style(Color::DarkGray);
        let room = usize::from(area.height.saturating_sub(2));
        let hidden = rows.len().saturating_sub(room);
        let known = if live { "" } else { ", last known" };
        let title = if hidden > 0 {
            format!(" {title}{known} (+{hidden} more) ")
        } else {
            format!(" {title}{known} ")
        };
        let style = if live { Style::new() } else { Style::new().dim() };
        let lines: Vec<Line<'_>> = rows.into_iter().take(room).map(|(_, line)| line).collect();
        frame.render_widget(Paragraph::new(lines).style(style).block(block.title(title.bold())), area);
    }
}

/// Lines with their urgency, the most urgent first.
fn driver_rows(snapshot: &Snapshot) -> Vec<(bool, Line<'_>)> {
    let rows = snapshot.drivers.values().map(|driver| {
        let well = driver.state == "running";
        (well, state_line(&driver.id, &driver.state, well, &driver.detail))
    });
    urgent_first(rows.collect())
}

fn port_rows(snapshot: &Snapshot) -> Vec<(bool, Line<'_>)> {
    let rows = snapshot.ports.values().map(|port| {
        let well = port.state == "connected";
        (well, state_line(&port.name, &port.state, well, &port.device))
    });
    urgent_first(rows.collect())
}

fn urgent_first(mut rows: Vec<(bool, Line<'_>)>) -> Vec<(bool, Line<'_>)> {
    rows.sort_by_key(|(well, _)| *well);
    rows
}

fn state_line<'a>(name: &'a str, state: &'a str, well: bool, detail: &'a str) -> Line<'a> {
    let color = if well { Color::Green } else { Color::Red };
    Line::from(vec![
        Span::from(format!("{name} ")),
        Span::styled(state, color),
        Span::from(format!(" {detail}")).dark_gray(),
    ])
}

fn message_line(dashboard: &Dashboard, now: Instant) -> Line<'_> {
    if let Some((tone, message)) = dashboard.message(now) {
        let color = match tone {
            Tone::Done => Color::Green,
            Tone::Failed => Color::Red,
        };
        return Line::styled(format!(" {message}"), color);
    }
    match &dashboard.link {
        Link::Lost(error) => Line::styled(format!(" {}", error.help()), Color::Red),
        Link::Connecting | Link::Live => Line::default(),
    }
}

/// For a small terminal: title and readings, as many as there is room for.
fn compact(dashboard: &Dashboard, now: Instant, height: u16) -> Text<'_> {
    let mut lines = vec![title_line(dashboard).style(title_style(dashboard))];
    let units = dashboard.snapshot.iter().flat_map(|snapshot| snapshot.signals.values());
    let mut signals: Vec<(&str, &str)> =
        units.map(|signal| (signal.name.as_str(), signal.unit.as_str())).collect();
    signals.sort_by_key(|(name, _)| BIG.iter().position(|(big, ..)| big == name).unwrap_or(BIG.len()));
    for (name, unit) in signals {
        let reading = dashboard.reading(name, now);
        let words = match reading.quality() {
            Quality::Good => format!("{} {unit}", reading::value(&reading, unit)),
            Quality::Uncertain => format!("{} {unit} ({})", reading::value(&reading, unit), reading.cause()),
            Quality::Bad => format!("{} ({})", reading::NO_VALUE, reading.cause()),
        };
        lines.push(Line::from(vec![
            Span::from(format!("{name} ")).dark_gray(),
            Span::styled(words, quality_color(&reading)),
        ]));
    }
    lines.push(message_line(dashboard, now));
    lines.push(Line::from(format!("plots from {} x {}   q quit   x stop", FULL.0, FULL.1).dark_gray()));
    lines.truncate(usize::from(height));
    Text::from(lines)
}

/// The question, over everything else.
fn ask(frame: &mut Frame<'_>, area: Rect, question: Question, now: Instant) {
    let (title, text) = match question {
        Question::Stop { until, .. } => {
            let left = until.saturating_duration_since(now).as_secs();
            let text =
                format!("Blood flow will cease. Press y within {left} s to stop, any other key to go on.");
            (" Stop the pump? ", text)
        }
        Question::ZeroFlow => (
            " Zero flow? ",
            "The patient gets no flow. Press y to regulate to 0 L/min, any other key to go on.".to_owned(),
        ),
    };
    let width = area.width.min(50);
    let height = area.height.min(6);
    let popup =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    frame.render_widget(Clear, popup);
    let block = Block::bordered()
        .title(title.bold())
        .padding(Padding::horizontal(1))
        .style(Style::new().white().on_red());
    let paragraph = Paragraph::new(text).wrap(Wrap { trim: true }).alignment(Alignment::Left);
    frame.render_widget(paragraph.block(block), popup);
}
