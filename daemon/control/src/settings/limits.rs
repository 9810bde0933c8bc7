// SPDX-License-Identifier: MIT OR Apache-2.0
//! The limits that a class of patients begins with: its preset, and for the class of the settings what they say of the
//! pressures.

use super::Settings;
use crate::{LimitKind, Limits, PatientClass};
use ecmod_quantities::MmHg;

/// By how much a limit that is dangerous lies beyond the one that regulates, where the settings say nothing of it, mmHg.
const BEYOND: f64 = 50.0;

impl Settings {
    /// The limits of this class.
    #[must_use]
    pub fn first_limits(&self, class: PatientClass) -> Limits {
        let mut limits = self.alarms.preset(class);
        if class != self.alarms.class {
            return limits;
        }
        let given = &self.limits;
        let pressures = [
            (LimitKind::VenousPressureLow, LimitKind::VenousPressureVeryLow, given.venous_pressure_low),
            (
                LimitKind::PreMembranePressureHigh,
                LimitKind::PreMembranePressureVeryHigh,
                given.pre_membrane_pressure_high,
            ),
            (
                LimitKind::ArterialPressureHigh,
                LimitKind::ArterialPressureVeryHigh,
                given.arterial_pressure_high,
            ),
        ];
        for (regulates, dangerous, given) in pressures {
            limits.put(regulates, given.map(MmHg::value));
            let crossed = limits.conflict().is_some_and(|(a, b)| a == dangerous || b == dangerous);
            if let Some(given) = given.filter(|_| crossed) {
                let beyond = if dangerous == LimitKind::VenousPressureVeryLow { -BEYOND } else { BEYOND };
                limits.put(dangerous, Some(dangerous.range().nearest(given.value() + beyond)));
            }
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PumpPreset;

    #[test]
    fn the_pressures_of_the_settings_count_for_their_class_and_take_the_dangerous_ones_with_them() {
        let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
        settings.limits.venous_pressure_low = Some(MmHg(-180.0));
        settings.limits.pre_membrane_pressure_high = Some(MmHg(480.0));
        settings.limits.arterial_pressure_high = None;
        let limits = settings.first_limits(PatientClass::Adult);
        assert_eq!(limits.get(LimitKind::VenousPressureLow), Some(-180.0));
        assert_eq!(limits.get(LimitKind::VenousPressureVeryLow), Some(-230.0));
        assert_eq!(limits.get(LimitKind::PreMembranePressureVeryHigh), Some(530.0));
        assert_eq!(limits.get(LimitKind::ArterialPressureHigh), None);
        assert_eq!(limits.conflict(), None);
        let other = settings.first_limits(PatientClass::Neonate);
        assert_eq!(other, Limits::preset(PatientClass::Neonate));
    }
}
