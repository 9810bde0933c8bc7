// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Alarm1`, generated from `org.ecmod.Alarm1.xml`: do not edit.

use zbus::{DeserializeDict, Type};

use crate::Maybe;

/// All properties of `org.ecmod.Alarm1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Alarm1Properties {
    /// Its kind, as the catalogue of alarms names it, for example PUMP_STOP.
    pub id: String,
    /// Which one of several it is about: the name of a signal, driver, port, clamp or intervention, as
    /// SubjectKind says; empty for an alarm of the console as a whole.
    pub subject: String,
    /// What Subject names. One of `none`, `signal`, `driver`, `port`, `clamp`, `intervention`.
    pub subject_kind: String,
    /// How soon somebody has to act. It may rise and fall while the alarm is present, with the mode and with
    /// the limit that is passed. One of `low`, `medium`, `high`.
    pub priority: String,
    /// active: the condition lasts. latched: the condition is gone, and the alarm stays until somebody has
    /// acknowledged or reset it. One of `active`, `latched`.
    pub phase: String,
    /// Whether somebody has said to have seen it, at the priority it has.
    pub acknowledged: bool,
    /// Whether it is silent because of a pause; it ends at AudioPausedUntil of org.ecmod.Alarms1.
    pub audio_paused: bool,
    /// When it was announced, in CLOCK_MONOTONIC of the console; of several times the last. Unit: `ns`.
    pub since: u64,
    /// How often its condition has come since the alarm became present: one cause that comes and goes is one
    /// alarm that counts.
    pub occurrences: u32,
    /// What the operator should do, in one or two sentences.
    pub text: String,
    /// The condition in words, as the catalogue has it.
    pub condition: String,
    /// Why it is present, as a word; the words of a kind stand in the catalogue.
    pub cause: String,
    /// The same for people, with the value that passed a limit where there is one.
    pub cause_text: String,
    /// The value when the alarm was announced or its priority last changed; empty where the cause has none.
    /// Unit: `CauseUnit`.
    pub cause_value: Maybe,
    /// Unit of CauseValue as people write it; empty where there is none.
    pub cause_unit: String,
    /// The kind of another alarm that is present and probably the cause of this one, so that it should be
    /// dealt with first; empty when none is known.
    pub caused_by: String,
    /// The guided procedure that helps: the id of an org.ecmod.Procedure1; empty where there is none.
    pub procedure: String,
    /// Whether an alarm of this kind stays when its condition is gone, until somebody has acknowledged or
    /// reset it.
    pub latching: bool,
}

#[zbus::proxy(interface = "org.ecmod.Alarm1", default_service = "org.ecmod")]
/// One alarm that is present: of which kind, about what, how urgent, why, and what to do. The object comes
/// when the alarm is announced, that is after the delay of its condition, and leaves with it. One whose
/// condition is gone stays when it is latched, and when its priority was high and nobody has acknowledged it.
/// What there is to do about it is done by org.ecmod.Alarms1.
pub trait Alarm1 {
    /// Its kind, as the catalogue of alarms names it, for example PUMP_STOP.
    #[zbus(property(emits_changed_signal = "const"))]
    fn id(&self) -> zbus::Result<String>;

    /// Which one of several it is about: the name of a signal, driver, port, clamp or intervention, as
    /// SubjectKind says; empty for an alarm of the console as a whole.
    #[zbus(property(emits_changed_signal = "const"))]
    fn subject(&self) -> zbus::Result<String>;

    /// What Subject names. One of `none`, `signal`, `driver`, `port`, `clamp`, `intervention`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn subject_kind(&self) -> zbus::Result<String>;

    /// How soon somebody has to act. It may rise and fall while the alarm is present, with the mode and with
    /// the limit that is passed. One of `low`, `medium`, `high`.
    #[zbus(property)]
    fn priority(&self) -> zbus::Result<String>;

    /// active: the condition lasts. latched: the condition is gone, and the alarm stays until somebody has
    /// acknowledged or reset it. One of `active`, `latched`.
    #[zbus(property)]
    fn phase(&self) -> zbus::Result<String>;

    /// Whether somebody has said to have seen it, at the priority it has.
    #[zbus(property)]
    fn acknowledged(&self) -> zbus::Result<bool>;

    /// Whether it is silent because of a pause; it ends at AudioPausedUntil of org.ecmod.Alarms1.
    #[zbus(property)]
    fn audio_paused(&self) -> zbus::Result<bool>;

    /// When it was announced, in CLOCK_MONOTONIC of the console; of several times the last. Unit: `ns`.
    #[zbus(property)]
    fn since(&self) -> zbus::Result<u64>;

    /// How often its condition has come since the alarm became present: one cause that comes and goes is one
    /// alarm that counts.
    #[zbus(property)]
    fn occurrences(&self) -> zbus::Result<u32>;

    /// What the operator should do, in one or two sentences.
    #[zbus(property)]
    fn text(&self) -> zbus::Result<String>;

    /// The condition in words, as the catalogue has it.
    #[zbus(property(emits_changed_signal = "const"))]
    fn condition(&self) -> zbus::Result<String>;

    /// Why it is present, as a word; the words of a kind stand in the catalogue.
    #[zbus(property)]
    fn cause(&self) -> zbus::Result<String>;

    /// The same for people, with the value that passed a limit where there is one.
    #[zbus(property)]
    fn cause_text(&self) -> zbus::Result<String>;

    /// The value when the alarm was announced or its priority last changed; empty where the cause has none.
    /// Unit: `CauseUnit`.
    #[zbus(property)]
    fn cause_value(&self) -> zbus::Result<Maybe>;

    /// Unit of CauseValue as people write it; empty where there is none.
    #[zbus(property)]
    fn cause_unit(&self) -> zbus::Result<String>;

    /// The kind of another alarm that is present and probably the cause of this one, so that it should be
    /// dealt with first; empty when none is known.
    #[zbus(property)]
    fn caused_by(&self) -> zbus::Result<String>;

    /// The guided procedure that helps: the id of an org.ecmod.Procedure1; empty where there is none.
    #[zbus(property(emits_changed_signal = "const"))]
    fn procedure(&self) -> zbus::Result<String>;

    /// Whether an alarm of this kind stays when its condition is gone, until somebody has acknowledged or
    /// reset it.
    #[zbus(property(emits_changed_signal = "const"))]
    fn latching(&self) -> zbus::Result<bool>;
}
