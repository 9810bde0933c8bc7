// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Port1`: one port and its host. Documented in `dbus/org.ecmod.Port1.xml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use zbus::{Variant, interface};

use crate::hosts::registry::PortStatus;
use crate::plan::PortPlan;
use crate::service::Shared;

/// The object at `/org/ecmod/ports/<name>`.
pub struct Port {
    /// What is known.
    pub shared: Arc<Shared>,
    /// Its place in the registry.
    pub index: usize,
    /// What does not change.
    pub plan: PortPlan,
}

/// The properties that announce their changes, by name, for `PropertiesChanged`.
#[must_use]
pub fn announced(status: &PortStatus) -> Vec<(&'static str, Variant<'static>)> {
    vec![
        ("State", status.state.name().into()),
        ("Pid", status.pid.into()),
        ("Connections", status.connections.into()),
    ]
}

impl Port {
    fn with<T: Default>(&self, look: impl FnOnce(&PortStatus) -> T) -> T {
        self.shared.registry().ports.get(self.index).map(look).unwrap_or_default()
    }
}

#[interface(name = "org.ecmod.Port1", introspection_docs = false)]
impl Port {
    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> &str {
        &self.plan.name
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn kind(&self) -> &'static str {
        self.plan.kind
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn device(&self) -> &str {
        &self.plan.device
    }

    #[zbus(property)]
    fn state(&self) -> &'static str {
        self.with(|status| status.state.name())
    }

    #[zbus(property)]
    fn pid(&self) -> u32 {
        self.with(|status| status.pid)
    }

    #[zbus(property)]
    fn connections(&self) -> u64 {
        self.with(|status| status.connections)
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn counters(&self) -> BTreeMap<String, u64> {
        self.with(|status| status.counters.clone())
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn device_counters(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        self.with(|status| status.device_counters.clone())
    }
}
