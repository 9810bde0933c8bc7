// SPDX-License-Identifier: MIT OR Apache-2.0
//! All lines of the board as one GPIO bank: numbering, broken wires, and a record of what changed when.

use crate::chips::{DrivenBy, Edge, Level, Line};
use ecmod_quantities::Monotonic;
use serde::Serialize;
use std::collections::{BTreeSet, VecDeque};

/// A recorded change of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Change {
    /// When, `CLOCK_MONOTONIC`, ns.
    pub t_ns: u64,
    /// High since then.
    pub high: bool,
}

#[derive(Debug, Clone)]
struct Wire {
    line: Line,
    /// The part it belongs to, and its number there; `None` for the converter's data-ready.
    part: Option<(usize, usize)>,
    /// What is on the wire at its part's end (the chip's lines) or at the host's end (the host's lines).
    source: Option<Level>,
    /// What is on it at the host's end.
    level: Level,
    broken: bool,
    changes: VecDeque<Change>,
}

/// The bank.
#[derive(Debug, Clone, Default)]
pub(super) struct Bank {
    lines: Vec<Line>,
    wires: Vec<Wire>,
    edges: Vec<Edge>,
}

impl Bank {
    /// The number of the converter's data-ready line.
    pub const DATA_READY: usize = 0;
    /// Changes that are remembered of each line.
    const REMEMBERED: usize = 4096;
    /// Edges that are kept when nobody takes them; more are lost, as in a kernel.
    const MOST: usize = 4096;

    /// Data-ready, and then the lines of the parts.
    pub fn new(parts: &[Vec<Line>]) -> Self {
        let wire = |line: Line, part, level| Wire {
            line,
            part,
            source: Some(level),
            level,
            broken: false,
            changes: VecDeque::new(),
        };
        let ready = Line { name: "ADC_DATA_READY", driven_by: DrivenBy::Chip };
        let mut wires = vec![wire(ready, None, Level::High)];
        for (part, lines) in parts.iter().enumerate() {
            for (number, line) in lines.iter().enumerate() {
                wires.push(wire(*line, Some((part, number)), Level::Low));
            }
        }
        Self { lines: wires.iter().map(|wire| wire.line).collect(), wires, edges: Vec::new() }
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub fn level(&self, line: usize) -> Level {
        self.wires.get(line).map_or(Level::Low, |wire| wire.level)
    }

    pub fn part_of(&self, line: usize) -> Option<(usize, usize)> {
        self.wires.get(line).and_then(|wire| wire.part)
    }

    /// A part changed one of its lines.
    pub fn heard(&mut self, part: usize, edge: Edge) {
        let at = self.wires.iter().position(|wire| wire.part == Some((part, edge.line)));
        if let Some(line) = at {
            self.set(line, edge.level, edge.at);
        }
    }

    /// One of the chip's lines has this level at its part's end.
    pub fn set(&mut self, line: usize, level: Level, at: Monotonic) {
        let Some(wire) = self.wires.get_mut(line) else { return };
        wire.source = Some(level);
        if !wire.broken {
            self.show(line, level, at);
        }
    }

    /// The first levels of the chip's lines, which are nobody's news.
    pub fn begin(&mut self, line: usize, level: Level) {
        if let Some(wire) = self.wires.get_mut(line) {
            (wire.source, wire.level) = (Some(level), level);
        }
    }

    /// The host drives a line, or no more; whether that reaches the part.
    pub fn driven(&mut self, now: Monotonic, line: usize, level: Option<Level>) -> bool {
        let Some(wire) = self.wires.get_mut(line).filter(|wire| wire.line.driven_by == DrivenBy::Host) else {
            return false;
        };
        wire.source = level;
        let reaches = !wire.broken;
        self.show(line, level.unwrap_or(Level::Low), now);
        reaches
    }

    /// Which wires are broken from `now` on; what the host's lines bring to their parts because of it.
    pub fn set_broken(&mut self, now: Monotonic, names: &BTreeSet<String>) -> Vec<(usize, Option<Level>)> {
        let mut passed = Vec::new();
        for line in 0..self.wires.len() {
            let Some(wire) = self.wires.get_mut(line) else { continue };
            let broken = names.contains(wire.line.name);
            if core::mem::replace(&mut wire.broken, broken) == broken {
                continue;
            }
            let source = wire.source;
            match wire.line.driven_by {
                DrivenBy::Host => passed.push((line, source.filter(|_| !broken))),
                // Pulled up at the host's end.
                DrivenBy::Chip => {
                    self.show(line, if broken { Level::High } else { source.unwrap_or(Level::Low) }, now);
                }
            }
        }
        passed
    }

    fn show(&mut self, line: usize, level: Level, at: Monotonic) {
        let Some(wire) = self.wires.get_mut(line) else { return };
        if wire.level == level {
            return;
        }
        wire.level = level;
        if wire.changes.len() == Self::REMEMBERED {
            wire.changes.pop_front();
        }
        wire.changes.push_back(Change { t_ns: at.0, high: level.is_high() });
        if wire.line.driven_by == DrivenBy::Chip && self.edges.len() < Self::MOST {
            self.edges.push(Edge { line, at, level });
        }
    }

    /// The edges that nobody has taken, in their order.
    pub fn take(&mut self, edges: &mut dyn FnMut(Edge)) {
        self.edges.sort_by_key(|edge| edge.at);
        self.edges.drain(..).for_each(edges);
    }

    pub fn oldest_news(&self) -> Option<Monotonic> {
        self.edges.iter().map(|edge| edge.at).min()
    }

    pub fn changes(&self, name: &str) -> Option<Vec<Change>> {
        let wire = self.wires.iter().find(|wire| wire.line.name == name)?;
        Some(wire.changes.iter().copied().collect())
    }
}
