// SPDX-License-Identifier: MIT OR Apache-2.0
//! What lies between the service thread and the recording thread. The lock is held for a few lines, never over I/O.
//!
//! | what | room | when it is full |
//! |---|---|---|
//! | entries | [`super::queue::CAPACITY`] | the newest is dropped, counted, and its loss recorded |
//! | intervention records | [`RECORDS`] | the newest is dropped, counted, and its loss recorded |
//! | questions | [`ASKS`] | who asks is told that the disk is slow |

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ecmod_quantities::{Monotonic, Span};
use tokio::sync::oneshot;

use super::entry::Entry;
use super::log::{Page, Query};
use super::queue::{Lost, Pushed, Queue};
use super::recorder::Health;
use super::shelf::Kept;
use super::window::Recorded;
use crate::storage::Busy;

/// Intervention records that may wait.
const RECORDS: usize = 8;
/// Questions that may wait.
const ASKS: usize = 16;

/// What both threads see.
#[derive(Debug, Default)]
pub(super) struct Shared {
    inbox: Mutex<Inbox>,
    changed: Condvar,
    /// What the recording thread is at.
    pub(super) busy: Busy,
}

/// What one of them has put there for the other.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    queue: Queue,
    records: VecDeque<Recorded>,
    records_lost: u64,
    asks: VecDeque<Ask>,
    /// The records that are on the disk.
    pub(super) kept: Vec<Kept>,
    /// Since the start.
    lost: Lost,
    lost_at: Option<Monotonic>,
    /// Since when an entry has been waiting that the thread could take.
    waiting: Option<Monotonic>,
    pub(super) disk: Disk,
    closing: bool,
    finished: Option<Written>,
}

/// How the disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Disk {
    /// It takes what it is given.
    #[default]
    Good,
    /// It takes what it is given, and there is hardly any room left.
    NearlyFull,
    /// There is no room.
    Full,
    /// It takes nothing for another reason.
    Failing,
}

/// Whether everything was written when the thread ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    All,
    NotAll,
}

/// What is asked of the thread.
#[derive(Debug)]
pub(super) enum Ask {
    Page(Query, oneshot::Sender<Page>),
    Open(u64, oneshot::Sender<Option<OwnedFd>>),
}

/// What there is to do.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) entries: Vec<Entry>,
    pub(super) lost: Lost,
    pub(super) records: VecDeque<Recorded>,
    pub(super) records_lost: u64,
    pub(super) asks: VecDeque<Ask>,
    pub(super) closing: bool,
}

/// Whether the recording thread takes more entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Appetite {
    /// All there are.
    Entries,
    /// None until those that it has are on the disk.
    None,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&Inbox) -> T) -> T {
        look(&self.lock())
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Inbox) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }

    /// Waits until there is something to do, or until then.
    pub(super) fn wait(&self, until: Instant, appetite: Appetite) -> Work {
        let mut inbox = self.lock();
        while !inbox.has_work(appetite) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            inbox = self.changed.wait_timeout(inbox, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        inbox.take(appetite)
    }

    /// Has the thread end, and waits for it. `None` if it does not in time.
    pub(super) fn close(&self, until: Instant) -> Option<bool> {
        self.change(|inbox| inbox.closing = true);
        let mut inbox = self.lock();
        loop {
            if let Some(written) = inbox.finished {
                return Some(written == Written::All);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            inbox = self.changed.wait_timeout(inbox, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(super) fn finish(&self, written: Written) {
        self.change(|inbox| inbox.finished = Some(written));
    }
}

impl Inbox {
    fn has_work(&self, appetite: Appetite) -> bool {
        let wants_entries = appetite == Appetite::Entries;
        (wants_entries && self.has_entries())
            || !self.records.is_empty()
            || !self.asks.is_empty()
            || self.closing
    }

    /// Whether there is something that is to stand in the alarm log.
    pub(super) fn has_entries(&self) -> bool {
        !self.queue.is_empty() || self.records_lost > 0
    }

    /// Puts an entry in, or drops it and counts it.
    pub(super) fn note(&mut self, entry: Entry, now: Monotonic) {
        let class = entry.event.class();
        if self.queue.push(entry) == Pushed::Dropped {
            self.lost.count(class);
            self.lost_at = Some(now);
        }
        self.waiting.get_or_insert(now);
    }

    fn take(&mut self, appetite: Appetite) -> Work {
        let mut work = Work {
            records: std::mem::take(&mut self.records),
            asks: std::mem::take(&mut self.asks),
            closing: self.closing,
            ..Work::default()
        };
        if appetite == Appetite::Entries {
            (work.entries, work.lost) = self.queue.take();
            work.records_lost = std::mem::take(&mut self.records_lost);
            self.waiting = None;
        }
        work
    }

    /// A newer record with the same number takes the place of one that waits.
    pub(super) fn keep(&mut self, recorded: Recorded, now: Monotonic) {
        if let Some(waiting) = self.records.iter_mut().find(|waiting| waiting.number == recorded.number) {
            *waiting = recorded;
        } else if self.records.len() < RECORDS {
            self.records.push_back(recorded);
        } else {
            self.record_lost(now);
        }
    }

    pub(super) fn record_lost(&mut self, now: Monotonic) {
        self.records_lost = self.records_lost.saturating_add(1);
        self.lost_at = Some(now);
    }

    /// Puts a question, or gives it back.
    pub(super) fn ask(&mut self, ask: Ask) -> Result<(), Ask> {
        if self.asks.len() >= ASKS || self.closing {
            return Err(ask);
        }
        self.asks.push_back(ask);
        Ok(())
    }

    pub(super) fn health(&self, now: Monotonic, told: Span) -> Health {
        Health {
            is_losing: self.lost_at.is_some_and(|at| now.since(at) < told)
                || self.records_lost > 0
                || self.queue.is_losing(),
            is_full: matches!(self.disk, Disk::Full | Disk::NearlyFull),
            is_failing: self.disk == Disk::Failing,
            lost: self.lost,
            busy: None,
            waiting: self.waiting.map(|since| now.since(since)),
        }
    }
}
