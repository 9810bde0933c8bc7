// SPDX-License-Identifier: MIT OR Apache-2.0
//! A [`LineChip`] behind a socket.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::chip::{Client, LineChip, Refusal};
use super::now_ns;
use super::runner::{Runner, Service};
use crate::message::answer::encode_levels;
use crate::message::{Answer, Bus, FromServer, Request};
use crate::socket::Connection;
use crate::{MAX_MESSAGE, errno};

/// Changes of outputs that are remembered for [`LineServer::changes`].
const MOST_CHANGES: usize = 65_536;

/// Serves the lines of one chip.
#[derive(Debug)]
pub struct LineServer {
    shared: Arc<Shared>,
    runner: Runner,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    chip: LineChip,
    connections: BTreeMap<Client, Arc<Connection>>,
    /// Time, line, level.
    changes: Vec<(u64, usize, bool)>,
}

impl LineServer {
    /// Listens at `path`, which must not exist.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn start(path: &Path, chip: LineChip) -> io::Result<Self> {
        let state = State { chip, connections: BTreeMap::new(), changes: Vec::new() };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let runner = Runner::start(path, Lines(Arc::clone(&shared)))?;
        Ok(Self { shared, runner })
    }

    /// The world sets the voltage of an input, now. Unknown names are ignored.
    pub fn drive(&self, line: &str, level: bool) {
        let mut state = self.shared.lock();
        if let Some(offset) = state.chip.offset(line) {
            state.chip.drive(offset, level, now_ns());
        }
        let waits = state.chip.next_change().is_some();
        state.tell();
        drop(state);
        if waits {
            self.runner.wake();
        }
    }

    /// Looks at the chip, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut LineChip) -> T) -> T {
        let mut state = self.shared.lock();
        let result = look(&mut state.chip);
        state.tell();
        result
    }

    /// The voltage of a line; `None` if there is no such line.
    #[must_use]
    pub fn level(&self, line: &str) -> Option<bool> {
        let state = self.shared.lock();
        state.chip.offset(line).and_then(|offset| state.chip.level(offset))
    }

    /// Waits until a line has this voltage; `false` if it did not come to that in time.
    #[must_use]
    pub fn wait_level(&self, line: &str, level: bool, limit: Duration) -> bool {
        self.wait(limit, |state| {
            state.chip.offset(line).and_then(|offset| state.chip.level(offset)) == Some(level)
        })
    }

    /// Waits until somebody holds a line, or nobody does.
    #[must_use]
    pub fn wait_held(&self, line: &str, held: bool, limit: Duration) -> bool {
        let holder = |state: &State| state.chip.offset(line).and_then(|offset| state.chip.holder(offset));
        self.wait(limit, |state| holder(state).is_some() == held)
    }

    /// Takes what clients have set so far: time (`CLOCK_MONOTONIC`, ns), number of the line, voltage.
    #[must_use]
    pub fn changes(&self) -> Vec<(u64, usize, bool)> {
        std::mem::take(&mut self.shared.lock().changes)
    }

    fn wait(&self, limit: Duration, done: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + limit;
        let mut state = self.shared.lock();
        while !done(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let wait = self.shared.changed.wait_timeout(state, left);
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Sends the edges. One that the client's full socket does not take is lost, which its sequence shows.
    fn tell(&mut self) {
        let mut message = [0; 32];
        while let Some(notice) = self.chip.notice() {
            if let (Some(connection), Ok(length)) =
                (self.connections.get(&notice.client), FromServer::Event(notice.event).encode(&mut message))
            {
                let _ = connection.send(message.get(..length).unwrap_or_default());
            }
        }
        while let Some((offset, level)) = self.chip.driven() {
            if self.changes.len() < MOST_CHANGES {
                self.changes.push((now_ns(), offset, level));
            }
        }
    }

    fn answer(&mut self, client: Client, request: &Request<'_>) -> Result<Option<[u8; 16]>, Refusal> {
        match request {
            Request::Hello(hello) if hello.bus == Bus::Lines => Ok(None),
            Request::Lines { consumer, lines } => self.chip.request(client, *consumer, lines).map(|()| None),
            Request::Get => Ok(Some(encode_levels(self.chip.get(client)))),
            Request::Set(levels) => self.chip.set(client, *levels).map(|()| None),
            Request::Hello(_) | Request::Spi { .. } | Request::I2c { .. } => {
                Err(Refusal { errno: errno::EINVAL, holder: crate::Name::default() })
            }
        }
    }
}

struct Lines(Arc<Shared>);

impl Service for Lines {
    fn joined(&mut self, client: Client, connection: &Arc<Connection>) {
        self.0.lock().connections.insert(client, Arc::clone(connection));
    }

    fn message(&mut self, client: Client, connection: &Connection, message: &[u8]) -> bool {
        let Ok((sequence, request)) = Request::decode(message) else { return false };
        let mut state = self.0.lock();
        let answer = state.answer(client, &request);
        state.tell();
        let answer = match &answer {
            Ok(payload) => Answer::Done(payload.as_ref().map_or(&[], <[u8; 16]>::as_slice)),
            Err(refusal) => Answer::Refused { errno: refusal.errno, holder: refusal.holder },
        };
        let mut buffer = [0; MAX_MESSAGE];
        let Ok(length) = FromServer::Answer(sequence, answer).encode(&mut buffer) else { return false };
        let sent = connection.send(buffer.get(..length).unwrap_or_default()).is_ok();
        drop(state);
        self.0.changed.notify_all();
        sent
    }

    fn gone(&mut self, client: Client) {
        let mut state = self.0.lock();
        state.chip.release(client);
        state.connections.remove(&client);
        drop(state);
        self.0.changed.notify_all();
    }

    fn tick(&mut self) -> Option<Duration> {
        let mut state = self.0.lock();
        state.chip.settle(now_ns());
        state.tell();
        let due = state.chip.next_change()?;
        Some(Duration::from_nanos(due.saturating_sub(now_ns())))
    }
}
