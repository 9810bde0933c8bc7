// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver instances: one thread each, which alone calls the driver's functions.
//!
//! ```text
//!            load fails                 open fails
//!   Absent <------------ (start) --> Opening ------------> Fault --+
//!      |   later again      ^          | open succeeds       ^  |  | back-off 0.1 .. 5 s
//!      +-------------------+           v                     |  |  v
//!                                   Running --- three cycles fail  Opening (only if the instance is dead)
//!                                      ^--------- one succeeds --+
//! ```
//! The names are those of [`ecmod_link::message::DriverState`].
//!
//! # What a driver cannot do
//! - **Hang**: the [watch](watch::Watch) notices, the process is replaced (see [`crate::host`]).
//! - **Crash**: the process ends and is started again; the device holds its output meanwhile.
//! - **Be late**: beyond its budget its samples are thrown away and its signals are bad, with `timeout`.
//! - **Lie**: each sample is [judged](judge), each demand is checked before the driver sees it.
//!
//! # Words
//! **Cell**: what the driver's thread, the link thread and the watchdog share about one driver. **Held**: the last demand
//! accepted; it is passed to the driver in every cycle until the daemon demands something else, also while there is no daemon.

pub mod cell;
pub mod demands;
mod functions;
pub mod judge;
pub mod run;
pub mod self_test;
pub mod stop;
pub mod tables;
mod waker;
pub mod watch;

pub use cell::Cell;
pub use run::{Spec, start};
pub use stop::Stop;
