// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[interventions]` as it is written: which automatic actions act, and for how long.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the console may do to the pump by itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Interventions {
    /// How long an operator's override counts, in s, 1 to 3600; default 300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_s: Option<u64>,
    /// Air in the return line, by its detector and a second sign: `{ policy = "act", longest_s = 20, rearm_s = 60 }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gross_air: Option<Intervention>,
    /// The vein collapses on the cannula: `{ policy = "alarm_only", longest_s = 10, rearm_s = 10 }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suction: Option<Intervention>,
    /// The drainage pressure is too low: `{ policy = "act", longest_s = 30, rearm_s = 10 }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venous_pressure_low: Option<Intervention>,
    /// The pressure before the membrane is too high: `{ policy = "act", longest_s = 30, rearm_s = 10 }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_membrane_pressure_high: Option<Intervention>,
    /// The pressure in the return line is too high: `{ policy = "act", longest_s = 30, rearm_s = 10 }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arterial_pressure_high: Option<Intervention>,
    /// Blood runs backwards, the speed is raised: `{ policy = "act", longest_s = 300, rearm_s = 10 }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backflow: Option<Intervention>,
    /// The level is too low: `{ policy = "act", longest_s = 30, rearm_s = 10 }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level_low: Option<Intervention>,
}

/// What one intervention may do; what is left out stays as it is usual.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Intervention {
    /// Whether it acts.
    pub policy: Option<Policy>,
    /// The longest that it acts, in s, 1 to 300.
    pub longest_s: Option<u64>,
    /// How long its condition must have been gone before it may act anew, in s, 1 to 3600.
    pub rearm_s: Option<u64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Policy {
    Act,
    AlarmOnly,
}

impl Interventions {
    /// Those that are written, by the name of their kind.
    pub fn written(self) -> impl Iterator<Item = (&'static str, Intervention)> {
        [
            ("gross_air", self.gross_air),
            ("suction", self.suction),
            ("venous_pressure_low", self.venous_pressure_low),
            ("pre_membrane_pressure_high", self.pre_membrane_pressure_high),
            ("arterial_pressure_high", self.arterial_pressure_high),
            ("backflow", self.backflow),
            ("level_low", self.level_low),
        ]
        .into_iter()
        .filter_map(|(name, written)| Some((name, written?)))
    }
}
