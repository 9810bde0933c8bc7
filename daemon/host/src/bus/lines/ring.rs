// SPDX-License-Identifier: MIT OR Apache-2.0
//! The newest edges of one line, for several readers. Pure.

use std::collections::VecDeque;

use ecmod_quantities::Monotonic;

/// Edges that are kept.
pub const CAPACITY: usize = 256;

/// An edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edge {
    /// When, by the kernel.
    pub t: Monotonic,
    /// 0 to 1.
    pub rising: bool,
    /// Counts the line's edges; a gap means that some were lost.
    pub sequence: u32,
}

/// The ring. Whoever reads has a *cursor*: how many edges there had been behind the last one he has taken.
#[derive(Debug)]
pub struct Ring {
    edges: VecDeque<Edge>,
    /// How many edges there were.
    total: u64,
    /// The newest edge's sequence.
    last: u32,
    /// What is added to the sequence of the line's present descriptor, which begins with 1.
    base: u32,
    fresh: bool,
}

/// What [`Ring::take`] took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// How many.
    pub count: usize,
    /// How many this reader will never see.
    pub lost: u64,
}

impl Ring {
    /// An empty one; one without room takes nothing.
    pub fn new(has_edges: bool) -> Self {
        let edges = VecDeque::with_capacity(if has_edges { CAPACITY } else { 0 });
        Self { edges, total: 0, last: 0, base: 0, fresh: true }
    }

    /// The line has a new descriptor. What happened in between is lost, so the sequence has a gap.
    pub fn reopened(&mut self) {
        if !self.fresh {
            self.base = self.last.wrapping_add(1);
            self.last = self.base;
        }
        self.fresh = false;
    }

    /// An edge with the sequence of the present descriptor. Returns how many were lost before it.
    pub fn push(&mut self, edge: Edge) -> u64 {
        if self.edges.capacity() == 0 {
            return 0;
        }
        let sequence = self.base.wrapping_add(edge.sequence);
        let lost = sequence.wrapping_sub(self.last).wrapping_sub(1);
        self.last = sequence;
        if self.edges.len() == CAPACITY {
            self.edges.pop_front();
        }
        self.edges.push_back(Edge { sequence, ..edge });
        self.total += 1;
        lost.into()
    }

    /// Takes what is behind the cursor, oldest first.
    pub fn take(&self, cursor: &mut u64, room: &mut [Edge]) -> Taken {
        let oldest = self.total - self.edges.len() as u64;
        let lost = oldest.saturating_sub(*cursor);
        let from = (*cursor).clamp(oldest, self.total);
        let skip = usize::try_from(from - oldest).unwrap_or(usize::MAX);
        let mut count = 0;
        for (to, edge) in room.iter_mut().zip(self.edges.iter().skip(skip)) {
            *to = *edge;
            count += 1;
        }
        *cursor = from + count as u64;
        Taken { count, lost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(sequence: u32) -> Edge {
        Edge { t: Monotonic(sequence.into()), rising: sequence % 2 == 1, sequence }
    }

    fn taken(ring: &Ring, cursor: &mut u64) -> (Vec<u32>, u64) {
        let mut room = [Edge::default(); 64];
        let taken = ring.take(cursor, &mut room);
        (room[..taken.count].iter().map(|edge| edge.sequence).collect(), taken.lost)
    }

    #[test]
    fn every_reader_sees_every_edge_once() {
        let mut ring = Ring::new(true);
        ring.reopened();
        let (mut one, mut two) = (0, 0);
        assert_eq!((ring.push(edge(1)), ring.push(edge(2))), (0, 0));
        assert_eq!(taken(&ring, &mut one), (vec![1, 2], 0));
        ring.push(edge(3));
        assert_eq!(taken(&ring, &mut one), (vec![3], 0));
        assert_eq!(taken(&ring, &mut two), (vec![1, 2, 3], 0));
        assert_eq!(taken(&ring, &mut two), (vec![], 0));
    }

    #[test]
    fn a_storm_keeps_the_newest_edges_and_says_how_many_a_reader_missed() {
        let mut ring = Ring::new(true);
        ring.reopened();
        let before = ring.edges.capacity();
        (1..=100_000).for_each(|sequence| assert_eq!(ring.push(edge(sequence)), 0));
        assert_eq!(ring.edges.capacity(), before, "no memory");
        let mut cursor = 10;
        let (first, lost) = taken(&ring, &mut cursor);
        assert_eq!((first[0], lost), (100_001 - 256, 100_000 - 256 - 10));
        assert_eq!(taken(&ring, &mut cursor).1, 0, "told once");
    }

    #[test]
    fn a_gap_of_the_kernel_and_a_new_descriptor_are_gaps_for_the_reader() {
        let mut ring = Ring::new(true);
        ring.reopened();
        assert_eq!((ring.push(edge(1)), ring.push(edge(5))), (0, 3));
        ring.reopened();
        assert_eq!(ring.push(edge(1)), 0, "what is lost with a descriptor cannot be counted");
        assert_eq!(taken(&ring, &mut 0), (vec![1, 5, 7], 0));
    }

    #[test]
    fn the_sequence_wraps() {
        let mut ring = Ring::new(true);
        ring.reopened();
        ring.last = u32::MAX - 1;
        ring.base = u32::MAX - 1;
        assert_eq!((ring.push(edge(1)), ring.push(edge(2)), ring.push(edge(4))), (0, 0, 1));
    }
}
