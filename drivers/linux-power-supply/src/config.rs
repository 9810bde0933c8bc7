// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration: which supplies are mains, which are batteries, and under which names.

use serde::Deserialize;

/// `[drivers.NAME.config]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Supplies that carry the console and charge its batteries.
    #[serde(default)]
    pub mains: Vec<Mains>,
    /// Batteries.
    #[serde(default)]
    pub batteries: Vec<Battery>,
}

/// A supply of which only its being there matters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mains {
    /// First part of its signal's name.
    pub name: String,
    /// Its folder below the port's directory.
    pub supply: String,
}

/// A battery.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Battery {
    /// First part of its signals' names.
    pub name: String,
    /// Its folder below the port's directory.
    pub supply: String,
    /// What the kernel's driver means by the sign of the current.
    #[serde(default)]
    pub current: CurrentSign,
    /// Files with failure flags beyond `health`.
    #[serde(default)]
    pub failure_flags: Vec<FailureFlags>,
    /// Below this voltage under load it is as good as empty, whatever its gauge says; V.
    #[serde(default)]
    pub empty_voltage: Option<f64>,
    /// A gauge that admits a larger error than this is not believed; %.
    #[serde(default = "Battery::default_margin")]
    pub error_margin: f64,
}

impl Battery {
    const fn default_margin() -> f64 {
        10.0
    }
}

/// What the kernel's driver means by the sign of `current_now`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurrentSign {
    /// Positive: the battery is charged. What the kernel's documentation demands.
    #[default]
    PositiveCharging,
    /// Positive: the battery is discharged.
    PositiveDischarging,
    /// Never negative; `status` tells (ACPI batteries).
    Magnitude,
}

/// A file of flags, any of which means that the battery has failed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureFlags {
    /// In the supply's folder; holds a number, decimal or `0x`.
    pub file: String,
    /// The bits that count.
    #[serde(default = "FailureFlags::all")]
    pub mask: u64,
}

impl FailureFlags {
    const fn all() -> u64 {
        u64::MAX
    }
}

/// Most supplies of one driver: each battery has its turn within a few seconds.
const MOST: usize = 8;

impl Config {
    /// What is wrong with it, one line each. Names are checked where the table of signals is built.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.mains.is_empty() && self.batteries.is_empty() {
            problems.push("there is neither `mains` nor a battery".to_owned());
        }
        if self.mains.len() > MOST || self.batteries.len() > MOST {
            problems.push(format!("at most {MOST} mains and {MOST} batteries"));
        }
        let supplies = self.mains.iter().map(|mains| (&mains.name, &mains.supply));
        for (name, supply) in
            supplies.chain(self.batteries.iter().map(|battery| (&battery.name, &battery.supply)))
        {
            if !is_file_name(supply) {
                problems.push(format!("{name}: `supply` must be the name of a folder, without `/`"));
            }
        }
        for battery in &self.batteries {
            let name = &battery.name;
            if battery.empty_voltage.is_some_and(|volts| !(0.1..=100.0).contains(&volts)) {
                problems.push(format!("{name}: `empty_voltage` must be 0.1 to 100"));
            }
            if !(1.0..=100.0).contains(&battery.error_margin) {
                problems.push(format!("{name}: `error_margin` must be 1 to 100"));
            }
            for flags in &battery.failure_flags {
                let parts = flags.file.split('/').collect::<Vec<_>>();
                if parts.iter().any(|part| !is_file_name(part)) || flags.mask == 0 {
                    problems.push(format!(
                        "{name}: `failure_flags` needs a `file` in the supply's folder and a `mask` that is not 0"
                    ));
                }
            }
        }
        problems
    }
}

fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0'])
}
