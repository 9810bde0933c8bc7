// SPDX-License-Identifier: MIT OR Apache-2.0
//! The caller's half: from an event to a record in the queue. Never waits for the writer.

use crate::limit::{self, Limit};
use crate::queue::Queue;
use crate::record::Record;
use crate::words::Level;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};
use tracing::span;
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Metadata, level_filters::LevelFilter};

/// Records that may wait to be written.
pub(crate) const CAPACITY: usize = 512;

/// What the two halves share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) queue: Queue<Record>,
    pub(crate) limit: Mutex<Limit>,
    /// Records that found the queue full, or that could not be written.
    pub(crate) lost: AtomicU64,
}

impl Shared {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { queue: Queue::new(capacity), limit: Mutex::default(), lost: AtomicU64::new(0) }
    }

    /// Applies `f` to the rate limit.
    pub(crate) fn with_limit<R>(&self, f: impl FnOnce(&mut Limit) -> R) -> R {
        f(&mut self.limit.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn count_lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }
}

/// The subscriber that every event of the process goes to.
#[derive(Debug)]
pub(crate) struct Capture {
    shared: Arc<Shared>,
    level: tracing::Level,
}

impl Capture {
    pub(crate) fn new(shared: Arc<Shared>, level: Level) -> Self {
        Self { shared, level: level.filter() }
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let ours = metadata.target().starts_with("ecmod");
        let level = if ours { self.level } else { self.level.min(tracing::Level::WARN) };
        metadata.is_event() && *metadata.level() <= level
    }
}

impl Subscriber for Capture {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.level))
    }

    fn event(&self, event: &Event<'_>) {
        let record = Record::of(event, SystemTime::now());
        let kind = limit::kind(&record);
        if self.shared.with_limit(|limit| limit.admits(&kind, Instant::now()))
            && self.shared.queue.push(record).is_err()
        {
            self.shared.count_lost();
        }
    }

    // Spans are not recorded, and `enabled` says so; these are only called for a span that somebody makes all the same.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
