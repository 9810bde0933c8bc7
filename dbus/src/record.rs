// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rows of the contract's lists about alarms: a limit, a record of the alarm log, a recording of an intervention, an item
//! of the self-test, a step of a procedure. Each is one structure on the wire, with the fields in this order.

use serde::{Deserialize, Serialize};
use zbus::Type;

use crate::Maybe;

/// One limit: `(sadadsddds)` on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Limit {
    /// Its name, which `Set` takes.
    pub name: String,
    /// What it is now; none when the configuration has switched it off.
    pub value: Maybe,
    /// What the preset of the patient class has; none likewise.
    pub preset: Maybe,
    /// Unit of all numbers here; empty where there is none.
    pub unit: String,
    /// Lowest value that `Set` takes.
    pub minimum: f64,
    /// Highest value that `Set` takes.
    pub maximum: f64,
    /// In which step a screen should change it.
    pub step: f64,
    /// What it limits, for people.
    pub text: String,
}

/// One record of the alarm log: `(tttssssssads)` on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct LogRecord {
    /// Grows by one with each record, for ever.
    pub number: u64,
    /// When, in ms since 1970-01-01 UTC, as far as the console's clock was right.
    pub time: u64,
    /// When, in ns of `CLOCK_MONOTONIC` of its boot.
    pub monotonic: u64,
    /// The kernel's boot id.
    pub boot: String,
    /// What happened, as a word.
    pub event: String,
    /// The kind of alarm; empty where it is about none.
    pub id: String,
    /// What the alarm is about; empty where it is about the console.
    pub subject: String,
    /// The alarm's priority, as a word; empty where it is about no alarm.
    pub priority: String,
    /// The cause, as a word.
    pub cause: String,
    /// The value that goes with the cause.
    pub value: Maybe,
    /// The rest for people, with who did it where somebody did.
    pub text: String,
}

/// One recording of an intervention: `(ttst)` on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Recording {
    /// Its number, which `OpenRecord` takes.
    pub number: u64,
    /// When, in ms since 1970-01-01 UTC, as far as the console's clock was right.
    pub time: u64,
    /// What set the intervention off, for people.
    pub trigger: String,
    /// Its size in bytes.
    pub size: u64,
}

/// One item of the self-test: `(ssssbt)` on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SelfTestItem {
    /// Its name.
    pub name: String,
    /// `waiting`, `passed`, `failed` or `skipped`.
    pub result: String,
    /// What was found, for people.
    pub detail: String,
    /// What to do about it, for people; empty unless it failed.
    pub remedy: String,
    /// Whether a failure blocks a new case.
    pub blocks: bool,
    /// When it was tested, in ns of the console's `CLOCK_MONOTONIC`; 0 when it was not.
    pub tested: u64,
}

/// One step of a procedure: `(sssssssstt)` on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProcedureStep {
    /// Its name, which `Confirm` and `Skip` take.
    pub id: String,
    /// What to do.
    pub text: String,
    /// `confirm`, `measured` or `timed`.
    pub kind: String,
    /// `waiting`, `next`, `confirmed`, `seen`, `elapsed` or `skipped`.
    pub state: String,
    /// What the console sees of a measured one: `yes`, `no` or `unknown`; empty for others.
    pub seen: String,
    /// Who did it; empty while it waits, and where the console saw it.
    pub by: String,
    /// Why it was left out.
    pub reason: String,
    /// What is measured; empty for others.
    pub check: String,
    /// When it was done, in ns from the beginning.
    pub at: u64,
    /// Within which time it should be done, in ns from the beginning; 0 where there is none.
    pub target: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_have_the_contracts_signatures() {
        assert_eq!(Limit::SIGNATURE.to_string(), "(sadadsddds)");
        assert_eq!(LogRecord::SIGNATURE.to_string(), "(tttssssssads)");
        assert_eq!(Recording::SIGNATURE.to_string(), "(ttst)");
        assert_eq!(SelfTestItem::SIGNATURE.to_string(), "(ssssbt)");
        assert_eq!(ProcedureStep::SIGNATURE.to_string(), "(sssssssstt)");
    }
}
