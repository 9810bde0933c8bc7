// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fake host's files of a kernel driver, its stream, and what a driver says of lines and urgency. No pointers here.

use super::FakeHost;
use super::record::Request;
use super::state::{Everywhere, State};
use crate::{Error, LineLevel, abi};
use std::collections::BTreeSet;

/// A file: what it holds, and what reading it comes to if that is an error.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    text: Vec<u8>,
    failure: Option<Error>,
}

impl FakeHost {
    /// Puts a file below the port's directory (`BAT0/capacity`), with a line end behind `text` as the kernel does; a file
    /// that failed is well again. Its folders exist with it.
    pub fn attribute(&self, path: &str, text: &str) {
        self.attribute_bytes(path, format!("{text}\n").as_bytes());
    }

    /// As [`FakeHost::attribute`], with these very bytes.
    pub fn attribute_bytes(&self, path: &str, bytes: &[u8]) {
        let file = File { text: bytes.to_vec(), failure: None };
        self.state(|state| state.attributes.insert(path.to_owned(), file));
    }

    /// From now on reading or writing this file, or every file of this folder, fails like that. `None`: no longer.
    pub fn fail_attribute(&self, path: &str, failure: Option<Error>) {
        self.state(|state| {
            for (_, file) in state.attributes.iter_mut().filter(|(name, _)| is_at_or_below(name, path)) {
                file.failure = failure;
            }
        });
    }

    /// Takes a file away, or a folder with all that is in it: the device is gone.
    pub fn remove_attribute(&self, path: &str) {
        self.state(|state| state.attributes.retain(|name, _| !is_at_or_below(name, path)));
    }

    /// What a file holds now, without the line end.
    #[must_use]
    pub fn attribute_text(&self, path: &str) -> Option<String> {
        self.state(|state| {
            let text = String::from_utf8_lossy(&state.attributes.get(path)?.text).into_owned();
            Some(text.trim_end_matches('\n').to_owned())
        })
    }

    /// Bytes that come in on the port's stream now. Each call is what one read gives at most, as a device gives
    /// its records.
    pub fn feed_stream(&self, bytes: &[u8]) {
        self.state(|state| state.stream.get_or_insert_default().push_back(Ok(bytes.to_vec())));
    }

    /// The next read of the stream, behind what is fed already, fails like this.
    pub fn fail_stream(&self, error: Error) {
        self.state(|state| state.stream.get_or_insert_default().push_back(Err(error)));
    }

    /// How many reads of the stream there is still something for, failures among it.
    #[must_use]
    pub fn unread_stream(&self) -> usize {
        self.state(|state| state.stream.as_ref().map_or(0, std::collections::VecDeque::len))
    }

    /// Whether an edge of this line would end the pause before the next cycle.
    #[must_use]
    pub fn wakes(&self, line: &str) -> bool {
        self.state(|state| state.waking.contains(line))
    }

    /// How often the driver said that what it delivers is urgent.
    #[must_use]
    pub fn urgent_count(&self) -> u64 {
        self.state(|state| state.urgent)
    }
}

/// `path` itself, or something in the folder `path`; the empty path is the folder of all.
fn is_at_or_below(name: &str, path: &str) -> bool {
    path.is_empty() || name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// As a real host: relative, and nothing that leads out of the directory.
fn check(path: &str) -> Result<(), Error> {
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        Err(Error::Denied)
    } else if path.split('/').any(|part| part.is_empty() || part == ".") {
        Err(Error::Invalid)
    } else {
        Ok(())
    }
}

impl State {
    /// Whether a real host would look for this path.
    fn allowed(&mut self, path: &str) -> Result<(), Error> {
        self.used |= abi::ECMOD_BUS_ATTRIBUTES;
        check(path).inspect_err(|_| self.bad_paths.push(path.to_owned()))
    }

