// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which registers each conversion is made with, and how long it takes: the configuration, in the chip's words. Pure.

use crate::config::{Config, Reference};
use crate::registers::{BURN_OUT, BYPASS, Registers, TEMPERATURE_SENSOR, input};
use crate::schedule::{Check, Kinds, Step};
use crate::timing;
use ecmod_plugin::quantities::Span;

/// A bridge is excited with no more than this many references if its common mode is to be measured.
const MOST_EXCITATION: f64 = 1.5;

/// Everything that is needed to make a conversion.
#[derive(Debug)]
pub struct Setups {
    pins: Vec<(u8, u8)>,
    reference: Reference,
    gain: u8,
    rate: u16,
    kinds: Kinds,
}

impl Setups {
    /// From a configuration without a [`Config::problem`].
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let pins = config.channels.iter().map(|channel| (channel.positive, channel.negative)).collect();
        Self {
            pins,
            reference: config.reference,
            gain: u8::try_from(config.gain.trailing_zeros()).unwrap_or(0) << 1,
            rate: config.data_rate,
            kinds: Kinds {
                reference: config.reference == Reference::Refp0Refn0,
                common_mode: config.reference != Reference::Internal
                    && config.excitation_per_reference <= MOST_EXCITATION,
            },
        }
    }

    /// What can be checked.
    #[must_use]
    pub const fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// The registers for a step.
    #[must_use]
    pub fn registers(&self, step: Step) -> Registers {
        let pins = |channel: usize| self.pins.get(channel).copied().unwrap_or_default();
        let pair = |channel| {
            let (positive, negative) = pins(channel);
            input::pair(positive, negative).map_or(input::SHORT, |(code, _)| code)
        };
        let setup = |input: u8, gain: u8, rate: u16, extra: u8, reference: Reference| {
            [input << 4 | gain, rate_code(rate) << 5 | extra, reference_code(reference) << 6, 0]
        };
        let (usual, internal) = (self.reference, Reference::Internal);
        match step {
            Step::Channel(channel) => setup(pair(channel), self.gain, self.rate, 0, usual),
            // Gain 1, so that nothing but an open wire is beyond full scale.
            Step::Wires(channel) => setup(pair(channel), 0, timing::WIRE_TEST_RATE, BURN_OUT, usual),
            Step::Check(Check::Zero) => setup(input::SHORT, self.gain, self.rate, 0, usual),
            Step::Check(Check::CommonMode(channel)) => {
                setup(input::single(pins(channel).0), BYPASS, self.rate, 0, usual)
            }
            Step::Check(Check::Supply) => setup(input::SUPPLY, BYPASS, self.rate, 0, internal),
            Step::Check(Check::Reference) => setup(input::REFERENCE, BYPASS, self.rate, 0, internal),
            Step::Check(Check::Temperature) => {
                setup(input::SHORT, 0, self.rate, TEMPERATURE_SENSOR, internal)
            }
        }
    }

    /// How long a step takes from its start to its result.
    #[must_use]
    pub const fn duration(&self, step: Step) -> Span {
        match step {
            Step::Wires(_) => timing::conversion(timing::WIRE_TEST_RATE),
            Step::Channel(_) | Step::Check(_) => timing::conversion(self.rate),
        }
    }
}

/// Register 1, bits 7 to 5. Other rates have been refused.
const fn rate_code(rate: u16) -> u8 {
    match rate {
        330 => 4,
        600 => 5,
        _ => 6,
    }
}

/// Register 2, bits 7 and 6.
const fn reference_code(reference: Reference) -> u8 {
    match reference {
        Reference::Internal => 0,
        Reference::Refp0Refn0 => 1,
        Reference::Ain0Ain3 => 2,
        Reference::Supply => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_the_registers_of_the_data_sheet() {
        let config: Config = serde_json::from_str(
            r#"{"reference": "refp0_refn0", "channels": [
                {"name": "a", "positive": 0, "negative": 1}, {"name": "b", "positive": 3, "negative": 2}]}"#,
        )
        .unwrap();
        assert_eq!(config.problem(), None);
        let setups = Setups::new(&config);
        let table = [
            (Step::Channel(0), [0x0C, 0xA0, 0x40, 0x00]),
            (Step::Channel(1), [0x7C, 0xA0, 0x40, 0x00]),
            (Step::Wires(1), [0x70, 0x81, 0x40, 0x00]),
            (Step::Check(Check::Zero), [0xEC, 0xA0, 0x40, 0x00]),
            (Step::Check(Check::CommonMode(1)), [0xB1, 0xA0, 0x40, 0x00]),
            (Step::Check(Check::Supply), [0xD1, 0xA0, 0x00, 0x00]),
            (Step::Check(Check::Reference), [0xC1, 0xA0, 0x00, 0x00]),
            (Step::Check(Check::Temperature), [0xE0, 0xA2, 0x00, 0x00]),
        ];
        for (step, registers) in table {
            assert_eq!(setups.registers(step), registers, "{step:?}");
        }
        assert_eq!(setups.kinds(), Kinds { reference: true, common_mode: true });
    }
}
