// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens a port's device, and opens it again when it was lost.
//!
//! One thread does this, so that a device that is missing, or a TCP peer that does not answer, costs no driver its time:
//! requests fail at once while the port is closed. The first attempt after a loss is made immediately; further ones
//! back off. A port that is lost again right after it was opened does not reset the back-off.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ecmod_quantities::{Monotonic, Span};

use crate::clock;

use super::counters::{Counters, PortCounter};
use super::error::{BusError, Result};
use super::stream::Stream;

const FIRST_WAIT: Span = Span::from_millis(10);
const LONGEST_WAIT: Span = Span::from_millis(1000);
/// A port that stayed open this long was in order.
const PROVEN: Span = Span::from_secs(1);

/// How a port is opened.
pub type Opener<T = Stream> = Box<dyn Fn() -> io::Result<T> + Send>;

/// What the port is doing, as shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortState {
    /// Not opened yet.
    Waiting,
    /// Open.
    Connected,
    /// It was open, or opening it failed; it is tried again.
    Lost,
}

impl PortState {
    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Connected => "connected",
            Self::Lost => "lost",
        }
    }
}

#[derive(Debug)]
struct State<T> {
    offer: Option<T>,
    status: PortState,
    reason: String,
    ended: bool,
}

/// Between the opening thread and the requests.
#[derive(Debug)]
pub struct Gate<T = Stream> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

impl<T: Send + 'static> Gate<T> {
    /// Starts the opening thread, which ends when the returned keeper is dropped.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(opener: Opener<T>, counters: Arc<Counters>) -> io::Result<Keeper<T>> {
        let gate = Arc::new(Self {
            state: Mutex::new(State {
                offer: None,
                status: PortState::Waiting,
                reason: "not opened yet".to_owned(),
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let inside = Arc::clone(&gate);
        let thread = std::thread::Builder::new()
            .name("port-opener".to_owned())
            .stack_size(crate::SMALL_STACK)
            .spawn(move || inside.keep_open(&opener, &counters))?;
        Ok(Keeper { gate, thread: Some(thread) })
    }

    /// The freshly opened stream, if there is one.
    ///
    /// # Errors
    /// [`BusError::Io`] with the reason why the port is closed.
    pub fn take(&self) -> Result<T> {
        let mut state = self.lock();
        state.offer.take().ok_or_else(|| BusError::Io(state.reason.clone()))
    }

    /// Reports that the stream was lost; it is opened again.
    pub fn lost(&self, reason: &io::Error) {
        let mut state = self.lock();
        state.status = PortState::Lost;
        state.reason = reason.to_string();
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until a stream is on offer; `false` at `deadline`.
    pub fn wait_open(&self, deadline: Monotonic) -> bool {
        let mut state = self.lock();
        loop {
            let left = deadline.since(clock::now());
            if state.offer.is_some() || left.0 == 0 || state.ended {
                return state.offer.is_some();
            }
            state = self.wait(state, left);
        }
    }

    /// Waits until it is open, whoever has taken it; `false` at `deadline`.
    pub fn wait_connected(&self, deadline: Monotonic) -> bool {
        let mut state = self.lock();
        loop {
            let left = deadline.since(clock::now());
            let connected = state.status == PortState::Connected;
            if connected || left.0 == 0 || state.ended {
                return connected;
            }
            state = self.wait(state, left);
        }
    }

    /// What the port is doing, and why it is not open.
    #[must_use]
    pub fn status(&self) -> (PortState, String) {
        let state = self.lock();
        (state.status, state.reason.clone())
    }

    fn keep_open(&self, opener: &Opener<T>, counters: &Counters) {
        let mut wait = FIRST_WAIT;
        let mut told = String::new();
        loop {
            match opener() {
                Ok(stream) => {
                    told.clear();
                    counters.port(PortCounter::Opened, 1);
                    let opened = clock::now();
                    let mut state = self.lock();
                    state.offer = Some(stream);
                    state.status = PortState::Connected;
                    state.reason.clear();
                    self.changed.notify_all();
                    while state.status == PortState::Connected && !state.ended {
                        state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                    }
                    state.offer = None;
                    if state.ended {
                        return;
                    }
                    drop(state);
                    counters.port(PortCounter::Lost, 1);
                    if clock::now().since(opened) >= PROVEN {
                        wait = FIRST_WAIT;
                        continue;
                    }
                }
                Err(error) => {
                    let reason = error.to_string();
                    if reason != told {
                        tracing::warn!(event = "port.closed", "{reason}; it is tried again and again");
                        told = reason;
                    }
                    counters.port(PortCounter::OpenFailures, 1);
                    self.lost(&error);
                }
            }
            if !self.pause(wait) {
                return;
            }
            wait = Span(wait.0.saturating_mul(2)).min(LONGEST_WAIT);
        }
    }

    /// Waits between two attempts; `false` when it is time to end.
    fn pause(&self, span: Span) -> bool {
        let until = clock::now().plus(span);
        let mut state = self.lock();
        loop {
            let left = until.since(clock::now());
            if left.0 == 0 || state.ended {
                return !state.ended;
            }
            state = self.wait(state, left);
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>, span: Span) -> MutexGuard<'a, State<T>> {
        self.changed.wait_timeout(state, clock::duration(span)).unwrap_or_else(PoisonError::into_inner).0
    }
}

impl<T> Gate<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Owns the opening thread.
#[derive(Debug)]
pub struct Keeper<T = Stream> {
    gate: Arc<Gate<T>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl<T> std::ops::Deref for Keeper<T> {
    type Target = Gate<T>;

    fn deref(&self) -> &Gate<T> {
        &self.gate
    }
}

impl<T> Drop for Keeper<T> {
    fn drop(&mut self) {
        self.gate.lock().ended = true;
        self.gate.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // it ends by itself; a panic there has been reported by the panic hook
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::stream::LineTiming;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn soon() -> Monotonic {
        clock::now().plus(Span::from_secs(20))
    }

    #[test]
    fn a_device_that_is_missing_is_tried_again_until_it_is_there() {
        let tries = Arc::new(AtomicU32::new(0));
        let counting = Arc::clone(&tries);
        let opener: Opener = Box::new(move || {
            if counting.fetch_add(1, Ordering::SeqCst) < 2 {
                return Err(io::Error::new(io::ErrorKind::NotFound, "no such device"));
            }
            Ok(Stream::new(UnixStream::pair()?.0.into(), LineTiming::NONE))
        });
        let counters = Arc::new(Counters::default());
        let keeper = Gate::start(opener, Arc::clone(&counters)).unwrap();
        assert!(keeper.wait_open(soon()));
        assert_eq!(counters.of_port(PortCounter::OpenFailures), 2);
        assert_eq!(keeper.status().0, PortState::Connected);
        drop(keeper.take().unwrap());
        assert!(matches!(keeper.take(), Err(BusError::Io(_))));

        keeper.lost(&io::Error::other("unplugged"));
        assert!(keeper.wait_open(soon()), "a lost port is opened again");
        assert_eq!(counters.of_port(PortCounter::Lost), 1);
    }
}
