// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host's end.

mod lines;
mod spi;

pub use lines::LineClient;
pub use spi::{I2cClient, SpiClient};

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::MAX_MESSAGE;
use crate::error::{Error, Result};
use crate::message::request::Builder;
use crate::message::{Answer, Event, FromServer, Hello};
use crate::socket::Connection;

/// A connection with its buffers, which live as long as it does.
#[derive(Debug)]
struct Channel {
    connection: Connection,
    sequence: u32,
    buffer: Box<[u8; MAX_MESSAGE]>,
}

impl Channel {
    fn open(path: &Path, hello: &Hello, timeout: Duration) -> Result<Self> {
        let connection = Connection::connect(path)?;
        let mut channel = Self { connection, sequence: 0, buffer: Box::new([0; MAX_MESSAGE]) };
        channel.ask(timeout, |buffer, sequence| Builder::hello(buffer, sequence, hello), |_| ())?;
        Ok(channel)
    }

    /// Sends one request and waits for its answer. Events that come in between go to `event`.
    fn ask(
        &mut self,
        timeout: Duration,
        build: impl FnOnce(&mut [u8], u32) -> Result<usize>,
        mut event: impl FnMut(Event),
    ) -> Result<&[u8]> {
        let deadline = Instant::now() + timeout;
        self.sequence = self.sequence.wrapping_add(1);
        let length = build(self.buffer.as_mut_slice(), self.sequence)?;
        self.connection.send(self.buffer.get(..length).unwrap_or_default())?;
        let range = loop {
            let Some(message) = self.connection.receive(self.buffer.as_mut_slice())? else {
                if !self.connection.wait(deadline)? {
                    return Err(Error::Silent);
                }
                continue;
            };
            match FromServer::decode(message)? {
                FromServer::Event(edge) => event(edge),
                // the answer to an earlier request, which had been given up
                FromServer::Answer(sequence, _) if sequence != self.sequence => {}
                FromServer::Answer(_, Answer::Done(payload)) => {
                    break message.len().saturating_sub(payload.len())..message.len();
                }
                FromServer::Answer(_, Answer::Refused { errno, holder }) => {
                    return Err(Error::Refused { errno, holder: holder.as_str().to_owned() });
                }
            }
            // a server that sends without end is not waited for without end
            if Instant::now() >= deadline {
                return Err(Error::Silent);
            }
        };
        Ok(self.buffer.get(range).unwrap_or_default())
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}
