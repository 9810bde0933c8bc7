// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Alarms1`: all alarms together. Documented in `dbus/org.ecmod.Alarms1.xml`.

use ecmod_control::{Alarm, AlarmKind, Annunciation, AudioState, CATALOGUE, Outputs, Request};
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, ObjectPath, OwnedObjectPath, Variant, interface};

use super::access::Access;
use super::alarm;
use super::authorise::Class;
use super::error::Error;
use super::log::{self, Row};
use crate::plan::Plan;

/// The object at `/org/ecmod/alarms`.
pub struct Alarms {
    /// What is known, and who may change it.
    pub access: Access,
}

/// The most records that are returned at once.
const MOST_RECORDS: u32 = 1000;

/// The properties that announce their changes, by name.
#[must_use]
pub fn announced(plan: &Plan, outputs: &Outputs) -> Vec<(&'static str, Variant<'static>)> {
    let alarms = &outputs.alarms;
    vec![
        ("Ranked", ranked(plan, outputs).into()),
        ("More", u32::from(alarms.more).into()),
        ("HighestPriority", highest(outputs).into()),
        ("AudioState", audio(outputs).into()),
        ("AudioPausedUntil", paused_until(outputs).into()),
        ("UnreviewedHigh", u32::from(alarms.unreviewed_high).into()),
        ("Announced", alarms.announced.into()),
        ("Off", off(outputs).into()),
        ("Transport", alarms.transport.into()),
    ]
}

fn ranked(plan: &Plan, outputs: &Outputs) -> Vec<OwnedObjectPath> {
    outputs.alarms.iter().filter_map(|status| alarm::path(plan, status.alarm)).collect()
}

fn highest(outputs: &Outputs) -> &'static str {
    outputs.alarms.highest().map_or("none", |priority| priority.name())
}

/// What is heard counts before what was asked for: a new alarm is heard in spite of a pause.
const fn audio(outputs: &Outputs) -> &'static str {
    match (outputs.alarm_sound, outputs.alarms.audio) {
        (Annunciation::Low | Annunciation::Medium | Annunciation::High, _) => "sounding",
        (Annunciation::None, AudioState::Paused { .. }) => "paused",
        (Annunciation::None, AudioState::On) => "silent",
    }
}

const fn paused_until(outputs: &Outputs) -> u64 {
    match outputs.alarms.audio {
        AudioState::Paused { until } => until.0,
        AudioState::On => 0,
    }
}

fn off(outputs: &Outputs) -> Vec<&'static str> {
    let kinds = AlarmKind::ALL.into_iter().filter(|kind| outputs.alarms.off.has(*kind));
    kinds.map(AlarmKind::id).collect()
}

impl Alarms {
    /// The alarm that has this path. One that is not present is refused, what can be no alarm's path is a wrong argument.
    fn find(&self, path: &ObjectPath<'_>) -> Result<Alarm, Error> {
        let shared = &self.access.shared;
        let outputs = shared.latest().outputs;
        let mut present = outputs.alarms.iter().map(|status| status.alarm);
        let has_path = |alarm: &Alarm| {
            alarm::path(&shared.plan, *alarm).is_some_and(|candidate| candidate.as_str() == path.as_str())
        };
        if let Some(alarm) = present.find(has_path) {
            return Ok(alarm);
        }
        let id = path.as_str().strip_prefix("/org/ecmod/alarms/").and_then(|rest| rest.split('/').next());
        match id.and_then(AlarmKind::from_id) {
            Some(kind) => Err(ecmod_control::Refusal::NoSuchAlarm(Alarm::of(kind)).into()),
            None => Err(Error::InvalidArgument(format!("{path} is not the object of an alarm"))),
        }
    }

    async fn operate(
        &self,
        request: Request,
        connection: &Connection,
        header: &Header<'_>,
    ) -> Result<(), Error> {
        self.access.change(Class::Operate, request, connection, header).await.map(|_| ())
    }

    /// The request for the alarm that has this object. Whoever may not ask is not told either which alarms there are.
    async fn operate_one(
        &self,
        path: &ObjectPath<'_>,
        request: fn(Option<Alarm>) -> Request,
        connection: &Connection,
        header: &Header<'_>,
    ) -> Result<(), Error> {
        self.access.check(Class::Operate, connection, header).await?;
        self.operate(request(Some(self.find(path)?)), connection, header).await
    }
}

