// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lines of a simulated chip.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Duration;

use super::Channel;
use crate::error::{Error, Result};
use crate::message::answer::decode_levels;
use crate::message::request::Builder;
use crate::message::{Bus, Event, FromServer, Hello, Levels, LineRequest, Name};

/// Held lines of a simulated chip. They are let go when this is dropped.
///
/// Edges arrive on the same socket as answers: poll the descriptor and call [`LineClient::event`]; those that come while an
/// answer is waited for go to the function that is passed.
#[derive(Debug)]
pub struct LineClient(Channel);

impl LineClient {
    /// Connects and asks for lines: all or none.
    ///
    /// # Errors
    /// [`Error`]; `EBUSY` with the holder's name if somebody else has one of the lines, `ENOENT` if there is no such line.
    pub fn open(path: &Path, consumer: &str, lines: &[LineRequest], timeout: Duration) -> Result<Self> {
        let consumer = Name::cut(consumer);
        let mut channel = Channel::open(path, &Hello { bus: Bus::Lines, consumer }, timeout)?;
        let build = |buffer: &mut [u8], sequence| Builder::lines(buffer, sequence, &consumer, lines);
        // an edge between request and answer is one before anybody listens
        channel.ask(timeout, build, |_| ())?;
        Ok(Self(channel))
    }

    /// The levels of all lines.
    ///
    /// # Errors
    /// [`Error`].
    pub fn get(&mut self, timeout: Duration, event: impl FnMut(Event)) -> Result<Levels> {
        let build = |buffer: &mut [u8], sequence| Builder::get(buffer, sequence);
        decode_levels(self.0.ask(timeout, build, event)?)
    }

    /// Sets outputs.
    ///
    /// # Errors
    /// [`Error`]; `EPERM` if one of them is an input.
    pub fn set(&mut self, levels: Levels, timeout: Duration, event: impl FnMut(Event)) -> Result<()> {
        let build = |buffer: &mut [u8], sequence| Builder::set(buffer, sequence, levels);
        self.0.ask(timeout, build, event).map(|_| ())
    }

    /// Takes an edge that has arrived; `None` if there is none. Never waits.
    ///
    /// # Errors
    /// [`Error::Io`] if the simulator is gone, [`Error::Malformed`].
    pub fn event(&mut self) -> Result<Option<Event>> {
        while let Some(message) = self.0.connection.receive(self.0.buffer.as_mut_slice())? {
            if let FromServer::Event(event) = FromServer::decode(message)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

impl AsFd for LineClient {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<&Error> for std::io::Error {
    fn from(error: &Error) -> Self {
        Self::from_raw_os_error(error.errno())
    }
}
