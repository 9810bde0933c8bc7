// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that writes the journal.
//!
//! It takes the *latest* record of each kind that it was given; what was overtaken before it was written is not missed. A disk that is full,
//! read-only or slow costs a warning and a later attempt, never anybody's time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use ecmod_quantities::{Monotonic, Span};

use super::boots::Boots;
pub use super::latest::Journal;
use super::latest::Latest;
use super::procedures::Procedures;
use super::record::Record;
use super::zeros::Zeros;
use crate::clock;
use crate::storage::{Busy, is_full};

/// How long after a failure the next attempt is made.
const RETRY: Duration = Duration::from_secs(5);

/// Hands records to the writing thread.
#[derive(Debug)]
pub struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    inbox: Mutex<Inbox>,
    changed: Condvar,
    busy: Busy,
}

#[derive(Debug, Default)]
struct Inbox {
    latest: Latest,
    /// Since when something has been waiting for the thread to take it.
    waiting: Option<Monotonic>,
    disk: Disk,
    /// The state has been written since the start.
    is_state_written: bool,
    closing: bool,
    finished: bool,
}

/// How the writing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// How the disk takes it.
    pub disk: Disk,
    /// The state has been written since the start: what was damaged on the disk is whole again.
    pub is_state_written: bool,
    /// How long the thread has been waiting for the disk.
    pub busy: Option<Span>,
    /// How long something has been waiting for the thread: one that is gone or stuck elsewhere takes nothing.
    pub waiting: Option<Span>,
}

/// How the disk takes what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disk {
    /// It does.
    #[default]
    Good,
    /// There is no room.
    Full,
    /// It does not, for another reason.
    Failing,
}

impl Keeper {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gave no thread.
    pub fn start(journal: Journal) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = Builder::new()
            .name("journal".into())
            .stack_size(256 * 1024)
            .spawn(move || theirs.write_all(journal))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Has this record written soon, in place of any that still waits. Returns at once.
    pub fn submit(&self, record: Record) {
        self.shared.put(|latest| latest.state = Some(record));
    }

    /// Has these zeros written soon. Returns at once.
    pub fn submit_zeros(&self, zeros: Zeros) {
        self.shared.put(|latest| latest.zeros = Some(zeros));
    }

    /// Has this account of starts and boots written soon. Returns at once.
    pub fn submit_boots(&self, boots: Boots) {
        self.shared.put(|latest| latest.boots = Some(boots));
    }

    /// Has this account of the procedures written soon. Returns at once.
    pub fn submit_procedures(&self, procedures: Procedures) {
        self.shared.lock().latest.procedures = Some(procedures);
        self.shared.changed.notify_all();
    }

    /// How the writing goes.
    #[must_use]
    pub fn health(&self, now: Monotonic) -> Health {
        let busy = self.shared.busy.for_how_long(now);
        let inbox = self.shared.lock();
        let waiting = inbox.waiting.map(|since| now.since(since));
        Health { disk: inbox.disk, is_state_written: inbox.is_state_written, busy, waiting }
    }

    /// Waits until the last record is on disk and ends the thread; gives up after `patience`.
    ///
    /// # Errors
    /// The disk did not take it in time; the thread is left to itself.
    pub fn close(mut self, patience: Duration) -> Result<(), Unfinished> {
        let end = Instant::now() + patience;
        let mut inbox = self.shared.lock();
        inbox.closing = true;
        self.shared.changed.notify_all();
        while !inbox.finished {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Unfinished);
            }
            inbox = self.shared.changed.wait_timeout(inbox, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let is_written = inbox.latest.is_empty();
        drop(inbox);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if is_written { Ok(()) } else { Err(Unfinished) }
    }
}

/// The newest state is not on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the newest state is not on disk")]
pub struct Unfinished;

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has something written soon.
    fn put(&self, put: impl FnOnce(&mut Latest)) {
        let mut inbox = self.lock();
        put(&mut inbox.latest);
        inbox.waiting.get_or_insert_with(clock::now);
        drop(inbox);
        self.changed.notify_all();
    }

    fn write_all(&self, mut journal: Journal) {
        let mut failing = false;
        while let Some(mut latest) = self.next() {
            self.busy.begin(clock::now());
            let had_state = latest.state.is_some();
            let result = latest.write(&mut journal);
            self.busy.end();
            self.note(&result, had_state && latest.state.is_none());
            match result {
                Ok(()) if failing => {
                    failing = false;
                    tracing::info!("the state journal is written again");
                }
                Ok(()) => {}
                Err(error) => {
                    if !failing {
                        tracing::warn!(
                            %error,
                            "the state journal cannot be written: a restarted daemon would not know mode, setpoints and zeros; \
                             check the disk of the state directory"
                        );
                    }
                    failing = true;
                    if self.put_back_and_wait(latest) {
                        break;
                    }
                }
            }
        }
        self.lock().finished = true;
        self.changed.notify_all();
    }

    fn note(&self, result: &std::io::Result<()>, is_state_written: bool) {
        let mut inbox = self.lock();
        inbox.is_state_written |= is_state_written;
        inbox.disk = match result {
            Ok(()) => Disk::Good,
            Err(error) if is_full(error) => Disk::Full,
            Err(_) => Disk::Failing,
        };
    }

    /// What is to be written next, or `None` when there will be no more.
    fn next(&self) -> Option<Latest> {
        let mut inbox = self.lock();
        loop {
            if !inbox.latest.is_empty() {
                inbox.waiting = None;
                return Some(std::mem::take(&mut inbox.latest));
            }
            if inbox.closing {
                return None;
            }
            inbox = self.changed.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Keeps what could not be written, unless something newer has come, until it is time for another attempt
    /// (at once when closing begins). True if that was the last one.
    fn put_back_and_wait(&self, latest: Latest) -> bool {
        let mut inbox = self.lock();
        inbox.latest.put_back(latest);
        inbox.waiting.get_or_insert_with(clock::now);
        if inbox.closing {
            return true;
        }
        let waited = self.changed.wait_timeout_while(inbox, RETRY, |inbox| !inbox.closing);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        false
    }
}

#[cfg(test)]
#[path = "keeper_tests.rs"]
mod tests;
