// SPDX-License-Identifier: MIT OR Apache-2.0
//! The levels of a set of lines, and the edges that nobody has taken yet: what every [`LineChip`](super::LineChip) needs.

use super::{Edge, Level};
use ecmod_quantities::Monotonic;

/// Levels and edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wires {
    levels: Vec<Level>,
    edges: Vec<Edge>,
}

impl Wires {
    /// Edges that are kept when nobody takes them; more are lost, as in a kernel.
    const MOST: usize = 4096;

    /// With these levels.
    #[must_use]
    pub fn new(levels: &[Level]) -> Self {
        Self { levels: levels.to_vec(), edges: Vec::new() }
    }

    /// The level of a line; one that does not exist is low.
    #[must_use]
    pub fn level(&self, line: usize) -> Level {
        self.levels.get(line).copied().unwrap_or(Level::Low)
    }

    /// A line has this level from `at` on.
    pub fn set(&mut self, line: usize, level: Level, at: Monotonic) {
        let Some(old) = self.levels.get_mut(line) else { return };
        if *old != level {
            *old = level;
            if self.edges.len() < Self::MOST {
                self.edges.push(Edge { line, at, level });
            }
        }
    }

    /// A level that is nobody's news: of a line that the host drives.
    pub fn follow(&mut self, line: usize, level: Level) {
        if let Some(old) = self.levels.get_mut(line) {
            *old = level;
        }
    }

    /// Whether there are edges to be taken.
    #[must_use]
    pub fn has_news(&self) -> bool {
        !self.edges.is_empty()
    }

    /// Hands out the edges.
    pub fn take(&mut self, edges: &mut dyn FnMut(Edge)) {
        self.edges.drain(..).for_each(edges);
    }
}
