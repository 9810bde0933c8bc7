// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state journal: what a restarted daemon must remember, and how it gets to disk without anybody waiting for it.
//!
//! - [`record`]: mode, setpoints, limits, alarms, interventions, what was learnt; `alarms` and `interventions` are their
//!   lines in its text ([`text`]). [`format_1`](self) is what earlier versions wrote.
//! - [`zeros`]: the zeros of the pressure transducers, by the names of their sources.
//! - [`procedures`]: procedures that run, when each was completed, the case.
//! - [`boots`]: starts of the daemon and boots of the machine, and how each ended.
//! - [`files`]: two files written in turn, so that a power cut in the middle of a write leaves the state before it.
//! - [`pace`]: which changes are worth a write.
//! - [`keeper`]: the thread that writes. A full or broken disk delays it and nothing else.
//! - [`memory`]: all that is read at start. [`conditions`]: what the core is told of disk, clock and restarts.
//!
//! The journal is a convenience, not an authority: with no usable record the daemon begins with safe settings, says so, and
//! still takes over a pump that runs, from what the pump's host says.

mod alarms;
pub mod boots;
pub mod conditions;
pub mod files;
mod format_1;
mod interventions;
pub mod keeper;
mod latest;
pub mod memory;
pub mod pace;
pub mod procedures;
pub mod record;
pub mod stored;
pub mod text;
pub mod zeros;
