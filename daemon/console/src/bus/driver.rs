// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Driver1`: one driver instance. Documented in `dbus/org.ecmod.Driver1.xml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecmod_link::image::{Bounds, Slot};
use ecmod_link::message::DriverState;
use ecmod_quantities::{Cause, Monotonic, Reading};
use zbus::{OwnedObjectPath, Variant, interface};

use super::reading::WireReading;
use crate::clock;
use crate::hosts::registry::{Declaration, DriverStatus, Samples};
use crate::service::Shared;

/// How often a slot that is just being written is looked at again.
const LOOKS: usize = 8;

/// A row of `Signals` and `Commands`: name, quantity, unit, lowest and highest value.
type Row = (String, &'static str, &'static str, f64, f64);

/// The object at `/org/ecmod/drivers/<id>`.
pub struct Driver {
    /// What is known.
    pub shared: Arc<Shared>,
    /// Its place in the registry.
    pub index: usize,
    /// Its id.
    pub id: String,
    /// The path of its port's object.
    pub port: OwnedObjectPath,
}

/// The properties that announce their changes, by name, for `PropertiesChanged`.
#[must_use]
pub fn announced(status: &DriverStatus) -> Vec<(&'static str, Variant<'static>)> {
    vec![
        ("Library", status.library.clone().into()),
        ("Model", status.model.clone().into()),
        ("Version", status.version.clone().into()),
        ("Licence", status.licence.clone().into()),
        ("Description", status.description.clone().into()),
        ("State", status.state.name().into()),
        ("Detail", status.detail.clone().into()),
        ("HoldsOnLinkLoss", status.hold.name().into()),
        ("Overruns", status.overruns.into()),
        ("Faults", status.faults.into()),
        ("Restarts", status.restarts.into()),
        ("Signals", rows(&status.signals).into()),
        ("Commands", rows(&status.commands).into()),
    ]
}

fn rows(declarations: &[Declaration]) -> Vec<Row> {
    declarations
        .iter()
        .map(|declared| {
            let quantity = declared.quantity;
            (declared.name.clone(), quantity.name(), quantity.unit(), declared.minimum, declared.maximum)
        })
        .collect()
}

impl Driver {
    fn with<T: Default>(&self, look: impl FnOnce(&DriverStatus) -> T) -> T {
        self.shared.registry().drivers.get(self.index).map(look).unwrap_or_default()
    }
}

fn read_raw(samples: &Samples, slot: usize, bounds: Bounds, now: Monotonic) -> Reading {
    for _ in 0..LOOKS {
        match samples.image.read(slot) {
            Slot::Value(sample) => return sample.checked(bounds, clock::now()),
            Slot::Empty => return Reading::NO_DATA,
            Slot::Torn => {}
        }
    }
    // Only a host that died in the middle of writing leaves a slot like this.
    Reading::bad(Cause::HostLost, now, 0)
}

#[interface(name = "org.ecmod.Driver1", introspection_docs = false)]
impl Driver {
    #[zbus(out_args("readings"))]
    fn read_all(&self) -> BTreeMap<String, WireReading> {
        let now = clock::now();
        let lost = Reading::bad(Cause::HostLost, now, 0);
        self.with(|status| {
            let read = |(index, declared): (usize, &Declaration)| {
                let bounds = Bounds { min: declared.minimum, max: declared.maximum };
                let reading = status.samples.as_ref().map_or(lost, |samples| {
                    let slot = samples.slots.clone().nth(index);
                    slot.map_or(Reading::NO_DATA, |slot| read_raw(samples, slot, bounds, now))
                });
                (declared.name.clone(), WireReading::from(&reading))
            };
            status.signals.iter().enumerate().map(read).collect()
        })
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn id(&self) -> &str {
        &self.id
    }

    #[zbus(property)]
    fn library(&self) -> String {
        self.with(|status| status.library.clone())
    }

    #[zbus(property)]
    fn model(&self) -> String {
        self.with(|status| status.model.clone())
    }

    #[zbus(property)]
    fn version(&self) -> String {
        self.with(|status| status.version.clone())
    }

    #[zbus(property)]
    fn licence(&self) -> String {
        self.with(|status| status.licence.clone())
    }

    #[zbus(property)]
    fn description(&self) -> String {
        self.with(|status| status.description.clone())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn port(&self) -> OwnedObjectPath {
        self.port.clone()
    }

    #[zbus(property)]
    fn state(&self) -> &'static str {
        let state = self.with(|status| Some(status.state));
        state.unwrap_or(DriverState::Absent).name()
    }

    #[zbus(property)]
    fn detail(&self) -> String {
        self.with(|status| status.detail.clone())
    }

    #[zbus(property)]
    fn holds_on_link_loss(&self) -> &'static str {
        self.with(|status| status.hold.name())
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn cycles(&self) -> u64 {
        self.with(|status| status.cycles)
    }

    #[zbus(property)]
    fn overruns(&self) -> u64 {
        self.with(|status| status.overruns)
    }

    #[zbus(property)]
    fn faults(&self) -> u64 {
        self.with(|status| status.faults)
    }

    #[zbus(property)]
    fn restarts(&self) -> u64 {
        self.with(|status| status.restarts)
    }

    #[zbus(property)]
    fn signals(&self) -> Vec<Row> {
        self.with(|status| rows(&status.signals))
    }

    #[zbus(property)]
    fn commands(&self) -> Vec<Row> {
        self.with(|status| rows(&status.commands))
    }
}
