// SPDX-License-Identifier: MIT OR Apache-2.0
//! Patient and circuit as physics, devices at register and byte level, faults, scenarios, and the development runner.
//! Never part of a product.

pub mod circuit;
pub mod devices;
pub mod random;
mod words;
