// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Alarms1`, generated from `org.ecmod.Alarms1.xml`: do not edit.

use zbus::{DeserializeDict, ObjectPath, OwnedObjectPath, Type};

use crate::LogRecord;

/// All properties of `org.ecmod.Alarms1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Alarms1Properties {
    /// The alarms that are present, the one to deal with first at the beginning: by priority, then a cause
    /// before what follows from it, then the newest.
    pub ranked: Vec<OwnedObjectPath>,
    /// How many further alarms are present that have no object, because there are too many; always those of
    /// the lowest rank.
    pub more: u32,
    /// The highest priority of the alarms that are present, whether acknowledged or not; none when there is
    /// no alarm. One of `none`, `low`, `medium`, `high`.
    pub highest_priority: String,
    /// silent: nothing has to be heard, since no alarm is present or all are acknowledged. sounding: an alarm
    /// is heard. paused: an operator has paused the sound, and nothing new has come since. One of `silent`,
    /// `sounding`, `paused`.
    pub audio_state: String,
    /// When a pause ends, in CLOCK_MONOTONIC of the console; 0 while there is none. Unit: `ns`.
    pub audio_paused_until: u64,
    /// How many alarms of high priority nobody has acknowledged, whether their condition lasts or is gone.
    pub unreviewed_high: u32,
    /// How often an alarm has appeared, come again or risen in priority since the daemon started. A client
    /// that missed the signals sees by it that something was.
    pub announced: u64,
    /// The kinds of alarm that are switched off.
    pub off: Vec<String>,
    /// The kinds of alarm that SetAlarmOff can switch off.
    pub may_be_off: Vec<String>,
    /// Whether a planned transport goes on.
    pub transport: bool,
}

#[zbus::proxy(
    interface = "org.ecmod.Alarms1",
    default_service = "org.ecmod",
    default_path = "/org/ecmod/alarms"
)]
/// All alarms together: which are present and in which order to read them, what sounds, and what an operator
/// does about them. Each alarm that is present is an object of its own with org.ecmod.Alarm1; it comes and
/// goes by InterfacesAdded and InterfacesRemoved. The words are those of IEC 60601-1-8: acknowledging
/// silences one alarm for as long as it lasts, a pause silences all for a time, a new alarm or a higher
/// priority is heard in spite of either, and switching off is for a kind of alarm and stays shown. Nothing
/// here ever changes what the pump does.
pub trait Alarms1 {
    /// Say that one alarm was seen: it is silent as long as it lasts at this priority, and goes on being
    /// shown. A latched one whose condition is gone leaves. Acknowledged already: nothing changes, and it is
    /// no error.
    ///
    /// `alarm`: The object of the alarm. One that is no longer present: Refused.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn acknowledge(&self, alarm: &ObjectPath<'_>) -> zbus::Result<()>;

    /// Acknowledge every alarm that is present when the control loop takes the request. None present: nothing
    /// changes, and it is no error.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn acknowledge_all(&self) -> zbus::Result<()>;

    /// Silence the alarms that are present until AudioPausedUntil. Paused already: the pause begins anew. An
    /// alarm that appears or rises in priority meanwhile is heard.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn pause_audio(&self) -> zbus::Result<()>;

    /// End a pause now. Not paused: nothing changes, and it is no error.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn resume_audio(&self) -> zbus::Result<()>;

    /// Let one latched alarm leave whose condition is gone. Refused while the condition lasts.
    ///
    /// `alarm`: The object of the alarm. One that is no longer present: Refused.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn reset(&self, alarm: &ObjectPath<'_>) -> zbus::Result<()>;

    /// Let every latched alarm leave whose condition is gone. None: nothing changes, and it is no error.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn reset_all(&self) -> zbus::Result<()>;

    /// Switch a kind of alarm off, or on again. It takes the right to change limits. What is off is listed in
    /// Off, so that a screen can show it, and stays off over restarts. What rises to high priority alarms all
    /// the same. Refused for a kind that is not in MayBeOff.
    ///
    /// `id`: The kind, as Id of org.ecmod.Alarm1, for example FLOW_HIGH.
    ///
    /// `off`: true: switch it off. false: switch it on.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn set_alarm_off(&self, id: &str, off: bool) -> zbus::Result<()>;

    /// Say that a planned transport begins or ends. During one, running on the battery is expected, and
    /// MAINS_LOST has low priority; nothing else changes.
    ///
    /// `on`: true: it begins. false: it ends.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn set_transport(&self, on: bool) -> zbus::Result<()>;

