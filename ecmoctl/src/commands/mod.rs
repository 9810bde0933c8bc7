// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands that look or ask once, and end.

mod change;
mod circuit;
mod lists;
pub mod reading;
mod status;

pub use change::{set, start, stop};
pub use circuit::{clamp, zero};
pub use lists::{drivers, ports, signals};
pub use status::status;
