// SPDX-License-Identifier: MIT OR Apache-2.0
//! The edges of one line since the last look: counted, with their times, a bounded number in a cycle.
//!
//! An edge wakes the driver. In a storm (a broken detector, a cable beside a motor) that would be all that the processor does; so
//! the line lets the driver sleep until the storm has passed.

use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Edge, Error, Host, InputLine, LineLevel};

/// Edges that are fetched at once ...
const AT_ONCE: usize = 64;
/// ... and how often in a cycle: what is left then is for the next one, or lost, and counted as lost.
const FETCHES: usize = 4;
/// More than this within [`WINDOW`] is a storm: no bubble detector, key or relay does that.
const MOST: u64 = 100;
/// See [`MOST`].
const WINDOW: Span = Span::from_millis(100);
/// A wait as short as the interface has: zero would be the port's own.
const AT_MOST: Span = Span::from_micros(1);

/// What happened on a line since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Edges to active.
    pub rising: u64,
    /// All edges that arrived.
    pub all: u64,
    /// Edges that did not arrive.
    pub lost: u64,
    /// When the first one to active was.
    pub first_rising: Option<Monotonic>,
    /// When the last one to active was.
    pub last_rising: Option<Monotonic>,
    /// When the last one of any kind was.
    pub last: Option<Monotonic>,
}

impl Taken {
    /// One more edge; `before` is the number of the one before it.
    fn add(&mut self, edge: Edge, before: Option<u32>) {
        self.all = self.all.saturating_add(1);
        if let Some(before) = before {
            let skipped = edge.sequence.wrapping_sub(before).saturating_sub(1);
            self.lost = self.lost.saturating_add(skipped.into());
        }
        if edge.to == LineLevel::High {
            self.rising = self.rising.saturating_add(1);
            self.first_rising.get_or_insert(edge.t);
            self.last_rising = Some(edge.t);
        }
        self.last = Some(edge.t);
    }
}

/// Whether there are more edges than can mean anything. Pure.
#[derive(Debug, Clone, Copy, Default)]
pub struct Storm {
    window: Monotonic,
    edges: u64,
    is_raging: bool,
}

impl Storm {
    /// So many edges came, or were lost. True while it rages: it is over when a whole window was calm.
    pub fn feel(&mut self, edges: u64, now: Monotonic) -> bool {
        if now.since(self.window) >= WINDOW {
            self.is_raging &= self.edges > MOST;
            self.window = now;
            self.edges = 0;
        }
        self.edges = self.edges.saturating_add(edges);
        self.is_raging |= self.edges > MOST;
        self.is_raging
    }
}

/// The edges of one line.
#[derive(Debug)]
pub struct Edges {
    line: InputLine,
    wakes: bool,
    sequence: Option<u32>,
    storm: Storm,
    is_stormy: bool,
}

impl Edges {
    /// The edges of the line of this name from now on; with `wakes` each of them ends the driver's pause.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the port does not listen to its edges; what the host says.
    pub fn new(host: &Host, name: &str, wakes: bool) -> Result<Self, Error> {
        let line = host.input_line(name)?;
        line.get()?;
        match line.wake() {
            Ok(()) if !wakes => line.let_sleep()?,
            Ok(()) | Err(Error::Unsupported) => {} // a host of version 1.0: edges are seen with the next cycle
            Err(error) => return Err(error),
        }
        let mut edges = Self { line, wakes, sequence: None, storm: Storm::default(), is_stormy: false };
        edges.fetch()?; // what happened before is nobody's news
        Ok(edges)
    }

    /// Whether the line is active now.
    ///
    /// # Errors
    /// What the host says.
    pub fn is_active(&self) -> Result<bool, Error> {
        Ok(self.line.get()? == LineLevel::High)
    }

    /// What happened since the last look.
    ///
    /// # Errors
    /// What the host says.
    pub fn take(&mut self, now: Monotonic) -> Result<Taken, Error> {
        let taken = self.fetch()?;
        let is_stormy = self.storm.feel(taken.all.saturating_add(taken.lost), now);
        if self.wakes && is_stormy != self.is_stormy {
            match if is_stormy { self.line.let_sleep() } else { self.line.wake() } {
                Ok(()) | Err(Error::Unsupported) => {}
                Err(error) => return Err(error),
            }
        }
        self.is_stormy = is_stormy;
        Ok(taken)
    }

    /// Whether there are more edges than can mean anything.
    #[must_use]
    pub const fn is_stormy(&self) -> bool {
        self.is_stormy
    }

    fn fetch(&mut self) -> Result<Taken, Error> {
        let mut taken = Taken::default();
        let mut room = [Edge::NONE; AT_ONCE];
        for _ in 0..FETCHES {
            let edges = self.line.edges_into(&mut room, AT_MOST)?;
            for edge in edges {
                taken.add(*edge, self.sequence);
                self.sequence = Some(edge.sequence);
            }
            if edges.len() < AT_ONCE {
                break;
            }
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(ms: u64, to: LineLevel, sequence: u32) -> Edge {
        Edge { t: Monotonic(0).plus(Span::from_millis(ms)), to, sequence }
    }

    #[test]
    fn edges_are_counted_with_their_times_and_gaps_in_their_numbers_are_losses() {
        let mut taken = Taken::default();
        taken.add(edge(1, LineLevel::Low, 4), None);
        taken.add(edge(2, LineLevel::High, 5), Some(4));
        taken.add(edge(9, LineLevel::High, 9), Some(5));
        taken.add(edge(10, LineLevel::Low, 0), Some(u32::MAX));
        assert_eq!((taken.rising, taken.all, taken.lost), (2, 4, 3));
        let ms = |t: Option<Monotonic>| t.unwrap().0 / 1_000_000;
        assert_eq!((ms(taken.first_rising), ms(taken.last_rising), ms(taken.last)), (2, 9, 10));
    }

    #[test]
    fn a_storm_is_more_than_a_hundred_edges_in_a_tenth_of_a_second_until_a_calm_one() {
        let at = |ms: u64| Monotonic(0).plus(Span::from_millis(1000 + ms));
        let mut storm = Storm::default();
        assert!(!storm.feel(100, at(0)));
        assert!(!storm.feel(50, at(100)), "another window");
        assert!(storm.feel(51, at(190)));
        assert!(storm.feel(0, at(200)), "the last window was not calm");
        assert!(storm.feel(3, at(250)));
        assert!(!storm.feel(0, at(300)));
    }
}
