// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration and its JSON Schema.

use ecmod_plugin::quantities::Span;
use serde::Deserialize;

/// `[drivers.NAME.config]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What is connected; at least one.
    pub inputs: Vec<Input>,
}

/// One input.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Input {
    /// A level switch, or two.
    Level(Level),
    /// A bubble detector with a pulse output.
    Bubble(Bubble),
    /// A key.
    Key(Key),
    /// A sensor that pulses as something turns.
    Tacho(Tacho),
}

/// A level switch, or two.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Name of its signal.
    pub name: String,
    /// One or two lines; active: the level is too low.
    pub lines: Vec<String>,
    /// What two lines must say together.
    #[serde(default)]
    pub voting: Voting,
    /// A line counts as changed when it stood still for so long.
    #[serde(default = "default_level_debounce")]
    pub debounce_ms: u64,
    /// How the detector shows that it lives.
    #[serde(default)]
    pub heartbeat: Option<Heartbeat>,
}

/// A bubble detector with a pulse output.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bubble {
    /// Name of its state; its counts are called after it.
    pub name: String,
    /// Becomes active for each bubble.
    pub line: String,
    /// How long behind a pulse the state stays 1.
    #[serde(default = "default_hold")]
    pub hold_ms: u64,
    /// Whether a bubble waits for the control loop's next tick.
    #[serde(default = "default_bubble_urgent")]
    pub urgent: bool,
    /// How the detector shows that it lives.
    #[serde(default)]
    pub heartbeat: Option<Heartbeat>,
}

/// A key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Name of its state; its count is called after it.
    pub name: String,
    /// Active while pressed.
    pub line: String,
    /// A change counts when the line stood still for so long.
    #[serde(default = "default_key_debounce")]
    pub debounce_ms: u64,
    /// A key pressed for so long is stuck.
    #[serde(default = "default_stuck_after")]
    pub stuck_after_s: u64,
    /// Whether a key waits for the control loop's next tick.
    #[serde(default)]
    pub urgent: bool,
    /// How the keyboard shows that it lives.
    #[serde(default)]
    pub heartbeat: Option<Heartbeat>,
}

/// A sensor that pulses as something turns.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tacho {
    /// Name of its speed.
    pub name: String,
    /// Becomes active once for each pulse.
    pub line: String,
    /// Pulses in one revolution.
    pub pulses_per_revolution: u32,
    /// No such rotor turns faster.
    #[serde(default = "default_maximum_rpm")]
    pub maximum_rpm: f64,
    /// The speed is the mean over so long.
    #[serde(default = "default_window")]
    pub window_ms: u64,
    /// Without a pulse for so long it stands.
    #[serde(default = "default_standstill")]
    pub standstill_ms: u64,
    /// How the sensor shows that it lives.
    #[serde(default)]
    pub heartbeat: Option<Heartbeat>,
}

/// What two lines must say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voting {
    /// One of two is enough.
    #[default]
    Any,
    /// Two of two.
    Both,
}

/// How a detector shows that it lives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// On this line.
    pub line: String,
    /// By this.
    pub kind: HeartbeatKind,
    /// Without a sign of life for so long it is dead.
    #[serde(default = "default_timeout")]
    pub timeout_ms: u64,
}

/// By what a detector shows that it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeartbeatKind {
    /// It keeps the line active.
    Level,
    /// It toggles the line.
    Toggle,
}

const fn default_level_debounce() -> u64 {
    200
}
const fn default_hold() -> u64 {
    1000
}
const fn default_bubble_urgent() -> bool {
    true
}
const fn default_key_debounce() -> u64 {
    30
}
const fn default_stuck_after() -> u64 {
    30
}
const fn default_maximum_rpm() -> f64 {
    12_000.0
}
const fn default_window() -> u64 {
    200
}
const fn default_standstill() -> u64 {
    1000
}
const fn default_timeout() -> u64 {
    500
}

impl Heartbeat {
    /// [`Heartbeat::timeout_ms`].
    #[must_use]
    pub const fn timeout(&self) -> Span {
        Span::from_millis(self.timeout_ms)
    }
}

