// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's signals, drivers and ports: the contract's members over the invented state.

use std::collections::BTreeMap;

use zbus::OwnedObjectPath;

use super::console::{Fault, change};
use super::{Shared, lock, model};
use crate::{Maybe, ROOT, Reading, TableEntry};

pub(super) struct Signal {
    pub(super) name: &'static str,
    pub(super) model: Shared,
}

impl Signal {
    fn look<T: Default>(&self, look: impl FnOnce(&model::MockSignal) -> T) -> T {
        lock(&self.model).signals.get(self.name).map(look).unwrap_or_default()
    }
}

#[zbus::interface(name = "org.ecmod.Signal1")]
impl Signal {
    #[zbus(out_args("offset", "noise"))]
    fn zero(&self) -> Result<(f64, f64), Fault> {
        change(&self.model, |model| {
            let monotonic = model.monotonic;
            let refused =
                |sentence: &str, code: &str| Fault::Refused(format!("{sentence} [ecmod.refused.{code}]"));
            let Some(signal) = model.signals.get_mut(self.name) else {
                return Err(refused("There is no such signal.", "no_such_signal"));
            };
            if signal.quantity != "pressure" {
                return Err(refused("Only a pressure can be zeroed.", "not_a_pressure"));
            }
            signal.zero = Some((1.5, monotonic / 1_000_000_000));
            Ok((1.5, 0.25))
        })
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> &str {
        self.name
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn label(&self) -> &str {
        self.look(|signal| signal.label)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn quantity(&self) -> &str {
        self.look(|signal| signal.quantity)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn unit(&self) -> &str {
        self.look(|signal| signal.unit)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn ucum(&self) -> &str {
        self.look(|signal| signal.ucum)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn minimum(&self) -> f64 {
        self.look(|signal| signal.range.0)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn maximum(&self) -> f64 {
        self.look(|signal| signal.range.1)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn sources(&self) -> Vec<&str> {
        vec![self.look(|signal| signal.source)]
    }
    #[zbus(property)]
    fn active_source(&self) -> &str {
        self.look(|signal| signal.source)
    }
    #[zbus(property)]
    fn zero_offset(&self) -> Maybe {
        Maybe(
            lock(&self.model).signals.get(self.name).and_then(|signal| signal.zero).map(|(offset, _)| offset),
        )
    }
    #[zbus(property)]
    fn zeroed_at(&self) -> u64 {
        self.look(|signal| signal.zero.map_or(0, |(_, at)| at))
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn reading(&self) -> Reading {
        lock(&self.model).reading(self.name)
    }
}

pub(super) struct Driver {
    pub(super) driver: &'static str,
    pub(super) port: &'static str,
    pub(super) model: Shared,
}

impl Driver {
    /// Name and description of the signals that come from this driver.
    fn own(&self) -> Vec<(&'static str, model::MockSignal)> {
        let model = lock(&self.model);
        let own = model.signals.values().filter_map(|signal| {
            let (driver, name) = signal.source.split_once('.')?;
            (driver == self.driver).then(|| (name, signal.clone()))
        });
        own.collect()
    }
}

#[zbus::interface(name = "org.ecmod.Driver1")]
impl Driver {
    #[zbus(out_args("readings"))]
    fn read_all(&self) -> BTreeMap<String, Reading> {
        let model = lock(&self.model);
        let own = model.signals.iter().filter_map(|(role, signal)| {
            let (driver, name) = signal.source.split_once('.')?;
            (driver == self.driver).then(|| (name.to_owned(), model.reading(role)))
        });
        own.collect()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn id(&self) -> &str {
        self.driver
    }
    #[zbus(property)]
    fn library(&self) -> String {
        format!("/usr/lib/ecmod/drivers/libecmod_driver_{}.so", self.driver)
    }
    #[zbus(property)]
    fn model(&self) -> String {
        format!("example,{}", self.driver)
    }
    #[zbus(property)]
    fn version(&self) -> &str {
        "0.0.0"
    }
    #[zbus(property)]
    fn licence(&self) -> &str {
        "MIT OR Apache-2.0"
    }
    #[zbus(property)]
    fn description(&self) -> &str {
        "An invented device"
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn port(&self) -> zbus::fdo::Result<OwnedObjectPath> {
        Ok(OwnedObjectPath::try_from(format!("{ROOT}/ports/{}", self.port))?)
    }
    #[zbus(property)]
    fn state(&self) -> &str {
        if self.driver == "gas" { "fault" } else { "running" }
    }
    #[zbus(property)]
    fn detail(&self) -> &str {
        if self.driver == "gas" { "no answer from unit 3; next try in 2 s" } else { "" }
    }
    #[zbus(property)]
    fn holds_on_link_loss(&self) -> &str {
        if self.driver == "pump" { "unverified" } else { "not_applicable" }
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn cycles(&self) -> u64 {
        lock(&self.model).sequence.saturating_mul(10)
    }
    #[zbus(property)]
    fn overruns(&self) -> u64 {
        0
    }
    #[zbus(property)]
    fn faults(&self) -> u64 {
        u64::from(self.driver == "gas")
    }
    #[zbus(property)]
    fn restarts(&self) -> u64 {
        u64::from(self.driver == "gas")
    }
    #[zbus(property)]
    fn signals(&self) -> Vec<TableEntry> {
        let entry = |(name, signal): (&str, model::MockSignal)| TableEntry {
            name: name.to_owned(),
            quantity: signal.quantity.to_owned(),
            unit: signal.unit.to_owned(),
            minimum: signal.range.0,
            maximum: signal.range.1,
        };
        self.own().into_iter().map(entry).collect()
    }
    #[zbus(property)]
    fn commands(&self) -> Vec<TableEntry> {
        let speed = TableEntry {
            name: "speed".to_owned(),
            quantity: "speed".to_owned(),
            unit: "rpm".to_owned(),
            minimum: model::SPEED_RANGE.0,
            maximum: model::SPEED_RANGE.1,
        };
        if self.driver == "pump" { vec![speed] } else { Vec::new() }
    }
}

pub(super) struct Port {
    pub(super) port: &'static str,
    pub(super) kind: &'static str,
    pub(super) device: &'static str,
}

#[zbus::interface(name = "org.ecmod.Port1")]
impl Port {
    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> &str {
        self.port
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn kind(&self) -> &str {
        self.kind
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn device(&self) -> &str {
        self.device
    }
    #[zbus(property)]
    fn state(&self) -> &str {
        "connected"
    }
    #[zbus(property)]
    fn pid(&self) -> u32 {
        4711
    }
    #[zbus(property)]
    fn connections(&self) -> u64 {
        1
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn counters(&self) -> BTreeMap<&str, u64> {
        BTreeMap::from([("requests", 12_345), ("timeouts", 2), ("crc_errors", 0)])
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn device_counters(&self) -> BTreeMap<&str, BTreeMap<&str, u64>> {
        BTreeMap::from([("1", BTreeMap::from([("requests", 12_345), ("timeouts", 2)]))])
    }
}
