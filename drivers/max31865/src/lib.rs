// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the MAX31865: one platinum resistance thermometer on SPI.
#![forbid(unsafe_code)]

pub mod config;
pub mod convert;
