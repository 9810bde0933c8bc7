// SPDX-License-Identifier: MIT OR Apache-2.0
//! The daemon `ecmod`: control thread, hosts' server, state journal, D-Bus.
//!
//! ```text
//!  hosts' sockets --> hosts ----- arrivals, hung-up flags ----> control_thread (SCHED_FIFO)
//!                       |                                        image -> core -> image
//!                    registry          requests, replies           |
//!                       |          +------- service <------- snapshots, departures
//!  D-Bus <------------ bus <-------+           |
//!                                           journal (its own thread)
//! ```
//!
//! The daemon never opens a device and never stops a pump by itself: when it ends, for whatever reason, the hosts hold what
//! they were last asked for, and the next daemon takes over from there.

pub mod accounts;
pub mod bus;
pub mod case;
pub mod clock;
pub mod configuration;
pub mod control_thread;
pub mod daemon;
pub mod hosts;
pub mod journal;
pub mod plan;
pub mod procedures;
pub mod record;
pub mod self_test;
pub mod service;
pub mod storage;
pub mod supervision;