    /// Read the alarm log, oldest record first. It is kept through a loss of power; when it is full the
    /// oldest records make room, those of high priority last, and no client can change it. To read all of it,
    /// call again with the number of the last record until none comes.
    ///
    /// `after`: Only records with a number above this; 0 begins with the oldest there is.
    ///
    /// `most`: How many records at most. The console returns no more than 1000 at once, whatever is asked
    /// for.
    ///
    /// Returns `records`: The records. Fields: its number, which grows by one with each record for ever;
    /// when, in ms since 1970-01-01 UTC as far as the console's clock was right; when, in ns of
    /// CLOCK_MONOTONIC; the boot it happened in (the kernel's boot id, since CLOCK_MONOTONIC begins anew with
    /// each); what happened (appeared, changed, gone, acknowledged, reset, off, on, audio_paused,
    /// audio_resumed, limit, preset, transport, intervention, override, self_test, procedure, operator for
    /// what else somebody asked, started, ended, clock_set, storage, lost for records that are missing before
    /// this one; more may be added); the alarm's id, empty where it is about none; its subject, or the limit,
    /// the intervention or whatever else it is about; its priority; the word for its cause; the value that
    /// goes with the cause, in the unit of the subject or limit, empty where there is none; and the rest in
    /// words for people, with who did it where somebody did. Unit: `1 ms ns boot-id event id subject priority
    /// cause value text`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Unavailable`.
    fn log(&self, after: u64, most: u32) -> zbus::Result<Vec<LogRecord>>;

    /// An alarm has become present. Sent for each, also for one that has no place in Ranked.
    ///
    /// `alarm`: Its object; it exists unless the alarm is one of More.
    ///
    /// `id`: Its kind, as Id of org.ecmod.Alarm1.
    ///
    /// `subject`: What it is about, as Subject of org.ecmod.Alarm1.
    ///
    /// `priority`: Its priority. One of `low`, `medium`, `high`.
    ///
    /// `text`: What to do, as Text of org.ecmod.Alarm1.
    #[zbus(signal)]
    fn raised(
        &self,
        alarm: OwnedObjectPath,
        id: String,
        subject: String,
        priority: String,
        text: String,
    ) -> zbus::Result<()>;

    /// The priority or phase of an alarm that is present has changed, it was acknowledged, or its condition
    /// came again. The properties of its object announce the same by PropertiesChanged.
    ///
    /// `alarm`: Its object.
    ///
    /// `priority`: Its priority now. One of `low`, `medium`, `high`.
    ///
    /// `phase`: Its phase now, as Phase of org.ecmod.Alarm1. One of `active`, `latched`.
    ///
    /// `acknowledged`: Whether it is acknowledged now.
    #[zbus(signal)]
    fn changed(
        &self,
        alarm: OwnedObjectPath,
        priority: String,
        phase: String,
        acknowledged: bool,
    ) -> zbus::Result<()>;

    /// An alarm is no longer present, and neither is its object.
    ///
    /// `alarm`: The object it had.
    ///
    /// `id`: Its kind.
    ///
    /// `subject`: What it was about.
    #[zbus(signal)]
    fn gone(&self, alarm: OwnedObjectPath, id: String, subject: String) -> zbus::Result<()>;

    /// The alarms that are present, the one to deal with first at the beginning: by priority, then a cause
    /// before what follows from it, then the newest.
    #[zbus(property)]
    fn ranked(&self) -> zbus::Result<Vec<OwnedObjectPath>>;

    /// How many further alarms are present that have no object, because there are too many; always those of
    /// the lowest rank.
    #[zbus(property)]
    fn more(&self) -> zbus::Result<u32>;

    /// The highest priority of the alarms that are present, whether acknowledged or not; none when there is
    /// no alarm. One of `none`, `low`, `medium`, `high`.
    #[zbus(property)]
    fn highest_priority(&self) -> zbus::Result<String>;

    /// silent: nothing has to be heard, since no alarm is present or all are acknowledged. sounding: an alarm
    /// is heard. paused: an operator has paused the sound, and nothing new has come since. One of `silent`,
    /// `sounding`, `paused`.
    #[zbus(property)]
    fn audio_state(&self) -> zbus::Result<String>;

    /// When a pause ends, in CLOCK_MONOTONIC of the console; 0 while there is none. Unit: `ns`.
    #[zbus(property)]
    fn audio_paused_until(&self) -> zbus::Result<u64>;

    /// How many alarms of high priority nobody has acknowledged, whether their condition lasts or is gone.
    #[zbus(property)]
    fn unreviewed_high(&self) -> zbus::Result<u32>;

    /// How often an alarm has appeared, come again or risen in priority since the daemon started. A client
    /// that missed the signals sees by it that something was.
    #[zbus(property)]
    fn announced(&self) -> zbus::Result<u64>;

    /// The kinds of alarm that are switched off.
    #[zbus(property)]
    fn off(&self) -> zbus::Result<Vec<String>>;

    /// The kinds of alarm that SetAlarmOff can switch off.
    #[zbus(property(emits_changed_signal = "const"))]
    fn may_be_off(&self) -> zbus::Result<Vec<String>>;

    /// Whether a planned transport goes on.
    #[zbus(property)]
    fn transport(&self) -> zbus::Result<bool>;
}
