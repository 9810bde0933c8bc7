// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is recorded for those who look later: the alarm log, and readings around each intervention.
//!
//! - [`entry`]: what the alarm log says, and when it happened; [`line`]: how it stands in a file.
//! - [`ring`]: files that are written on to, of which the oldest goes when there are enough.
//! - [`log`]: two rings, so that alarms of high priority outlive everything else.
//! - [`queue`]: what waits for the disk: bounded, and nobody waits to put something in.
//! - [`recorder`]: the handle that the service thread has of the recording thread; `inbox`: what lies between them;
//!   `writer`: what the thread does.
//! - [`window`]: readings of the last seconds, in memory; [`table`]: those around an intervention, as a file.
//! - [`shelf`]: so many of these files, so many bytes.
//!
//! # What it must never do
//! Keep anybody waiting, or be needed: a disk that is full, slow, read-only or gone costs entries, which are counted and
//! told, and nothing else. Nothing is read from here to control anything.

mod bounded;
pub mod entry;
mod inbox;
pub mod line;
pub mod log;
pub mod queue;
pub mod recorder;
pub mod ring;
pub mod shelf;
mod stamp;
pub mod table;
pub mod window;
mod writer;
