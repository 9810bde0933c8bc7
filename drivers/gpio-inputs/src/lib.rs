// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for level switches, bubble detectors and keys on GPIO lines.
#![forbid(unsafe_code)]

pub mod config;
