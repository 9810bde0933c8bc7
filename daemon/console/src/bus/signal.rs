// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Signal1`: one signal of the console. Documented in `dbus/org.ecmod.Signal1.xml`.

use ecmod_control::{Outputs, Request};
use zbus::message::Header;
use zbus::{Connection, Variant, interface};

use super::access::Access;
use super::authorise::Class;
use super::error::Error;
use super::reading::{ReadingProperty, WireReading};
use crate::journal::zeros::Zero;
use crate::plan::SignalPlan;
use crate::service::Shared;

/// The object at `/org/ecmod/signals/<name>`.
pub struct Signal {
    /// What is known, and who may change it.
    pub access: Access,
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

/// The zero of the preferred one of its zeroed sources.
fn zero(shared: &Shared, plan: &SignalPlan) -> Option<Zero> {
    let zeros = shared.zeros();
    plan.sources.iter().find_map(|source| zeros.of(source))
}

/// The properties that announce their changes, by name.
#[must_use]
pub fn announced(
    shared: &Shared,
    plan: &SignalPlan,
    index: usize,
    outputs: &Outputs,
) -> Vec<(&'static str, Variant<'static>)> {
    let zero = zero(shared, plan);
    let offset: Vec<f64> = zero.iter().map(|zero| zero.value).collect();
    vec![
        ("ActiveSource", active_source(plan, index, outputs).to_owned().into()),
        ("ZeroOffset", offset.into()),
        ("ZeroedAt", zero.map_or(0, |zero| zero.taken).into()),
    ]
}

#[interface(name = "org.ecmod.Signal1", introspection_docs = false)]
impl Signal {
    #[zbus(out_args("offset", "noise"))]
    async fn zero(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(f64, f64), Error> {
        let signal = u16::try_from(self.index).unwrap_or(u16::MAX);
        let request = Request::Zero { signal };
        let reply = self.access.change(Class::Operate, request, connection, &header).await?;
        let lost = || Error::Unavailable("the control loop did not say how the zeroing ended".into());
        let run = reply.zeroing.ok_or_else(lost)?;
        let ended = self.access.shared.zeroed(run.number).await.ok_or_else(lost)?;
        // At least one source was zeroed: otherwise it is refused.
        let found = ended.result?.into_iter().flatten().next().ok_or_else(lost)?;
        Ok((found.zero, found.noise.value()))
    }

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
        active_source(&self.plan, self.index, &self.access.shared.latest().outputs).to_owned()
    }

    #[zbus(property)]
    fn zero_offset(&self) -> Vec<f64> {
        zero(&self.access.shared, &self.plan).iter().map(|zero| zero.value).collect()
    }

    #[zbus(property)]
    fn zeroed_at(&self) -> u64 {
        zero(&self.access.shared, &self.plan).map_or(0, |zero| zero.taken)
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn reading(&self) -> ReadingProperty {
        let latest = self.access.shared.latest();
        let reading = latest.outputs.readings.get(self.index).unwrap_or(&ecmod_quantities::Reading::NO_DATA);
        WireReading::from(reading).into()
    }
}
