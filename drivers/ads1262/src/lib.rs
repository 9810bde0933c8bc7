// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the TI ADS1262 and ADS1263 with bridge pressure transducers.
#![forbid(unsafe_code)]

pub mod registers;
