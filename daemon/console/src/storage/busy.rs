// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long a writing thread has been waiting for the disk: what supervision goes by, without asking the thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ecmod_quantities::{Monotonic, Span};

const IDLE: u64 = u64::MAX;

/// Since when a thread is at its present piece of work. Cheap to copy; all copies tell the same.
#[derive(Debug, Clone)]
pub struct Busy {
    since: Arc<AtomicU64>,
}

impl Default for Busy {
    fn default() -> Self {
        Self { since: Arc::new(AtomicU64::new(IDLE)) }
    }
}

impl Busy {
    /// The thread begins a piece of work, or another one.
    pub fn begin(&self, now: Monotonic) {
        self.since.store(now.0, Ordering::Release);
    }

    /// The thread waits for work.
    pub fn end(&self) {
        self.since.store(IDLE, Ordering::Release);
    }

    /// How long the thread has been at its present piece of work; `None` if it waits for some.
    #[must_use]
    pub fn for_how_long(&self, now: Monotonic) -> Option<Span> {
        match self.since.load(Ordering::Acquire) {
            IDLE => None,
            since => Some(now.since(Monotonic(since))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_busy_from_the_beginning_of_its_work_to_its_end() {
        let busy = Busy::default();
        let seen = busy.clone();
        assert_eq!(seen.for_how_long(Monotonic(5)), None);
        busy.begin(Monotonic(5));
        assert_eq!(seen.for_how_long(Monotonic(12)), Some(Span(7)));
        busy.end();
        assert_eq!(seen.for_how_long(Monotonic(12)), None);
    }
}
