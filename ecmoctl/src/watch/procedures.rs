// SPDX-License-Identifier: MIT OR Apache-2.0
//! Procedures on the screen: the one that runs, with its clock and its next steps, and what the present alarms suggest.

use ecmod_client::{Procedure1Properties, ProcedureStep, Snapshot};
use ratatui::{
    style::{Color, Style, Stylize},
    text::{Line, Span},
};

use super::fit::{Block, wrap};
use crate::words;

/// Columns before what to do.
const INDENT: usize = 8;
/// So many of the steps that wait are shown.
const STEPS: usize = 3;

/// The most urgent ones: each that runs, else the first that is suggested.
pub fn blocks(snapshot: &Snapshot, width: usize) -> Vec<Block> {
    let urgent = snapshot.urgent_procedures();
    let running = urgent.iter().filter(|own| own.state == "running").count();
    urgent.into_iter().take(running.max(1)).map(|own| block(own, width)).collect()
}

fn block(own: &Procedure1Properties, width: usize) -> Block {
    let done = own.steps.iter().filter(|step| !waits(step)).count();
    let mut head = vec![Span::styled(" DO ", badge(own)), Span::from(format!("    {}", own.title)).bold()];
    if own.state == "running" {
        head.push(format!("  {}", words::procedure_clock(own)).bold());
        head.push(format!("  {done} of {} steps", own.steps.len()).into());
    } else {
        head.push(format!("  ecmoctl procedure {} begin", own.id).dark_gray());
    }
    let waiting = own.steps.iter().filter(|step| own.state != "running" || waits(step)).take(STEPS);
    let more = waiting.flat_map(|step| lines(step, width)).collect();
    Block { head: Line::from(head), more, alarm: false }
}

fn waits(step: &ProcedureStep) -> bool {
    matches!(step.state.as_str(), "waiting" | "next")
}

fn lines(step: &ProcedureStep, width: usize) -> Vec<Line<'static>> {
    let style = if step.state == "next" { Style::new().white().bold() } else { Style::new().gray() };
    let mark = if step.state == "next" { ">" } else { " " };
    let wrapped = wrap(&step.text, width.saturating_sub(INDENT + 2));
    let line = |(index, text): (usize, String)| {
        let mark = if index == 0 { mark } else { " " };
        Line::from(Span::styled(format!("{:INDENT$}{mark} {text}", ""), style))
    };
    wrapped.into_iter().enumerate().map(line).collect()
}

fn badge(own: &Procedure1Properties) -> Style {
    let style = Style::new().fg(Color::Black).bold();
    if own.state == "running" { style.bg(Color::White) } else { style.bg(Color::Gray) }
}
