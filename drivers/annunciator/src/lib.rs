// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for alarm lamps and a sounder on GPIO lines.
#![forbid(unsafe_code)]

pub mod config;