    pub(super) fn attribute_read(&mut self, path: &str) -> Result<Vec<u8>, Error> {
        self.allowed(path)?;
        self.requests.push(Request::AttributeRead { path: path.to_owned() });
        match self.everywhere() {
            Some(Everywhere::Silence) => return Err(Error::NotFound),
            Some(Everywhere::Zeros) => return Ok(b"0\n".to_vec()),
            Some(Everywhere::Noise(_)) => {
                self.noise_failure(0)?;
                let length = usize::from(self.noise() % 16);
                return Ok((0..length).map(|_| b' ' + self.noise().to_le_bytes()[0] % 95).collect());
            }
            None => {}
        }
        let file = self.attributes.get(path).cloned().ok_or(Error::NotFound)?;
        match file.failure {
            Some(error) => Err(self.fail(error, 0)),
            None => {
                self.transact();
                Ok(file.text)
            }
        }
    }

    pub(super) fn attribute_write(&mut self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        self.allowed(path)?;
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.requests.push(Request::AttributeWrite { path: path.to_owned(), text });
        match self.everywhere() {
            Some(Everywhere::Silence) => return Err(Error::NotFound),
            Some(Everywhere::Zeros) => return Ok(()),
            Some(Everywhere::Noise(_)) => return self.noise_failure(0),
            None => {}
        }
        let file = self.attributes.get_mut(path).ok_or(Error::NotFound)?;
        match file.failure {
            Some(error) => Err(self.fail(error, 0)),
            None => {
                file.text = bytes.to_vec();
                self.transact();
                Ok(())
            }
        }
    }

    /// The names, each followed by a NUL.
    pub(super) fn attribute_list(&mut self, path: &str) -> Result<Vec<u8>, Error> {
        match path {
            "" => self.used |= abi::ECMOD_BUS_ATTRIBUTES,
            path => self.allowed(path)?,
        }
        match self.everywhere() {
            Some(Everywhere::Silence) => return Err(Error::NotFound),
            Some(Everywhere::Zeros) => return Ok(Vec::new()),
            Some(Everywhere::Noise(_)) => self.noise_failure(0)?,
            None => {}
        }
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let below = self.attributes.keys().filter_map(|name| name.strip_prefix(prefix.as_str()));
        let names: BTreeSet<&str> = below.filter_map(|rest| rest.split('/').next()).collect();
        if names.is_empty() && !path.is_empty() {
            return Err(Error::NotFound);
        }
        Ok(names.iter().flat_map(|name| name.bytes().chain([0])).collect())
    }

    pub(super) fn stream_read(&mut self, capacity: usize, timeout_us: u32) -> Result<Vec<u8>, Error> {
        self.used |= abi::ECMOD_BUS_ATTRIBUTES;
        match self.everywhere() {
            Some(Everywhere::Silence | Everywhere::Zeros) => return Err(self.time_out(timeout_us)),
            Some(Everywhere::Noise(_)) => {
                self.noise_failure(timeout_us)?;
                let length = 1 + usize::from(self.noise() % 64).min(capacity.saturating_sub(1));
                return Ok((0..length).map(|_| self.noise().to_le_bytes()[0]).collect());
            }
            None => {}
        }
        let stream = self.stream.as_mut().ok_or(Error::Unsupported)?;
        match stream.pop_front() {
            None => Err(self.time_out(timeout_us)),
            Some(Err(error)) => Err(self.fail(error, timeout_us)),
            Some(Ok(mut bytes)) => {
                if bytes.len() > capacity {
                    stream.push_front(Ok(bytes.split_off(capacity)));
                }
                self.transact();
                Ok(bytes)
            }
        }
    }

    pub(super) fn gpio_wake(&mut self, line: &str, level: LineLevel) -> Result<(), Error> {
        if self.everywhere().is_none() && !self.lines.contains_key(line) {
            return Err(Error::NotFound);
        }
        match level {
            LineLevel::High => self.waking.insert(line.to_owned()),
            LineLevel::Low => self.waking.remove(line),
        };
        Ok(())
    }
}
