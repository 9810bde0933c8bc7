// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Procedures1`, generated from `org.ecmod.Procedures1.xml`: do not edit.

use zbus::{DeserializeDict, OwnedObjectPath, Type};

/// All properties of `org.ecmod.Procedures1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Procedures1Properties {
    /// All of them, in the order in which they are shown: the built-in ones, then those of the organisation.
    pub all: Vec<OwnedObjectPath>,
    /// Those that somebody has begun and that are not over.
    pub running: Vec<OwnedObjectPath>,
    /// Those that help with alarms that are present, the one for the most important alarm first.
    pub suggested: Vec<OwnedObjectPath>,
    /// Checks that are due: the case began without them, or it is time for them again. Due of the object says
    /// which. The alarm CHECK_DUE reminds of them.
    pub due: Vec<OwnedObjectPath>,
}

#[zbus::proxy(
    interface = "org.ecmod.Procedures1",
    default_service = "org.ecmod",
    default_path = "/org/ecmod/procedures"
)]
/// The guided procedures and checklists of the console: which there are, which run, which the present alarms
/// suggest, which are due. Each is an object of its own with org.ecmod.Procedure1. They remind, time and
/// record; they keep nothing from working and command nothing.
pub trait Procedures1 {
    /// All of them, in the order in which they are shown: the built-in ones, then those of the organisation.
    #[zbus(property(emits_changed_signal = "const"))]
    fn all(&self) -> zbus::Result<Vec<OwnedObjectPath>>;

    /// Those that somebody has begun and that are not over.
    #[zbus(property)]
    fn running(&self) -> zbus::Result<Vec<OwnedObjectPath>>;

    /// Those that help with alarms that are present, the one for the most important alarm first.
    #[zbus(property)]
    fn suggested(&self) -> zbus::Result<Vec<OwnedObjectPath>>;

    /// Checks that are due: the case began without them, or it is time for them again. Due of the object says
    /// which. The alarm CHECK_DUE reminds of them.
    #[zbus(property)]
    fn due(&self) -> zbus::Result<Vec<OwnedObjectPath>>;
}
