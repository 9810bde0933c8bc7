// SPDX-License-Identifier: MIT OR Apache-2.0
//! The process that owns one port and runs its drivers.
//!
//! It must never fail: the pump's host goes on when the daemon is gone, when a driver misbehaves, when the line is full of
//! noise. It knows no roles and no D-Bus; a change of the daemon does not change the qualified host.

pub mod account;
pub mod bus;
pub mod check;
pub mod cli;
pub mod clock;
pub mod configuration;
pub mod driver;
pub mod fallback;
pub mod host;
pub mod link;
pub mod loader;
pub mod local;
pub mod news;
pub mod process;
pub mod supervise;

/// Stack of threads that only move bytes; much of a host's small memory would otherwise be stacks.
pub(crate) const SMALL_STACK: usize = 128 * 1024;
