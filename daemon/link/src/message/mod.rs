// SPDX-License-Identifier: MIT OR Apache-2.0
//! What daemon and host tell each other: JSON, one message per datagram, each bounded and checked by who receives it.
//!
//! ```text
//!   host                                          daemon
//!    |  {"hello": {protocol, port, drivers...}}     |
//!    | -------------------------------------------> |  checks; makes an image of the hello's layout
//!    |     {"welcome": {protocol, layout}} + memfd  |
//!    | <------------------------------------------- |  or {"refused": {reason}} and the end
//!    |  {"driver": {...}} on change and at 1 Hz     |
//!    | -------------------------------------------> |
//!    |  {"port": {...}}   at 1 Hz                   |
//!    | -------------------------------------------> |
//!    |     {"ping": {number}}, {"self_test": {...}} |
//!    | <------------------------------------------- |  only if the hello says that the host answers
//!    |  {"pong": {number}}, {"self_test": {...}}    |
//!    | -------------------------------------------> |
//! ```
//!
//! A hello is the whole truth about a host's tables. When a table changes (a driver that was absent opened and now has
//! signals), the host connects anew and says hello again.
//!
//! # Slots
//! Input slots are the signals of all drivers in the hello's order, output slots the commands. [`Hello::layout`] and [`Hello::slots`]
//! are the only place where this is calculated, for both sides.
//!
//! # Never
//! Nothing received is used before [`decode`](FromHost::decode) has checked all of it: names, counts, lengths, finite numbers, no
//! control characters in text that ends in logs and on screens.

mod check;
mod event;
mod hello;
mod question;
mod slots;
mod words;

#[cfg(test)]
mod tests;

pub use check::{MAX_COUNTERS, MAX_DRIVERS, MAX_NAME, MAX_TEXT, fit, is_name};
pub use event::{DriverEvent, Event, PortEvent};
pub use hello::{CommandHello, DriverHello, Held, Hello, Refused, SignalHello, Welcome, Written};
pub use question::{Finding, MAX_FINDINGS, Ping, SelfTest, SelfTestReport};
pub use slots::Slots;
pub use words::{DriverState, Hold};

use serde::{Deserialize, Serialize};

/// Version of the messages. Both sides must speak the same; they come from one release.
pub const PROTOCOL: u32 = 1;

/// Longest message in bytes.
pub const MAX_MESSAGE: usize = 128 * 1024;

/// What a host sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromHost {
    /// First of all.
    Hello(Hello),
    /// A driver's state, later.
    Driver(DriverEvent),
    /// The port's counters, later.
    Port(PortEvent),
    /// The answer to [`FromDaemon::Ping`].
    Pong(Ping),
    /// How the self test of one driver ended: an answer to [`FromDaemon::SelfTest`].
    SelfTest(SelfTestReport),
}

/// What the daemon sends: the answer to the hello, and later questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromDaemon {
    /// The hello is accepted; the image's descriptor comes with this message.
    Welcome(Welcome),
    /// The hello is not accepted; the connection ends.
    Refused(Refused),
    /// Whether the host is there.
    Ping(Ping),
    /// A request to test devices.
    SelfTest(SelfTest),
}

/// Why a message cannot be sent or believed. The text of an error about a hello is what the daemon answers in
/// [`Refused`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Longer than [`MAX_MESSAGE`].
    #[error("a message of {length} bytes; at most {MAX_MESSAGE} are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Another protocol version.
    #[error(
        "the other side speaks protocol {theirs}, this side {PROTOCOL}: install daemon and host of one release"
    )]
    Protocol {
        /// The version that the other side named.
        theirs: u64,
    },
    /// Not JSON, or not one of our messages.
    #[error("not a message of this protocol: {0}")]
    Form(#[from] serde_json::Error),
    /// A field that breaks a rule.
    #[error("{field}: {problem}")]
    Field {
        /// Which, as a path: `drivers[0].signals[2].name`.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// More signals or commands than an image has slots.
    #[error(transparent)]
    Layout(#[from] crate::image::Error),
}

impl FromHost {
    /// As one datagram.
    ///
    /// # Errors
    /// If the message breaks a rule that the receiver would enforce, or is too long.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        encode(self)
    }

    /// A received datagram, checked.
    ///
    /// # Errors
    /// If it is too long, of another protocol version, not one of our messages, or breaks a rule.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let message: Self = decode(bytes)?;
        message.check()?;
        Ok(message)
    }

    fn check(&self) -> Result<(), Error> {
        match self {
            Self::Hello(hello) => hello.check(),
            Self::Driver(event) => event.check(),
            Self::Port(event) => event.check(),
            Self::Pong(_) => Ok(()),
            Self::SelfTest(report) => report.check(),
        }
    }
}

impl From<Event> for FromHost {
    fn from(event: Event) -> Self {
        match event {
            Event::Driver(event) => Self::Driver(event),
            Event::Port(event) => Self::Port(event),
        }
    }
}

impl FromDaemon {
    /// As one datagram.
    ///
    /// # Errors
    /// As [`FromHost::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        encode(self)
    }

    /// A received datagram, checked.
    ///
    /// # Errors
    /// As [`FromHost::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let message: Self = decode(bytes)?;
        message.check()?;
        Ok(message)
    }

    fn check(&self) -> Result<(), Error> {
        match self {
            Self::Welcome(welcome) => welcome.check(),
            Self::Refused(refused) => refused.check(),
            Self::Ping(_) => Ok(()),
            Self::SelfTest(request) => request.check(),
        }
    }
}

fn encode(message: &impl Serialize) -> Result<Vec<u8>, Error> {
    let bytes = serde_json::to_vec(message)?;
    if bytes.len() > MAX_MESSAGE { Err(Error::TooLong { length: bytes.len() }) } else { Ok(bytes) }
}

/// The version is looked at first and alone: a message of another version may look different in everything else, and
/// its sender deserves a clear answer.
fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(alias = "welcome")]
        hello: Option<Version>,
    }
    #[derive(Deserialize)]
    struct Version {
        protocol: u64,
    }
    if bytes.len() > MAX_MESSAGE {
        return Err(Error::TooLong { length: bytes.len() });
    }
    if let Ok(Envelope { hello: Some(Version { protocol }) }) = serde_json::from_slice(bytes)
        && protocol != u64::from(PROTOCOL)
    {
        return Err(Error::Protocol { theirs: protocol });
    }
    Ok(serde_json::from_slice(bytes)?)
}
