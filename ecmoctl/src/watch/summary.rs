// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers and ports on the screen, those in trouble first.

use ecmod_client::Snapshot;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style, Stylize},
    text::{Line, Span},
    widgets::{Block, Paragraph},
};

use super::dashboard::{Dashboard, Link};

/// Ports and drivers: the ones in trouble first, as many as there is room for.
pub fn draw(frame: &mut Frame<'_>, area: Rect, dashboard: &Dashboard) {
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
