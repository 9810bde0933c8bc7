// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the daemon asks a host behind the welcome, and what it is told.
//!
//! Only hosts whose hello says that they [answer](super::Hello::answers) are asked; to any other host a message behind the welcome is a
//! mistake of its daemon.

use super::Error;
use super::check::At;
use serde::{Deserialize, Serialize};

/// Most findings of one driver's self test.
pub const MAX_FINDINGS: usize = 64;

/// "Are you there?": to be given back as it came.
///
/// A second opinion, for when a host's heart does not beat: the heart is a counter in shared memory, this goes through the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ping {
    /// Which one.
    pub number: u64,
}

/// "Test your device": every driver named here does so between two of its cycles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfTest {
    /// Comes back with each report.
    pub number: u64,
    /// Names of the instances.
    pub drivers: Vec<String>,
}

/// How the self test of one driver ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfTestReport {
    /// Of the request.
    pub number: u64,
    /// Name of the instance.
    pub driver: String,
    /// What was found; empty if the driver has no self test, or if it could not be made.
    pub findings: Vec<Finding>,
    /// Why the test could not be made; empty if it was.
    pub problem: String,
}

/// One thing that a driver tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Whether it is in order.
    pub passed: bool,
    /// What was tested.
    pub item: String,
    /// What was found and what to do, if there is something to say.
    pub detail: String,
}

impl SelfTest {
    pub(super) fn check(&self) -> Result<(), Error> {
        let drivers = At::Top.field("drivers");
        drivers.count(self.drivers.len(), super::MAX_DRIVERS)?;
        self.drivers.iter().enumerate().try_for_each(|(index, driver)| drivers.item(index).name(driver))
    }
}

impl SelfTestReport {
    pub(super) fn check(&self) -> Result<(), Error> {
        At::Top.field("driver").name(&self.driver)?;
        At::Top.field("problem").text(&self.problem)?;
        let findings = At::Top.field("findings");
        findings.count(self.findings.len(), MAX_FINDINGS)?;
        for (index, finding) in self.findings.iter().enumerate() {
            let at = findings.item(index);
            at.field("item").text(&finding.item)?;
            at.field("detail").text(&finding.detail)?;
        }
        Ok(())
    }
}
