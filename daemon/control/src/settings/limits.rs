// SPDX-License-Identifier: MIT OR Apache-2.0
//! The limits of a class of patients, as these settings have them.

use super::Settings;
use crate::{LimitKind, Limits, PatientClass};

impl Settings {
    /// The limits that a console begins with in this class, and goes back to when its preset is applied.
    #[must_use]
    pub fn first_limits(&self, class: PatientClass) -> Limits {
        self.alarms.preset(class)
    }

    /// Changes a limit in the preset of the class that these settings begin with; `None` switches it off. What is out of
    /// range is not taken.
    pub fn preset_limit(&mut self, kind: LimitKind, value: Option<f64>) {
        if let Some(preset) = self.alarms.presets.get_mut(self.alarms.class as usize) {
            preset.put(kind, value);
        }
    }
}
