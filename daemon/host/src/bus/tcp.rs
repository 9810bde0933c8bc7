// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modbus TCP: one connection, given up after any failure but an exception.
//!
//! A connection that timed out may still deliver the old answer, which a reused codec takes for a protocol error or
//! worse (tokio-modbus #324). A new connection cannot. tokio-modbus compares the transaction ids.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use ecmod_quantities::{Monotonic, Span};
use rustix::net::sockopt;
use tokio::io::ReadBuf;
use tokio_modbus::client::{Client, Context, tcp};
use tokio_modbus::{Request, Response, Slave};

use crate::clock;

use super::call::{Failure, Shared, Wire, call};
use super::stream::{LineTiming, Stream};

/// How long the peer may take to accept a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// An idle connection is probed after this time, so that a peer that lost its power is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
const KEEP_ALIVE_PROBES: u32 = 3;

/// Connects to `host:port`.
///
/// # Errors
/// What the last of the host's addresses answered.
pub fn connect(address: &str) -> io::Result<Stream> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                sockopt::set_socket_keepalive(&stream, true)?;
                sockopt::set_tcp_keepidle(&stream, KEEP_ALIVE)?;
                sockopt::set_tcp_keepintvl(&stream, KEEP_ALIVE)?;
                sockopt::set_tcp_keepcnt(&stream, KEEP_ALIVE_PROBES)?;
                return Ok(Stream::new(stream.into(), LineTiming::NONE));
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// An open connection.
pub struct Line {
    wire: Shared<Connection>,
    client: Box<dyn Client>,
}

#[derive(Debug)]
struct Connection {
    stream: Stream,
    timeout: Span,
    deadline: Monotonic,
}

impl Line {
    /// Speaks Modbus TCP over `stream`.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        let wire = Shared::new(Connection { stream, timeout: Span::ZERO, deadline: Monotonic(0) });
        let context: Context = tcp::attach_slave(wire.clone(), Slave(0));
        Self { wire, client: context.into() }
    }

    /// One request, one answer. After an error other than an exception this connection must be dropped.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn attempt(&mut self, unit: u8, request: Request<'_>, timeout: Span) -> Result<Response, Failure> {
        self.client.set_slave(Slave(unit));
        self.wire.lock().timeout = timeout;
        call(self.client.as_mut(), request)
    }
}

impl Wire for Connection {
    fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        // an end of file shows here that the peer closed the idle connection; stray bytes mean that it is out of step
        if self.stream.read_now(&mut [0; 64])?.is_some() {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionReset,
                "the peer sent what nobody asked for",
            ));
        }
        self.deadline = clock::now().plus(self.timeout);
        self.stream.write(frame, self.deadline)
    }

    fn receive(&mut self, into: &mut ReadBuf<'_>) -> io::Result<()> {
        if clock::now() >= self.deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let count = self.stream.read(into.initialize_unfilled(), self.deadline)?;
        into.advance(count);
        Ok(())
    }
}
