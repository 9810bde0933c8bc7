// SPDX-License-Identifier: MIT OR Apache-2.0
//! What follows from several signals together. Advisory: no controller goes by an estimate.

mod memory;
mod output;

pub use memory::EstimatorMemory;
pub use output::{Estimates, MembraneEstimate};
