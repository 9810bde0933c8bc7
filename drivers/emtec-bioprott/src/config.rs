// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration and its JSON Schema.

use ecmod_plugin::quantities::Span;
use serde::Deserialize;

/// `[drivers.NAME.config]`. Nothing is required.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The line's speed in bit/s, as the port sets it: the time of a line's first byte is reckoned with it.
    #[serde(default = "Config::default_baud")]
    pub baud: u32,
    /// The calibration table (1 to 7) that belongs to the tube and the blood in use; with another one selected in
    /// the meter, flows are uncertain. Absent: not compared.
    #[serde(default)]
    pub table: Option<u8>,
    /// What to do when the stream falls silent.
    #[serde(default)]
    pub on_silence: OnSilence,
}

/// What to do when the stream falls silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSilence {
    /// Nothing is ever sent to the meter.
    #[default]
    Wait,
    /// After 2 s, and then every 5 s, the meter is told to start its stream (`R`).
    Restart,
}

impl Config {
    const fn default_baud() -> u32 {
        38_400
    }

    /// What is wrong with the values, if anything is.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        if !(1_200..=4_000_000).contains(&self.baud) {
            Some("`baud` must be 1200 to 4000000")
        } else if self.table.is_some_and(|table| !(1..=7).contains(&table)) {
            Some("`table` must be 1 to 7")
        } else {
            None
        }
    }

    /// How long a byte takes on the wire: a start bit, eight data bits, a stop bit.
    #[must_use]
    pub const fn byte_time(&self) -> Span {
        match 10_000_000_000u64.checked_div(self.baud as u64) {
            Some(ns) => Span(ns),
            None => Span::ZERO,
        }
    }
}

/// The JSON Schema of [`Config`].
pub const SCHEMA: &core::ffi::CStr = cr#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "baud": {"type": "integer", "minimum": 1200, "maximum": 4000000, "default": 38400, "description": "Speed of the line in bit/s, as the port sets it"},
    "table": {"type": "integer", "minimum": 1, "maximum": 7, "description": "Calibration table that belongs to the tube and blood in use; absent: not compared"},
    "on_silence": {"enum": ["wait", "restart"], "default": "wait", "description": "wait: nothing is ever sent; restart: a silent meter is told to start its stream"}
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
