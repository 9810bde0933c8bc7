// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service thread: one current-thread tokio runtime for everything that may wait.
//!
//! - [`observer`]: empties the control thread's rings.
//! - [`requests`]: asks the core on behalf of D-Bus.
//! - `hosts::server`, `bus`: the world outside.
//! - [`shared`]: what they all know.

pub mod observer;
pub mod requests;
mod shared;

pub use shared::{Full, Guest, Shared};
