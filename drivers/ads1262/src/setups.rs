// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which registers each conversion is made with, and how long it takes: the configuration, in the chip's words. Pure.

use crate::config::{Config, Filter, Reference, TestCurrent};
use crate::convert;
use crate::frame::Setup;
use crate::pace::Delay;
use crate::registers::{DELAY_1_1_MS, DELAY_MASK, PULSE_MODE, input};
use crate::schedule::{Check, Step};
use crate::timing;
use ecmod_plugin::quantities::Span;

/// Everything that is needed to make and to read a conversion.
#[derive(Debug)]
pub struct Setups {
    pins: Vec<(u8, u8)>,
    reference: u8,
    filter: u8,
    rate: u8,
    gain: u8,
    test_current: u8,
    conversion: Span,
    /// Registers ADC2CFG and ADC2MUX, if the second converter has something to do.
    pub second: Option<[u8; 2]>,
}

impl Setups {
    /// From a configuration without a [`Config::problem`].
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let gain = u8::try_from(config.gain.trailing_zeros()).unwrap_or(0);
        let pins: Vec<(u8, u8)> =
            config.channels.iter().map(|channel| (channel.positive, channel.negative)).collect();
        let second = config.second_converter.as_ref().and_then(|second| {
            let channel = config.channels.iter().find(|channel| channel.name == second.channel)?;
            // 100 SPS; the same reference and the same gain.
            let settings = (1 << 6) | (second_reference_code(config.reference) << 3) | gain;
            Some([settings, input::pins(channel.positive, channel.negative)])
        });
        Self {
            pins,
            reference: reference_code(config.reference),
            filter: filter_code(config.filter) << 5,
            rate: rate_code(config.data_rate),
            gain: gain << 4,
            test_current: current_code(config.open_wire_current),
            conversion: timing::conversion(config.filter.order(), config.data_rate.into()),
            second,
        }
    }

    /// The registers for a step.
    #[must_use]
    pub fn registers(&self, step: Step) -> Setup {
        let (positive, negative) = match step {
            Step::Channel(channel) | Step::Wires(channel) | Step::Check(Check::Zero(channel)) => {
                self.pins.get(channel).copied().unwrap_or_default()
            }
            Step::Check(_) => (0, 0),
        };
        // Gain 1 is 0: the chip's own sources and the wire test need it.
        let setup = |mode0, bias, gain, input, reference| Setup {
            modes: [PULSE_MODE | mode0, self.filter | bias, gain | self.rate, input],
            reference,
        };
        let internal = reference_code(Reference::Internal);
        match step {
            Step::Channel(_) => setup(0, 0, self.gain, input::pins(positive, negative), self.reference),
            Step::Wires(_) => {
                setup(DELAY_1_1_MS, self.test_current, 0, input::pins(positive, negative), self.reference)
            }
            Step::Check(Check::Zero(_)) => {
                setup(0, 0, self.gain, input::pins(positive, positive), self.reference)
            }
            Step::Check(Check::AnalogSupply) => setup(0, 0, 0, input::ANALOG_SUPPLY, internal),
            Step::Check(Check::Reference) => setup(0, 0, 0, input::ANALOG_SUPPLY, self.reference),
            Step::Check(Check::DigitalSupply) => setup(0, 0, 0, input::DIGITAL_SUPPLY, internal),
            Step::Check(Check::Temperature) => setup(0, 0, 0, input::TEMPERATURE, internal),
        }
    }

    /// How long a step's conversion takes, without a delay before it.
    #[must_use]
    pub const fn conversion(&self) -> Span {
        self.conversion
    }

    /// The registers for a step with a delay before it, or the step's own if that is longer; and how long it takes.
    #[must_use]
    pub fn delayed(&self, step: Step, delay: Delay) -> (Setup, Span) {
        let mut setup = self.registers(step);
        let own = match step {
            Step::Wires(_) => Delay { code: DELAY_1_1_MS, span: timing::WIRE_TEST_DELAY },
            Step::Channel(_) | Step::Check(_) => Delay::within(Span::ZERO),
        };
        let longer = if delay.span > own.span { delay } else { own };
        let [mode0, ..] = &mut setup.modes;
        *mode0 = (*mode0 & !DELAY_MASK) | longer.code;
        (setup, Span(self.conversion.0 + longer.span.0))
    }
}

