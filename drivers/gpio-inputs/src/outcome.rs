// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an input comes to, before it is a sample.

use ecmod_plugin::Samples;
use ecmod_plugin::quantities::{Cause, Monotonic};

/// A value, or none, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// A value to be trusted.
    Good(f64),
    /// A value to be trusted less.
    Uncertain(f64, Cause),
    /// No value.
    Bad(Cause),
}

impl Outcome {
    /// A state: 0 or 1.
    #[must_use]
    pub const fn state(is: bool) -> Self {
        Self::Good(if is { 1.0 } else { 0.0 })
    }

    /// A count; exact up to 2^53.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // a pulse every microsecond for 285 years
    pub const fn count(count: u64) -> Self {
        Self::Good(count as f64)
    }

    /// The same value, less to be trusted if there is a cause for it.
    #[must_use]
    pub const fn doubted(self, cause: Option<Cause>) -> Self {
        match (self, cause) {
            (Self::Good(value), Some(cause)) => Self::Uncertain(value, cause),
            (outcome, _) => outcome,
        }
    }

    /// As the sample of a signal, acquired at `t`.
    pub fn deliver(self, index: usize, t: Monotonic, samples: &mut Samples<'_>) {
        match self {
            Self::Good(value) => samples.good(index, value, t),
            Self::Uncertain(value, cause) => samples.uncertain(index, value, cause, t),
            Self::Bad(cause) => samples.bad(index, cause, t),
        }
    }
}
