// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Driver1`, generated from `org.ecmod.Driver1.xml`: do not edit.

use std::collections::BTreeMap;

use zbus::{DeserializeDict, OwnedObjectPath, Type};

use crate::{Reading, TableEntry};

/// All properties of `org.ecmod.Driver1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Driver1Properties {
    /// Name of the instance, which is the last element of the object path.
    pub id: String,
    /// The library: the path that was loaded, or the configured name before.
    pub library: String,
    /// What the driver is for, as vendor,model.
    pub model: String,
    /// Version of the driver.
    pub version: String,
    /// Licence of the driver, as an SPDX expression.
    pub licence: String,
    /// One line about the device.
    pub description: String,
    /// The port it is on, an object with org.ecmod.Port1.
    pub port: OwnedObjectPath,
    /// absent: its host is not connected, or the library could not be loaded. opening: it looks for its
    /// device. running: it delivers. fault: it failed and is tried again; see Detail. One of `absent`,
    /// `opening`, `running`, `fault`.
    pub state: String,
    /// Why it is in this state, for people; empty when there is nothing to say.
    pub detail: String,
    /// Whether the device goes on with its last command when nobody talks to it: not_applicable (it takes no
    /// commands), no, unverified (it should, nobody has tried), verified. One of `not_applicable`, `no`,
    /// `unverified`, `verified`.
    pub holds_on_link_loss: String,
    /// How often it was called since its host connected.
    pub cycles: u64,
    /// How often a call took longer than its budget.
    pub overruns: u64,
    /// How often a call failed.
    pub faults: u64,
    /// How often the instance was opened anew after a fault.
    pub restarts: u64,
    /// What it measures: name, quantity, unit, lowest and highest value in that unit. Unit: `name quantity
    /// unit unit-of-field-3 unit-of-field-3`.
    pub signals: Vec<TableEntry>,
    /// What it can be told: name, quantity, unit, lowest and highest value in that unit. Unit: `name quantity
    /// unit unit-of-field-3 unit-of-field-3`.
    pub commands: Vec<TableEntry>,
}

#[zbus::proxy(interface = "org.ecmod.Driver1", default_service = "org.ecmod")]
/// One driver instance, as the configuration names it, and how it fares in the process that owns its port.
/// What a driver says of itself (Model to Commands) is empty until that process has connected.
pub trait Driver1 {
    /// The newest samples of all signals of this driver as it delivered them: before calibration, filter and
    /// choice among sources. Without a connected host each is bad with cause host_lost or no_data.
    ///
    /// Returns `readings`: The reading of every signal by the driver's own name for it, units as in Signals.
    ///
    /// # Errors
    /// `org.ecmod.Error.Unavailable`.
    fn read_all(&self) -> zbus::Result<BTreeMap<String, Reading>>;

    /// Name of the instance, which is the last element of the object path.
    #[zbus(property(emits_changed_signal = "const"))]
    fn id(&self) -> zbus::Result<String>;

    /// The library: the path that was loaded, or the configured name before.
    #[zbus(property)]
    fn library(&self) -> zbus::Result<String>;

    /// What the driver is for, as vendor,model.
    #[zbus(property)]
    fn model(&self) -> zbus::Result<String>;

    /// Version of the driver.
    #[zbus(property)]
    fn version(&self) -> zbus::Result<String>;

    /// Licence of the driver, as an SPDX expression.
    #[zbus(property)]
    fn licence(&self) -> zbus::Result<String>;

    /// One line about the device.
    #[zbus(property)]
    fn description(&self) -> zbus::Result<String>;

    /// The port it is on, an object with org.ecmod.Port1.
    #[zbus(property(emits_changed_signal = "const"))]
    fn port(&self) -> zbus::Result<OwnedObjectPath>;

    /// absent: its host is not connected, or the library could not be loaded. opening: it looks for its
    /// device. running: it delivers. fault: it failed and is tried again; see Detail. One of `absent`,
    /// `opening`, `running`, `fault`.
    #[zbus(property)]
    fn state(&self) -> zbus::Result<String>;

    /// Why it is in this state, for people; empty when there is nothing to say.
    #[zbus(property)]
    fn detail(&self) -> zbus::Result<String>;

    /// Whether the device goes on with its last command when nobody talks to it: not_applicable (it takes no
    /// commands), no, unverified (it should, nobody has tried), verified. One of `not_applicable`, `no`,
    /// `unverified`, `verified`.
    #[zbus(property)]
    fn holds_on_link_loss(&self) -> zbus::Result<String>;

    /// How often it was called since its host connected.
    #[zbus(property(emits_changed_signal = "false"))]
    fn cycles(&self) -> zbus::Result<u64>;

    /// How often a call took longer than its budget.
    #[zbus(property)]
    fn overruns(&self) -> zbus::Result<u64>;

    /// How often a call failed.
    #[zbus(property)]
    fn faults(&self) -> zbus::Result<u64>;

    /// How often the instance was opened anew after a fault.
    #[zbus(property)]
    fn restarts(&self) -> zbus::Result<u64>;

    /// What it measures: name, quantity, unit, lowest and highest value in that unit. Unit: `name quantity
    /// unit unit-of-field-3 unit-of-field-3`.
    #[zbus(property)]
    fn signals(&self) -> zbus::Result<Vec<TableEntry>>;

    /// What it can be told: name, quantity, unit, lowest and highest value in that unit. Unit: `name quantity
    /// unit unit-of-field-3 unit-of-field-3`.
    #[zbus(property)]
    fn commands(&self) -> zbus::Result<Vec<TableEntry>>;
}
