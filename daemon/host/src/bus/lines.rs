// SPDX-License-Identifier: MIT OR Apache-2.0
//! The GPIO lines of a port, real or simulated, by the names that drivers use.
//!
//! ```text
//! line's descriptor --edges--> reader thread --> ring of the line --> gpio_edges of each driver (a cursor of its own)
//!       ^   |                      |   \-------> wake: the driver's pause ends
//!       |   get, set               v
//!       +-- driver threads        opens, and opens again with back-off
//! ```
//! Each line is asked for by itself, so that one that somebody else holds keeps no other one away. One thread opens all of them, reads
//! all edges, and notices when a chip goes away. Level and edges are logical: `active_low` has been taken into account.
//!
//! # An edge storm
//! costs a bounded part of one core and no memory: the thread looks at most once in [`reader::ROUND`], takes at most
//! [`handle::MOST_EDGES`] of a line at a time, the ring keeps the newest [`ring::CAPACITY`], and a driver is woken at most
//! once in a millisecond. What is lost is counted, and seen by the driver as a gap in the sequence.
//!
//! # Words
//! **Place**: where a line's descriptor is, or why there is none. **Held by**: the consumer that the kernel names.

mod chip;
mod handle;
mod line;
mod reader;
mod ring;

pub use ring::{CAPACITY, Edge};

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use ecmod_config::{Line as Settings, LineDirection};
use ecmod_quantities::{Monotonic, Span};
use rustix::event::{EventfdFlags, eventfd};

use crate::clock;

use super::counters::{Counters, PortCounter};
use super::error::{BusError, Result};
use super::gate::PortState;
use handle::Handle;
use line::Line;

/// Who waits no longer than this only wants to know what is there: a sleep would last longer (the kernel's timer slack is 50 us).
const AT_ONCE: Span = Span::from_micros(10);

/// What ends a driver's pause.
pub trait Wake: Send + Sync {
    /// An edge came.
    fn wake(&self);
}

/// The lines of one port.
pub struct Lines {
    inside: Arc<Inside>,
    thread: Option<std::thread::JoinHandle<()>>,
}

struct Inside {
    lines: Vec<Line>,
    names: BTreeMap<String, usize>,
    consumer: String,
    timeout: Span,
    counters: Arc<Counters>,
    bell: OwnedFd,
    ended: AtomicBool,
}

/// A line of the port, as one driver sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineId(usize);

impl Lines {
    /// Asks for the lines in the background. `consumer` is what the kernel shows to others.
    ///
    /// # Errors
    /// If the system gives no thread or descriptor.
    pub fn start(
        lines: &BTreeMap<String, Settings>,
        consumer: &str,
        timeout: Span,
        counters: Arc<Counters>,
    ) -> io::Result<Self> {
        let names = lines.keys().enumerate().map(|(index, name)| (name.clone(), index)).collect();
        let lines = lines.iter().map(|(name, settings)| Line::new(name, settings)).collect();
        let inside = Arc::new(Inside {
            lines,
            names,
            consumer: consumer.to_owned(),
            timeout,
            counters,
            bell: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            ended: AtomicBool::new(false),
        });
        let reader = Arc::clone(&inside);
        let thread = std::thread::Builder::new()
            .name("port-lines".to_owned())
            .stack_size(crate::SMALL_STACK)
            .spawn(move || reader::run(&reader))?;
        Ok(Self { inside, thread: Some(thread) })
    }

    /// Finds a line.
    ///
    /// # Errors
    /// [`BusError::NotFound`].
    pub fn find(&self, name: &str) -> Result<LineId> {
        self.inside.names.get(name).map(|index| LineId(*index)).ok_or(BusError::NotFound("line"))
    }

    /// The level now; of an output, what it drives.
    ///
    /// # Errors
    /// [`BusError`].
    pub fn get(&self, line: LineId) -> Result<bool> {
        let line = self.line(line)?;
        let handle = self.handle(line)?;
        let result = handle.get(clock::duration(self.inside.timeout), |edge| self.inside.keep(line, edge));
        self.judge(line, result)
    }

    /// Drives an output.
    ///
    /// # Errors
    /// [`BusError::Denied`] for an input.
    pub fn set(&self, line: LineId, level: bool) -> Result<()> {
        let line = self.line(line)?;
        if matches!(line.settings.direction, LineDirection::Input { .. }) {
            return Err(BusError::Denied("the line is configured as an input"));
        }
        let result = self.handle(line).and_then(|handle| {
            let result = handle.set(level, clock::duration(self.inside.timeout));
            self.judge(line, result)
        });
        // what failed is the driver's to repeat: until then a line that comes back has its configured level
        line.place().set = result.is_ok().then_some(level);
        result
    }

