// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a reading *is*: quantities with one canonical unit each, quality with a cause, and monotonic time.
//!
//! Every part of ecmod speaks these words: drivers (through the C ABI, whose numbers are the
//! discriminants here), the process image, the control core, and the D-Bus interface.
//! The crate has no dependencies, no I/O and no allocation.
//!
//! # Words
//! - **Quantity**: what is measured, with exactly one unit ([`Quantity::unit`]).
//! - **Quality**: how far a value may be trusted; anything but [`Quality::Good`] carries a [`Cause`].
//! - **Reading**: value, quality, cause, time of acquisition, sequence number. A bad reading *has no value*.
//! - **Monotonic**: nanoseconds of `CLOCK_MONOTONIC`, the same in all processes of one machine.
#![no_std]
#![forbid(unsafe_code)]

mod quality;
mod quantity;
mod reading;
mod time;
mod units;

pub use quality::{Cause, Quality};
pub use quantity::Quantity;
pub use reading::Reading;
pub use time::{Monotonic, Span};
pub use units::{
    Amperes, Celsius, Fraction, GasLitresPerMinute, LitresPerMinute, MmHg, PerSecond, Rpm, Seconds, Volts,
};
