// SPDX-License-Identifier: MIT OR Apache-2.0
//! The limits that an operator can change: alarm limits, and the pressure limits that the override controllers regulate to.
//! There is one truth: what alarms and what regulates is the same number.
//!
//! Each has a declared range and a step ([`LimitKind::range`]); nothing outside of it is ever in force. Presets per class of
//! patient are those of the core ([`Limits::preset`], `[C]`) or of the responsible organisation
//! ([`crate::AlarmSettings::presets`]); no operator changes a preset.

mod kind;
mod preset;

pub use kind::{LimitKind, LimitRange};
pub use preset::PatientClass;

use crate::Refusal;

/// The limits in force.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// By [`LimitKind::ALL`]; `None` is switched off, which only the configuration can do.
    values: [Option<f64>; LimitKind::COUNT],
}

impl Limits {
    /// The limit, unless it is switched off.
    #[must_use]
    pub fn get(&self, kind: LimitKind) -> Option<f64> {
        self.values.get(kind as usize).copied().flatten()
    }

    /// Changes a limit, as an operator may.
    ///
    /// # Errors
    /// It is not finite, outside its range, or on the wrong side of the limit that it belongs to.
    pub fn set(&mut self, kind: LimitKind, value: f64) -> Result<(), Refusal> {
        let range = kind.range();
        if !value.is_finite() {
            return Err(Refusal::NotFinite);
        }
        if !range.contains(value) {
            let (minimum, maximum) = (range.minimum, range.maximum);
            return Err(Refusal::OutOfRange { quantity: kind.quantity(), minimum, maximum });
        }
        let mut changed = *self;
        changed.put(kind, Some(value));
        if let Some((limit, with)) = changed.conflict() {
            return Err(Refusal::LimitsCross { limit, with });
        }
        *self = changed;
        Ok(())
    }

    /// Puts a limit in, or switches it off, as a configuration may: what is not finite or out of range is not taken.
    pub fn put(&mut self, kind: LimitKind, value: Option<f64>) {
        if value.is_none_or(|value| kind.range().contains(value))
            && let Some(place) = self.values.get_mut(kind as usize)
        {
            *place = value;
        }
    }

    /// Two limits on the wrong side of each other, if there are any: the milder one first.
    #[must_use]
    pub fn conflict(&self) -> Option<(LimitKind, LimitKind)> {
        LimitKind::ORDERED.into_iter().find(|(lower, upper)| {
            matches!((self.get(*lower), self.get(*upper)), (Some(lower), Some(upper)) if lower >= upper)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back_and_ranges_are_ranges() {
        for (index, kind) in LimitKind::ALL.into_iter().enumerate() {
            assert_eq!(LimitKind::from_name(kind.name()), Some(kind));
            assert_eq!(kind as usize, index);
            let range = kind.range();
            assert!(range.minimum < range.maximum && range.step > 0.0, "{}", kind.name());
        }
        assert_eq!(LimitKind::from_name("blood"), None);
    }

    #[test]
    fn every_preset_has_every_limit_in_its_range_and_in_order() {
        for class in PatientClass::ALL {
            assert_eq!(PatientClass::from_name(class.name()), Some(class));
            let limits = Limits::preset(class);
            for kind in LimitKind::ALL {
                assert!(kind.range().contains(limits.get(kind).unwrap()), "{} {}", class.name(), kind.name());
            }
            assert_eq!(limits.conflict(), None, "{}", class.name());
        }
    }

    #[test]
    fn a_limit_outside_its_range_is_refused_and_nothing_changes() {
        let before = Limits::preset(PatientClass::Adult);
        for kind in LimitKind::ALL {
            let range = kind.range();
            for value in [range.minimum - range.step, range.maximum + range.step, f64::NAN, f64::INFINITY] {
                let mut limits = before;
                assert!(limits.set(kind, value).is_err(), "{} {value}", kind.name());
                assert_eq!(limits, before);
                limits.put(kind, Some(value));
                assert_eq!(limits, before);
            }
        }
    }

    #[test]
    fn limits_that_cross_are_refused_by_the_names_of_both() {
        let mut limits = Limits::preset(PatientClass::Adult);
        let crossing = Refusal::LimitsCross { limit: LimitKind::FlowLow, with: LimitKind::FlowHigh };
        limits.set(LimitKind::FlowHigh, 4.0).unwrap();
        assert_eq!(limits.set(LimitKind::FlowLow, 4.5), Err(crossing));
        assert_eq!(limits.set(LimitKind::FlowLow, 3.5), Ok(()));
        assert_eq!(limits.get(LimitKind::FlowLow), Some(3.5));
    }
}
