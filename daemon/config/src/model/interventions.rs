// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[interventions]`: what is configured of them; what is not stays as the core has it.

use std::collections::BTreeMap;

use ecmod_quantities::Span;

/// `[interventions]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interventions {
    /// How long an operator's override counts, 1 s to 1 h.
    pub override_lasts: Option<Span>,
    /// By the name of the kind.
    pub by_name: BTreeMap<String, Intervention>,
}

/// What one intervention may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Intervention {
    /// Whether it acts.
    pub policy: Option<Policy>,
    /// The longest that it acts, 1 s to 5 min.
    pub longest: Option<Span>,
    /// How long its condition must have been gone before it may act anew, 1 s to 1 h.
    pub rearm: Option<Span>,
}

/// Whether an intervention acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It acts.
    Act,
    /// It only alarms.
    AlarmOnly,
}
