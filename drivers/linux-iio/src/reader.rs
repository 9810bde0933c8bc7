// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keeps the buffer running: sees that it is silent or gone, and sets it up again once a second.

use crate::buffer::{Buffer, Record};
use crate::channel::cause;
use crate::config::Config;
use crate::layout::Format;
use ecmod_plugin::quantities::{Cause, Monotonic, Span};
use ecmod_plugin::{Error, Host, Level};

/// So long without a record, and the buffer is looked at; and so often it is set up again.
const LONGEST_SILENCE: Span = Span::from_secs(1);

/// A buffer that is to run.
#[derive(Debug)]
pub struct BufferReader {
    buffer: Option<Box<Buffer>>,
    /// When it delivered last.
    heard: Monotonic,
    retry: Monotonic,
    /// What was said last of why it does not run.
    said: Option<String>,
}

/// What a cycle finds.
#[derive(Debug)]
pub enum Newest {
    /// The newest record.
    Record(Box<Record>),
    /// No record yet, and no reason to worry.
    NoNews,
    /// The buffer does not deliver, for this cause.
    None(Cause),
}

impl BufferReader {
    /// For a buffer that was set up just now.
    #[must_use]
    pub fn new(buffer: Buffer, now: Monotonic) -> Self {
        Self { buffer: Some(Box::new(buffer)), heard: now, retry: now, said: None }
    }

    /// Where the channels stand in a record.
    #[must_use]
    pub fn places(&self) -> &[(Format, usize)] {
        self.buffer.as_ref().map_or(&[], |buffer| buffer.places())
    }

    /// The newest record, or why there is none.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the port has no stream.
    pub fn newest(&mut self, host: &Host, config: &Config) -> Result<Newest, Error> {
        let cause = match self.buffer.as_mut().map(|buffer| buffer.newest(host)) {
            Some(Ok(Some(record))) => {
                self.heard = host.now();
                self.say(host, Level::Info, "the buffer delivers");
                return Ok(Newest::Record(Box::new(record)));
            }
            Some(Ok(None)) if host.now().since(self.heard) < LONGEST_SILENCE => return Ok(Newest::NoNews),
            Some(Ok(None)) => Cause::Timeout,
            Some(Err(Error::Unsupported)) => {
                self.say(host, Level::Error, "the port has no `stream`: a buffer needs one");
                return Err(Error::Unsupported);
            }
            Some(Err(error)) => cause(error),
            None => Cause::Disconnected,
        };
        if host.now() >= self.retry {
            self.retry = host.now().plus(LONGEST_SILENCE);
            match Buffer::set_up(host, config) {
                Ok(buffer) => {
                    if !buffer.was_taken_over() {
                        host.log(Level::Warning, "the buffer did not run and was set up again");
                    }
                    self.say(host, Level::Warning, "no records: does the trigger run?");
                    self.buffer = Some(Box::new(buffer));
                }
                Err(failure) => {
                    self.say(host, Level::Warning, &failure.what);
                    self.buffer = None;
                }
            }
        }
        Ok(Newest::None(cause))
    }

    /// Says what has changed.
    fn say(&mut self, host: &Host, level: Level, text: &str) {
        let first_good_news = self.said.is_none() && level == Level::Info;
        if !first_good_news && self.said.as_deref() != Some(text) {
            host.log(level, text);
        }
        if self.said.as_deref() != Some(text) {
            self.said = Some(text.to_owned());
        }
    }
}
