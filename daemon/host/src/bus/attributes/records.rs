// SPDX-License-Identifier: MIT OR Apache-2.0
//! Samples that a kernel driver delivers as a stream of records: `/dev/iio:device0`, a FIFO, or a simulated device's socket.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use ecmod_quantities::{Monotonic, Span};
use rustix::fs::OFlags;

use crate::bus::counters::{Counters, PortCounter};
use crate::bus::error::{BusError, Result};
use crate::bus::gate::{Gate, Keeper, PortState};
use crate::bus::node::{SOCKET_PREFIX, at, open_alone};
use crate::bus::stream::{LineTiming, Stream};
use crate::clock;

/// As [`Stream::read`]; but poll(2) says nothing of an IIO device that is gone: only reading tells.
fn read(stream: &Stream, buffer: &mut [u8], deadline: Monotonic) -> io::Result<usize> {
    match stream.read(buffer, deadline) {
        Err(error) if error.kind() == io::ErrorKind::TimedOut => stream.read_now(buffer)?.ok_or(error),
        result => result,
    }
}

/// The stream.
pub struct Records {
    gate: Keeper,
    open: Mutex<Option<Stream>>,
    counters: Arc<Counters>,
    timeout: Span,
}

impl Records {
    /// Opens the stream in the background.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(device: &str, timeout: Span, counters: Arc<Counters>) -> io::Result<Self> {
        let device = device.to_owned();
        let opener = Box::new(move || {
            let fd = match device.strip_prefix(SOCKET_PREFIX) {
                Some(path) => {
                    let socket = UnixStream::connect(path).map_err(|error| at(&device, &error))?;
                    socket.set_nonblocking(true)?;
                    socket.into()
                }
                None => open_alone(&device, OFlags::RDONLY | OFlags::NONBLOCK)?,
            };
            Ok(Stream::new(fd, LineTiming::NONE))
        });
        let gate = Gate::start(opener, Arc::clone(&counters))?;
        Ok(Self { gate, open: Mutex::new(None), counters, timeout })
    }

    /// Waits for at least one byte, then reads once.
    ///
    /// # Errors
    /// [`BusError::Timeout`]; [`BusError::Io`] at the end of the stream.
    pub fn read(&self, buffer: &mut [u8], timeout: Option<Span>) -> Result<usize> {
        if buffer.is_empty() {
            return Err(BusError::Invalid("no room for a byte"));
        }
        let deadline = clock::now().plus(timeout.unwrap_or(self.timeout));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = match &mut *open {
            Some(stream) => stream,
            empty => {
                if self.gate.status().0 == PortState::Waiting {
                    self.gate.wait_open(deadline);
                }
                empty.insert(self.gate.take()?)
            }
        };
        match read(stream, buffer, deadline) {
            Ok(count) => {
                self.counters.port(PortCounter::Received, u64::try_from(count).unwrap_or(0));
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(BusError::Timeout),
            Err(error) => {
                *open = None;
                self.gate.lost(&error);
                Err(BusError::Io(error.to_string()))
            }
        }
    }

    /// Its opening and reopening.
    #[must_use]
    pub fn gate(&self) -> &Keeper {
        &self.gate
    }
}
