// SPDX-License-Identifier: MIT OR Apache-2.0
//! A heartbeat: a count that its owner advances, with the time when it did.

use super::sync::{AtomicU64, Ordering};
use ecmod_quantities::Monotonic;

/// One direction's heartbeat, alone on its cache line.
#[repr(C, align(64))]
#[derive(Debug)]
pub(super) struct Beat {
    count: AtomicU64,
    t: AtomicU64,
}

impl Beat {
    /// Advances the count. Only the owner's one thread calls this.
    pub(super) fn beat(&self, now: Monotonic) {
        let next = self.count.load(Ordering::Relaxed).wrapping_add(1);
        self.t.store(now.0, Ordering::Relaxed);
        self.count.store(next, Ordering::Release);
    }

    /// The count and the time of that beat or, if its owner is just beating, of the next: the time is never older than the count.
    pub(super) fn get(&self) -> (u64, Monotonic) {
        let count = self.count.load(Ordering::Acquire);
        (count, Monotonic(self.t.load(Ordering::Relaxed)))
    }
}
