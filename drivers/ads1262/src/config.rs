// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration and its JSON Schema.

use crate::schedule::MOST_CHANNELS;
use crate::timing;
use serde::Deserialize;

/// `[drivers.NAME.config]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Index of the chip in the port's list.
    #[serde(default)]
    pub chip: u32,
    /// The port's line at the chip's DRDY pin; absent: the chip is polled.
    #[serde(default)]
    pub data_ready: Option<String>,
    /// What the bridges are measured against.
    #[serde(default)]
    pub reference: Reference,
    /// Its nominal voltage; absent: 5 V, or 2.5 V if internal.
    #[serde(default)]
    pub reference_v: Option<f64>,
    /// How far it may be away before pressures are uncertain.
    #[serde(default = "Config::default_tolerance")]
    pub reference_tolerance_percent: f64,
    /// The bridges' excitation, divided by the reference.
    #[serde(default = "Config::default_excitation")]
    pub excitation_per_reference: f64,
    /// The amplifier's gain.
    #[serde(default = "Config::default_gain")]
    pub gain: u8,
    /// Conversions per second.
    #[serde(default = "Config::default_rate")]
    pub data_rate: u16,
    /// Order of the filter.
    #[serde(default)]
    pub filter: Filter,
    /// How often each channel's wires are tested, in seconds; 0: never.
    #[serde(default = "Config::default_open_wire_seconds")]
    pub open_wire_seconds: u32,
    /// The current through them.
    #[serde(default)]
    pub open_wire_current: TestCurrent,
    /// More resistance is an open wire.
    #[serde(default = "Config::default_open_wire_ohm")]
    pub open_wire_ohm: f64,
    /// The channel that an ADS1263 measures with both converters.
    #[serde(default)]
    pub second_converter: Option<SecondConverter>,
    /// The transducers.
    pub channels: Vec<Channel>,
}

/// One transducer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// The signal's name.
    pub name: String,
    /// One line for a person; absent: the name.
    #[serde(default)]
    pub label: Option<String>,
    /// Number of the positive input's pin; 10 is AINCOM.
    pub positive: u8,
    /// Number of the negative input's pin.
    pub negative: u8,
    /// The transducer's sensitivity.
    #[serde(default = "Channel::default_sensitivity")]
    pub sensitivity_uv_per_v_per_mmhg: f64,
    /// Lowest pressure, before zeroing.
    #[serde(default = "Channel::default_minimum")]
    pub minimum: f64,
    /// Highest pressure, before zeroing.
    #[serde(default = "Channel::default_maximum")]
    pub maximum: f64,
}

/// What the second converter of an ADS1263 does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondConverter {
    /// The channel that it measures too.
    pub channel: String,
    /// How far the two may be apart.
    #[serde(default = "SecondConverter::default_tolerance")]
    pub tolerance_mmhg: f64,
}

/// What the bridges are measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// The analogue supply, which excites them.
    #[default]
    Supply,
    /// What pins AIN0 and AIN1 sense.
    Ain0Ain1,
    /// What pins AIN2 and AIN3 sense.
    Ain2Ain3,
    /// What pins AIN4 and AIN5 sense.
    Ain4Ain5,
    /// 2.5 V of the chip's own.
    Internal,
}

/// The order of the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Settled within one conversion.
    #[default]
    Sinc1,
    /// Within two.
    Sinc2,
    /// Within three.
    Sinc3,
    /// Within four.
    Sinc4,
}

/// The current that tests the wires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum TestCurrent {
    /// 0.5 uA.
    #[serde(rename = "0.5uA")]
    HalfMicroampere,
    /// 2 uA.
    #[serde(rename = "2uA")]
    TwoMicroamperes,
    /// 10 uA.
    #[default]
    #[serde(rename = "10uA")]
    TenMicroamperes,
    /// 50 uA.
    #[serde(rename = "50uA")]
    FiftyMicroamperes,
    /// 200 uA.
    #[serde(rename = "200uA")]
    TwoHundredMicroamperes,
}

impl Reference {
    /// The pins that it takes.
    #[must_use]
    pub const fn pins(self) -> &'static [u8] {
        match self {
            Self::Ain0Ain1 => &[0, 1],
            Self::Ain2Ain3 => &[2, 3],
            Self::Ain4Ain5 => &[4, 5],
            Self::Supply | Self::Internal => &[],
        }
    }

    /// What it should be, in volts, where nothing else is configured.
    #[must_use]
    pub const fn nominal(self) -> f64 {
        match self {
            Self::Internal => crate::convert::INTERNAL_REFERENCE,
            Self::Supply | Self::Ain0Ain1 | Self::Ain2Ain3 | Self::Ain4Ain5 => 5.0,
        }
    }
}

