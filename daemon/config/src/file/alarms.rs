// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[alarms]` as it is written: the responsible organisation's class of patients, presets and delays.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Alarms and their limits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Alarms {
    /// The class of patients whose preset counts until somebody applies another one: adult, paediatric or neonate.
    pub patient_class: PatientClass,
    /// Running on the battery is planned from the start, so that the loss of mains has low priority.
    pub planned_transport: bool,
    /// There is mains power, or ought to be: false for a console that always runs on its battery.
    pub mains_expected: bool,
    /// How long a pause of the sound lasts, in s, 10 to 120.
    pub audio_pause_s: u64,
    /// The delays of all conditions, in percent of those in the catalogue, 25 to 100: they can be shortened only.
    pub delay_percent: u8,
    /// The organisation's limits for adults, by name, in place of the usual ones, in canonical units: `{ venous_pressure_low = -120.0 }`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub adult: BTreeMap<String, f64>,
    /// The same for children.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub paediatric: BTreeMap<String, f64>,
    /// The same for newborns.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub neonate: BTreeMap<String, f64>,
}

impl Default for Alarms {
    fn default() -> Self {
        Self {
            patient_class: PatientClass::Adult,
            planned_transport: false,
            mains_expected: true,
            audio_pause_s: 120,
            delay_percent: 100,
            adult: BTreeMap::new(),
            paediatric: BTreeMap::new(),
            neonate: BTreeMap::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PatientClass {
    Adult,
    Paediatric,
    Neonate,
}
