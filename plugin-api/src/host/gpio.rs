// SPDX-License-Identifier: MIT OR Apache-2.0
//! GPIO lines of the port, by their configured names.

use super::{Calls, timeout_us};
use crate::quantities::{Monotonic, Span};
use crate::{Error, abi};
use std::ffi::CString;
use std::rc::Rc;

/// The logical level of a line; the port's configuration says which voltage that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Level {
    /// Inactive.
    Low = 0,
    /// Active.
    High = 1,
}

impl Level {
    fn from_code(code: u32) -> Result<Self, Error> {
        match code {
            0 => Ok(Self::Low),
            1 => Ok(Self::High),
            _ => Err(Error::Corrupt),
        }
    }
}

/// An edge with the kernel's time stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edge {
    /// When it happened.
    pub t: Monotonic,
    /// The level behind it.
    pub to: Level,
    /// Counts the line's edges; a gap means that edges were lost.
    pub sequence: u32,
}

impl Edge {
    /// What fills a buffer before [`InputLine::edges_into`] does: an edge at time 0.
    pub const NONE: Self = Self { t: Monotonic(0), to: Level::Low, sequence: 0 };
}

/// Most edges that one call fetches.
const MOST_EDGES: usize = 64;

/// A line that is read.
#[derive(Debug, Clone)]
pub struct InputLine {
    calls: Rc<Calls>,
    name: CString,
}

impl InputLine {
    pub(crate) fn new(calls: Rc<Calls>, name: &str) -> Result<Self, Error> {
        Ok(Self { calls, name: CString::new(name).map_err(|_| Error::Invalid)? })
    }

    /// Its level now.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the port has no such line; what the host says; [`Error::Corrupt`] for no level.
    pub fn get(&self) -> Result<Level, Error> {
        Level::from_code(self.calls.gpio_get(&self.name)?)
    }

    /// Waits for edges and returns those that came, oldest first, at most `most` (and never more than 64).
    /// None within the timeout is an empty list. [`InputLine::edges_into`] does without the list.
    ///
    /// # Errors
    /// As [`InputLine::get`].
    pub fn edges(&self, most: usize, timeout: Span) -> Result<Vec<Edge>, Error> {
        let mut edges = [Edge::NONE; MOST_EDGES];
        let room = edges.get_mut(..most.min(MOST_EDGES)).unwrap_or_default();
        Ok(self.edges_into(room, timeout)?.to_vec())
    }

    /// Waits for edges and puts those that came, oldest first, into `room`: at most 64 in one call. None within the
    /// timeout is an empty slice. Does not allocate.
    ///
    /// # Errors
    /// As [`InputLine::get`].
    pub fn edges_into<'r>(&self, room: &'r mut [Edge], timeout: Span) -> Result<&'r [Edge], Error> {
        let mut raw = [abi::Edge::default(); MOST_EDGES];
        let buffer = raw.get_mut(..room.len().min(MOST_EDGES)).unwrap_or_default();
        let length = match self.calls.gpio_edges(&self.name, buffer, timeout_us(timeout)) {
            Err(Error::Timeout) => 0,
            other => other?,
        };
        for (edge, raw) in room.iter_mut().zip(buffer.iter().take(length)) {
            let to = Level::from_code(raw.rising)?;
            *edge = Edge { t: Monotonic(raw.t_ns), to, sequence: raw.sequence };
        }
        Ok(room.get(..length).unwrap_or_default())
    }

    /// From now on an edge of this line ends the pause before the next cycle.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the port has no such line, [`Error::Invalid`] if its edges are not configured,
    /// [`Error::Unsupported`] on a host of version 1.0: there the edge is seen one period later at most.
    pub fn wake(&self) -> Result<(), Error> {
        self.calls.gpio_wake(&self.name, 1)
    }

    /// From now on an edge of this line waits for the next regular cycle again.
    ///
    /// # Errors
    /// As [`InputLine::wake`].
    pub fn let_sleep(&self) -> Result<(), Error> {
        self.calls.gpio_wake(&self.name, 0)
    }
}

/// A line that is driven.
#[derive(Debug, Clone)]
pub struct OutputLine {
    calls: Rc<Calls>,
    name: CString,
}

impl OutputLine {
    pub(crate) fn new(calls: Rc<Calls>, name: &str) -> Result<Self, Error> {
        Ok(Self { calls, name: CString::new(name).map_err(|_| Error::Invalid)? })
    }

    /// Drives it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the port has no such line, [`Error::Denied`] if it is not this driver's to drive; what
    /// the host says.
    pub fn set(&self, level: Level) -> Result<(), Error> {
        self.calls.gpio_set(&self.name, level as u32)
    }
}
