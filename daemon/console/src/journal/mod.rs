// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state journal: what a restarted daemon must remember, and how it gets to disk without anybody waiting for it.
//!
//! - [`record`]: mode, setpoints, supporting or not; 64 checksummed bytes.
//! - [`zeros`]: the zeros of the pressure transducers, by the names of their sources.
//! - [`files`]: two files written in turn, so that a power cut in the middle of a write leaves the state before it.
//! - [`pace`]: which changes are worth a write.
//! - [`keeper`]: the thread that writes. A full or broken disk delays it and nothing else.
//!
//! The journal is a convenience, not an authority: with no usable record the daemon begins with safe settings and still
//! takes over a pump that runs, from what the pump's host says.

pub mod files;
pub mod keeper;
pub mod pace;
pub mod record;
pub mod zeros;
