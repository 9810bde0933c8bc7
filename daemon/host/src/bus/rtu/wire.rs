// SPDX-License-Identifier: MIT OR Apache-2.0
//! The guarded wire under tokio-modbus' RTU codec: sends into silence only, delivers nothing but the awaited answer.

use std::io;
use std::sync::Arc;

use ecmod_quantities::{Monotonic, Span};
use tokio::io::ReadBuf;

use crate::bus::call;
use crate::bus::counters::{Counters, PortCounter};
use crate::bus::error::Damage;
use crate::bus::stream::Stream;
use crate::clock;

use super::frame::{Beside, Expected, LONGEST_FRAME, Shape};

/// What [`call::Wire::receive`] says when a broadcast has been sent.
pub const NO_ANSWER: io::ErrorKind = io::ErrorKind::Unsupported;

/// A line that babbles for longer than this has no silence to send into.
const LONGEST_BABBLE: Span = Span::from_millis(100);
/// Received bytes kept while an answer is looked for; beyond that the older half is forgotten.
const KEPT: usize = 4 * LONGEST_FRAME;
/// Functions 5 and 6, whose confirmation is the request itself.
const MIRRORING: [u8; 2] = [5, 6];

/// See the module.
pub struct Wire {
    stream: Stream,
    counters: Arc<Counters>,
    expected: Option<Expected>,
    timeout: Span,
    deadline: Monotonic,
    sent: Vec<u8>,
    sent_at: Monotonic,
    received: Vec<u8>,
    /// What of the answer the codec had no room for yet.
    undelivered: Vec<u8>,
    beside: Beside,
    last_activity: Monotonic,
    /// This line gives back what is sent (RS-485 with the receiver left on).
    echoing: bool,
}

impl Wire {
    pub fn new(stream: Stream, counters: Arc<Counters>) -> Self {
        Self {
            stream,
            counters,
            expected: None,
            timeout: Span::ZERO,
            deadline: Monotonic(0),
            sent: Vec::with_capacity(LONGEST_FRAME),
            sent_at: Monotonic(0),
            received: Vec::with_capacity(LONGEST_FRAME),
            undelivered: Vec::with_capacity(LONGEST_FRAME),
            beside: Beside::default(),
            last_activity: Monotonic(0),
            echoing: false,
        }
    }

    /// What the next frame sent will be answered with, and when at the latest.
    pub fn prepare(&mut self, expected: Option<Expected>, timeout: Span) {
        self.expected = expected;
        self.timeout = timeout;
        self.received.clear();
        self.undelivered.clear();
        self.beside = Beside::default();
    }

    pub fn sent_at(&self) -> Monotonic {
        self.sent_at
    }

    /// What came in place of the answer, if anything did.
    pub fn damage(&self) -> Option<Damage> {
        match self.beside {
            Beside { other_length: true, .. } => Some(Damage::Length),
            Beside { other_function: true, .. } => Some(Damage::Function),
            Beside { other_unit: true, .. } => Some(Damage::Unit),
            Beside { noise: true, .. } => Some(Damage::Checksum),
            Beside { .. } => None,
        }
    }

    /// Throws everything away until `until`, or until the answer that is still owed has gone by (`true`).
    pub fn wait_out(&mut self, until: Monotonic, owed: Expected) -> io::Result<bool> {
        // what is left of the failed attempt may be the late answer's beginning
        loop {
            if owed.find(&self.received, None).0.is_some() {
                self.drop_received();
                return Ok(true);
            }
            // the clock is asked as well: on a babbling line there is always something to read
            if !self.more(until)? || clock::now() >= until {
                self.drop_received();
                return Ok(false);
            }
        }
    }

    /// Reads what comes before `deadline`; `false` when nothing does.
    fn more(&mut self, deadline: Monotonic) -> io::Result<bool> {
        let mut buffer = [0; LONGEST_FRAME];
        match self.stream.read(&mut buffer, deadline) {
            Ok(count) => {
                self.last_activity = clock::now();
                if self.received.len() + count > KEPT {
                    let forgotten = self.received.len() / 2;
                    self.received.drain(..forgotten);
                    self.count_drained(forgotten);
                }
                self.received.extend_from_slice(buffer.get(..count).unwrap_or_default());
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Waits until the line has been silent for t3.5 and nothing is left to read.
    fn await_silence(&mut self) -> io::Result<()> {
        let limit = clock::now().plus(LONGEST_BABBLE);
        let mut buffer = [0; LONGEST_FRAME];
        loop {
            while let Some(count) = self.stream.read_now(&mut buffer)? {
                self.count_drained(count);
                self.last_activity = clock::now();
                if self.last_activity > limit {
                    self.beside.noise = true;
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "the line is never silent"));
                }
            }
            let silent = self.last_activity.plus(self.stream.timing().silence);
            if clock::now() >= silent {
                return Ok(());
            }
            clock::sleep_until(silent);
        }
    }

    /// Gives the codec as much of the answer as it has room for: at the end of its buffer that may be a part.
    fn deliver(&mut self, into: &mut ReadBuf<'_>) {
        let count = self.undelivered.len().min(into.remaining());
        into.put_slice(self.undelivered.get(..count).unwrap_or_default());
        self.undelivered.drain(..count);
    }

    fn drop_received(&mut self) {
        self.count_drained(self.received.len());
        self.received.clear();
    }

    fn count_drained(&self, count: usize) {
        if count > 0 {
            self.counters.port(PortCounter::Drained, u64::try_from(count).unwrap_or(u64::MAX));
        }
    }

    /// The own frame that may stand in front of the answer.
    fn echo(&self, expected: &Expected) -> Option<&[u8]> {
        let ambiguous = MIRRORING.contains(&expected.function);
        (self.echoing || !ambiguous).then_some(self.sent.as_slice())
    }

    /// Learns from an unambiguous answer whether this line echoes.
    fn learn_echo(&mut self, expected: &Expected) {
        if expected.shape != Shape::Confirmation {
            self.echoing = self.received.starts_with(&self.sent);
            if self.echoing {
                self.counters.port(PortCounter::Echoes, 1);
            }
        }
    }
}

impl call::Wire for Wire {
    fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        self.await_silence()?;
        let timing = self.stream.timing();
        let on_line = timing.transmission(frame.len());
        self.stream.write(frame, clock::now().plus(on_line).plus(self.timeout))?;
        self.sent.clear();
        self.sent.extend_from_slice(frame);
        self.sent_at = clock::now().plus(on_line);
        self.last_activity = self.sent_at;
        let answer = timing.transmission(self.expected.map_or(0, |expected| expected.length()));
        self.deadline = self.sent_at.plus(self.timeout).plus(answer);
        Ok(())
    }

    fn receive(&mut self, into: &mut ReadBuf<'_>) -> io::Result<()> {
        let Some(expected) = self.expected else { return Err(NO_ANSWER.into()) };
        if !self.undelivered.is_empty() {
            self.deliver(into);
            return Ok(());
        }
        loop {
            let over = !self.more(self.deadline)?;
            let (found, beside) = expected.find(&self.received, self.echo(&expected));
            self.beside = beside;
            let Some(found) = found else {
                if over || clock::now() >= self.deadline {
                    self.learn_echo(&expected);
                    return Err(io::ErrorKind::TimedOut.into());
                }
                continue;
            };
            self.learn_echo(&expected);
            let end = found.end;
            let answer = self.received.get(found).unwrap_or_default();
            self.undelivered.extend_from_slice(answer);
            self.deliver(into);
            self.count_drained(self.received.len() - end);
            self.received.clear();
            return Ok(());
        }
    }
}