    /// Waits for edges behind `cursor`, and takes them, oldest first; the cursor moves behind them. A line that was not asked for yet
    /// is waited for first, as in [`Lines::get`]: "none came" is said only by who listens.
    ///
    /// # Errors
    /// [`BusError::Timeout`] if none came, [`BusError::Invalid`] if none are configured, [`BusError::Io`] while the line is not there.
    pub fn edges(
        &self,
        line: LineId,
        cursor: &mut u64,
        room: &mut [Edge],
        timeout: Option<Span>,
    ) -> Result<usize> {
        let line = self.line_with_edges(line)?;
        if room.is_empty() {
            return Err(BusError::Invalid("no room for an edge"));
        }
        let asked = clock::now();
        drop(line.wait(asked.plus(self.inside.timeout), |place| place.state != PortState::Waiting));
        let deadline = asked.plus(timeout.unwrap_or(self.inside.timeout));
        let mut ring = line.ring();
        loop {
            let taken = ring.take(cursor, room);
            if taken.lost > 0 {
                self.inside.counters.port(PortCounter::LostEdges, taken.lost);
            }
            if taken.count > 0 {
                return Ok(taken.count);
            }
            let left = deadline.since(clock::now());
            if left <= AT_ONCE {
                drop(ring);
                return Err(self.trouble_of(line).map_or(BusError::Timeout, BusError::Io));
            }
            let wait = line.arrived.wait_timeout(ring, clock::duration(left));
            ring = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// From now on (or no longer) an edge of this line wakes.
    ///
    /// # Errors
    /// [`BusError::Invalid`] if no edges are configured.
    pub fn wake(&self, line: LineId, who: &Arc<dyn Wake>, on: bool) -> Result<()> {
        let mut wakes = self.line_with_edges(line)?.wakes();
        wakes.retain(|other| !Arc::ptr_eq(other, who));
        if on {
            wakes.push(Arc::clone(who));
        }
        Ok(())
    }

    /// The first line that is not there, and why.
    #[must_use]
    pub fn status(&self) -> (PortState, String) {
        for line in &self.inside.lines {
            let place = line.place();
            if place.state != PortState::Connected {
                return (place.state, format!("line {}: {}", line.name, place.reason));
            }
        }
        (PortState::Connected, String::new())
    }

    /// Waits until all lines are there; `false` at `deadline`.
    #[must_use]
    pub fn wait_open(&self, deadline: Monotonic) -> bool {
        self.inside
            .lines
            .iter()
            .all(|line| line.wait(deadline, |place| place.handle.is_some()).handle.is_some())
    }

    fn line(&self, line: LineId) -> Result<&Line> {
        self.inside.lines.get(line.0).ok_or(BusError::NotFound("line"))
    }

    fn line_with_edges(&self, line: LineId) -> Result<&Line> {
        let line = self.line(line)?;
        if line.settings.has_edges() {
            Ok(line)
        } else {
            Err(BusError::Invalid("no edges are configured for this line"))
        }
    }

    fn handle(&self, line: &Line) -> Result<Arc<Handle>> {
        let deadline = clock::now().plus(self.inside.timeout);
        let place = line.wait(deadline, |place| place.state != PortState::Waiting);
        place.handle.clone().ok_or_else(|| BusError::Io(place.reason.clone()))
    }

    fn trouble_of(&self, line: &Line) -> Option<String> {
        let place = line.place();
        (place.state != PortState::Connected).then(|| place.reason.clone())
    }

    fn judge<T>(&self, line: &Line, result: io::Result<T>) -> Result<T> {
        result.map_err(|error| {
            self.inside.counters.port(PortCounter::LineErrors, 1);
            if error.kind() == io::ErrorKind::TimedOut {
                return BusError::Timeout;
            }
            if handle::is_gone(&error) {
                self.inside.lose(line, &error);
                self.inside.ring_bell();
            }
            BusError::Io(error.to_string())
        })
    }
}

impl Inside {
    /// Takes over an edge and wakes whoever wants to know.
    fn keep(&self, line: &Line, edge: Edge) {
        let lost = line.ring().push(edge);
        line.arrived.notify_all();
        self.counters.port(PortCounter::Edges, 1);
        if lost > 0 {
            self.counters.port(PortCounter::LostEdges, lost);
        }
        line.wakes().iter().for_each(|wake| wake.wake());
    }

    /// A line is there no more.
    fn lose(&self, line: &Line, error: &io::Error) {
        let mut place = line.place();
        if place.handle.take().is_some() {
            self.counters.port(PortCounter::Lost, 1);
            tracing::warn!(event = "line.lost", line = line.name, "{error}");
        }
        place.state = PortState::Lost;
        place.reason = error.to_string();
        drop(place);
        line.arrived.notify_all();
    }

    fn ring_bell(&self) {
        // cannot fail: the counter is far from its limit
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.inside.ended.store(true, Ordering::Release);
        self.inside.ring_bell();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
