// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hosts' side of the daemon: who may connect, what their slots mean, what is known of them.
//!
//! ```text
//!   server: accept ---> connection: hello --> admission (pure) --> image --> welcome
//!                          |                                         |
//!                          |  events --> registry                    +--> control thread (attachment)
//!                          |  hang-up --> attachment.hung_up = true, registry
//! ```
//!
//! This runs on the service thread. The control thread learns of a host by a ring and of its end by one atomic flag.

pub mod admission;
mod connection;
pub mod health;
pub mod links;
pub mod question;
mod ready;
pub mod registry;
pub mod server;
mod vigil;
