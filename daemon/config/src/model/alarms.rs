// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[alarms]`: what the responsible organisation decides; what is not written stays as the core has it.

use std::collections::BTreeMap;

use ecmod_quantities::Span;

/// `[alarms]`
#[derive(Debug, Clone, PartialEq)]
pub struct Alarms {
    /// The class of patients whose preset counts until somebody applies another one.
    pub patient_class: PatientClass,
    /// Running on the battery is planned from the start.
    pub planned_transport: bool,
    /// Whether there ought to be mains power.
    pub mains_expected: bool,
    /// How long a pause of the sound lasts, 10 to 120 s.
    pub audio_pause: Span,
    /// The delays of all conditions, in percent of those in the catalogue, 25 to 100.
    pub delay_percent: u8,
    /// The organisation's limits for each class of patients, by name, in the unit of each.
    pub presets: BTreeMap<PatientClass, BTreeMap<String, f64>>,
}

/// A class of patients, by which limits differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatientClass {
    /// Adults.
    Adult,
    /// Children.
    Paediatric,
    /// Newborns.
    Neonate,
}

impl PatientClass {
    /// The word in configuration files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Adult => "adult",
            Self::Paediatric => "paediatric",
            Self::Neonate => "neonate",
        }
    }
}
