// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service thread: one current-thread tokio runtime for everything that may wait.
//!
//! - [`observer`]: empties the control thread's rings.
//! - [`chronicle`]: logs and records what the alarms and interventions do; [`deeds`]: what people do; [`naming`]: in which words.
//! - [`requests`]: asks the core on behalf of D-Bus.
//! - `hosts::server`, `bus`: the world outside.
//! - [`Shared`]: what they all know.

pub mod chronicle;
pub mod deeds;
mod interventions;
mod lateness;
pub mod log_losses;
pub mod naming;
pub mod observer;
pub mod requests;
mod shared;

pub use shared::{Full, Guest, Parts, Shared};
