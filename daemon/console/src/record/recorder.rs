// SPDX-License-Identifier: MIT OR Apache-2.0
//! The handle that the service thread has of the recording thread. Nothing here waits for the disk.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use ecmod_quantities::{Monotonic, Span};
use tokio::sync::oneshot;

use super::entry::Entry;
use super::inbox::{Ask, Shared};
use super::log::{Page, Query};
use super::queue::Lost;
use super::shelf::{self, Kept};
use super::window::Recorded;
use super::writer::{Opener, Writer};
use crate::clock;
use crate::storage::Folder;

/// The alarm log's folder in the state directory.
pub const ALARM_LOG: &str = "alarm-log";
/// The intervention records' folder in the state directory.
pub const INTERVENTIONS: &str = "interventions";

/// How long somebody who reads waits for the disk.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a loss is told after it has been recorded, so that it is heard of.
const TOLD: Span = Span::from_secs(60);

/// The recording thread.
#[derive(Debug)]
pub struct Recorder {
    handle: Handle,
    newest: u64,
    thread: JoinHandle<()>,
}

/// The way to it. Cheap to copy.
#[derive(Debug, Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// How the recording goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// Entries or records are being lost, or were within the last minute.
    pub is_losing: bool,
    /// There is no room on the disk, or hardly any.
    pub is_full: bool,
    /// The log cannot be written, for another reason.
    pub is_failing: bool,
    /// Entries lost since the start.
    pub lost: Lost,
    /// How long the thread has been waiting for the disk.
    pub busy: Option<Span>,
    /// How long an entry has been waiting for the thread: one that is gone or stuck elsewhere takes none.
    pub waiting: Option<Span>,
}

/// The thread did not answer in time: the disk is slow, or there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the disk did not answer in time")]
pub struct Unavailable;

/// Not everything is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the newest entries of the alarm log are not on the disk")]
pub struct Unfinished;

impl Recorder {
    /// Starts the thread, which reads what is there and writes into folders of this one.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(state_directory: &Path, boot: &str) -> std::io::Result<Self> {
        let interventions = state_directory.join(INTERVENTIONS);
        let newest = shelf::newest(&Folder::new(&interventions)).unwrap_or(0);
        let writer = Writer::new(folder(state_directory.join(ALARM_LOG)), folder(interventions), boot);
        Self::with(writer, newest)
    }

    pub(super) fn with(writer: Writer, newest: u64) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = Builder::new()
            .name("recorder".into())
            .stack_size(256 * 1024)
            .spawn(move || writer.run(&theirs))?;
        Ok(Self { handle: Handle { shared }, newest, thread })
    }

    /// The way to it.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The largest number that an intervention record had at start, for [`super::window::Window::new`].
    #[must_use]
    pub const fn newest_record(&self) -> u64 {
        self.newest
    }

    /// Waits until everything is on the disk and ends the thread; gives up after `patience`.
    ///
    /// # Errors
    /// The disk did not take it in time; the thread is left to itself.
    pub fn close(self, patience: Duration) -> Result<(), Unfinished> {
        let is_written = self.handle.shared.close(Instant::now() + patience).ok_or(Unfinished)?;
        let _ = self.thread.join();
        if is_written { Ok(()) } else { Err(Unfinished) }
    }
}

impl Handle {
    /// Has this entry written into the alarm log. Returns at once; an entry for which there is no room is counted and
    /// its loss recorded.
    pub fn note(&self, entry: Entry) {
        self.shared.change(|inbox| inbox.note(entry, clock::now()));
    }

    /// Has these readings kept as a file, in place of those with the same number. Returns at once.
    pub fn keep(&self, recorded: Recorded) {
        self.shared.change(|inbox| inbox.keep(recorded, clock::now()));
    }

    /// Reads the alarm log.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn read(&self, query: Query) -> Result<Page, Unavailable> {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Page(query, answer))?;
        wait(answered).await
    }

    /// Opens an intervention record for reading.
    ///
    /// # Errors
    /// [`Unavailable`], also if there is none with this number.
    pub async fn open(&self, number: u64) -> Result<OwnedFd, Unavailable> {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Open(number, answer))?;
        wait(answered).await?.ok_or(Unavailable)
    }

    /// The intervention records that are on the disk, the oldest first.
    #[must_use]
    pub fn records(&self) -> Vec<Kept> {
        self.shared.look(|inbox| inbox.kept.clone())
    }

    /// How the recording goes.
    #[must_use]
    pub fn health(&self, now: Monotonic) -> Health {
        let busy = self.shared.busy.for_how_long(now);
        self.shared.look(|inbox| Health { busy, ..inbox.health(now, TOLD) })
    }

    fn ask(&self, ask: Ask) -> Result<(), Unavailable> {
        self.shared.change(|inbox| inbox.ask(ask)).map_err(|_: Ask| Unavailable)
    }
}

fn folder(path: PathBuf) -> Opener {
    Box::new(move || Box::new(Folder::new(&path)))
}

async fn wait<T>(answered: oneshot::Receiver<T>) -> Result<T, Unavailable> {
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) | Err(_) => Err(Unavailable),
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
