// SPDX-License-Identifier: MIT OR Apache-2.0
//! Starting and ending the log: the subscriber, the thread, the guard.

use crate::capture::{CAPACITY, Capture, Shared};
use crate::sink::{Journal, Sink, Stderr};
use crate::words::{Level, Target};
use crate::writer;
use std::io::{self, IsTerminal};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Enough for formatting one record; the default of 2 MB would count against a host's memory when it is locked.
const STACK: usize = 128 * 1024;
/// How long the end of the process waits for the rest of the log.
const PATIENCE: Duration = Duration::from_secs(1);

/// The one log of the process.
static LOG: OnceLock<Arc<Shared>> = OnceLock::new();

/// Why the log cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process has a log already.
    #[error("the log of this process has been started already")]
    AlreadyStarted,
    /// journald was asked for and is not there.
    #[error("there is no journald on this machine; set [log] target to \"auto\" or \"stderr\"")]
    NoJournald,
    /// Standard error is not open.
    #[error("standard error cannot be used for the log: {0}")]
    Stderr(#[source] io::Error),
    /// No thread.
    #[error("the log thread cannot be started: {0}")]
    Thread(#[source] io::Error),
}

/// Keeps the log going. When it is dropped, what waits is still written, for at most one second.
#[derive(Debug)]
#[must_use = "the log ends when the guard is dropped"]
pub struct Guard {
    shared: Arc<Shared>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.shared.queue.close();
        // If journald stalls, the rest is lost with the process.
        self.shared.queue.wait_finished(PATIENCE);
    }
}

/// Starts the log of this process. Does not wait, even if journald does not answer.
///
/// # Errors
/// See [`Error`]. Nothing is logged then.
pub fn start(target: Target, level: Level) -> Result<Guard, Error> {
    let journal = match target {
        Target::Stderr => false,
        Target::Journald if !Journal::is_there() => return Err(Error::NoJournald),
        Target::Journald => true,
        Target::Auto => Journal::is_there() && !io::stderr().is_terminal(),
    };
    // Connecting to journald can wait, so the thread does it.
    let open: Box<dyn FnOnce() -> Box<dyn Sink> + Send> = if journal {
        let instead = Stderr::open().ok();
        Box::new(move || match (Journal::open(), instead) {
            (Err(_), Some(stderr)) => Box::new(stderr),
            (Err(_), None) => Box::new(writer::Nowhere),
            (Ok(journal), _) => Box::new(journal),
        })
    } else {
        let stderr = Stderr::open().map_err(Error::Stderr)?;
        Box::new(move || Box::new(stderr))
    };
    let shared = Arc::new(Shared::new(CAPACITY));
    if LOG.set(Arc::clone(&shared)).is_err() {
        return Err(Error::AlreadyStarted);
    }
    let its = Arc::clone(&shared);
    std::thread::Builder::new()
        .name("log".into())
        .stack_size(STACK)
        .spawn(move || writer::run(&its, &mut *open()))
        .map_err(Error::Thread)?;
    let guard = Guard { shared: Arc::clone(&shared) };
    tracing::subscriber::set_global_default(Capture::new(shared, level))
        .map_err(|_| Error::AlreadyStarted)?;
    Ok(guard)
}

/// How many log messages of this process were lost since its start, because the log could not be written fast enough
/// or at all. Suppressed ones (the rate limit) do not count: the log itself says how many.
#[must_use]
pub fn lost() -> u64 {
    LOG.get().map_or(0, |shared| shared.lost.load(Ordering::Relaxed))
}
