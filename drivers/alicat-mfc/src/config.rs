// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration and its JSON Schema.

use crate::convert::{FlowUnit, PressureUnit, WordOrder};
use crate::registers::Generation;
use serde::Deserialize;

/// `[drivers.NAME.config]`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Unit (slave) address; the maker's default is 1.
    #[serde(default = "Config::default_unit")]
    pub unit: u8,
    /// Which register map to look for.
    #[serde(default)]
    pub generation: GenerationChoice,
    /// In which order the two registers of a float lie.
    #[serde(default)]
    pub word_order: OrderChoice,
    /// The unit in which the device is set to show and take flows.
    #[serde(default)]
    pub flow_unit: FlowUnit,
    /// The unit in which the device is set to show absolute pressure.
    #[serde(default)]
    pub pressure_unit: PressureUnit,
    /// The device's full scale, L/min: no larger setpoint is written.
    #[serde(default = "Config::default_maximum")]
    pub maximum_flow_l_min: f64,
    /// How long to wait for an answer; absent: as long as the port says.
    #[serde(default)]
    pub timeout_ms: Option<u32>,
}

/// Largest flow and setpoint that the driver's tables can say, L/min.
pub const LARGEST_FLOW: f64 = 50.0;

impl Config {
    const fn default_unit() -> u8 {
        1
    }
    const fn default_maximum() -> f64 {
        20.0
    }

    /// What is wrong with the values, if anything is.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        if !(1..=247).contains(&self.unit) {
            Some("`unit` must be 1 to 247")
        } else if !(0.01..=LARGEST_FLOW).contains(&self.maximum_flow_l_min) {
            Some("`maximum_flow_l_min` must be 0.01 to 50")
        } else {
            None
        }
    }
}

/// Which register map to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GenerationChoice {
    /// Whichever answers.
    #[default]
    Auto,
    /// Gen 1 alone.
    Gen1,
    /// Gen 2 alone.
    Gen2,
}

impl GenerationChoice {
    /// Whether this generation is looked for.
    #[must_use]
    pub const fn allows(self, generation: Generation) -> bool {
        matches!(
            (self, generation),
            (Self::Auto, _) | (Self::Gen1, Generation::One) | (Self::Gen2, Generation::Two)
        )
    }
}

/// In which order the two registers of a float lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum OrderChoice {
    /// Whichever makes sense of pressure and temperature.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// High word first.
    #[serde(rename = "ABCD")]
    Abcd,
    /// Low word first.
    #[serde(rename = "CDAB")]
    Cdab,
}

impl OrderChoice {
    /// The orders to try.
    #[must_use]
    pub const fn orders(self) -> &'static [WordOrder] {
        match self {
            Self::Auto => &[WordOrder::Abcd, WordOrder::Cdab],
            Self::Abcd => &[WordOrder::Abcd],
            Self::Cdab => &[WordOrder::Cdab],
        }
    }
}

/// The JSON Schema of [`Config`].
pub const SCHEMA: &core::ffi::CStr = cr#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "unit": {"type": "integer", "minimum": 1, "maximum": 247, "default": 1, "description": "Unit address"},
    "generation": {"enum": ["auto", "gen1", "gen2"], "default": "auto", "description": "Which register map to look for"},
    "word_order": {"enum": ["auto", "ABCD", "CDAB"], "default": "auto", "description": "Order of the two registers of a float; auto: whichever makes sense of pressure and temperature"},
    "flow_unit": {"enum": ["l_per_min", "ml_per_min"], "default": "l_per_min", "description": "Unit in which the device is set to show and take flows"},
    "pressure_unit": {"enum": ["psia", "bar", "mbar", "kpa"], "default": "psia", "description": "Unit in which the device is set to show absolute pressure"},
    "maximum_flow_l_min": {"type": "number", "minimum": 0.01, "maximum": 50, "default": 20, "description": "Full scale of the device in L/min: no larger setpoint is written"},
    "timeout_ms": {"type": "integer", "minimum": 1, "description": "How long to wait for an answer; absent: as the port says"}
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
