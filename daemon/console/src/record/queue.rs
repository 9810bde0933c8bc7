// SPDX-License-Identifier: MIT OR Apache-2.0
//! What waits for the disk. Nobody waits to put something in: when there is no room, the *newest is dropped* and counted
//! by its class, and the last quarter of the room is for entries of [`Class::High`] alone.

use std::collections::VecDeque;

use super::entry::{Class, Entry};

/// How many entries may wait.
pub const CAPACITY: usize = 1024;
/// How many of them may be of [`Class::Other`].
pub const OTHERS: usize = CAPACITY / 4 * 3;

/// Entries that wait, in their order, and how many did not get in.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<Entry>,
    lost: Lost,
}

/// How many entries did not get into the log, by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// Of [`Class::High`].
    pub high: u64,
    /// Of [`Class::Other`].
    pub other: u64,
}

impl Lost {
    /// One more.
    pub const fn count(&mut self, class: Class) {
        let place = match class {
            Class::High => &mut self.high,
            Class::Other => &mut self.other,
        };
        *place = place.saturating_add(1);
    }

    /// These as well.
    pub const fn add(&mut self, more: Self) {
        self.high = self.high.saturating_add(more.high);
        self.other = self.other.saturating_add(more.other);
    }

    /// Whether none was lost.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.high == 0 && self.other == 0
    }
}

impl Queue {
    /// Puts one at the end, or drops it and counts it.
    pub fn push(&mut self, entry: Entry) -> Pushed {
        let class = entry.event.class();
        let room = match class {
            Class::High => CAPACITY,
            Class::Other => OTHERS,
        };
        if self.waiting.len() >= room {
            self.lost.count(class);
            return Pushed::Dropped;
        }
        self.waiting.push_back(entry);
        Pushed::Waiting
    }

    /// Takes all that wait, and what was lost since the last time.
    pub fn take(&mut self) -> (Vec<Entry>, Lost) {
        (self.waiting.drain(..).collect(), std::mem::take(&mut self.lost))
    }

    /// Whether some were lost since the last time that all were taken.
    #[must_use]
    pub const fn is_losing(&self) -> bool {
        !self.lost.is_none()
    }

    /// Whether there is nothing to write and nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.lost.is_none()
    }
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// It will be written.
    Waiting,
    /// There was no room.
    Dropped,
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Event, LostEvent, Stamp};
    use super::*;

    fn entry(class: Class) -> Entry {
        let lost = LostEvent { high: 0, other: 0, records: 0, why: String::new() };
        let event = match class {
            Class::High => Event::Lost(lost),
            Class::Other => Event::Ended,
        };
        assert_eq!(event.class(), class);
        Entry { at: Stamp { wall_ns: 0, monotonic_ns: 0 }, event }
    }

    #[test]
    fn a_flood_of_others_leaves_room_for_those_of_high_priority_and_every_loss_is_counted() {
        let mut queue = Queue::default();
        for _ in 0..5000 {
            queue.push(entry(Class::Other));
        }
        for _ in 0..300 {
            queue.push(entry(Class::High));
        }
        let (waiting, lost) = queue.take();
        assert_eq!(waiting.len(), CAPACITY);
        assert_eq!(
            waiting.iter().filter(|entry| entry.event.class() == Class::High).count(),
            CAPACITY - OTHERS
        );
        assert_eq!(lost, Lost { high: 300 - 256, other: 5000 - 768 });
        assert!(queue.is_empty());
    }
}
