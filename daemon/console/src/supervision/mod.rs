// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who looks after the parts of the daemon, and what they tell the core.

pub mod board;

pub use board::Board;
