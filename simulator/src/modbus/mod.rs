// SPDX-License-Identifier: MIT OR Apache-2.0
//! The slave's side of Modbus: RTU and TCP framing and the PDU, as pure functions on bytes.
//!
//! Written out here, and not taken from a library, for three reasons: tokio-modbus' RTU server ends on line noise
//! and answers every unit; its codec is private; and `rmodbus` computes a length in `u8` that overflows (a panic with
//! overflow checks) on a garbage byte count. Besides, the host's master is built on tokio-modbus: a slave that shares no code with it
//! cannot share its mistakes. Only the checksum comes from a crate.

mod pdu;
pub mod rtu;
pub mod tcp;

pub use pdu::{answer, request_length};
