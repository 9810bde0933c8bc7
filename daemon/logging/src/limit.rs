// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rate limit: at most [`BURST`] records of one kind per [`WINDOW`]; the rest is counted and reported when the window ends.
//!
//! A *kind* is an event id together with the driver, port or role it is about, so that one noisy driver does not silence another. An
//! event without an id is its own kind by its place in the source.

use crate::record::Record;
use std::time::{Duration, Instant};

/// Records of one kind within a window.
pub(crate) const BURST: u32 = 20;
/// Length of a window; it starts with the first record of its kind.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);
/// Kinds that are told apart at one time. Further ones are not limited: the queue's bound still holds.
const KINDS: usize = 64;
/// Fields that say what an event is about.
const SUBJECTS: [&str; 3] = ["driver", "port", "role"];

/// Counts records by kind.
#[derive(Debug, Default)]
pub(crate) struct Limit {
    windows: Vec<Window>,
}

#[derive(Debug)]
struct Window {
    kind: String,
    start: Instant,
    admitted: u32,
    suppressed: u64,
}

impl Limit {
    /// Whether a record of this kind may be written.
    pub(crate) fn admits(&mut self, kind: &str, now: Instant) -> bool {
        let over = |window: &Window| now.saturating_duration_since(window.start) >= WINDOW;
        if let Some(window) = self.windows.iter_mut().find(|window| window.kind == kind && !over(window)) {
            if window.admitted < BURST {
                window.admitted += 1;
                return true;
            }
            window.suppressed = window.suppressed.saturating_add(1);
            return false;
        }
        // Windows with something to report stay until `ended` has reported it.
        self.windows.retain(|window| window.suppressed > 0 || !over(window));
        if self.windows.len() < KINDS {
            self.windows.push(Window { kind: kind.to_owned(), start: now, admitted: 1, suppressed: 0 });
        }
        true
    }

    /// The kinds whose windows are over at `now` with what was suppressed in them.
    pub(crate) fn ended(&mut self, now: Instant) -> Vec<(String, u64)> {
        self.take(|window| now.saturating_duration_since(window.start) >= WINDOW)
    }

    /// All kinds with what was suppressed, at the end.
    pub(crate) fn all(&mut self) -> Vec<(String, u64)> {
        self.take(|_| true)
    }

    /// How long until [`Limit::ended`] may have something to report. `None` if no kind has reached its limit.
    pub(crate) fn until_next_end(&self, now: Instant) -> Option<Duration> {
        let full = self.windows.iter().filter(|window| window.admitted >= BURST);
        full.map(|window| WINDOW.saturating_sub(now.saturating_duration_since(window.start))).min()
    }

    fn take(&mut self, over: impl Fn(&Window) -> bool) -> Vec<(String, u64)> {
        let mut ended = Vec::new();
        self.windows.retain_mut(|window| {
            let over = over(window);
            if over && window.suppressed > 0 {
                ended.push((std::mem::take(&mut window.kind), window.suppressed));
            }
            !over
        });
        ended
    }
}

/// The kind of a record.
pub(crate) fn kind(record: &Record) -> String {
    let metadata = record.metadata();
    let mut kind = match record.field("event") {
        Some(id) => id.to_owned(),
        None => format!("{}:{}", metadata.file().unwrap_or(metadata.target()), metadata.line().unwrap_or(0)),
    };
    for subject in SUBJECTS.iter().filter_map(|name| record.field(name)) {
        kind.push(' ');
        kind.push_str(subject);
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_kind_is_cut_and_counted_and_other_kinds_pass() {
        let (mut limit, start) = (Limit::default(), Instant::now());
        let passed = (0..1000).filter(|_| limit.admits("flood", start)).count();
        assert_eq!(passed, BURST as usize);
        assert!(limit.admits("other", start));
        assert_eq!(limit.ended(start), []);
        assert_eq!(limit.until_next_end(start + Duration::from_secs(4)), Some(Duration::from_secs(6)));

        assert_eq!(limit.ended(start + WINDOW), [("flood".to_owned(), 980)]);
        assert!(limit.admits("flood", start + WINDOW));
        assert_eq!(limit.until_next_end(start + WINDOW), None);
    }

    #[test]
    fn a_new_window_does_not_forget_what_the_last_one_suppressed() {
        let (mut limit, start) = (Limit::default(), Instant::now());
        for _ in 0..=BURST {
            limit.admits("flood", start);
        }
        assert!(limit.admits("flood", start + WINDOW));
        assert_eq!(limit.ended(start + WINDOW), [("flood".to_owned(), 1)]);
    }

    #[test]
    fn kinds_beyond_the_table_pass_and_memory_stays_bounded() {
        let (mut limit, start) = (Limit::default(), Instant::now());
        assert!((0..10 * KINDS).all(|kind| limit.admits(&kind.to_string(), start)));
        assert_eq!(limit.windows.len(), KINDS);
        assert!(limit.admits("later", start + WINDOW));
        assert_eq!(limit.windows.len(), 1);
    }
}
