// SPDX-License-Identifier: MIT OR Apache-2.0
//! The readings of one tick by role, for everything that looks at several of them.

use crate::Role;
use crate::signals::{Pipeline, usable};
use ecmod_quantities::{Monotonic, Reading, Rpm};

/// What estimators and interventions see of one tick.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) now: Monotonic,
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) readings: &'a [Reading; crate::MAX_SIGNALS],
    /// The flow from speed and head.
    pub(crate) flow_estimate: Reading,
    /// What is demanded of the pump.
    pub(crate) demand: Option<Rpm>,
}

impl View<'_> {
    /// The reading of a role, if a signal has that role.
    pub(crate) fn signal(&self, role: Role) -> Option<Reading> {
        self.pipeline.has(role).then(|| self.pipeline.reading(role, self.readings))
    }

    /// The reading of a role; no data if no signal has it.
    pub(crate) fn reading(&self, role: Role) -> Reading {
        self.pipeline.reading(role, self.readings)
    }

    /// The value of a role, if it can be used.
    pub(crate) fn value(&self, role: Role) -> Option<f64> {
        usable(&self.reading(role)).ok()
    }

    /// A state of a role, if it can be used.
    pub(crate) fn state(&self, role: Role) -> Option<bool> {
        self.value(role).map(|value| value >= 0.5)
    }

    /// The speed the pump really has, if that is known.
    pub(crate) fn speed(&self) -> Option<Rpm> {
        self.value(Role::PumpSpeed).map(Rpm)
    }
}
