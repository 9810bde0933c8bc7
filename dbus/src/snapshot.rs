// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looking once: every object with every property, from one call of the standard ObjectManager.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use zbus::{Connection, DeserializeDict, OwnedObjectPath, Type};

use crate::{
    Alarm1Properties, Alarms1Properties, Console1Properties, Driver1Properties, Error,
    Intervention1Properties, Limits1Properties, Port1Properties, Procedure1Properties, Procedures1Properties,
    ROOT, SERVICE, SelfTest1Properties, Signal1Properties,
};

/// What the console is at one moment. The maps' keys are the last elements of the object paths.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The console itself.
    pub console: Console1Properties,
    /// Its signals by name.
    pub signals: BTreeMap<String, Signal1Properties>,
    /// Its drivers by id.
    pub drivers: BTreeMap<String, Driver1Properties>,
    /// Its ports by name.
    pub ports: BTreeMap<String, Port1Properties>,
    /// What concerns all alarms; none on a console of an earlier version, which tells nothing of alarms.
    pub alarms: Option<Alarms1Properties>,
    /// The alarms that are present, by the path of their objects; [`Snapshot::ranked_alarms`] has them in their order.
    pub present_alarms: BTreeMap<String, Alarm1Properties>,
    /// The limits; none on a console of an earlier version.
    pub limits: Option<Limits1Properties>,
    /// The interventions by name.
    pub interventions: BTreeMap<String, Intervention1Properties>,
    /// The self-test; none on a console of an earlier version.
    pub self_test: Option<SelfTest1Properties>,
    /// What concerns all procedures; none on a console of an earlier version.
    pub procedures: Option<Procedures1Properties>,
    /// The procedures by name; [`Snapshot::ordered_procedures`] has them in their order.
    pub procedure: BTreeMap<String, Procedure1Properties>,
}

/// The interfaces of one object that we know; others are passed over.
#[derive(Debug, DeserializeDict, Type)]
#[zbus(signature = "a{sa{sv}}")]
struct Interfaces {
    #[zbus(rename = "org.ecmod.Console1")]
    console: Option<Console1Properties>,
    #[zbus(rename = "org.ecmod.Signal1")]
    signal: Option<Signal1Properties>,
    #[zbus(rename = "org.ecmod.Driver1")]
    driver: Option<Driver1Properties>,
    #[zbus(rename = "org.ecmod.Port1")]
    port: Option<Port1Properties>,
    #[zbus(rename = "org.ecmod.Alarms1")]
    alarms: Option<Alarms1Properties>,
    #[zbus(rename = "org.ecmod.Alarm1")]
    alarm: Option<Alarm1Properties>,
    #[zbus(rename = "org.ecmod.Limits1")]
    limits: Option<Limits1Properties>,
    #[zbus(rename = "org.ecmod.Intervention1")]
    intervention: Option<Intervention1Properties>,
    #[zbus(rename = "org.ecmod.SelfTest1")]
    self_test: Option<SelfTest1Properties>,
    #[zbus(rename = "org.ecmod.Procedures1")]
    procedures: Option<Procedures1Properties>,
    #[zbus(rename = "org.ecmod.Procedure1")]
    procedure: Option<Procedure1Properties>,
}

/// The reply of `GetManagedObjects`.
#[derive(Debug, Deserialize, Type)]
struct ManagedObjects(HashMap<OwnedObjectPath, Interfaces>);

impl Snapshot {
    pub(crate) async fn take(connection: &Connection) -> Result<Self, Error> {
        let manager = Some("org.freedesktop.DBus.ObjectManager");
        let reply = connection.call_method(Some(SERVICE), ROOT, manager, "GetManagedObjects", &()).await?;
        let ManagedObjects(objects) =
            reply.body().deserialize().map_err(|error| Error::Contract(error.to_string()))?;
        Self::from_objects(objects)
    }

    fn from_objects(objects: HashMap<OwnedObjectPath, Interfaces>) -> Result<Self, Error> {
        let mut console = None;
        let mut found = Found::default();
        for (path, interfaces) in objects {
            console = found.take_in(path.as_str(), interfaces).or(console);
        }
        let Found {
            signals,
            drivers,
            ports,
            alarms,
            present_alarms,
            limits,
            interventions,
            self_test,
            procedures,
            procedure,
        } = found;
        match console {
            Some(console) => Ok(Self {
                console,
                signals,
                drivers,
                ports,
                alarms,
                present_alarms,
                limits,
                interventions,
                self_test,
                procedures,
                procedure,
            }),
            None => Err(Error::Missing("an object with the interface org.ecmod.Console1".to_owned())),
        }
    }

    /// The alarms that are present with the path of each, the one to deal with first at the beginning.
    #[must_use]
    pub fn ranked_alarms(&self) -> Vec<(&str, &Alarm1Properties)> {
        let ranked = self.alarms.iter().flat_map(|alarms| &alarms.ranked);
        let known = ranked.filter_map(|path| self.present_alarms.get_key_value(path.as_str()));
        known.map(|(path, alarm)| (path.as_str(), alarm)).collect()
    }

    /// The procedures in their order.
    #[must_use]
    pub fn ordered_procedures(&self) -> Vec<&Procedure1Properties> {
        self.procedures.as_ref().map_or_else(Vec::new, |own| self.procedures_at(&own.all))
    }

    /// Those that run, then those that the present alarms suggest, each in their order.
    #[must_use]
    pub fn urgent_procedures(&self) -> Vec<&Procedure1Properties> {
        let Some(own) = &self.procedures else { return Vec::new() };
        let mut urgent = self.procedures_at(&own.running);
        for procedure in self.procedures_at(&own.suggested) {
            if !urgent.iter().any(|known| known.id == procedure.id) {
                urgent.push(procedure);
            }
        }
        urgent
    }

    fn procedures_at(&self, paths: &[OwnedObjectPath]) -> Vec<&Procedure1Properties> {
        let name = |path: &OwnedObjectPath| path.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        paths.iter().filter_map(|path| self.procedure.get(&name(path))).collect()
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    signals: BTreeMap<String, Signal1Properties>,
    drivers: BTreeMap<String, Driver1Properties>,
    ports: BTreeMap<String, Port1Properties>,
    alarms: Option<Alarms1Properties>,
    present_alarms: BTreeMap<String, Alarm1Properties>,
    limits: Option<Limits1Properties>,
    interventions: BTreeMap<String, Intervention1Properties>,
    self_test: Option<SelfTest1Properties>,
    procedures: Option<Procedures1Properties>,
    procedure: BTreeMap<String, Procedure1Properties>,
}

impl Found {
    /// Takes in what one object has; returns the console's properties if it is the console.
    fn take_in(&mut self, path: &str, interfaces: Interfaces) -> Option<Console1Properties> {
        let name = || path.rsplit('/').next().unwrap_or_default().to_owned();
        self.signals.extend(interfaces.signal.map(|signal| (name(), signal)));
        self.drivers.extend(interfaces.driver.map(|driver| (name(), driver)));
        self.ports.extend(interfaces.port.map(|port| (name(), port)));
        self.present_alarms.extend(interfaces.alarm.map(|alarm| (path.to_owned(), alarm)));
        self.interventions.extend(interfaces.intervention.map(|own| (name(), own)));
        self.alarms = interfaces.alarms.or(self.alarms.take());
        self.limits = interfaces.limits.or(self.limits.take());
        self.self_test = interfaces.self_test.or(self.self_test.take());
        self.procedure.extend(interfaces.procedure.map(|own| (name(), own)));
        self.procedures = interfaces.procedures.or(self.procedures.take());
        interfaces.console
    }
}
