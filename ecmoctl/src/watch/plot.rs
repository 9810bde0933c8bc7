// SPDX-License-Identifier: MIT OR Apache-2.0
//! One plot: some signals of one unit over the last minute.

use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Style, Stylize},
    symbols::Marker,
    text::{Line, Span},
    widgets::{Axis, Block, Chart, Dataset, GraphType},
};

use super::history::{History, SPAN};

/// A line of a plot.
#[derive(Debug, Clone, Copy)]
pub struct Curve {
    /// The signal.
    pub signal: &'static str,
    /// Its name in the title.
    pub label: &'static str,
    /// Its colour.
    pub color: Color,
}

/// Draws the curves into `area`, with an axis at least as long as `least` and a dotted line at the setpoint.
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    curves: &[Curve],
    setpoint: Option<f64>,
    least: (f64, f64),
    (history, now): (&History, u64),
) {
    let mut pieces: Vec<(Color, Vec<(f64, f64)>)> = Vec::new();
    for curve in curves {
        pieces.extend(history.pieces(curve.signal, now).into_iter().map(|piece| (curve.color, piece)));
    }
    let values = pieces.iter().flat_map(|(_, piece)| piece).map(|(_, value)| *value).chain(setpoint);
    let (bottom, top) = bounds(values, least);
    let line = setpoint.map(|value| (0..=30).map(|dot| (-2.0 * f64::from(dot), value)).collect::<Vec<_>>());
    let mut datasets: Vec<Dataset<'_>> = Vec::new();
    datasets.extend(line.as_deref().map(|dots| {
        Dataset::default()
            .data(dots)
            .marker(Marker::Dot)
            .graph_type(GraphType::Scatter)
            .style(Color::DarkGray)
    }));
    datasets.extend(pieces.iter().map(|(color, piece)| {
        let kind = if piece.len() > 1 { GraphType::Line } else { GraphType::Scatter };
        Dataset::default().data(piece).marker(Marker::Braille).graph_type(kind).style(*color)
    }));
    let middle = f64::midpoint(bottom, top);
    let labels = [bottom, middle, top].map(|value| Span::from(axis_label(value, top - bottom)));
    let chart = Chart::new(datasets)
        .block(Block::bordered().border_style(Color::DarkGray).title(heading(title, curves)))
        .x_axis(Axis::default().bounds([-SPAN, 0.0]).labels(["-60 s", "now"]).style(Style::new().dark_gray()))
        .y_axis(Axis::default().bounds([bottom, top]).labels(labels).style(Style::new().dark_gray()))
        .legend_position(None);
    frame.render_widget(chart, area);
}

/// The title; with several curves their names in their colours.
fn heading<'a>(title: &'a str, curves: &[Curve]) -> Line<'a> {
    let mut line = vec![Span::from(format!(" {title} ")).bold()];
    if curves.len() > 1 {
        line.extend(curves.iter().map(|curve| Span::styled(format!("{} ", curve.label), curve.color)));
    }
    Line::from(line)
}

/// Round bounds around the values, at least `least`.
fn bounds(values: impl Iterator<Item = f64>, least: (f64, f64)) -> (f64, f64) {
    let (low, high) = values.fold(least, |(low, high), value| (low.min(value), high.max(value)));
    let step = round_step((high - low) / 4.0);
    ((low / step).floor() * step, (high / step).ceil() * step)
}

/// The next 1, 2 or 5 times a power of ten.
fn round_step(raw: f64) -> f64 {
    if !(raw.is_finite() && raw > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= raw).unwrap_or(10.0);
    factor * power
}

fn axis_label(value: f64, span: f64) -> String {
    if span < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_every_value_and_are_round() {
        assert_eq!(bounds([0.0, 4.03].into_iter(), (0.0, 1.0)), (0.0, 6.0));
        assert_eq!(bounds([].into_iter(), (0.0, 1.0)), (0.0, 1.0));
        let (low, high) = bounds([-97.0, 230.0].into_iter(), (0.0, 100.0));
        assert!(low <= -97.0 && high >= 230.0);
        assert!((low % 50.0).abs() < 1e-9 && (high % 50.0).abs() < 1e-9, "{low} {high}");
    }
}
