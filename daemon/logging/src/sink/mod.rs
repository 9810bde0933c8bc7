// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where records are written. Only the log thread calls a sink, so a sink may wait as long as it likes.

mod journal;
mod stderr;

pub(crate) use journal::Journal;
pub(crate) use stderr::Stderr;

use crate::record::Record;
use std::io;

/// Where records are written.
pub(crate) trait Sink {
    /// Writes one record. An error means that it is lost.
    fn write(&mut self, record: &Record) -> io::Result<()>;
}
