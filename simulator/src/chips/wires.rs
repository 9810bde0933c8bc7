// SPDX-License-Identifier: MIT OR Apache-2.0
//! The levels of a set of lines, and the edges that nobody has taken yet; and the [`LineChip`] that is made of them.

use super::{Edge, Level, Line, LineChip};
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

/// A chip that keeps its lines in [`Wires`] and changes them as time passes: all else of a [`LineChip`] follows.
pub trait Wired: std::fmt::Debug + Send {
    /// The lines; the same for ever.
    fn lines(&self) -> &[Line];

    /// What is on them.
    fn wires(&self) -> &Wires;

    /// The same, to take the edges.
    fn wires_mut(&mut self) -> &mut Wires;

    /// Lets time pass: everything that happens until `now` is on the wires.
    fn settle(&mut self, now: Monotonic);

    /// Time passed until then.
    fn seen(&self) -> Monotonic;

    /// When something next happens by itself that is not on the wires yet.
    fn next_event(&self) -> Option<Monotonic>;

    /// The host drives one of the lines now, or drives it no more (`None`); time has passed until then.
    fn driven(&mut self, _now: Monotonic, _line: usize, _level: Option<Level>) {}
}

impl<T: Wired> LineChip for T {
    fn lines(&self) -> &[Line] {
        Wired::lines(self)
    }

    fn drive(&mut self, now: Monotonic, line: usize, level: Option<Level>) {
        self.settle(now);
        self.driven(now, line, level);
    }

    fn level(&mut self, now: Monotonic, line: usize) -> Level {
        self.settle(now);
        self.wires().level(line)
    }

    fn advance(&mut self, now: Monotonic, edges: &mut dyn FnMut(Edge)) {
        self.settle(now);
        self.wires_mut().take(edges);
    }

    fn next_change(&self) -> Option<Monotonic> {
        if self.wires().has_news() { Some(self.seen()) } else { self.next_event() }
    }
}
