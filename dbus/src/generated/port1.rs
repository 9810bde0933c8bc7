// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Port1`, generated from `org.ecmod.Port1.xml`: do not edit.

use std::collections::BTreeMap;

use zbus::{DeserializeDict, Type};

/// All properties of `org.ecmod.Port1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Port1Properties {
    /// Name of the port, which is the last element of the object path.
    pub name: String,
    /// What kind of bus it is. One of `modbus-rtu`, `modbus-tcp`, `serial`.
    pub kind: String,
    /// The device node or network address; of a port that is GPIO lines alone, their chips.
    pub device: String,
    /// waiting: its host has never connected since the daemon started. connected: the host is there and
    /// moves. lost: it was there and is gone or does not move. One of `waiting`, `connected`, `lost`.
    pub state: String,
    /// Process number of the connected host; 0 when there is none.
    pub pid: u32,
    /// How often a host has connected since the daemon started.
    pub connections: u64,
    /// What happened on the bus since the host started, by name, for example requests, timeouts, crc_errors.
    /// Refreshed about once a second.
    pub counters: BTreeMap<String, u64>,
    /// The same counters by device, for example by Modbus unit.
    pub device_counters: BTreeMap<String, BTreeMap<String, u64>>,
}

#[zbus::proxy(interface = "org.ecmod.Port1", default_service = "org.ecmod")]
/// One port: a bus that devices are on, and the host process that owns it.
pub trait Port1 {
    /// Name of the port, which is the last element of the object path.
    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> zbus::Result<String>;

    /// What kind of bus it is. One of `modbus-rtu`, `modbus-tcp`, `serial`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn kind(&self) -> zbus::Result<String>;

    /// The device node or network address; of a port that is GPIO lines alone, their chips.
    #[zbus(property(emits_changed_signal = "const"))]
    fn device(&self) -> zbus::Result<String>;

    /// waiting: its host has never connected since the daemon started. connected: the host is there and
    /// moves. lost: it was there and is gone or does not move. One of `waiting`, `connected`, `lost`.
    #[zbus(property)]
    fn state(&self) -> zbus::Result<String>;

    /// Process number of the connected host; 0 when there is none.
    #[zbus(property)]
    fn pid(&self) -> zbus::Result<u32>;

    /// How often a host has connected since the daemon started.
    #[zbus(property)]
    fn connections(&self) -> zbus::Result<u64>;

    /// What happened on the bus since the host started, by name, for example requests, timeouts, crc_errors.
    /// Refreshed about once a second.
    #[zbus(property(emits_changed_signal = "false"))]
    fn counters(&self) -> zbus::Result<BTreeMap<String, u64>>;

    /// The same counters by device, for example by Modbus unit.
    #[zbus(property(emits_changed_signal = "false"))]
    fn device_counters(&self) -> zbus::Result<BTreeMap<String, BTreeMap<String, u64>>>;
}
