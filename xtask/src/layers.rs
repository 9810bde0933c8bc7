// SPDX-License-Identifier: MIT OR Apache-2.0
//! The dependency rule: which of our crates may use which, and what may never come in underneath.
//!
//! The table is that of `docs/src/architecture.md`. It holds for dev-dependencies too, except where the second list says so.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::run::{cargo, output, root};

/// Crate, and which of our crates it may depend on.
const RULE: &[(&str, &[&str])] = &[
    ("ecmod-quantities", &[]),
    ("ecmod-plugin", &["ecmod-quantities"]),
    ("ecmod-driver-*", &["ecmod-plugin"]),
    ("ecmod-control", &["ecmod-quantities"]),
    ("ecmod-link", &["ecmod-quantities"]),
    ("ecmod-procedures", &["ecmod-quantities"]),
    ("ecmod-config", &["ecmod-procedures", "ecmod-quantities"]),
    ("ecmod-logging", &[]),
    (
        "ecmod-host",
        &[
            "ecmod-config",
            "ecmod-link",
            "ecmod-logging",
            "ecmod-plugin",
            "ecmod-quantities",
            "ecmod-sim-link",
        ],
    ),
    (
        "ecmod",
        &[
            "ecmod-config",
            "ecmod-control",
            "ecmod-link",
            "ecmod-logging",
            "ecmod-procedures",
            "ecmod-quantities",
        ],
    ),
    ("ecmod-client", &[]),
    ("ecmoctl", &["ecmod-client"]),
    // The driver and its kit in tests alone: a real driver between the simulated meter and the core.
    (
        "ecmod-sim",
        &[
            "ecmod-control",
            "ecmod-driver-emtec-bioprott",
            "ecmod-plugin",
            "ecmod-quantities",
            "ecmod-sim-link",
        ],
    ),
    ("ecmod-sim-link", &[]),
    ("ecmod-vm-tests", &["ecmod-link", "ecmod-quantities", "ecmod-sim"]),
    ("xtask", &[]),
];

/// What must not be in the tree below a crate: it would bring in what the crate exists to keep out.
const NEVER_BELOW: &[(&str, &[&str])] = &[
    ("ecmod-control", &["serde", "libc", "tokio"]),
    ("ecmod-plugin", &["tokio", "zbus", "tracing"]),
    ("ecmod-host", &["zbus", "ecmod-control"]),
    ("ecmod", &["libudev-sys", "ecmod-plugin", "libloading"]),
];

pub fn check() -> Result<(), String> {
    let text = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata.get("packages").and_then(Value::as_array).ok_or("cargo metadata: no packages")?;
    let ours: BTreeSet<&str> = packages.iter().map(name_of).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let name = name_of(package);
        let Some((_, allowed)) = RULE.iter().find(|(pattern, _)| matches(pattern, name)) else {
            wrong.push(format!(
                "{name} is not in the dependency rule: say in xtask/src/layers.rs what it may use"
            ));
            continue;
        };
        for dependency in package.get("dependencies").and_then(Value::as_array).into_iter().flatten() {
            let used = name_of(dependency);
            if ours.contains(used) && !allowed.contains(&used) && used != name {
                wrong.push(format!("{name} depends on {used}"));
            }
        }
    }
    for (name, never) in NEVER_BELOW {
        let tree =
            output(cargo().args(["tree", "--package", name, "--edges", "normal", "--prefix", "none"]))?;
        for line in tree.lines() {
            let used = line.split(' ').next().unwrap_or_default();
            if never.contains(&used) {
                wrong.push(format!("{name} has {used} below it"));
            }
        }
    }
    let core = std::fs::read_to_string(root().join("daemon/control/src/lib.rs"))
        .map_err(|error| error.to_string())?;
    for needed in ["#![no_std]", "#![forbid(unsafe_code)]"] {
        if !core.contains(needed)
            && !core.contains(&needed.replace("#![no_std]", "#![cfg_attr(not(test), no_std)]"))
        {
            wrong.push(format!("the control core has lost its {needed}"));
        }
    }
    wrong.sort();
    wrong.dedup();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ")) }
}

fn name_of(package: &Value) -> &str {
    package.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}
