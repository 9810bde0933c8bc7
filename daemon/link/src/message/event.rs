// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a host reports while it runs: states on change, counters once a second.

use super::check::{At, MAX_COUNTERS};
use super::{DriverState, Error, Hold};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a host reports while it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// About one driver.
    Driver(DriverEvent),
    /// About the port.
    Port(PortEvent),
}

/// A driver's state and counters. Counters only grow while the host lives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriverEvent {
    /// Name of the instance.
    pub id: String,
    /// What it is doing.
    pub state: DriverState,
    /// Why, if that needs a reason; else empty.
    pub detail: String,
    /// What happens to the device without a link.
    pub hold: Hold,
    /// Calls of `cycle`.
    pub cycles: u64,
    /// Cycles that took longer than their budget.
    pub overruns: u64,
    /// Cycles that ended with an error.
    pub faults: u64,
    /// Times the instance was opened again.
    pub restarts: u64,
}

/// The port's counters and those of each device on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortEvent {
    /// Counters of the port, by name.
    pub counters: BTreeMap<String, u64>,
    /// Counters of each device, by the device's name on this bus (for example its unit address) and the counter's name.
    pub devices: BTreeMap<String, BTreeMap<String, u64>>,
}

impl DriverEvent {
    pub(super) fn check(&self) -> Result<(), Error> {
        At::Top.field("id").name(&self.id)?;
        At::Top.field("detail").text(&self.detail)
    }
}

impl PortEvent {
    pub(super) fn check(&self) -> Result<(), Error> {
        counters(&At::Top.field("counters"), &self.counters)?;
        let devices = At::Top.field("devices");
        devices.count(self.devices.len(), MAX_COUNTERS)?;
        for (device, its) in &self.devices {
            devices.text(device)?;
            counters(&devices.field(device), its)?;
        }
        Ok(())
    }
}

fn counters(at: &At<'_>, counters: &BTreeMap<String, u64>) -> Result<(), Error> {
    at.count(counters.len(), MAX_COUNTERS)?;
    counters.keys().try_for_each(|name| at.name(name))
}
