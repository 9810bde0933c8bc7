// SPDX-License-Identifier: MIT OR Apache-2.0
//! The two position switches, debounced as a pair. Pure.

use crate::motion::Position;
use ecmod_plugin::quantities::{Monotonic, Span};

/// What the switches say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// One switch is active, the other one is not.
    At(Position),
    /// Neither: on its way, or stuck there.
    Between,
    /// Both: a switch or its cable is broken.
    Both,
}

impl Seen {
    /// What two levels mean.
    #[must_use]
    pub const fn from_switches(open: bool, closed: bool) -> Self {
        match (open, closed) {
            (true, false) => Self::At(Position::Open),
            (false, true) => Self::At(Position::Closed),
            (false, false) => Self::Between,
            (true, true) => Self::Both,
        }
    }
}

/// What stood still for long enough, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// What the switches say.
    pub seen: Seen,
    /// Since when they have.
    pub since: Monotonic,
}

/// Follows the switches.
#[derive(Debug, Clone, Copy)]
pub struct Switches {
    debounce: Span,
    raw: Option<Settled>,
    settled: Option<Settled>,
}

impl Switches {
    /// Both switches must stand still for `debounce`.
    #[must_use]
    pub const fn new(debounce: Span) -> Self {
        Self { debounce, raw: None, settled: None }
    }

    /// A look at both. `None` until they stood still for the first time.
    pub fn look(&mut self, seen: Seen, now: Monotonic) -> Option<Settled> {
        let raw = self.raw.filter(|raw| raw.seen == seen).unwrap_or(Settled { seen, since: now });
        self.raw = Some(raw);
        if now.since(raw.since) >= self.debounce {
            self.settled = Some(raw);
        }
        self.settled
    }

    /// They could not be read: what was known is no longer.
    pub const fn forget(&mut self) {
        self.raw = None;
        self.settled = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_when_it_stood_still_and_its_time_is_that_of_its_beginning() {
        let at = |ms: u64| Monotonic(0).plus(Span::from_millis(1000 + ms));
        let (open, closed) = (Seen::from_switches(true, false), Seen::from_switches(false, true));
        let mut switches = Switches::new(Span::from_millis(20));
        assert_eq!(switches.look(open, at(0)), None);
        assert_eq!(switches.look(open, at(20)), Some(Settled { seen: open, since: at(0) }));
        assert_eq!(switches.look(closed, at(30)).unwrap().seen, open);
        assert_eq!(switches.look(open, at(40)).unwrap().seen, open, "it bounced");
        assert_eq!(switches.look(closed, at(50)).unwrap().seen, open);
        assert_eq!(switches.look(closed, at(70)), Some(Settled { seen: closed, since: at(50) }));
        switches.forget();
        assert_eq!(switches.look(closed, at(80)), None);
    }
}