impl Filter {
    /// How many conversions long it is.
    #[must_use]
    pub const fn order(self) -> u64 {
        match self {
            Self::Sinc1 => 1,
            Self::Sinc2 => 2,
            Self::Sinc3 => 3,
            Self::Sinc4 => 4,
        }
    }
}

impl TestCurrent {
    /// In amperes.
    #[must_use]
    pub const fn amperes(self) -> f64 {
        match self {
            Self::HalfMicroampere => 0.5e-6,
            Self::TwoMicroamperes => 2e-6,
            Self::TenMicroamperes => 10e-6,
            Self::FiftyMicroamperes => 50e-6,
            Self::TwoHundredMicroamperes => 200e-6,
        }
    }
}

impl Config {
    const fn default_tolerance() -> f64 {
        5.0
    }
    const fn default_excitation() -> f64 {
        1.0
    }
    const fn default_gain() -> u8 {
        32
    }
    const fn default_rate() -> u16 {
        2400
    }
    const fn default_open_wire_seconds() -> u32 {
        10
    }
    const fn default_open_wire_ohm() -> f64 {
        5000.0
    }

    /// The reference's nominal voltage.
    #[must_use]
    pub fn nominal_reference(&self) -> f64 {
        self.reference_v.unwrap_or_else(|| self.reference.nominal())
    }

    /// What is wrong with the values, if anything is. Names and ranges of signals are looked at when the table is made.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let within = |key: &str, value: f64, low: f64, high: f64| {
            (!(low..=high).contains(&value)).then(|| format!("`{key}` must be {low} to {high}"))
        };
        if self.channels.is_empty() || self.channels.len() > MOST_CHANNELS {
            return Some(format!("`channels` must be 1 to {MOST_CHANNELS}"));
        }
        if !self.gain.is_power_of_two() || self.gain > 32 {
            return Some("`gain` must be 1, 2, 4, 8, 16 or 32".to_owned());
        }
        if !matches!(self.data_rate, 400 | 1200 | 2400 | 4800 | 7200) {
            return Some("`data_rate` must be 400, 1200, 2400, 4800 or 7200".to_owned());
        }
        within("reference_v", self.nominal_reference(), 0.9, 5.5)
            .or_else(|| within("reference_tolerance_percent", self.reference_tolerance_percent, 0.1, 50.0))
            .or_else(|| within("excitation_per_reference", self.excitation_per_reference, 0.1, 10.0))
            .or_else(|| within("open_wire_seconds", self.open_wire_seconds.into(), 0.0, 3600.0))
            .or_else(|| within("open_wire_ohm", self.open_wire_ohm, 100.0, 1e6))
            .or_else(|| self.channels.iter().find_map(|channel| self.channel_problem(channel)))
            .or_else(|| self.second_problem())
            .or_else(|| self.time_problem())
    }

    fn channel_problem(&self, channel: &Channel) -> Option<String> {
        let Channel { name, positive, negative, sensitivity_uv_per_v_per_mmhg: sensitivity, .. } = channel;
        let taken = self.reference.pins();
        if positive == negative || [positive, negative].into_iter().any(|pin| *pin > 10) {
            Some(format!("`{name}`: `positive` and `negative` must be two of the pins 0 to 10"))
        } else if taken.contains(positive) || taken.contains(negative) {
            Some(format!("`{name}`: the pins {taken:?} belong to the reference"))
        } else if !(0.1..=1000.0).contains(sensitivity) {
            Some(format!("`{name}`: `sensitivity_uv_per_v_per_mmhg` must be 0.1 to 1000"))
        } else {
            None
        }
    }

    fn second_problem(&self) -> Option<String> {
        let second = self.second_converter.as_ref()?;
        if !self.channels.iter().any(|channel| channel.name == second.channel) {
            Some(format!("`second_converter.channel`: there is no channel `{}`", second.channel))
        } else if !(1.0..=500.0).contains(&second.tolerance_mmhg) {
            Some("`second_converter.tolerance_mmhg` must be 1 to 500".to_owned())
        } else {
            None
        }
    }

    fn time_problem(&self) -> Option<String> {
        let conversion = timing::conversion(self.filter.order(), self.data_rate.into());
        let channels = u64::try_from(self.channels.len()).unwrap_or(u64::MAX);
        let round = timing::longest_round(channels, conversion);
        (round > timing::AVAILABLE).then(|| {
            format!(
                "{channels} channels at {} SPS with {:?} take up to {} us: more than {} us",
                self.data_rate,
                self.filter,
                round.0 / 1000,
                timing::AVAILABLE.0 / 1000
            )
        })
    }
}

impl Channel {
    const fn default_sensitivity() -> f64 {
        5.0
    }
    const fn default_minimum() -> f64 {
        -600.0
    }
    const fn default_maximum() -> f64 {
        1000.0
    }
}

impl SecondConverter {
    const fn default_tolerance() -> f64 {
        15.0
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
