// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[procedures.NAME]` as it is written: procedures of the organisation, or changes of a built-in one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A procedure; what is left out stays as it is built in, or as is usual.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Procedure {
    /// What it is called; needed unless it is built in.
    pub title: Option<String>,
    /// When it is for.
    pub purpose: Option<String>,
    /// What kind of thing it is; default: checklist.
    pub category: Option<Category>,
    /// Whether one step comes after the other; default: strict.
    pub order: Option<Order>,
    /// Where it comes from.
    pub source: Option<String>,
    /// Within which time all of it should be done, in s, 1 to 86400.
    pub target_s: Option<u64>,
    /// It belongs before a case, at most so many hours before, 0 to 720; 0: it does not.
    pub before_case_hours: Option<u64>,
    /// It belongs once in so many hours of support, 0 to 720; 0: never.
    pub every_hours: Option<u64>,
    /// What to do; needed unless it is built in.
    pub steps: Option<Vec<Step>>,
}

/// One thing to do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// Its name within the procedure.
    pub id: String,
    /// What to do; `{speed}`, `{flow}` and `{class}` are filled in.
    pub text: String,
    /// What the console sees by itself when it is done, such as `return_clamp_closed`.
    #[serde(default)]
    pub check: Option<String>,
    /// The number that this is compared with.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// It takes so long, in s, 1 to 3600, and is over by itself then.
    #[serde(default)]
    pub lasts_s: Option<u64>,
    /// Within which time since the beginning it should be done, in s, 1 to 86400.
    #[serde(default)]
    pub target_s: Option<u64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Category {
    Emergency,
    Exchange,
    Checklist,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    Strict,
    Free,
}
