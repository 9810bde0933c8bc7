// SPDX-License-Identifier: MIT OR Apache-2.0
//! A Modbus port, RTU or TCP: requests in, exact answers or one named error out.
//!
//! # Policy
//! - A request is carried out by the thread that makes it, in its [turn](super::turnstile): high priority first.
//! - A failed attempt is repeated at most [`Settings::retries`] times, each in a turn of its own, so that a pump's request
//!   need not wait for the repetitions of a sensor's. Reads can be repeated freely. Writes are repeated as well: functions 5, 6,
//!   15 and 16 set absolute values, so that a second time changes nothing, and a device has only one driver, so that no
//!   other write can come between.
//! - An exception is an answer and is not repeated, but for "device busy" (6).
//! - A device that did not answer [`SILENT`] times in a row gets one attempt per request until it answers again: a dead
//!   device must not take the line from the others.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ecmod_config::Priority;
use ecmod_quantities::{Monotonic, Span};
use tokio_modbus::{Request, Response};

use crate::clock;

use super::call::Failure;
use super::counters::{Counters, DeviceCounter, PortCounter};
use super::error::{BusError, Damage, Result};
use super::gate::Keeper;
use super::request::{Expectation, Table};
use super::rtu;
use super::stream::Stream;
use super::tcp;
use super::turnstile::Turnstile;

/// Timeouts in a row after which a device gets no repetitions.
pub const SILENT: u32 = 3;
/// The silence behind a broadcast, in which the devices carry it out (V1.02, 2.4.1 asks for 100 to 200 ms).
pub const BROADCAST_DELAY: Span = Span::from_millis(100);
/// A request that waits for its turn longer than this fails.
pub const LONGEST_WAIT: Span = Span::from_millis(1000);
const BUSY: u8 = 6;

/// How requests are carried out.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a device may take to begin its answer.
    pub timeout: Span,
    /// How often a failed attempt is repeated.
    pub retries: u32,
    /// The least silence between an answer and the next request to the same device.
    pub turnaround: Span,
    /// After a failure: how long after a request its answer may still come. At least the timeout.
    pub longest_reply: Span,
}

impl Settings {
    /// `longest_reply` is twice the timeout: a device that needs longer needs another timeout.
    #[must_use]
    pub fn new(timeout: Span, retries: u32, turnaround: Span) -> Self {
        Self { timeout, retries, turnaround, longest_reply: Span(timeout.0.saturating_mul(2)) }
    }
}

/// Who makes requests: its priority, and how long others made it wait.
#[derive(Debug)]
pub struct Caller {
    priority: Priority,
    waited: AtomicU64,
}

impl Caller {
    /// A caller that has not waited yet.
    #[must_use]
    pub const fn new(priority: Priority) -> Self {
        Self { priority, waited: AtomicU64::new(0) }
    }

    /// How long it has waited, since this was asked last, for its turn or for a line that another device left dirty. This
    /// time is not the caller's: it does not count against a driver's budget.
    pub fn take_waited(&self) -> Span {
        Span(self.waited.swap(0, Ordering::Relaxed))
    }

    /// Whose requests go first.
    #[must_use]
    pub const fn priority(&self) -> Priority {
        self.priority
    }

    pub(super) fn waited(&self, since: Monotonic) {
        self.waited.fetch_add(clock::now().since(since).0, Ordering::Relaxed);
    }
}

/// Which of the two encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Serial line.
    Rtu,
    /// TCP connection.
    Tcp,
}

/// The port.
pub struct Modbus {
    encoding: Encoding,
    settings: Settings,
    gate: Keeper,
    turnstile: Turnstile,
    /// Touched only by whoever has the turn.
    line: Mutex<Line>,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Line {
    open: Option<Open>,
    devices: BTreeMap<u8, Device>,
    not_before: Monotonic,
}

enum Open {
    Rtu(rtu::Line),
    Tcp(tcp::Line),
}

#[derive(Default)]
struct Device {
    ready_at: Monotonic,
    silent: u32,
}

impl Modbus {
    /// A port whose streams come from `gate`.
    #[must_use]
    pub fn new(encoding: Encoding, settings: Settings, gate: Keeper, counters: Arc<Counters>) -> Self {
        Self { encoding, settings, gate, turnstile: Turnstile::default(), line: Mutex::default(), counters }
    }