#[interface(name = "org.ecmod.Alarms1", introspection_docs = false)]
impl Alarms {
    async fn acknowledge(
        &self,
        alarm: ObjectPath<'_>,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.operate_one(&alarm, Request::Acknowledge, connection, &header).await
    }

    async fn acknowledge_all(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.operate(Request::Acknowledge(None), connection, &header).await
    }

    async fn pause_audio(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.operate(Request::PauseAudio(true), connection, &header).await
    }

    async fn resume_audio(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.operate(Request::PauseAudio(false), connection, &header).await
    }

    async fn reset(
        &self,
        alarm: ObjectPath<'_>,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.operate_one(&alarm, Request::ResetAlarm, connection, &header).await
    }

    async fn reset_all(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.operate(Request::ResetAlarm(None), connection, &header).await
    }

    async fn set_alarm_off(
        &self,
        id: &str,
        off: bool,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.access.check(Class::Limits, connection, &header).await?;
        let kind = AlarmKind::from_id(id)
            .ok_or_else(|| Error::InvalidArgument(format!("\"{id}\" is not the id of an alarm")))?;
        let request = Request::AlarmOff { kind, off };
        self.access.change(Class::Limits, request, connection, &header).await.map(|_| ())
    }

    async fn set_transport(
        &self,
        on: bool,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.operate(Request::SetTransport(on), connection, &header).await
    }

    #[zbus(out_args("records"))]
    async fn log(&self, after: u64, most: u32) -> Result<Vec<Row>, Error> {
        log::read(&self.access.shared.record, after, most.min(MOST_RECORDS)).await
    }

    /// An alarm has become present.
    #[zbus(signal)]
    pub async fn raised(
        emitter: &SignalEmitter<'_>,
        alarm: ObjectPath<'_>,
        id: &str,
        subject: &str,
        priority: &str,
        text: &str,
    ) -> zbus::Result<()>;

    /// Something about an alarm is otherwise.
    #[zbus(signal)]
    pub async fn changed(
        emitter: &SignalEmitter<'_>,
        alarm: ObjectPath<'_>,
        priority: &str,
        phase: &str,
        acknowledged: bool,
    ) -> zbus::Result<()>;

    /// An alarm is no longer present.
    #[zbus(signal)]
    pub async fn gone(
        emitter: &SignalEmitter<'_>,
        alarm: ObjectPath<'_>,
        id: &str,
        subject: &str,
    ) -> zbus::Result<()>;

    #[zbus(property)]
    fn ranked(&self) -> Vec<OwnedObjectPath> {
        ranked(&self.access.shared.plan, &self.access.shared.latest().outputs)
    }

    #[zbus(property)]
    fn more(&self) -> u32 {
        u32::from(self.access.shared.latest().outputs.alarms.more)
    }

    #[zbus(property)]
    fn highest_priority(&self) -> &'static str {
        highest(&self.access.shared.latest().outputs)
    }

    #[zbus(property)]
    fn audio_state(&self) -> &'static str {
        audio(&self.access.shared.latest().outputs)
    }

    #[zbus(property)]
    fn audio_paused_until(&self) -> u64 {
        paused_until(&self.access.shared.latest().outputs)
    }

    #[zbus(property)]
    fn unreviewed_high(&self) -> u32 {
        u32::from(self.access.shared.latest().outputs.alarms.unreviewed_high)
    }

    #[zbus(property)]
    fn announced(&self) -> u64 {
        self.access.shared.latest().outputs.alarms.announced
    }

    #[zbus(property)]
    fn off(&self) -> Vec<&'static str> {
        off(&self.access.shared.latest().outputs)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn may_be_off(&self) -> Vec<&'static str> {
        CATALOGUE.iter().filter(|row| row.may_be_off).map(|row| row.kind.id()).collect()
    }

    #[zbus(property)]
    fn transport(&self) -> bool {
        self.access.shared.latest().outputs.alarms.transport
    }
}
