// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration and its JSON Schema.

use crate::registers::{MAXIMUM_RPM, MINIMUM_RPM};
use serde::Deserialize;

/// `[drivers.NAME.config]`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Unit (slave) address of the drive on its RS-485 line, 1 to 31.
    pub unit: u8,
    /// The pump's highest speed, 80 to 4000 rpm: whatever is demanded, no more is written.
    #[serde(default = "Config::default_maximum")]
    pub maximum_speed_rpm: u16,
    /// The direction in which the pump delivers. Blood pumps have one.
    #[serde(default)]
    pub direction: Direction,
    /// Where the drive keeps its communication timeout (first of two registers); absent: not known.
    #[serde(default)]
    pub communication_timeout_register: Option<u16>,
    /// How long to wait for an answer; absent: as long as the port says.
    #[serde(default)]
    pub timeout_ms: Option<u32>,
}

impl Config {
    const fn default_maximum() -> u16 {
        MAXIMUM_RPM
    }

    /// What is wrong with the values, if anything is.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        if !(1..=247).contains(&self.unit) {
            Some("`unit` must be 1 to 247")
        } else if !(MINIMUM_RPM..=MAXIMUM_RPM).contains(&self.maximum_speed_rpm) {
            Some("`maximum_speed_rpm` must be 80 to 4000")
        } else if self.communication_timeout_register == Some(u16::MAX) {
            Some("`communication_timeout_register` must leave room for two registers")
        } else {
            None
        }
    }
}

/// The direction of delivery. There is no reverse: this driver never turns a pump backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The drive's FWD.
    #[default]
    Forward,
}

/// The JSON Schema of [`Config`].
pub const SCHEMA: &core::ffi::CStr = cr#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["unit"],
  "properties": {
    "unit": {"type": "integer", "minimum": 1, "maximum": 247, "description": "Unit address of the drive on its RS-485 line"},
    "maximum_speed_rpm": {"type": "integer", "minimum": 80, "maximum": 4000, "default": 4000, "description": "Highest speed of the pump in rpm"},
    "direction": {"enum": ["forward"], "default": "forward", "description": "Direction in which the pump delivers; never reversed"},
    "communication_timeout_register": {"type": "integer", "minimum": 0, "maximum": 65534, "description": "First of the two registers with the drive's communication timeout; read in open, 0 there means that the drive holds its speed when the link is lost"},
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
