// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration and its JSON Schema.

use ecmod_plugin::names::all_different;
use ecmod_plugin::quantities::Span;
use serde::Deserialize;

/// `[drivers.NAME.config]`. Nothing is required.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The line of the red lamp.
    #[serde(default = "Config::default_red")]
    pub lamp_red: String,
    /// The line of the yellow lamp.
    #[serde(default = "Config::default_yellow")]
    pub lamp_yellow: String,
    /// The line of the cyan lamp; absent: low priority is shown by the yellow one.
    #[serde(default)]
    pub lamp_cyan: Option<String>,
    /// The line of the sounder.
    #[serde(default = "Config::default_sounder")]
    pub sounder: String,
    /// The input line that is active while current flows through the sounder; absent: it is not watched.
    #[serde(default)]
    pub sounder_sense: Option<String>,
    /// How long the daemon may take to demand anything at all.
    #[serde(default = "Config::default_grace")]
    pub start_grace_s: u64,
    /// How often the sounder is tested when it was silent for so long.
    #[serde(default = "Config::default_test_every")]
    pub test_every_h: u64,
    /// Length of the pulse of that test.
    #[serde(default = "Config::default_test_pulse")]
    pub test_pulse_us: u64,
}

impl Config {
    fn default_red() -> String {
        "lamp_red".to_owned()
    }
    fn default_yellow() -> String {
        "lamp_yellow".to_owned()
    }
    fn default_sounder() -> String {
        "sounder".to_owned()
    }
    const fn default_grace() -> u64 {
        30
    }
    const fn default_test_every() -> u64 {
        24
    }
    const fn default_test_pulse() -> u64 {
        2000
    }

    /// What is wrong with the values, if anything is.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let always = [self.lamp_red.as_str(), &self.lamp_yellow, &self.sounder];
        let lines = always.into_iter().chain(self.lamp_cyan.as_deref()).chain(self.sounder_sense.as_deref());
        if !all_different(lines) {
            Some("each lamp, the sounder and its sense need a line of their own")
        } else if !(1..=600).contains(&self.start_grace_s) {
            Some("`start_grace_s` must be 1 to 600")
        } else if !(1..=168).contains(&self.test_every_h) {
            Some("`test_every_h` must be 1 to 168")
        } else if !(200..=5000).contains(&self.test_pulse_us) {
            Some("`test_pulse_us` must be 200 to 5000")
        } else {
            None
        }
    }

    /// [`Config::start_grace_s`].
    #[must_use]
    pub const fn start_grace(&self) -> Span {
        Span::from_secs(self.start_grace_s)
    }

    /// [`Config::test_every_h`].
    #[must_use]
    pub const fn test_every(&self) -> Span {
        Span::from_secs(self.test_every_h.saturating_mul(3600))
    }

    /// [`Config::test_pulse_us`].
    #[must_use]
    pub const fn test_pulse(&self) -> Span {
        Span::from_micros(self.test_pulse_us)
    }
}

/// The JSON Schema of [`Config`].
pub const SCHEMA: &core::ffi::CStr = cr#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "lamp_red": {"type": "string", "default": "lamp_red", "description": "Output line of the red lamp: high priority"},
    "lamp_yellow": {"type": "string", "default": "lamp_yellow", "description": "Output line of the yellow lamp: medium priority; low priority where there is no cyan lamp"},
    "lamp_cyan": {"type": "string", "description": "Output line of the cyan lamp: low priority"},
    "sounder": {"type": "string", "default": "sounder", "description": "Output line of the sounder"},
    "sounder_sense": {"type": "string", "description": "Input line, active while current flows through the sounder; absent: the sounder is not watched"},
    "start_grace_s": {"type": "integer", "minimum": 1, "maximum": 600, "default": 30, "description": "How long the daemon may take to demand anything at all before its heartbeat counts as lost"},
    "test_every_h": {"type": "integer", "minimum": 1, "maximum": 168, "default": 24, "description": "How often the sounder is tested when it was silent for so long"},
    "test_pulse_us": {"type": "integer", "minimum": 200, "maximum": 5000, "default": 2000, "description": "Length of the test pulse: too short to be heard"}
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
