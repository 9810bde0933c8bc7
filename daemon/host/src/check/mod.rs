// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-host check LIBRARY`: the conformance checks of [`ecmod_plugin::conformance`], in a process of their own.
//!
//! A foreign library may crash or hang while it is checked. The [inner](inside) process loads it and reports each finding as
//! one line of JSON as soon as it is made; the [outer](outside) one adds how the inner one ended, and prints all of it.

pub mod inside;
pub mod outside;

use serde::{Deserialize, Serialize};

/// One finding, as it travels and as `--json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable name of the check.
    pub check: String,
    /// Whether the driver keeps this rule.
    pub passed: bool,
    /// Whether it could be looked at.
    pub tested: bool,
    /// What was seen.
    pub detail: String,
    /// What to do; empty if nothing.
    pub remedy: String,
}

impl Finding {
    /// A failure that the conformance checks themselves cannot report.
    fn failure(check: &str, detail: String, remedy: &str) -> Self {
        Self { check: check.to_owned(), passed: false, tested: true, detail, remedy: remedy.to_owned() }
    }

    fn success(check: &str, detail: &str) -> Self {
        let (check, detail) = (check.to_owned(), detail.to_owned());
        Self { check, passed: true, tested: true, detail, remedy: String::new() }
    }
}
