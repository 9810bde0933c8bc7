// SPDX-License-Identifier: MIT OR Apache-2.0
//! The second signs: what else says that the condition is real.
//!
//! One sensor alone sets off an alarm, not an action that lowers flow. A false detector has stopped the flow of patients
//! without any air (incident 1 of the safety file).

/// A sign that confirms a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// The pump gives less head than its curve, and than it gave before, at this speed and flow: what it turns is lighter.
    HeadDrop,
    /// The pressures behind the pump fell together at a fixed speed, and the drainage side does not explain it.
    PressureDip,
    /// The flow meter's signal got weaker: gas scatters ultrasound.
    FlowQualityDrop,
    /// The other detector saw air shortly before.
    SecondDetector,
    /// The motor has less to do at a fixed speed.
    LoadDip,
    /// The flow fluctuates with the pressure.
    FlowChatter,
    /// The drainage pressure is low as well.
    LowPressure,
    /// The flow that speed and head give agrees.
    ModelFlow,
    /// It has stayed, without a break, in all samples of its delay.
    Persistence,
}

/// A set of signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Corroboration(u16);

impl Sign {
    /// Every sign.
    pub const ALL: [Self; 9] = [
        Self::HeadDrop,
        Self::PressureDip,
        Self::FlowQualityDrop,
        Self::SecondDetector,
        Self::LoadDip,
        Self::FlowChatter,
        Self::LowPressure,
        Self::ModelFlow,
        Self::Persistence,
    ];

    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeadDrop => "head_drop",
            Self::PressureDip => "pressure_dip",
            Self::FlowQualityDrop => "flow_quality_drop",
            Self::SecondDetector => "second_detector",
            Self::LoadDip => "load_dip",
            Self::FlowChatter => "flow_chatter",
            Self::LowPressure => "low_pressure",
            Self::ModelFlow => "model_flow",
            Self::Persistence => "persistence",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl Corroboration {
    /// No sign.
    pub const NONE: Self = Self(0);

    /// Whether there is no sign.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this sign is among them.
    #[must_use]
    pub const fn has(self, sign: Sign) -> bool {
        self.0 & sign.bit() != 0
    }

    /// These signs and one more.
    #[must_use]
    pub const fn with(self, sign: Sign) -> Self {
        Self(self.0 | sign.bit())
    }

    /// The signs, each once.
    pub fn signs(self) -> impl Iterator<Item = Sign> {
        Sign::ALL.into_iter().filter(move |sign| self.has(*sign))
    }

    /// The set as bits, in the order of [`Sign::ALL`]; for records.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn a_set_has_what_was_put_into_it_and_nothing_else() {
        let set = Corroboration::NONE.with(Sign::LoadDip).with(Sign::HeadDrop).with(Sign::LoadDip);
        assert_eq!(set.signs().collect::<Vec<_>>(), [Sign::HeadDrop, Sign::LoadDip]);
        assert!(Corroboration::NONE.is_empty() && !set.is_empty());
        for (index, sign) in Sign::ALL.into_iter().enumerate() {
            assert_eq!(Corroboration::NONE.with(sign).bits(), 1 << index, "{}", sign.name());
        }
    }
}
