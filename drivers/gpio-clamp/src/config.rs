// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration and its JSON Schema.

use ecmod_plugin::names::all_different;
use ecmod_plugin::quantities::Span;
use serde::Deserialize;

/// `[drivers.NAME.config]`. Nothing is required.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The output line of the coil that opens.
    #[serde(default = "Config::default_open_coil")]
    pub open_coil: String,
    /// The output line of the coil that closes.
    #[serde(default = "Config::default_close_coil")]
    pub close_coil: String,
    /// The input line that is active when it is open.
    #[serde(default = "Config::default_open_switch")]
    pub open_switch: String,
    /// The input line that is active when it is closed.
    #[serde(default = "Config::default_closed_switch")]
    pub closed_switch: String,
    /// How long it may take to arrive.
    #[serde(default = "Config::default_mismatch")]
    pub mismatch_ms: u64,
    /// A switch counts as changed when it stood still for so long.
    #[serde(default = "Config::default_debounce")]
    pub debounce_ms: u64,
}

impl Config {
    fn default_open_coil() -> String {
        "open_coil".to_owned()
    }
    fn default_close_coil() -> String {
        "close_coil".to_owned()
    }
    fn default_open_switch() -> String {
        "open_switch".to_owned()
    }
    fn default_closed_switch() -> String {
        "closed_switch".to_owned()
    }
    const fn default_mismatch() -> u64 {
        500
    }
    const fn default_debounce() -> u64 {
        20
    }

    /// What is wrong with the values, if anything is.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let lines = [self.open_coil.as_str(), &self.close_coil, &self.open_switch, &self.closed_switch];
        if !all_different(lines) {
            Some("each coil and each switch needs a line of its own")
        } else if !(100..=2000).contains(&self.mismatch_ms) {
            Some("`mismatch_ms` must be 100 to 2000")
        } else if self.debounce_ms > 100 {
            Some("`debounce_ms` must be 0 to 100")
        } else {
            None
        }
    }

    /// [`Config::mismatch_ms`].
    #[must_use]
    pub const fn mismatch(&self) -> Span {
        Span::from_millis(self.mismatch_ms)
    }

    /// [`Config::debounce_ms`].
    #[must_use]
    pub const fn debounce(&self) -> Span {
        Span::from_millis(self.debounce_ms)
    }
}

/// The JSON Schema of [`Config`].
pub const SCHEMA: &core::ffi::CStr = cr#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "open_coil": {"type": "string", "default": "open_coil", "description": "Output line of the coil that opens"},
    "close_coil": {"type": "string", "default": "close_coil", "description": "Output line of the coil that closes"},
    "open_switch": {"type": "string", "default": "open_switch", "description": "Input line, active when it is open"},
    "closed_switch": {"type": "string", "default": "closed_switch", "description": "Input line, active when it is closed"},
    "mismatch_ms": {"type": "integer", "minimum": 100, "maximum": 2000, "default": 500, "description": "How long it may take to arrive; a coil is never energised for longer"},
    "debounce_ms": {"type": "integer", "minimum": 0, "maximum": 100, "default": 20, "description": "A switch counts as changed when it stood still for so long"}
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
