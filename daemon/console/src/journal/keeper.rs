// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that writes the journal.
//!
//! It takes the *latest* record of each kind that it was given; what was overtaken before it was written is not missed. A disk that is full,
//! read-only or slow costs a warning and a later attempt, never anybody's time.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::files::{Files, Found};
use super::record::Record;
use super::zeros::Zeros;

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
}

#[derive(Debug, Default)]
struct Inbox {
    latest: Latest,
    closing: bool,
    finished: bool,
}

/// What is to be written.
#[derive(Debug, Default)]
struct Latest {
    state: Option<Record>,
    zeros: Option<Zeros>,
}

/// Where it is written to.
#[derive(Debug)]
pub struct Journal {
    /// Mode and setpoints.
    pub state: Files<Record>,
    /// The transducers' zeros.
    pub zeros: Files<Zeros>,
}

impl Latest {
    const fn is_empty(&self) -> bool {
        self.state.is_none() && self.zeros.is_none()
    }

    /// Puts back what could not be written, unless something newer has come.
    fn put_back(&mut self, older: Self) {
        self.state = self.state.take().or(older.state);
        self.zeros = self.zeros.take().or(older.zeros);
    }

    /// Writes what there is, and leaves what could not be written.
    fn write(&mut self, journal: &mut Journal) -> std::io::Result<()> {
        if let Some(state) = &self.state {
            journal.state.store(state)?;
            self.state = None;
        }
        if let Some(zeros) = &self.zeros {
            journal.zeros.store(zeros)?;
            self.zeros = None;
        }
        Ok(())
    }
}

impl Journal {
    /// The files in this folder, and what was found in them: the state before, and the zeros.
    #[must_use]
    pub fn open(directory: &Path) -> (Self, Found<Record>, Found<Zeros>) {
        let (state, record) = Files::open(directory);
        let (zeros, found) = Files::open(directory);
        (Self { state, zeros }, record, found)
    }
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
        self.shared.lock().latest.state = Some(record);
        self.shared.changed.notify_all();
    }

    /// Has these zeros written soon. Returns at once.
    pub fn submit_zeros(&self, zeros: Zeros) {
        self.shared.lock().latest.zeros = Some(zeros);
        self.shared.changed.notify_all();
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

    fn write_all(&self, mut journal: Journal) {
        let mut failing = false;
        while let Some(mut latest) = self.next() {
            match latest.write(&mut journal) {
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

    /// What is to be written next, or `None` when there will be no more.
    fn next(&self) -> Option<Latest> {
        let mut inbox = self.lock();
        loop {
            if !inbox.latest.is_empty() {
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
        if inbox.closing {
            return true;
        }
        let waited = self.changed.wait_timeout_while(inbox, RETRY, |inbox| !inbox.closing);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::zeros::Zero;
    use super::*;
    use ecmod_control::Mode;
    use ecmod_quantities::{LitresPerMinute, Rpm};

    const PATIENCE: Duration = Duration::from_secs(20);

    fn record(rpm: f64) -> Record {
        Record {
            mode: Mode::Speed,
            speed: Rpm(rpm),
            flow: LitresPerMinute(4.0),
            sweep_gas_flow: None,
            supporting: false,
        }
    }

    #[test]
    fn the_last_record_submitted_is_on_disk_after_closing() {
        let directory = tempfile::tempdir().unwrap();
        let keeper = Keeper::start(Journal::open(directory.path()).0).unwrap();
        let zeros = |value| {
            let mut zeros = Zeros::default();
            zeros.keep("pressures.venous", Zero { value, taken: 7 });
            zeros
        };
        for rpm in 0..500 {
            keeper.submit(record(f64::from(rpm)));
            keeper.submit_zeros(zeros(f64::from(rpm) / 10.0));
        }
        keeper.close(PATIENCE).unwrap();
        let (_, state, kept) = Journal::open(directory.path());
        assert_eq!((state.record, kept.record), (Some(record(499.0)), Some(zeros(49.9))));
    }

    #[test]
    fn a_disk_that_takes_nothing_is_survived_and_said_at_closing() {
        let directory = tempfile::tempdir().unwrap();
        let blocked = directory.path().join("a-file-not-a-folder");
        std::fs::write(&blocked, "").unwrap();
        let keeper = Keeper::start(Journal::open(&blocked).0).unwrap();
        keeper.submit(record(1.0));
        assert_eq!(keeper.close(PATIENCE), Err(Unfinished));
    }
}
