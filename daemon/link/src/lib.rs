// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the daemon (`ecmod`) and the hosts (`ecmod-host`) share: memory, messages, and the socket between them.
//!
//! A host connects to the daemon's socket ([`transport`]), says which drivers it runs and what they measure
//! ([`message::Hello`]), and is answered with a [`message::Welcome`] and the descriptor of a memory file: its
//! [`image`]. From then on samples and demands travel through memory alone; the socket carries news of a driver's
//! state once a second and ends when one side ends.
//!
//! The crate carries values, it never interprets them: what a signal means is `ecmod-control`'s, what a device
//! says is the driver's.
//!
//! # Words
//! - **Input**: a slot that the host writes and the daemon reads: one signal of one driver.
//! - **Output**: a slot that the daemon writes and the host reads: one command of one driver.
//! - **Layout**: how many of both; both sides calculate it from the same hello by the same function.
//! - **Doorbell**: wakes the host's waiting threads when the daemon has written outputs.
//! - **Heartbeat**: a count with a time that each side advances while it is alive.
//!
//! # Trust
//! The daemon believes nothing that a host says: messages are bounded and checked ([`message`]), descriptors are
//! counted ([`transport`]), the size of the image is sealed, every index is checked against the daemon's own copy
//! of the layout, and no value read from the image decides about memory, loops or waiting ([`image`]).

pub mod image;
#[cfg(not(loom))]
pub mod message;
#[cfg(not(loom))]
pub mod supervision;
#[cfg(not(loom))]
pub mod transport;