/// mmHg at full scale of each channel.
#[must_use]
pub fn scales(config: &Config) -> Vec<f64> {
    let scale = |sensitivity| {
        convert::mmhg_at_full_scale(sensitivity, config.excitation_per_reference, config.gain.into())
    };
    config.channels.iter().map(|channel| scale(channel.sensitivity_uv_per_v_per_mmhg)).collect()
}

/// REFMUX.
const fn reference_code(reference: Reference) -> u8 {
    match reference {
        Reference::Internal => 0x00,
        Reference::Ain0Ain1 => 0x09,
        Reference::Ain2Ain3 => 0x12,
        Reference::Ain4Ain5 => 0x1B,
        Reference::Supply => 0x24,
    }
}

/// ADC2CFG, bits 5 to 3.
const fn second_reference_code(reference: Reference) -> u8 {
    match reference {
        Reference::Internal => 0,
        Reference::Ain0Ain1 => 1,
        Reference::Ain2Ain3 => 2,
        Reference::Ain4Ain5 => 3,
        Reference::Supply => 4,
    }
}

/// MODE1, bits 7 to 5.
const fn filter_code(filter: Filter) -> u8 {
    match filter {
        Filter::Sinc1 => 0,
        Filter::Sinc2 => 1,
        Filter::Sinc3 => 2,
        Filter::Sinc4 => 3,
    }
}

/// MODE2, bits 3 to 0. Other rates have been refused.
const fn rate_code(rate: u16) -> u8 {
    match rate {
        400 => 8,
        1200 => 9,
        2400 => 10,
        4800 => 11,
        _ => 12,
    }
}

/// MODE1, bits 2 to 0: with polarity 0 a pull-up, for the first converter.
const fn current_code(current: TestCurrent) -> u8 {
    match current {
        TestCurrent::HalfMicroampere => 1,
        TestCurrent::TwoMicroamperes => 2,
        TestCurrent::TenMicroamperes => 3,
        TestCurrent::FiftyMicroamperes => 4,
        TestCurrent::TwoHundredMicroamperes => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setups(config: &str) -> Setups {
        let config: Config = serde_json::from_str(config).unwrap();
        assert_eq!(config.problem(), None);
        Setups::new(&config)
    }

    #[test]
    fn each_step_has_the_registers_of_the_data_sheet() {
        let setups = setups(
            r#"{"second_converter": {"channel": "b"}, "filter": "sinc2", "data_rate": 2400, "channels": [
                {"name": "a", "positive": 0, "negative": 1}, {"name": "b", "positive": 10, "negative": 9}]}"#,
        );
        let table = [
            (Step::Channel(0), [0x40, 0x20, 0x5A, 0x01], 0x24),
            (Step::Channel(1), [0x40, 0x20, 0x5A, 0xA9], 0x24),
            (Step::Wires(1), [0x48, 0x23, 0x0A, 0xA9], 0x24),
            (Step::Check(Check::Zero(1)), [0x40, 0x20, 0x5A, 0xAA], 0x24),
            (Step::Check(Check::AnalogSupply), [0x40, 0x20, 0x0A, 0xCC], 0x00),
            (Step::Check(Check::Reference), [0x40, 0x20, 0x0A, 0xCC], 0x24),
            (Step::Check(Check::DigitalSupply), [0x40, 0x20, 0x0A, 0xDD], 0x00),
            (Step::Check(Check::Temperature), [0x40, 0x20, 0x0A, 0xBB], 0x00),
        ];
        for (step, modes, reference) in table {
            assert_eq!(setups.registers(step), Setup { modes, reference }, "{step:?}");
            let long = Delay::within(Span::from_micros(2_200));
            let (setup, duration) = setups.delayed(step, long);
            assert_eq!((setup.modes[0], duration.0), (0x49, setups.conversion().0 + 2_200_000), "{step:?}");
            let (setup, _) = setups.delayed(step, Delay::within(Span::ZERO));
            assert_eq!(setup.modes, modes, "{step:?}");
        }
        assert_eq!(setups.second, Some([0x65, 0xA9]));
    }
}
