// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Signal1`, generated from `org.ecmod.Signal1.xml`: do not edit.

use zbus::{DeserializeDict, Type};

use crate::{Maybe, Reading};

/// All properties of `org.ecmod.Signal1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Signal1Properties {
    /// The role of the signal, which is the last element of the object path. Roles that the control loop
    /// knows: blood_flow, pump_speed, venous_pressure, pre_membrane_pressure, arterial_pressure,
    /// sweep_gas_flow, venous_temperature, arterial_temperature. The configuration may add others.
    pub name: String,
    /// Name for people, as the configuration gives it.
    pub label: String,
    /// What is measured; it fixes the unit. One of `blood_flow`, `pressure`, `speed`, `temperature`,
    /// `fraction`, `gas_flow`, `current`, `voltage`, `state`, `code`, `count`, `duration`, `gas_pressure`,
    /// `torque`, `concentration`, `ph`.
    pub quantity: String,
    /// Unit of the value as people write it; empty where there is none. One of `L/min`, `mmHg`, `rpm`,
    /// `degC`, `%`, `A`, `V`, `s`, `bar`, `g/dL`, `pH`.
    pub unit: String,
    /// Unit of the value as a code of the Unified Code for Units of Measure (ucum.org), for example mm\[Hg\].
    pub ucum: String,
    /// Lowest plausible value; below it a reading is bad with cause out_of_range. Unit: `Unit`.
    pub minimum: f64,
    /// Highest plausible value; above it a reading is bad with cause out_of_range. Unit: `Unit`.
    pub maximum: f64,
    /// The sources in the order of preference, each as driver.signal.
    pub sources: Vec<String>,
    /// The source the reading comes from now; empty while there is none.
    pub active_source: String,
    /// What the preferred one of its zeroed sources delivers at zero, and what is therefore taken off its
    /// samples; empty while none was zeroed. Unit: `Unit`.
    pub zero_offset: Maybe,
    /// When that was, since 1970-01-01 UTC; 0 while no source was zeroed. Unit: `s`.
    pub zeroed_at: u64,
    /// The newest reading, for a client that looks once. Never announces a change: follow Frame instead.
    pub reading: Reading,
}

#[zbus::proxy(interface = "org.ecmod.Signal1", default_service = "org.ecmod")]
/// One signal of the console, such as blood_flow: what it is, and which of its sources it comes from. A
/// source is one signal of one driver. Follow its readings by the signal Frame of org.ecmod.Console1.
pub trait Signal1 {
    /// Take what the transducers of this pressure deliver now as their zero; they have to be open to air.
    /// Answers when it is decided, after about one second in which the samples are taken. Refused, and
    /// nothing changed, when the signal is no pressure, another one is being zeroed, the samples are too
    /// noisy, their mean is too far from zero, or there are too few good ones. A zero is kept over restarts.
    ///
    /// Returns `offset`: The new ZeroOffset. Unit: `mmHg`.
    ///
    /// Returns `noise`: Standard deviation of the samples it was taken from. Unit: `mmHg`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn zero(&self) -> zbus::Result<(f64, f64)>;

    /// The role of the signal, which is the last element of the object path. Roles that the control loop
    /// knows: blood_flow, pump_speed, venous_pressure, pre_membrane_pressure, arterial_pressure,
    /// sweep_gas_flow, venous_temperature, arterial_temperature. The configuration may add others.
    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> zbus::Result<String>;

    /// Name for people, as the configuration gives it.
    #[zbus(property(emits_changed_signal = "const"))]
    fn label(&self) -> zbus::Result<String>;

    /// What is measured; it fixes the unit. One of `blood_flow`, `pressure`, `speed`, `temperature`,
    /// `fraction`, `gas_flow`, `current`, `voltage`, `state`, `code`, `count`, `duration`, `gas_pressure`,
    /// `torque`, `concentration`, `ph`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn quantity(&self) -> zbus::Result<String>;

    /// Unit of the value as people write it; empty where there is none. One of `L/min`, `mmHg`, `rpm`,
    /// `degC`, `%`, `A`, `V`, `s`, `bar`, `g/dL`, `pH`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn unit(&self) -> zbus::Result<String>;

    /// Unit of the value as a code of the Unified Code for Units of Measure (ucum.org), for example mm\[Hg\].
    #[zbus(property(emits_changed_signal = "const"))]
    fn ucum(&self) -> zbus::Result<String>;

    /// Lowest plausible value; below it a reading is bad with cause out_of_range. Unit: `Unit`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn minimum(&self) -> zbus::Result<f64>;

    /// Highest plausible value; above it a reading is bad with cause out_of_range. Unit: `Unit`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn maximum(&self) -> zbus::Result<f64>;

    /// The sources in the order of preference, each as driver.signal.
    #[zbus(property(emits_changed_signal = "const"))]
    fn sources(&self) -> zbus::Result<Vec<String>>;

    /// The source the reading comes from now; empty while there is none.
    #[zbus(property)]
    fn active_source(&self) -> zbus::Result<String>;

    /// What the preferred one of its zeroed sources delivers at zero, and what is therefore taken off its
    /// samples; empty while none was zeroed. Unit: `Unit`.
    #[zbus(property)]
    fn zero_offset(&self) -> zbus::Result<Maybe>;

    /// When that was, since 1970-01-01 UTC; 0 while no source was zeroed. Unit: `s`.
    #[zbus(property)]
    fn zeroed_at(&self) -> zbus::Result<u64>;

    /// The newest reading, for a client that looks once. Never announces a change: follow Frame instead.
    #[zbus(property(emits_changed_signal = "false"))]
    fn reading(&self) -> zbus::Result<Reading>;
}
