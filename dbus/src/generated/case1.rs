// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Case1`, generated from `org.ecmod.Case1.xml`: do not edit.

use zbus::{DeserializeDict, Type};

/// All properties of `org.ecmod.Case1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Case1Properties {
    /// The format of documents that this console writes and reads.
    pub format: u32,
    /// When and by which console the case was exported that was taken up last since the daemon started; empty
    /// if none was.
    pub imported: String,
}

#[zbus::proxy(interface = "org.ecmod.Case1", default_service = "org.ecmod", default_path = "/org/ecmod/case")]
/// The case as a document of text, for another console to go on with: mode, setpoints, limits, class of
/// patients, what was learnt, and for people the zeros, running interventions, alarms and the end of the
/// alarm log. It says nothing of who the patient is.
pub trait Case1 {
    /// The case as it is now. In any state; nothing changes.
    ///
    /// Returns `document`: Lines of text, versioned and checksummed; less than 128 KiB. To be kept byte by
    /// byte.
    ///
    /// # Errors
    /// `org.ecmod.Error.Unavailable`.
    fn export(&self) -> zbus::Result<String>;

    /// Take up the case of another console, whole or not at all. Nothing is started by it: it sets what the
    /// next Start uses. Refused while this console supports, where the pumps differ, and where a setpoint or
    /// a limit is out of this console's ranges; the error names all of it. A document that is damaged or of
    /// another format is an InvalidArgument. Takes the right to change limits, and is written to the alarm
    /// log.
    ///
    /// `document`: What Export of the other console gave.
    ///
    /// Returns `taken`: What was taken up, for people.
    ///
    /// Returns `left`: What was not, and what to do instead, for people: zeros belong to the other console's
    /// transducers, sweep gas would flow at once.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn import(&self, document: &str) -> zbus::Result<(Vec<String>, Vec<String>)>;

    /// The format of documents that this console writes and reads.
    #[zbus(property(emits_changed_signal = "const"))]
    fn format(&self) -> zbus::Result<u32>;

    /// When and by which console the case was exported that was taken up last since the daemon started; empty
    /// if none was.
    #[zbus(property(emits_changed_signal = "false"))]
    fn imported(&self) -> zbus::Result<String>;
}
