// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration and its JSON Schema.

use crate::convert::{COLDEST, HOTTEST};
use ecmod_plugin::quantities::Span;
use serde::Deserialize;

/// `[drivers.NAME.config]`. Nothing is required.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which chip of the port's list.
    #[serde(default)]
    pub chip: u32,
    /// What is connected.
    #[serde(default)]
    pub element: Element,
    /// With how many wires: 2, 3 or 4.
    #[serde(default = "Config::default_wires")]
    pub wires: u8,
    /// The reference resistor in ohm; absent: 430 for PT100, 4300 for PT1000.
    #[serde(default)]
    pub reference_ohm: Option<f64>,
    /// Resistance of the leads in ohm, subtracted.
    #[serde(default)]
    pub lead_ohm: f64,
    /// The mains frequency that is filtered out, Hz: 50 or 60.
    #[serde(default = "Config::default_filter")]
    pub filter_hz: u8,
    /// How often it measures.
    #[serde(default = "Config::default_interval")]
    pub interval_ms: u64,
    /// The chip's low threshold, degC.
    #[serde(default = "Config::default_lowest")]
    pub lowest_degc: f64,
    /// The chip's high threshold, degC.
    #[serde(default = "Config::default_highest")]
    pub highest_degc: f64,
}

/// A platinum element, by its resistance at 0 degC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Element {
    /// 100 ohm.
    #[default]
    Pt100,
    /// 1000 ohm.
    Pt1000,
}

impl Element {
    /// Resistance at 0 degC, ohm.
    #[must_use]
    pub const fn ohm_at_zero(self) -> f64 {
        match self {
            Self::Pt100 => 100.0,
            Self::Pt1000 => 1000.0,
        }
    }
}

impl Config {
    const fn default_wires() -> u8 {
        4
    }
    const fn default_filter() -> u8 {
        50
    }
    const fn default_interval() -> u64 {
        1000
    }
    const fn default_lowest() -> f64 {
        -40.0
    }
    const fn default_highest() -> f64 {
        125.0
    }

    /// What is wrong with the values, if anything is.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let (lowest, highest) = (self.lowest_degc, self.highest_degc);
        if !(2..=4).contains(&self.wires) {
            Some("`wires` must be 2, 3 or 4")
        } else if self.reference_ohm.is_some_and(|ohm| !(100.0..=20_000.0).contains(&ohm)) {
            Some("`reference_ohm` must be 100 to 20000")
        } else if !(0.0..=50.0).contains(&self.lead_ohm) {
            Some("`lead_ohm` must be 0 to 50")
        } else if !matches!(self.filter_hz, 50 | 60) {
            Some("`filter_hz` must be 50 or 60")
        } else if !(250..=1000).contains(&self.interval_ms) {
            Some("`interval_ms` must be 250 to 1000")
        } else if !(lowest >= COLDEST && lowest < highest && highest <= HOTTEST) {
            Some("`lowest_degc` must be below `highest_degc`, both within -200 to 850")
        } else {
            None
        }
    }

    /// The reference resistor, ohm.
    #[must_use]
    pub fn reference(&self) -> f64 {
        self.reference_ohm.unwrap_or(4.3 * self.element.ohm_at_zero())
    }

    /// [`Config::interval_ms`].
    #[must_use]
    pub const fn interval(&self) -> Span {
        Span::from_millis(self.interval_ms)
    }
}

/// The JSON Schema of [`Config`].
pub const SCHEMA: &core::ffi::CStr = cr#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "chip": {"type": "integer", "minimum": 0, "default": 0, "description": "Which chip of the port's list"},
    "element": {"enum": ["pt100", "pt1000"], "default": "pt100", "description": "The platinum element"},
    "wires": {"type": "integer", "minimum": 2, "maximum": 4, "default": 4, "description": "Connection with so many wires"},
    "reference_ohm": {"type": "number", "minimum": 100, "maximum": 20000, "description": "Reference resistor in ohm; absent: 430 for PT100, 4300 for PT1000"},
    "lead_ohm": {"type": "number", "minimum": 0, "maximum": 50, "default": 0, "description": "Resistance of the leads in ohm, subtracted; for two wires"},
    "filter_hz": {"enum": [50, 60], "default": 50, "description": "Mains frequency that is filtered out"},
    "interval_ms": {"type": "integer", "minimum": 250, "maximum": 1000, "default": 1000, "description": "How often it measures"},
    "lowest_degc": {"type": "number", "minimum": -200, "maximum": 850, "default": -40, "description": "Below this the element or its cable is at fault"},
    "highest_degc": {"type": "number", "minimum": -200, "maximum": 850, "default": 125, "description": "Above this the element or its cable is at fault"}
  }
}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_plugin::testing::schema_agrees;

    #[test]
    fn the_schema_names_the_keys_that_are_taken() {
        assert_eq!(schema_agrees::<Config>(SCHEMA.to_str().unwrap(), "/properties"), Ok(()));
    }
}
