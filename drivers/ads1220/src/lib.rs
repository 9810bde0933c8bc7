// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the TI ADS1220 with bridge pressure transducers.
#![forbid(unsafe_code)]
