// SPDX-License-Identifier: MIT OR Apache-2.0
//! A serial port as a byte stream: devices that talk by themselves are listened to all the time.
//!
//! A thread moves what arrives into a buffer of [`CAPACITY`] bytes. If the driver does not fetch it, the *oldest* bytes
//! are dropped and counted, so that a driver that comes back reads what the device says now.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ecmod_quantities::Span;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::Errno;

use crate::clock;

use super::counters::{Counters, PortCounter};
use super::error::{BusError, Result};
use super::gate::{Keeper, PortState};
use super::stream::Stream;

/// Received bytes kept for the driver.
pub const CAPACITY: usize = 4096;
/// Most bytes in one write.
pub const LONGEST_WRITE: usize = 1024;
const NAP: Span = Span::from_millis(500);

/// The port.
pub struct Serial {
    inside: Arc<Inside>,
    timeout: Span,
    thread: Option<std::thread::JoinHandle<()>>,
}

struct Inside {
    gate: Keeper,
    counters: Arc<Counters>,
    received: Mutex<Received>,
    arrived: Condvar,
    /// Writers share the stream with the listener; the lock also keeps two writes apart.
    stream: Mutex<Option<Arc<Stream>>>,
    wake: OwnedFd,
}

#[derive(Default)]
struct Received {
    bytes: VecDeque<u8>,
    ended: bool,
}

impl Serial {
    /// Listens to the streams of `gate`. `timeout`: of reads and writes that state none.
    ///
    /// # Errors
    /// If the system gives no thread or descriptor.
    pub fn new(gate: Keeper, timeout: Span, counters: Arc<Counters>) -> io::Result<Self> {
        let inside = Arc::new(Inside {
            gate,
            counters,
            received: Mutex::new(Received { bytes: VecDeque::with_capacity(CAPACITY), ended: false }),
            arrived: Condvar::new(),
            stream: Mutex::new(None),
            wake: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        });
        let listener = Arc::clone(&inside);
        let thread = std::thread::Builder::new()
            .name("port-listener".to_owned())
            .stack_size(crate::SMALL_STACK)
            .spawn(move || listener.listen())?;
        Ok(Self { inside, timeout, thread: Some(thread) })
    }

    /// Waits for at least one byte and takes what is there, at most the buffer's length.
    ///
    /// # Errors
    /// [`BusError::Timeout`]; [`BusError::Io`] while the port is closed and nothing is left.
    pub fn read(&self, buffer: &mut [u8], timeout: Option<Span>) -> Result<usize> {
        if buffer.is_empty() {
            return Err(BusError::Invalid("no room for a byte"));
        }
        let deadline = clock::now().plus(timeout.unwrap_or(self.timeout));
        let mut received = self.inside.lock();
        loop {
            let count = buffer.len().min(received.bytes.len());
            if count > 0 {
                buffer.iter_mut().zip(received.bytes.drain(..count)).for_each(|(to, byte)| *to = byte);
                return Ok(count);
            }
            if let (PortState::Lost, reason) = self.inside.gate.status() {
                return Err(BusError::Io(reason));
            }
            let left = deadline.since(clock::now());
            if left.0 == 0 {
                return Err(BusError::Timeout);
            }
            let wait = self.inside.arrived.wait_timeout(received, clock::duration(left));
            received = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// [`BusError::Timeout`] (a part may have been sent), [`BusError::Io`], [`BusError::Invalid`].
    pub fn write(&self, bytes: &[u8], timeout: Option<Span>) -> Result<()> {
        if bytes.len() > LONGEST_WRITE {
            return Err(BusError::Invalid("too many bytes for one write"));
        }
        let slot = self.inside.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(stream) = slot.as_ref() else { return Err(BusError::Io(self.inside.gate.status().1)) };
        let deadline = clock::now().plus(timeout.unwrap_or(self.timeout));
        match stream.write(bytes, deadline) {
            Ok(()) => {
                self.inside.counters.port(PortCounter::Sent, u64::try_from(bytes.len()).unwrap_or(0));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(BusError::Timeout),
            // the listener sees the same error and gives the stream up
            Err(error) => Err(BusError::Io(error.to_string())),
        }
    }

    /// Its opening and reopening.
    #[must_use]
    pub fn gate(&self) -> &Keeper {
        &self.inside.gate
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.inside.counters
    }
}

impl Inside {
    fn listen(&self) {
        loop {
            if self.lock().ended {
                return;
            }
            if !self.gate.wait_open(clock::now().plus(NAP)) {
                continue;
            }
            let Ok(stream) = self.gate.take() else { continue };
            let stream = Arc::new(stream);
            self.lock().bytes.clear();
            self.hold(Some(Arc::clone(&stream)));
            let end = self.receive(&stream);
            self.hold(None);
            let Err(error) = end else { return };
            self.gate.lost(&error);
            self.arrived.notify_all();
        }
    }

    fn hold(&self, stream: Option<Arc<Stream>>) {
        *self.stream.lock().unwrap_or_else(PoisonError::into_inner) = stream;
    }

    /// Receives until the stream fails or the port is closed (`Ok`).
    fn receive(&self, stream: &Stream) -> io::Result<()> {
        let mut buffer = [0; 512];
        loop {
            let mut fds = [PollFd::new(stream, PollFlags::IN), PollFd::new(&self.wake, PollFlags::IN)];
            match poll(&mut fds, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if self.lock().ended {
                return Ok(());
            }
            if let Some(count) = stream.read_now(&mut buffer)? {
                self.keep(buffer.get(..count).unwrap_or_default());
            }
        }
    }

    fn keep(&self, bytes: &[u8]) {
        let mut received = self.lock();
        let surplus = (received.bytes.len() + bytes.len()).saturating_sub(CAPACITY);
        received.bytes.drain(..surplus);
        received.bytes.extend(bytes);
        drop(received);
        self.arrived.notify_all();
        self.counters.port(PortCounter::Received, u64::try_from(bytes.len()).unwrap_or(0));
        if surplus > 0 {
            self.counters.port(PortCounter::Overflow, u64::try_from(surplus).unwrap_or(0));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Serial {
    fn drop(&mut self) {
        self.inside.lock().ended = true;
        // cannot fail: the counter is far from its limit
        let _ = rustix::io::write(&self.inside.wake, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
