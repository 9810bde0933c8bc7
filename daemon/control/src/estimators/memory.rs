// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the state journal keeps of the estimators: what takes long to learn.

use ecmod_quantities::Rpm;

/// What takes long to learn. What is not finite or out of bounds is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EstimatorMemory {
    /// The speed at which nothing flows.
    pub zero_flow_speed: Option<Rpm>,
    /// The membrane's resistance in its first hours, mmHg/(L/min).
    pub membrane_baseline: Option<f64>,
}
