// SPDX-License-Identifier: MIT OR Apache-2.0
//! The drawing: what stands where, and in which colour. Reads the dashboard, changes nothing.

use std::time::Instant;

use ratatui::{
    Frame,
    layout::{Alignment, Constraint, Layout, Rect},
    style::{Color, Style, Stylize},
    text::{Line, Text},
    widgets::{Block, Clear, Padding, Paragraph, Wrap},
};

use super::{
    alarms,
    dashboard::{Dashboard, Link, Question, Tone},
    digits, numbers,
    plot::{self, Curve},
    summary,
};
use crate::commands::reading;

/// The smallest terminal with big numbers and plots.
const FULL: (u16, u16) = (80, 24);

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
        frame.render_widget(Paragraph::new(compact(dashboard, now, area.width, area.height)), area);
    } else {
        full(frame, area, dashboard, now);
    }
    if let Some(question) = dashboard.question {
        ask(frame, area, question, now);
    }
}

fn full(frame: &mut Frame<'_>, area: Rect, dashboard: &Dashboard, now: Instant) {
    let tall = area.height >= 34;
    let others_height = if tall { 3 } else { 1 };
    let message_height = if matches!(dashboard.link, Link::Lost(_)) { 2 } else { 1 };
    let fixed = 1 + digits::HEIGHT + 2 + others_height + 1 + message_height + 1;
    let (alarms_height, summary_height) =
        divide(alarms::wanted(dashboard, now, area.width), area.height.saturating_sub(fixed), tall);
    let [title, alarms, top, others, setpoints, plots, below, message, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(alarms_height),
        Constraint::Length(digits::HEIGHT + 2),
        Constraint::Length(others_height),
        Constraint::Length(1),
        Constraint::Min(PLOTS),
        Constraint::Length(summary_height),
        Constraint::Length(message_height),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(title_line(dashboard)).style(title_style(dashboard)), title);
    let lines = alarms::lines(dashboard, now, alarms.width, usize::from(alarms.height));
    frame.render_widget(Paragraph::new(lines), alarms);
    let cells = Layout::horizontal([Constraint::Fill(1); 5]).spacing(1).split(top);
    numbers::draw_big(frame, &cells, dashboard, now);
    frame.render_widget(Paragraph::new(numbers::other_signals(dashboard, now, others)), others);
    frame.render_widget(Paragraph::new(setpoint_line(dashboard)), setpoints);
    draw_plots(frame, plots, dashboard, now);
    summary::draw(frame, below, dashboard);
    frame.render_widget(Paragraph::new(message_line(dashboard, now)).wrap(Wrap { trim: true }), message);
    frame.render_widget(Paragraph::new(KEYS.dark_gray()), keys);
}

/// Heights of the alarm area and of drivers and ports, which make room for alarms when there is little of it.
fn divide(wanted: usize, room: u16, tall: bool) -> (u16, u16) {
    let wanted = u16::try_from(wanted).unwrap_or(u16::MAX);
    let summary = if tall { 6 } else { 4 };
    let beside_summary = room.saturating_sub(PLOTS + summary);
    if wanted <= beside_summary {
        return (wanted, summary);
    }
    if tall {
        return (beside_summary, summary);
    }
    (wanted.min(room.saturating_sub(PLOTS)), 0)
}

/// The least height of the plots.
const PLOTS: u16 = 7;

const KEYS: &str = "q quit  +- set  m mode  z zero  s start  x stop  a/A ack  p pause  o/O override";

/// State and limit, or why nothing is known.
fn title_line(dashboard: &Dashboard) -> Line<'_> {
    let mut line = match (&dashboard.link, &dashboard.snapshot) {
        (Link::Live, Some(snapshot)) => {
            let console = &snapshot.console;
            let mut words = format!(" {} | {} mode", console.state.to_uppercase(), console.mode);
            match console.stop.as_str() {
                "pending" => words.push_str(" | stop requested"),
                "ramping" => words.push_str(" | STOPPING"),
                _ => {}
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

/// For a small terminal: title, alarms and readings, as many as there is room for.
fn compact(dashboard: &Dashboard, now: Instant, width: u16, height: u16) -> Text<'_> {
    let mut lines = vec![title_line(dashboard).style(title_style(dashboard))];
    let room = usize::from(height / 3).max(1);
    lines.extend(alarms::lines(dashboard, now, width, room));
    lines.extend(numbers::list(dashboard, now));
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
