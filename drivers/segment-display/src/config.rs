// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration and its JSON Schema.

use ecmod_plugin::names::all_different;
use ecmod_plugin::quantities::Span;
use serde::Deserialize;

/// `[drivers.NAME.config]`. Nothing is required.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The output line at DIN.
    #[serde(default = "Config::default_data")]
    pub data: String,
    /// The output line at CLK.
    #[serde(default = "Config::default_clock")]
    pub clock: String,
    /// The output line at LOAD (of a MAX7221: CS); both take over at its rising edge.
    #[serde(default = "Config::default_load")]
    pub load: String,
    /// How many digits there are; number 0 is the right one.
    #[serde(default = "Config::default_digits")]
    pub digits: u8,
    /// 0 to 15.
    #[serde(default = "Config::default_brightness")]
    pub brightness: u8,
    /// A demand that is older is shown as dashes.
    #[serde(default = "Config::default_stale")]
    pub stale_ms: u64,
}

impl Config {
    fn default_data() -> String {
        "display_data".to_owned()
    }
    fn default_clock() -> String {
        "display_clock".to_owned()
    }
    fn default_load() -> String {
        "display_load".to_owned()
    }
    const fn default_digits() -> u8 {
        4
    }
    const fn default_brightness() -> u8 {
        8
    }
    const fn default_stale() -> u64 {
        2000
    }

    /// What is wrong with the values, if anything is.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        if !all_different([self.data.as_str(), &self.clock, &self.load]) {
            Some("`data`, `clock` and `load` need a line each")
        } else if !(4..=8).contains(&self.digits) {
            Some("`digits` must be 4 to 8")
        } else if self.brightness > 15 {
            Some("`brightness` must be 0 to 15")
        } else if !(500..=60_000).contains(&self.stale_ms) {
            Some("`stale_ms` must be 500 to 60000")
        } else {
            None
        }
    }

    /// [`Config::stale_ms`].
    #[must_use]
    pub const fn stale(&self) -> Span {
        Span::from_millis(self.stale_ms)
    }
}

/// The JSON Schema of [`Config`].
pub const SCHEMA: &core::ffi::CStr = cr#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "data": {"type": "string", "default": "display_data", "description": "Output line at DIN"},
    "clock": {"type": "string", "default": "display_clock", "description": "Output line at CLK"},
    "load": {"type": "string", "default": "display_load", "description": "Output line at LOAD (CS)"},
    "digits": {"type": "integer", "minimum": 4, "maximum": 8, "default": 4, "description": "Number of digits; digit 0 is the right one"},
    "brightness": {"type": "integer", "minimum": 0, "maximum": 15, "default": 8, "description": "Brightness"},
    "stale_ms": {"type": "integer", "minimum": 500, "maximum": 60000, "default": 2000, "description": "An older demand is shown as dashes"}
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
