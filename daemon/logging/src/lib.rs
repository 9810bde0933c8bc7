// SPDX-License-Identifier: MIT OR Apache-2.0
//! Logs of a process: [`tracing`] events to journald or to standard error, written by a thread of their own.
//!
//! ```text
//!   any thread                                     log thread
//!   tracing::info!(..) --> level, rate limit --> [queue, 512 records] --> journald | standard error
//!                              |  suppressed: counted     |  full: newest dropped, counted
//! ```
//!
//! journald's socket blocks its writer when journald stalls, and so does a terminal or a pipe nobody reads. Nobody but the log
//! thread ever waits for them: who logs does no more than to format a bounded record and to put it into a bounded queue. What does
//! not fit is lost, counted ([`lost`]), and reported in the log as soon as the queue is empty again.
//!
//! **Real-time threads never log.** Logging allocates and takes a lock (held for the length of a push), which is fine for
//! everybody else. The control thread counts, and the service thread logs what was counted.
//!
//! # How to write an event
//! ```
//! let port = "pump_line";
//! tracing::warn!(event = "port.lost", port, "the port's host is gone; its readings are bad until it is back");
//! ```
//! - `event` is the event's id: one id, one meaning, `area.what`, the same for ever. In the journal it is `ECMOD_EVENT=port.lost`, and
//!   `port` is `ECMOD_PORT`, so `journalctl ECMOD_EVENT=port.lost` finds all of them.
//! - Log changes of state, not states. Of one kind (id, and the `driver`, `port` or `role` it is about) 20 events pass within 10 s;
//!   further ones are suppressed, and an event `log.suppressed` says how many when the 10 s are over.
//! - Spans are not recorded: what belongs to an event is a field of it.
//! - Our own crates (`ecmod*`) log from the configured level on, other people's crates from warnings on.

mod capture;
mod limit;
mod queue;
mod record;
mod sink;
mod start;
#[cfg(test)]
mod tests;
mod time;
mod words;
mod writer;

pub use start::{Error, Guard, lost, start};
pub use time::Rfc3339;
pub use words::{Level, Target, UnknownWord};
