// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for a bistable tubing clamp with two coils and two position switches on GPIO lines.
#![forbid(unsafe_code)]

pub mod config;
