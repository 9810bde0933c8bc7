// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.SelfTest1`, generated from `org.ecmod.SelfTest1.xml`: do not edit.

use zbus::{DeserializeDict, Type};

use crate::SelfTestItem;

/// All properties of `org.ecmod.SelfTest1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct SelfTest1Properties {
    /// never: none was made since the daemon started. running: one is being made. finished: the items have
    /// their results. One of `never`, `running`, `finished`.
    pub state: String,
    /// Whether a test is finished and no item failed.
    pub passed: bool,
    /// Whether Start of a new case is refused because of it.
    pub blocks_start: bool,
    /// Whether somebody has overridden the items that failed.
    pub overridden: bool,
    /// The reason that was given for it; empty when it is not overridden.
    pub override_reason: String,
    /// When the last test was over, in CLOCK_MONOTONIC of the console; 0 before the first. Unit: `ns`.
    pub finished_at: u64,
    /// What is tested, in its order: the item's name; its result (waiting: it has not been tested yet.
    /// passed. failed. skipped: it could not be tested now, or there is nothing to test); what was found, for
    /// people; what to do about it, for people, empty unless it failed; whether a failure blocks a new case;
    /// and when it was tested, in ns of CLOCK_MONOTONIC, 0 when it was not. Unit: `name result text text 1
    /// ns`.
    pub items: Vec<SelfTestItem>,
}

#[zbus::proxy(
    interface = "org.ecmod.SelfTest1",
    default_service = "org.ecmod",
    default_path = "/org/ecmod/self_test"
)]
/// The console's test of itself: made when the daemon starts and when somebody asks for it. A failed item
/// that blocks makes Start of org.ecmod.Console1 refuse a new case until it passes or is overridden; it never
/// ends or changes a support that is running.
pub trait SelfTest1 {
    /// Test anew. Returns when the test has begun; State and the signal Finished tell when it is over. While
    /// the console supports, only what cannot disturb is tested, and the other items keep their result.
    /// Refused while a test runs.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn run(&self) -> zbus::Result<()>;

    /// Let a new case start in spite of the items that failed. It counts for these items and until the next
    /// test, is written to the alarm log with reason and caller, and takes the right to operate. Refused when
    /// nothing blocks.
    ///
    /// `reason`: Why, for the record. Empty or longer than 200 bytes: InvalidArgument. No names of patients.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    #[zbus(name = "Override")]
    fn override_(&self, reason: &str) -> zbus::Result<()>;

    /// A test is over, and Items are complete.
    ///
    /// `passed`: As Passed.
    #[zbus(signal)]
    fn finished(&self, passed: bool) -> zbus::Result<()>;

    /// never: none was made since the daemon started. running: one is being made. finished: the items have
    /// their results. One of `never`, `running`, `finished`.
    #[zbus(property)]
    fn state(&self) -> zbus::Result<String>;

    /// Whether a test is finished and no item failed.
    #[zbus(property)]
    fn passed(&self) -> zbus::Result<bool>;

    /// Whether Start of a new case is refused because of it.
    #[zbus(property)]
    fn blocks_start(&self) -> zbus::Result<bool>;

    /// Whether somebody has overridden the items that failed.
    #[zbus(property)]
    fn overridden(&self) -> zbus::Result<bool>;

    /// The reason that was given for it; empty when it is not overridden.
    #[zbus(property)]
    fn override_reason(&self) -> zbus::Result<String>;

    /// When the last test was over, in CLOCK_MONOTONIC of the console; 0 before the first. Unit: `ns`.
    #[zbus(property)]
    fn finished_at(&self) -> zbus::Result<u64>;

    /// What is tested, in its order: the item's name; its result (waiting: it has not been tested yet.
    /// passed. failed. skipped: it could not be tested now, or there is nothing to test); what was found, for
    /// people; what to do about it, for people, empty unless it failed; whether a failure blocks a new case;
    /// and when it was tested, in ns of CLOCK_MONOTONIC, 0 when it was not. Unit: `name result text text 1
    /// ns`.
    #[zbus(property)]
    fn items(&self) -> zbus::Result<Vec<SelfTestItem>>;
}