    /// Reads exactly `items.len()` items. Bits are 0 or 1. `timeout`: in place of the port's.
    ///
    /// # Errors
    /// [`BusError`]; `items` are then unchanged.
    pub fn read(
        &self,
        caller: &Caller,
        unit: u8,
        table: Table,
        address: u16,
        items: &mut [u16],
        timeout: Option<Span>,
    ) -> Result<()> {
        let expected = Expectation::read(unit, table, address, items.len())?;
        let response = self.transact(caller, &expected, expected.request(), timeout)?;
        expected.unpack(response.as_ref(), items).map_err(BusError::Corrupt)
    }

    /// Writes coils or holding registers, with function 5 or 6 for one item and 15 or 16 for several. Unit 0 is a
    /// broadcast: it is sent once and nobody confirms it.
    ///
    /// # Errors
    /// [`BusError`]. The device may have carried out a write whose confirmation got lost.
    pub fn write(
        &self,
        caller: &Caller,
        unit: u8,
        table: Table,
        address: u16,
        items: &[u16],
        timeout: Option<Span>,
    ) -> Result<()> {
        let expected = Expectation::write(unit, table, address, items)?;
        let request = match (table, items) {
            (Table::Coils, [item]) => Request::WriteSingleCoil(address, *item == 1),
            (Table::Coils, items) => {
                Request::WriteMultipleCoils(address, items.iter().map(|item| *item == 1).collect())
            }
            (_, [item]) => Request::WriteSingleRegister(address, *item),
            (_, items) => Request::WriteMultipleRegisters(address, Cow::Borrowed(items)),
        };
        self.transact(caller, &expected, request, timeout).map(|_| ())
    }

    /// What a request may take at most: each attempt waits for its turn, for late answers to others, for the device's rest, for the answer, and
    /// for a line that is opened again.
    #[must_use]
    pub fn longest(&self, timeout: Span) -> Span {
        let Settings { retries, turnaround, longest_reply, .. } = self.settings;
        let settling = longest_reply.max(Span(timeout.0.saturating_mul(2)));
        let rest = turnaround.max(BROADCAST_DELAY);
        let attempt = [LONGEST_WAIT, settling, rest, timeout, timeout];
        let attempt = attempt.into_iter().fold(0_u64, |sum, span| sum.saturating_add(span.0));
        Span(attempt.saturating_mul(u64::from(retries).saturating_add(1)))
    }

