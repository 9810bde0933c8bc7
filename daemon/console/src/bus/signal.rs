// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Signal1`: one signal of the console. Documented in `dbus/org.ecmod.Signal1.xml`.

use std::sync::Arc;

use ecmod_control::Outputs;
use zbus::interface;

use super::reading::{ReadingProperty, WireReading};
use crate::plan::SignalPlan;
use crate::service::Shared;

/// The object at `/org/ecmod/signals/<name>`.
pub struct Signal {
    /// What is known.
    pub shared: Arc<Shared>,
    /// The core's index of the signal.
    pub index: usize,
    /// What does not change.
    pub plan: SignalPlan,
}

/// The source that the reading comes from; empty while there is none.
#[must_use]
pub fn active_source<'a>(plan: &'a SignalPlan, index: usize, outputs: &Outputs) -> &'a str {
    let active = outputs.active_source.get(index).copied().flatten();
    active.and_then(|source| plan.sources.get(usize::from(source))).map_or("", String::as_str)
}

#[interface(name = "org.ecmod.Signal1", introspection_docs = false)]
impl Signal {
    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> &str {
        &self.plan.name
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn label(&self) -> &str {
        &self.plan.label
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn quantity(&self) -> &'static str {
        self.plan.quantity.name()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn unit(&self) -> &'static str {
        self.plan.quantity.unit()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn ucum(&self) -> &'static str {
        self.plan.quantity.ucum()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn minimum(&self) -> f64 {
        self.plan.minimum
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn maximum(&self) -> f64 {
        self.plan.maximum
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn sources(&self) -> Vec<String> {
        self.plan.sources.clone()
    }

    #[zbus(property)]
    fn active_source(&self) -> String {
        active_source(&self.plan, self.index, &self.shared.latest().outputs).to_owned()
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn reading(&self) -> ReadingProperty {
        let latest = self.shared.latest();
        let reading = latest.outputs.readings.get(self.index).unwrap_or(&ecmod_quantities::Reading::NO_DATA);
        WireReading::from(reading).into()
    }
}
