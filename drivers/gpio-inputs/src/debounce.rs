// SPDX-License-Identifier: MIT OR Apache-2.0
//! A line's level once it stood still. Pure.

use ecmod_plugin::quantities::{Monotonic, Span};

/// Follows one line.
#[derive(Debug, Clone, Copy)]
pub struct Debounce {
    still_for: Span,
    raw: Option<(bool, Monotonic)>,
    settled: Option<bool>,
    /// Since when it has not stood still.
    restless_since: Option<Monotonic>,
    /// Since when it could not be read: the last look before that.
    unread_since: Option<Monotonic>,
    looked: Monotonic,
}

impl Debounce {
    /// A level counts when it stood still for so long.
    #[must_use]
    pub const fn new(still_for: Span) -> Self {
        Self {
            still_for,
            raw: None,
            settled: None,
            restless_since: None,
            unread_since: None,
            looked: Monotonic(0),
        }
    }

    /// A look at the line. `edge` is when it last changed, if edges say more than looks. Returns the level that stood still;
    /// `None` before the first.
    pub fn look(&mut self, level: bool, edge: Option<Monotonic>, now: Monotonic) -> Option<bool> {
        if let Some(since) = self.unread_since.take() {
            if now.since(since) >= self.still_for {
                *self = Self::new(self.still_for);
            } else if self.restless_since.is_some() {
                // It was moving, and perhaps went on: it has to stand still from now on.
                self.raw = None;
            }
        }
        self.looked = now;
        let changed = match (self.raw, edge) {
            (None, _) => Some(now),
            (Some(_), Some(edge)) => Some(edge.min(now)),
            (Some((before, _)), None) => (before != level).then_some(now),
        };
        let since = changed.or(self.raw.map(|(_, since)| since)).unwrap_or(now);
        self.raw = Some((level, since));
        if now.since(since) >= self.still_for {
            self.settled = Some(level);
            self.restless_since = None;
        } else {
            self.restless_since.get_or_insert(since);
        }
        self.settled
    }

    /// For how long it has not stood still.
    #[must_use]
    pub fn restless_for(&self, now: Monotonic) -> Span {
        self.restless_since.map_or(Span::ZERO, |since| now.since(since))
    }

    /// The line could not be read. What stood still before counts on if it can be read again sooner than a level could have stood still
    /// unseen; after that it is forgotten.
    pub fn unread(&mut self) {
        self.unread_since.get_or_insert(self.looked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Monotonic {
        Monotonic(1_000_000_000_000).plus(Span::from_millis(ms))
    }

    #[test]
    fn a_level_counts_when_it_stood_still_and_not_before() {
        let mut debounce = Debounce::new(Span::from_millis(200));
        assert_eq!(debounce.look(false, None, at(0)), None);
        assert_eq!(debounce.look(false, None, at(200)), Some(false));
        assert_eq!(debounce.look(true, None, at(210)), Some(false));
        assert_eq!(debounce.look(true, None, at(409)), Some(false));
        assert_eq!(debounce.look(true, None, at(410)), Some(true));
    }

    #[test]
    fn a_line_that_could_not_be_read_for_a_moment_is_known_on_and_after_longer_it_is_not() {
        let mut debounce = Debounce::new(Span::from_millis(200));
        debounce.look(false, None, at(0));
        assert_eq!(debounce.look(false, None, at(200)), Some(false));
        for ms in [220, 240, 380] {
            debounce.unread();
            debounce.unread();
            assert_eq!(debounce.look(false, None, at(ms)), Some(false), "less than 200 ms unread");
        }
        debounce.unread();
        assert_eq!(debounce.look(true, None, at(500)), Some(false));
        assert_eq!(debounce.look(true, None, at(690)), Some(false), "seen for 190 ms");
        assert_eq!(debounce.look(true, None, at(700)), Some(true));
        debounce.unread();
        assert_eq!(debounce.look(true, None, at(900)), None, "it may have been something else for 200 ms");
        assert_eq!(debounce.look(true, None, at(1100)), Some(true));
        let mut never = Debounce::new(Span::from_millis(200));
        never.unread();
        assert_eq!(never.look(true, None, at(0)), None);
    }

    #[test]
    fn a_line_that_stands_still_is_not_restless_because_it_cannot_be_read_now_and_then() {
        let mut debounce = Debounce::new(Span::from_millis(200));
        debounce.look(false, None, at(0));
        debounce.look(false, None, at(200));
        for ms in (300..5000).step_by(20) {
            if ms % 100 == 0 {
                debounce.unread();
                continue;
            }
            assert_eq!(debounce.look(false, None, at(ms)), Some(false));
            assert_eq!(debounce.restless_for(at(ms)), Span::ZERO, "{ms} ms");
        }
        // And one that has moved is, however often it cannot be read.
        for ms in (5000..7000).step_by(20) {
            if ms % 100 == 0 {
                debounce.unread();
            } else {
                assert_eq!(debounce.look(true, None, at(ms)), Some(false));
            }
        }
        assert!(debounce.restless_for(at(7000)) >= Span::from_millis(1900));
    }

    #[test]
    fn a_level_that_left_and_came_back_begins_anew_also_if_only_an_edge_tells() {
        let mut debounce = Debounce::new(Span::from_millis(200));
        debounce.look(false, None, at(0));
        debounce.look(false, None, at(200));
        debounce.look(true, None, at(300));
        debounce.look(false, None, at(400));
        assert_eq!(debounce.look(true, None, at(450)), Some(false));
        assert_eq!(debounce.look(true, Some(at(600)), at(610)), Some(false), "it was gone at 600");
        assert_eq!(debounce.restless_for(at(610)), Span::from_millis(310));
        assert_eq!(debounce.look(true, None, at(800)), Some(true));
        assert_eq!(debounce.restless_for(at(800)), Span::ZERO);
    }
}
