// SPDX-License-Identifier: MIT OR Apache-2.0
//! The buses on which a driver is tried.

use super::{Case, Script};
use crate::testing::{Everywhere, FakeHost};

/// One fake host in the making.
pub(super) struct Scenario {
    pub(super) name: String,
    /// A device of the case: here the driver must work.
    pub(super) is_device: bool,
    /// Whoever is asked answers, without failures.
    pub(super) is_answering: bool,
    everywhere: Option<Everywhere>,
    script: Option<Script>,
}

impl Scenario {
    /// All scenarios of a case: three that know nothing of the device, then its devices.
    pub(super) fn all(case: &Case) -> Vec<Self> {
        let blind = |name: &str, everywhere| Self {
            name: name.to_owned(),
            is_device: false,
            is_answering: everywhere == Everywhere::Zeros,
            everywhere: Some(everywhere),
            script: None,
        };
        let mut all = vec![
            blind("silent bus", Everywhere::Silence),
            blind("bus of zeros", Everywhere::Zeros),
            blind("noisy bus 1", Everywhere::Noise(1)),
            blind("noisy bus 2", Everywhere::Noise(2)),
        ];
        all.extend(case.devices.iter().map(|(name, script)| Self {
            name: name.clone(),
            is_device: true,
            is_answering: true,
            everywhere: None,
            script: Some(script.clone()),
        }));
        all
    }

    /// A fresh host of this scenario.
    pub(super) fn host(&self, case: &Case) -> FakeHost {
        let fake = FakeHost::new();
        fake.configure(&case.config);
        fake.transaction_time(case.transaction_time);
        if let Some(script) = &self.script {
            script(&fake);
        }
        fake.everywhere(self.everywhere);
        fake
    }
}
