// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the system tests share: a console of real processes against the simulator, on a bus of its own.
//!
//! Everything a fixture starts ends with it, and it says so when something is left. Nothing here sleeps to be right: every
//! wait is for an event, with a limit that only bounds a failure.
//!
//! A test file that takes it in begins with `#![cfg(test)]`, which says to clippy that all of it is test code.
#![allow(dead_code, unused_imports)] // each test file uses its part

mod bare;
mod console;
mod leftovers;
mod places;
mod process;
mod saboteurs;
mod simulator;
mod verdict;
mod wait;

pub use bare::Bare;
pub use console::{Console, NOBODY, Settings};
pub use leftovers::processes_with;
pub use places::{binaries, binary, python, scenario};
pub use process::Process;
pub use saboteurs::Saboteurs;
pub use simulator::{Bin, Simulator, State, Trace};
pub use wait::{LIMIT, try_until, until};
