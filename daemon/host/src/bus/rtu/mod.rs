// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modbus RTU: the transaction layer between requests and a serial line.
//!
//! tokio-modbus 0.17 by itself returns the late answer to an earlier request as the answer to the present one. Three
//! rules make that impossible here:
//! 1. The [`wire::Wire`] delivers one frame per request, and only one that answers it: unit, function, length, checksum.
//! 2. Before each request whatever is waiting on the line is thrown away.
//! 3. After any failure but an exception the line is *dirty*: the next request waits until the longest time in which the
//!    device may still answer is over (or that answer has been seen), and uses a new codec.
//!
//! What remains: an answer that comes later than [`Settings::longest_reply`](super::modbus::Settings), to a request
//! of the same unit, function and length. No framing can tell it; the time must be set to the device's worst case.

pub mod frame;
mod wire;

use ecmod_quantities::{Monotonic, Span};
use tokio_modbus::client::{Client, Context, rtu};
use tokio_modbus::{Request, Response, Slave};

use crate::clock;

use super::call::{Failure, Shared, call};
use super::counters::{Counters, DeviceCounter, PortCounter};
use super::stream::Stream;
use frame::Expected;
use std::sync::Arc;
use wire::Wire;

/// An open serial line.
pub struct Line {
    wire: Shared<Wire>,
    client: Box<dyn Client>,
    unit: u8,
    dirty: Option<Dirty>,
    counters: Arc<Counters>,
}

/// What is still owed to us by a device that did not answer in time.
#[derive(Debug, Clone, Copy)]
struct Dirty {
    until: Monotonic,
    unit: u8,
    owed: Expected,
}

/// Times of one attempt.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// From the request's last byte to the answer's first.
    pub timeout: Span,
    /// As above, but for the latest answer that this device ever gives.
    pub longest_reply: Span,
}

impl Line {
    /// Speaks Modbus RTU over `stream`.
    #[must_use]
    pub fn new(stream: Stream, counters: Arc<Counters>) -> Self {
        let wire = Shared::new(Wire::new(stream, Arc::clone(&counters)));
        let client = client(&wire, 0);
        Self { wire, client, unit: 0, dirty: None, counters }
    }

    /// One request, one answer, on a [settled](Self::settle) line. `expected` is `None` for a broadcast, which nobody answers.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn attempt(
        &mut self,
        unit: u8,
        request: Request<'_>,
        expected: Option<Expected>,
        times: Times,
    ) -> Result<Option<Response>, Failure> {
        if self.unit != unit {
            self.client.set_slave(Slave(unit));
            self.unit = unit;
        }
        self.wire.lock().prepare(expected, times.timeout);
        let result = call(self.client.as_mut(), request);
        let wire = self.wire.lock();
        let Some(owed) = expected else {
            drop(wire);
            self.client = client(&self.wire, self.unit);
            return match result {
                Err(Failure::Lost(error)) if error.kind() != wire::NO_ANSWER => Err(Failure::Lost(error)),
                _ => Ok(None),
            };
        };
        match result {
            Ok(response) => Ok(Some(response)),
            Err(exception @ Failure::Exception(_)) => Err(exception),
            Err(Failure::Lost(error)) => Err(Failure::Lost(error)),
            Err(failure @ (Failure::Timeout | Failure::Damaged(_))) => {
                let failure = wire.damage().map_or(failure, Failure::Damaged);
                let until = wire.sent_at().plus(times.longest_reply);
                drop(wire);
                self.dirty = Some(Dirty { until, unit, owed });
                self.client = client(&self.wire, self.unit);
                Err(failure)
            }
        }
    }

    /// Makes a dirty line clean. Returns the unit that had left it dirty.
    ///
    /// # Errors
    /// If the device is gone.
    pub fn settle(&mut self) -> std::io::Result<Option<u8>> {
        let Some(dirty) = self.dirty else { return Ok(None) };
        self.counters.port(PortCounter::Settled, 1);
        let late = self.wire.lock().wait_out(dirty.until, dirty.owed)?;
        if late {
            self.counters.device(dirty.unit, DeviceCounter::Late);
        }
        self.dirty = None;
        Ok(Some(dirty.unit))
    }

    /// An answer that was intact but contradicts the request: treated like a damaged one.
    pub fn distrust(&mut self, owed: Option<Expected>, longest_reply: Span) {
        if let Some(owed) = owed {
            self.dirty = Some(Dirty { until: clock::now().plus(longest_reply), unit: owed.unit, owed });
            self.client = client(&self.wire, self.unit);
        }
    }
}

/// A new codec on the same line; the old one may hold half a frame or an error.
fn client(wire: &Shared<Wire>, unit: u8) -> Box<dyn Client> {
    let context: Context = rtu::attach_slave(wire.clone(), Slave(unit));
    context.into()
}
