// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration.

use crate::registers::input;
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
    /// The port's line at the chip's DRDY pin; absent: by the clock.
    #[serde(default)]
    pub data_ready: Option<String>,
    /// What the bridges are measured against.
    #[serde(default)]
    pub reference: Reference,
    /// Its nominal voltage; absent: 5 V, or 2.048 V if internal.
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
    /// How often each channel's wires are tested, in seconds; 0: never.
    #[serde(default = "Config::default_open_wire_seconds")]
    pub open_wire_seconds: u32,
    /// More resistance is an open wire.
    #[serde(default = "Config::default_open_wire_ohm")]
    pub open_wire_ohm: f64,
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
    /// Number of the positive input's pin.
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

/// What the bridges are measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// The analogue supply, which excites them.
    #[default]
    Supply,
    /// What pins REFP0 and REFN0 sense.
    Refp0Refn0,
    /// What pins AIN0 (REFP1) and AIN3 (REFN1) sense.
    Ain0Ain3,
    /// 2.048 V of the chip's own.
    Internal,
}

impl Reference {
    /// The input pins that it takes.
    #[must_use]
    pub const fn pins(self) -> &'static [u8] {
        match self {
            Self::Ain0Ain3 => &[0, 3],
            Self::Supply | Self::Refp0Refn0 | Self::Internal => &[],
        }
    }

    const fn nominal(self) -> f64 {
        match self {
            Self::Internal => crate::convert::INTERNAL_REFERENCE,
            Self::Supply | Self::Refp0Refn0 | Self::Ain0Ain3 => 5.0,
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
        64
    }
    const fn default_rate() -> u16 {
        600
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
        if !self.gain.is_power_of_two() {
            return Some("`gain` must be 1, 2, 4, 8, 16, 32, 64 or 128".to_owned());
        }
        if !matches!(self.data_rate, 330 | 600 | 1000) {
            return Some("`data_rate` must be 330, 600 or 1000".to_owned());
        }
        within("reference_v", self.nominal_reference(), 0.75, 5.5)
            .or_else(|| within("reference_tolerance_percent", self.reference_tolerance_percent, 0.1, 50.0))
            .or_else(|| within("excitation_per_reference", self.excitation_per_reference, 0.1, 10.0))
            .or_else(|| within("open_wire_seconds", self.open_wire_seconds.into(), 0.0, 3600.0))
            .or_else(|| within("open_wire_ohm", self.open_wire_ohm, 100.0, 1e6))
            .or_else(|| self.channels.iter().find_map(|channel| self.channel_problem(channel)))
            .or_else(|| self.time_problem())
    }

    fn channel_problem(&self, channel: &Channel) -> Option<String> {
        let Channel { name, positive, negative, sensitivity_uv_per_v_per_mmhg: sensitivity, .. } = channel;
        let taken = self.reference.pins();
        if input::pair(*positive, *negative).is_none() {
            Some(format!("`{name}`: `positive` and `negative` must be two of the pins 0 to 3"))
        } else if taken.contains(positive) || taken.contains(negative) {
            Some(format!("`{name}`: the pins {taken:?} belong to the reference"))
        } else if !(0.1..=1000.0).contains(sensitivity) {
            Some(format!("`{name}`: `sensitivity_uv_per_v_per_mmhg` must be 0.1 to 1000"))
        } else {
            None
        }
    }

    fn time_problem(&self) -> Option<String> {
        let channels = u64::try_from(self.channels.len()).unwrap_or(u64::MAX);
        let round = timing::longest_round(channels, self.data_rate);
        (round > timing::AVAILABLE).then(|| {
            let (longest, available) = (round.0 / 1000, timing::AVAILABLE.0 / 1000);
            format!(
                "{channels} channels at {} SPS take up to {longest} us: more than {available} us",
                self.data_rate
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

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_plugin::testing::schema_agrees;

    #[test]
    fn the_schema_names_the_keys_that_are_taken() {
        let schema = include_str!("schema.json");
        assert_eq!(schema_agrees::<Config>(schema, "/properties"), Ok(()));
        assert_eq!(schema_agrees::<Channel>(schema, "/properties/channels/items/properties"), Ok(()));
    }

    #[test]
    fn what_cannot_be_right_is_refused_with_its_key() {
        let good = r#""channels": [{"name": "venous", "positive": 0, "negative": 1}]"#;
        let parse = |text: &str| serde_json::from_str::<Config>(text).unwrap().problem();
        assert_eq!(parse(&format!("{{{good}}}")), None);
        let two = r#""channels": [{"name": "a", "positive": 0, "negative": 1}, {"name": "b", "positive": 2, "negative": 3}]"#;
        let wrong = [
            (r#"{"channels": []}"#.to_owned(), "channels"),
            (format!(r#"{{"gain": 3, {good}}}"#), "gain"),
            (format!(r#"{{"data_rate": 90, {good}}}"#), "data_rate"),
            (format!(r#"{{"reference_v": 0.5, {good}}}"#), "reference_v"),
            (format!(r#"{{"reference": "ain0_ain3", {good}}}"#), "belong to the reference"),
            (format!(r#"{{"open_wire_ohm": 1, {good}}}"#), "open_wire_ohm"),
            (format!(r#"{{"data_rate": 330, {two}}}"#), "take up to"),
            (r#"{"channels": [{"name": "a", "positive": 1, "negative": 1}]}"#.to_owned(), "positive"),
            (r#"{"channels": [{"name": "a", "positive": 1, "negative": 4}]}"#.to_owned(), "positive"),
        ];
        for (text, part) in wrong {
            let problem = parse(&text).unwrap_or_default();
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }
}