    /// Its opening and reopening.
    #[must_use]
    pub fn gate(&self) -> &Keeper {
        &self.gate
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn transact(
        &self,
        caller: &Caller,
        expected: &Expectation,
        request: Request<'_>,
        timeout: Option<Span>,
    ) -> Result<Option<Response>> {
        let unit = expected.unit();
        let twice = timeout.map_or(Span::ZERO, |timeout| Span(timeout.0.saturating_mul(2)));
        let times = rtu::Times {
            timeout: timeout.unwrap_or(self.settings.timeout),
            longest_reply: self.settings.longest_reply.max(twice),
        };
        let mut attempt = 0;
        loop {
            let (result, silent) = {
                let asked = clock::now();
                let turn = self.turnstile.enter(caller.priority, asked.plus(LONGEST_WAIT));
                caller.waited(asked);
                let _turn = turn.inspect_err(|error| {
                    let full = *error == BusError::QueueFull;
                    self.counters.port(if full { PortCounter::QueueFull } else { PortCounter::Busy }, 1);
                })?;
                let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
                let result = self.attempt(caller, &mut line, expected, &request, times);
                (result, line.devices.get(&unit).map_or(0, |device| device.silent))
            };
            let error = match result {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let attempts_left = attempt < self.settings.retries;
            let again = attempts_left
                && match &error {
                    BusError::Timeout => silent < SILENT,
                    BusError::Corrupt(_) | BusError::Exception(BUSY) => true,
                    // a peer that closed an idle connection is connected again at once
                    BusError::Io(_) => self.gate.wait_open(clock::now().plus(times.timeout)),
                    BusError::Exception(_) | BusError::Unsupported | BusError::Invalid(_) => false,
                    BusError::QueueFull | BusError::Busy => false,
                    // what buses of chips, files and lines say
                    BusError::NotAcknowledged
                    | BusError::NotFound(_)
                    | BusError::Denied(_)
                    | BusError::TooLong(_)
                    | BusError::Device(_)
                    | BusError::State(_) => false,
                };
            if !again {
                if !matches!(error, BusError::Exception(_)) {
                    self.counters.device(unit, DeviceCounter::Failures);
                }
                return Err(error);
            }
            attempt += 1;
            self.counters.device(unit, DeviceCounter::Retries);
        }
    }

    fn attempt(
        &self,
        caller: &Caller,
        line: &mut Line,
        expected: &Expectation,
        request: &Request<'_>,
        times: rtu::Times,
    ) -> Result<Option<Response>> {
        let unit = expected.unit();
        if line.open.is_none() {
            line.open = Some(self.speak(self.gate.take()?));
        }
        let Some(open) = line.open.as_mut() else { return Err(BusError::Io("not open".to_owned())) };
        let device = line.devices.entry(unit).or_default();
        clock::sleep_until(line.not_before.max(device.ready_at));

        let result = match open {
            Open::Rtu(rtu) => {
                let asked = clock::now();
                let settled = rtu.settle();
                if settled.as_ref().is_ok_and(|debtor| debtor.is_some_and(|debtor| debtor != unit)) {
                    caller.waited(asked);
                }
                let settled = settled.map_err(Failure::Lost);
                settled.and_then(|_| rtu.attempt(unit, request.clone(), expected.frame(), times))
            }
            Open::Tcp(tcp) => tcp.attempt(unit, request.clone(), times.timeout).map(Some),
        };
        let result = result.and_then(|response| match expected.check(response.as_ref()) {
            Ok(()) => Ok(response),
            Err(damage) => {
                if let Open::Rtu(rtu) = open {
                    rtu.distrust(expected.frame(), times.longest_reply);
                }
                Err(Failure::Damaged(damage))
            }
        });

        if self.settings.turnaround.0 > 0 {
            device.ready_at = clock::now().plus(self.settings.turnaround);
        }
        if expected.is_broadcast() && self.encoding == Encoding::Rtu {
            line.not_before = clock::now().plus(BROADCAST_DELAY);
        }
        device.silent = match &result {
            Err(Failure::Timeout) => device.silent.saturating_add(1),
            Err(Failure::Lost(_)) => device.silent,
            Ok(_) | Err(Failure::Damaged(_) | Failure::Exception(_)) => 0,
        };
        self.count(unit, &result);
        result.map_err(|failure| {
            if self.encoding == Encoding::Tcp && !matches!(failure, Failure::Exception(_) | Failure::Lost(_))
            {
                line.open = None;
                self.gate
                    .lost(&std::io::Error::new(std::io::ErrorKind::TimedOut, "reconnecting after a failure"));
            }
            match failure {
                Failure::Timeout => BusError::Timeout,
                Failure::Damaged(damage) => BusError::Corrupt(damage),
                Failure::Exception(code) => BusError::Exception(code),
                Failure::Lost(error) => {
                    line.open = None;
                    self.gate.lost(&error);
                    BusError::Io(error.to_string())
                }
            }
        })
    }

    fn speak(&self, stream: Stream) -> Open {
        match self.encoding {
            Encoding::Rtu => Open::Rtu(rtu::Line::new(stream, Arc::clone(&self.counters))),
            Encoding::Tcp => Open::Tcp(tcp::Line::new(stream)),
        }
    }

    fn count(&self, unit: u8, result: &std::result::Result<Option<Response>, Failure>) {
        let cause = match result {
            Ok(_) => DeviceCounter::Answers,
            Err(Failure::Timeout) => DeviceCounter::Timeouts,
            Err(Failure::Damaged(Damage::Checksum)) => DeviceCounter::Checksum,
            Err(Failure::Damaged(Damage::Unit)) => DeviceCounter::WrongUnit,
            Err(Failure::Damaged(Damage::Function)) => DeviceCounter::WrongFunction,
            Err(Failure::Damaged(Damage::Length)) => DeviceCounter::WrongLength,
            Err(Failure::Damaged(Damage::Confirmation)) => DeviceCounter::WrongConfirmation,
            Err(Failure::Exception(_)) => DeviceCounter::Exceptions,
            Err(Failure::Lost(_)) => DeviceCounter::Io,
        };
        self.counters.device_both(unit, DeviceCounter::Requests, cause);
    }
}