impl Input {
    /// The name of its state.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Level(Level { name, .. })
            | Self::Bubble(Bubble { name, .. })
            | Self::Key(Key { name, .. })
            | Self::Tacho(Tacho { name, .. }) => name,
        }
    }

    fn heartbeat(&self) -> Option<&Heartbeat> {
        match self {
            Self::Level(Level { heartbeat, .. })
            | Self::Bubble(Bubble { heartbeat, .. })
            | Self::Key(Key { heartbeat, .. })
            | Self::Tacho(Tacho { heartbeat, .. }) => heartbeat.as_ref(),
        }
    }

    fn problem(&self) -> Option<&'static str> {
        if self.heartbeat().is_some_and(|heartbeat| !(10..=60_000).contains(&heartbeat.timeout_ms)) {
            return Some("`timeout_ms` must be 10 to 60000");
        }
        match self {
            Self::Level(level) => match level.lines.as_slice() {
                [_] | [_, _] if level.debounce_ms > 5000 => {
                    Some("`debounce_ms` of a level must be 0 to 5000")
                }
                [a, b] if a == b => Some("the two `lines` of a level must be different ones"),
                [_] | [_, _] => None,
                _ => Some("`lines` of a level must be one or two"),
            },
            Self::Bubble(bubble) => {
                (!(10..=60_000).contains(&bubble.hold_ms)).then_some("`hold_ms` must be 10 to 60000")
            }
            Self::Key(key) if key.debounce_ms > 500 => Some("`debounce_ms` of a key must be 0 to 500"),
            Self::Key(key) => {
                (!(1..=600).contains(&key.stuck_after_s)).then_some("`stuck_after_s` must be 1 to 600")
            }
            Self::Tacho(tacho) => tacho.problem(),
        }
    }
}

impl Tacho {
    /// Pulses in a second, at its fastest, that a cycle can take without taking them for a storm.
    const MOST_PULSES: f64 = 450.0;

    fn problem(&self) -> Option<&'static str> {
        if !(1..=1000).contains(&self.pulses_per_revolution) {
            Some("`pulses_per_revolution` must be 1 to 1000")
        } else if !(1.0..=100_000.0).contains(&self.maximum_rpm) {
            Some("`maximum_rpm` must be 1 to 100000")
        } else if f64::from(self.pulses_per_revolution) * self.maximum_rpm / 60.0 > Self::MOST_PULSES {
            Some("`pulses_per_revolution` and `maximum_rpm` together are more than 450 pulses a second")
        } else if !(20..=1000).contains(&self.window_ms) {
            Some("`window_ms` must be 20 to 1000")
        } else if !(100..=10_000).contains(&self.standstill_ms) {
            Some("`standstill_ms` must be 100 to 10000")
        } else {
            None
        }
    }
}

impl Config {
    /// What is wrong with the values, if anything is, and with which input. Names are checked with the table of signals.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if self.inputs.is_empty() {
            return Some("`inputs` is empty".to_owned());
        }
        let mut each = self.inputs.iter();
        each.find_map(|input| input.problem().map(|problem| format!("input `{}`: {problem}", input.name())))
    }
}

