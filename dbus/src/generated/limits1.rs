// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Limits1`, generated from `org.ecmod.Limits1.xml`: do not edit.

use zbus::{DeserializeDict, Type};

use crate::Limit;

/// All properties of `org.ecmod.Limits1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Limits1Properties {
    /// Every limit, in the order in which people expect them: its name; its value, empty when the
    /// configuration has switched it off; the value that the preset of PatientClass has, empty likewise; its
    /// unit as people write it, empty where there is none; the lowest and highest value that Set takes; the
    /// step in which a screen should change it; and what it limits, for people. Unit: `name unit-of-field-4
    /// unit-of-field-4 unit unit-of-field-4 unit-of-field-4 unit-of-field-4 text`.
    pub limits: Vec<Limit>,
    /// The class of patients whose preset was applied last. One of `adult`, `paediatric`, `neonate`.
    pub patient_class: String,
}

#[zbus::proxy(
    interface = "org.ecmod.Limits1",
    default_service = "org.ecmod",
    default_path = "/org/ecmod/limits"
)]
/// The limits at which alarms are raised and at which the control loop regulates a pressure; there is one
/// value for both. They are kept through a loss of power. Changing one takes the right to change limits,
/// which is more than the right to operate, and each change is written to the alarm log with who made it.
pub trait Limits1 {
    /// Change one limit. Refused outside its range, and where it would contradict another one, for example a
    /// low limit above the high one.
    ///
    /// `limit`: Its name, as in Limits.
    ///
    /// `value`: The new value. Not finite: InvalidArgument. Outside the range: Refused. Unit:
    /// `unit-in-Limits`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn set(&self, limit: &str, value: f64) -> zbus::Result<()>;

    /// Set every limit to what the responsible organisation has set for this class of patients, or the
    /// manufacturer where it has not.
    ///
    /// `patient_class`: The class of patients. One of `adult`, `paediatric`, `neonate`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn apply_preset(&self, patient_class: &str) -> zbus::Result<()>;

    /// Every limit, in the order in which people expect them: its name; its value, empty when the
    /// configuration has switched it off; the value that the preset of PatientClass has, empty likewise; its
    /// unit as people write it, empty where there is none; the lowest and highest value that Set takes; the
    /// step in which a screen should change it; and what it limits, for people. Unit: `name unit-of-field-4
    /// unit-of-field-4 unit unit-of-field-4 unit-of-field-4 unit-of-field-4 text`.
    #[zbus(property)]
    fn limits(&self) -> zbus::Result<Vec<Limit>>;

    /// The class of patients whose preset was applied last. One of `adult`, `paediatric`, `neonate`.
    #[zbus(property)]
    fn patient_class(&self) -> zbus::Result<String>;
}
