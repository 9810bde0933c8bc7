// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's self-test: its items are what a test says, and running it takes until the next frame.

use zbus::object_server::SignalEmitter;

use super::console::{Fault, change};
use super::{Shared, lock, model::Model};
use crate::SelfTestItem;

/// The longest reason of an override, in bytes.
const LONGEST_REASON: usize = 200;

/// The invented self-test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockSelfTest {
    /// `never`, `running` or `finished`.
    pub state: &'static str,
    /// The items of the last test, or of the one that is finished by the next frame.
    pub items: Vec<SelfTestItem>,
    /// The reason of an override.
    pub override_reason: Option<String>,
    pub(super) finished_at: u64,
}

impl MockSelfTest {
    pub(super) fn new(now: u64) -> Self {
        let item = |name: &str, detail: &str| SelfTestItem {
            name: name.to_owned(),
            result: "passed".to_owned(),
            detail: detail.to_owned(),
            remedy: String::new(),
            blocks: true,
            tested: now,
        };
        let items = vec![
            item("configuration", "read, and as it was at the last start"),
            item("clock", "runs"),
            item("driver_pump", "firmware 0.0.0, holds its speed on loss of the link"),
        ];
        Self { state: "finished", items, override_reason: None, finished_at: now }
    }

    /// Lets an item fail.
    pub fn fail(&mut self, name: &str, detail: &str, remedy: &str) {
        for item in self.items.iter_mut().filter(|item| item.name == name) {
            "failed".clone_into(&mut item.result);
            detail.clone_into(&mut item.detail);
            remedy.clone_into(&mut item.remedy);
        }
    }

    fn passed(&self) -> bool {
        self.state == "finished" && self.items.iter().all(|item| item.result != "failed")
    }

    pub(super) fn blocks_start(&self) -> bool {
        let failed = self.items.iter().any(|item| item.blocks && item.result == "failed");
        failed && self.override_reason.is_none()
    }
}

impl Model {
    /// Ends a running test; whether one ran, and whether it passed.
    pub(super) fn finish_self_test(&mut self) -> Option<bool> {
        if self.self_test.state != "running" {
            return None;
        }
        self.self_test.state = "finished";
        self.self_test.finished_at = self.monotonic;
        Some(self.self_test.passed())
    }
}

pub(super) struct SelfTest {
    pub(super) model: Shared,
}

#[zbus::interface(name = "org.ecmod.SelfTest1")]
impl SelfTest {
    fn run(&self) -> Result<(), Fault> {
        change(&self.model, |model| {
            if model.self_test.state == "running" {
                return Err(Fault::Refused("A test runs. [ecmod.refused.self_test_runs]".into()));
            }
            model.self_test.state = "running";
            model.self_test.override_reason = None;
            Ok(())
        })
    }

    #[zbus(name = "Override")]
    fn override_(&self, reason: &str) -> Result<(), Fault> {
        change(&self.model, |model| {
            if reason.trim().is_empty() || reason.len() > LONGEST_REASON {
                let text = format!("the reason must have 1 to {LONGEST_REASON} bytes");
                return Err(Fault::InvalidArgument(text));
            }
            if !model.self_test.blocks_start() {
                return Err(Fault::Refused("Nothing blocks. [ecmod.refused.nothing_blocks]".into()));
            }
            model.self_test.override_reason = Some(reason.to_owned());
            Ok(())
        })
    }

    #[zbus(signal)]
    pub(super) async fn finished(emitter: &SignalEmitter<'_>, passed: bool) -> zbus::Result<()>;

    #[zbus(property)]
    fn state(&self) -> &str {
        lock(&self.model).self_test.state
    }
    #[zbus(property)]
    fn passed(&self) -> bool {
        lock(&self.model).self_test.passed()
    }
    #[zbus(property)]
    fn blocks_start(&self) -> bool {
        lock(&self.model).self_test.blocks_start()
    }
    #[zbus(property)]
    fn overridden(&self) -> bool {
        lock(&self.model).self_test.override_reason.is_some()
    }
    #[zbus(property)]
    fn override_reason(&self) -> String {
        lock(&self.model).self_test.override_reason.clone().unwrap_or_default()
    }
    #[zbus(property)]
    fn finished_at(&self) -> u64 {
        lock(&self.model).self_test.finished_at
    }
    #[zbus(property)]
    fn items(&self) -> Vec<SelfTestItem> {
        lock(&self.model).self_test.items.clone()
    }
}
