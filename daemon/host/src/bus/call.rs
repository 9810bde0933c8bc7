// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs one tokio-modbus call to its end on the calling thread.
//!
//! tokio-modbus encodes the request and decodes the answer; the bytes go through a [`Wire`] that blocks with a deadline
//! instead of registering with a reactor. A call therefore ends in its first poll: it cannot be cancelled half-way, it
//! needs no runtime and no timer, and no other thread has to be woken for it. `Client::call` is used rather than the
//! `Reader` and `Writer` methods, whose debug assertions panic on an answer of the wrong length.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_modbus::client::Client;
use tokio_modbus::{ProtocolError, Request, Response};

use super::error::Damage;

/// How bytes get onto the line and from it, blocking no longer than a deadline that the wire knows.
pub trait Wire: Send + 'static {
    /// Sends one whole frame.
    ///
    /// # Errors
    /// `TimedOut`, or what the device says.
    fn send(&mut self, frame: &[u8]) -> io::Result<()>;

    /// Waits for bytes of the answer.
    ///
    /// # Errors
    /// `TimedOut`, or what the device says.
    fn receive(&mut self, into: &mut ReadBuf<'_>) -> io::Result<()>;
}

/// A wire that the codec and its owner share.
#[derive(Debug)]
pub struct Shared<W>(Arc<Mutex<W>>);

impl<W> Clone for Shared<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W> Shared<W> {
    /// Shares `wire`.
    pub fn new(wire: W) -> Self {
        Self(Arc::new(Mutex::new(wire)))
    }

    /// The wire itself, between two calls.
    pub fn lock(&self) -> MutexGuard<'_, W> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Wire> AsyncRead for Shared<W> {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.lock().receive(into))
    }
}

impl<W: Wire> AsyncWrite for Shared<W> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, frame: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.lock().send(frame).map(|()| frame.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// How one attempt failed.
#[derive(Debug)]
pub enum Failure {
    /// No answer in time.
    Timeout,
    /// Something else than the answer came.
    Damaged(Damage),
    /// The device refused.
    Exception(u8),
    /// The port is gone.
    Lost(io::Error),
}

/// Sends `request` and waits for the answer.
///
/// # Errors
/// See [`Failure`]; a panic of the library is [`Damage::Checksum`]. After anything but an exception the client must not
/// be used again: its codec may hold half a frame or an error.
pub fn call(client: &mut dyn Client, request: Request<'_>) -> Result<Response, Failure> {
    let mut future = client.call(request);
    let poll =
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(Waker::noop()))));
    match poll {
        Ok(Poll::Ready(Ok(Ok(response)))) => Ok(response),
        Ok(Poll::Ready(Ok(Err(exception)))) => Err(Failure::Exception(exception.into())),
        Ok(Poll::Ready(Err(tokio_modbus::Error::Transport(error)))) => Err(match error.kind() {
            io::ErrorKind::TimedOut => Failure::Timeout,
            // what the codec says of a frame that it cannot decode
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Failure::Damaged(Damage::Checksum),
            _ => Failure::Lost(error),
        }),
        Ok(Poll::Ready(Err(tokio_modbus::Error::Protocol(error)))) => Err(Failure::Damaged(match error {
            ProtocolError::HeaderMismatch { .. } => Damage::Unit,
            ProtocolError::FunctionCodeMismatch { .. } => Damage::Function,
        })),
        // a wire never says "pending", and the library panics on nothing we know of: but neither may end the host
        Ok(Poll::Pending) | Err(_) => Err(Failure::Damaged(Damage::Checksum)),
    }
}
