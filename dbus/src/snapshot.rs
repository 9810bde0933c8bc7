// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looking once: every object with every property, from one call of the standard ObjectManager.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use zbus::{Connection, DeserializeDict, OwnedObjectPath, Type};

use crate::{
    Console1Properties, Driver1Properties, Error, Port1Properties, ROOT, SERVICE, Signal1Properties,
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
        let mut signals = BTreeMap::new();
        let mut drivers = BTreeMap::new();
        let mut ports = BTreeMap::new();
        for (path, interfaces) in objects {
            let name = path.as_str().rsplit('/').next().unwrap_or_default().to_owned();
            console = interfaces.console.or(console);
            signals.extend(interfaces.signal.map(|signal| (name.clone(), signal)));
            drivers.extend(interfaces.driver.map(|driver| (name.clone(), driver)));
            ports.extend(interfaces.port.map(|port| (name, port)));
        }
        match console {
            Some(console) => Ok(Self { console, signals, drivers, ports }),
            None => Err(Error::Missing("an object with the interface org.ecmod.Console1".to_owned())),
        }
    }
}
