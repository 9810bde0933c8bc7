// SPDX-License-Identifier: MIT OR Apache-2.0
//! How well the control loop keeps its time: written by the control thread, read by anybody, nobody waits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use ecmod_quantities::Span;

use super::histogram::Histogram;
use super::pacing::Occasion;

/// Counters and histograms of the loop since the daemon started.
#[derive(Debug, Default)]
pub struct Statistics {
    ticks: AtomicU64,
    urgent_ticks: AtomicU64,
    overruns: AtomicU64,
    snapshots_dropped: AtomicU64,
    torn_reads: AtomicU64,
    late: Histogram,
    duration: Histogram,
}

impl Statistics {
    /// One tick is over. Control thread only.
    pub fn ticked(&self, occasion: Occasion, duration: Span) {
        match occasion {
            Occasion::Due { late, skipped } => {
                add(&self.ticks, 1);
                add(&self.overruns, skipped);
                self.late.record(late);
            }
            Occasion::Urgent => add(&self.urgent_ticks, 1),
        }
        self.duration.record(duration);
    }

    /// The service thread was too slow to take a snapshot. Control thread only.
    pub fn snapshot_dropped(&self) {
        add(&self.snapshots_dropped, 1);
    }

    /// A slot was being written each time it was looked at; the previous sample stays. Control thread only.
    pub fn torn_read(&self) {
        add(&self.torn_reads, 1);
    }

    /// How many ticks of the grid have run.
    #[must_use]
    pub fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// How many ticks ran between those of the grid, because a host rang or ended.
    #[must_use]
    pub fn urgent_ticks(&self) -> u64 {
        self.urgent_ticks.load(Ordering::Relaxed)
    }

    /// How many deadlines were skipped.
    #[must_use]
    pub fn overruns(&self) -> u64 {
        self.overruns.load(Ordering::Relaxed)
    }

    /// How late ticks began: upper edges in nanoseconds and counts.
    #[must_use]
    pub fn lateness(&self) -> Vec<(u64, u64)> {
        self.late.buckets()
    }

    /// How long ticks took: upper edges in nanoseconds and counts.
    #[must_use]
    pub fn durations(&self) -> Vec<(u64, u64)> {
        self.duration.buckets()
    }

    /// Everything by name, durations in nanoseconds, as the D-Bus property `Loop` shows it.
    #[must_use]
    pub fn by_name(&self) -> BTreeMap<&'static str, u64> {
        let late = self.late.quantiles();
        let duration = self.duration.quantiles();
        BTreeMap::from([
            ("ticks", self.ticks()),
            ("urgent_ticks", self.urgent_ticks()),
            ("overruns", self.overruns()),
            ("snapshots_dropped", self.snapshots_dropped.load(Ordering::Relaxed)),
            ("torn_reads", self.torn_reads.load(Ordering::Relaxed)),
            ("late_p50_ns", late.p50.0),
            ("late_p99_ns", late.p99.0),
            ("late_max_ns", late.longest.0),
            ("duration_p50_ns", duration.p50.0),
            ("duration_p99_ns", duration.p99.0),
            ("duration_max_ns", duration.longest.0),
        ])
    }
}

/// One writer, so a load and a store are enough.
fn add(counter: &AtomicU64, amount: u64) {
    counter.store(counter.load(Ordering::Relaxed).saturating_add(amount), Ordering::Relaxed);
}