/// The JSON Schema of [`Config`].
pub const SCHEMA: &core::ffi::CStr = cr##"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["inputs"],
  "properties": {"inputs": {"type": "array", "minItems": 1, "items": {"oneOf": [{"$ref": "#/$defs/level"}, {"$ref": "#/$defs/bubble"}, {"$ref": "#/$defs/key"}, {"$ref": "#/$defs/tacho"}]}}},
  "$defs": {
    "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 42},
    "heartbeat": {
      "type": "object", "additionalProperties": false, "required": ["line", "kind"],
      "properties": {
        "line": {"type": "string", "description": "Input line that shows that the detector lives"},
        "kind": {"enum": ["level", "toggle"], "description": "level: kept active; toggle: toggled"},
        "timeout_ms": {"type": "integer", "minimum": 10, "maximum": 60000, "default": 500, "description": "Without a sign of life for so long the detector is dead"}
      }
    },
    "level": {
      "type": "object", "additionalProperties": false, "required": ["kind", "name", "lines"],
      "properties": {
        "kind": {"const": "level"},
        "name": {"$ref": "#/$defs/name"},
        "lines": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string"}, "description": "Active: the level is too low"},
        "voting": {"enum": ["any", "both"], "default": "any", "description": "With two lines: one of them is enough, or both"},
        "debounce_ms": {"type": "integer", "minimum": 0, "maximum": 5000, "default": 200, "description": "A line counts as changed when it stood still for so long"},
        "heartbeat": {"$ref": "#/$defs/heartbeat"}
      }
    },
    "bubble": {
      "type": "object", "additionalProperties": false, "required": ["kind", "name", "line"],
      "properties": {
        "kind": {"const": "bubble"},
        "name": {"$ref": "#/$defs/name"},
        "line": {"type": "string", "description": "Becomes active for each bubble"},
        "hold_ms": {"type": "integer", "minimum": 10, "maximum": 60000, "default": 1000, "description": "How long behind a pulse the state stays 1"},
        "urgent": {"type": "boolean", "default": true, "description": "A bubble does not wait for the control loop's next tick"},
        "heartbeat": {"$ref": "#/$defs/heartbeat"}
      }
    },
    "key": {
      "type": "object", "additionalProperties": false, "required": ["kind", "name", "line"],
      "properties": {
        "kind": {"const": "key"},
        "name": {"$ref": "#/$defs/name"},
        "line": {"type": "string", "description": "Active while pressed"},
        "debounce_ms": {"type": "integer", "minimum": 0, "maximum": 500, "default": 30, "description": "A change counts when the line stood still for so long"},
        "stuck_after_s": {"type": "integer", "minimum": 1, "maximum": 600, "default": 30, "description": "A key pressed for so long is stuck"},
        "urgent": {"type": "boolean", "default": false, "description": "A key does not wait for the control loop's next tick"},
        "heartbeat": {"$ref": "#/$defs/heartbeat"}
      }
    },
    "tacho": {
      "type": "object", "additionalProperties": false, "required": ["kind", "name", "line", "pulses_per_revolution"],
      "properties": {
        "kind": {"const": "tacho"},
        "name": {"$ref": "#/$defs/name"},
        "line": {"type": "string", "description": "Becomes active once for each pulse"},
        "pulses_per_revolution": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "At the highest speed at most 450 pulses a second"},
        "maximum_rpm": {"type": "number", "minimum": 1, "maximum": 100000, "default": 12000, "description": "No such rotor turns faster"},
        "window_ms": {"type": "integer", "minimum": 20, "maximum": 1000, "default": 200, "description": "The speed is the mean over so long"},
        "standstill_ms": {"type": "integer", "minimum": 100, "maximum": 10000, "default": 1000, "description": "Without a pulse for so long it stands"},
        "heartbeat": {"$ref": "#/$defs/heartbeat"}
      }
    }
  }
}"##;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_schema_names_the_keys_that_are_taken() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA.to_str().unwrap()).unwrap();
        let refusals = [
            ("level", serde_json::from_str::<Level>(r#"{"zz": 0}"#).unwrap_err().to_string()),
            ("bubble", serde_json::from_str::<Bubble>(r#"{"zz": 0}"#).unwrap_err().to_string()),
            ("key", serde_json::from_str::<Key>(r#"{"zz": 0}"#).unwrap_err().to_string()),
            ("tacho", serde_json::from_str::<Tacho>(r#"{"zz": 0}"#).unwrap_err().to_string()),
            ("heartbeat", serde_json::from_str::<Heartbeat>(r#"{"zz": 0}"#).unwrap_err().to_string()),
        ];
        for (kind, refusal) in refusals {
            let properties = schema["$defs"][kind]["properties"].as_object().unwrap();
            // "unknown field `zz`, expected one of `a`, `b`"
            let taken: BTreeSet<&str> = refusal.split('`').skip(3).step_by(2).collect();
            let named: BTreeSet<&str> = properties
                .keys()
                .map(String::as_str)
                .filter(|key| kind == "heartbeat" || *key != "kind") // serde's tag
                .collect();
            assert_eq!(named, taken, "{kind}");
        }
    }

    #[test]
    fn an_input_takes_no_key_of_another_kind() {
        let wrong = r#"{"inputs": [{"kind": "key", "name": "mute", "line": "k", "hold_ms": 3}]}"#;
        assert!(serde_json::from_str::<Config>(wrong).is_err());
    }
}
