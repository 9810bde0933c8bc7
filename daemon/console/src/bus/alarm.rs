// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Alarm1`: one alarm that is present. Documented in `dbus/org.ecmod.Alarm1.xml`.

use std::sync::{Arc, Mutex, PoisonError};

use ecmod_control::{Alarm, AlarmStatus};
use ecmod_quantities::Quantity;
use zbus::{OwnedObjectPath, Variant, interface};

use super::ROOT;
use crate::plan::Plan;
use crate::service::{Shared, naming};

/// The object at `/org/ecmod/alarms/<id>[/<subject>]`.
pub struct AlarmObject {
    /// What is known.
    pub shared: Arc<Shared>,
    /// Which alarm.
    pub alarm: Alarm,
    /// What is shown of it; kept up to date by who made the object.
    pub status: Shown,
}

/// The status of an alarm as its object shows it.
#[derive(Debug, Clone)]
pub struct Shown(Arc<Mutex<AlarmStatus>>);

impl Shown {
    /// It is so.
    #[must_use]
    pub fn new(status: AlarmStatus) -> Self {
        Self(Arc::new(Mutex::new(status)))
    }

    /// How it is.
    #[must_use]
    pub fn get(&self) -> AlarmStatus {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is otherwise now.
    pub fn set(&self, status: AlarmStatus) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}

/// The path of an alarm's object.
#[must_use]
pub fn path(plan: &Plan, alarm: Alarm) -> Option<OwnedObjectPath> {
    let id = alarm.kind.id();
    let text = match naming::subject(plan, alarm.subject) {
        "" => format!("{ROOT}/alarms/{id}"),
        subject => format!("{ROOT}/alarms/{id}/{subject}"),
    };
    OwnedObjectPath::try_from(text).ok()
}

/// What an operator should do.
#[must_use]
pub fn text(alarm: Alarm) -> &'static str {
    naming::definition(alarm.kind).map_or("", |definition| definition.text)
}

/// The guided procedure that helps; empty if there is none.
#[must_use]
pub fn procedure(alarm: Alarm) -> &'static str {
    alarm.kind.definition().procedure.unwrap_or_default()
}

/// The properties that announce their changes, by name.
#[must_use]
pub fn announced(plan: &Plan, status: &AlarmStatus) -> Vec<(&'static str, Variant<'static>)> {
    vec![
        ("Priority", status.priority.name().into()),
        ("Phase", status.phase.name().into()),
        ("Acknowledged", status.acknowledged.into()),
        ("AudioPaused", status.audio_paused.into()),
        ("Since", status.since.0.into()),
        ("Occurrences", status.occurrences.into()),
        ("Text", text(status.alarm).into()),
        ("Cause", status.cause.word.into()),
        ("CauseText", naming::cause(plan, status).into()),
        ("CauseValue", value(status).into()),
        ("CauseUnit", unit(plan, status).into()),
        ("CausedBy", status.caused_by.map_or("", |kind| kind.id()).into()),
    ]
}

fn value(status: &AlarmStatus) -> Vec<f64> {
    status.cause.value.into_iter().collect()
}

fn unit(plan: &Plan, status: &AlarmStatus) -> &'static str {
    let quantity = status.cause.value.and_then(|_| naming::quantity(plan, status.alarm));
    quantity.map_or("", Quantity::unit)
}

impl AlarmObject {
    /// As the newest snapshot has it, so that what a method has changed is seen when it returns; of an alarm that has just
    /// gone, or that has no place there: as it was told of last.
    fn status(&self) -> AlarmStatus {
        let latest = self.shared.latest().outputs.alarms.find(self.alarm).copied();
        latest.unwrap_or_else(|| self.status.get())
    }
}

#[interface(name = "org.ecmod.Alarm1", introspection_docs = false)]
impl AlarmObject {
    #[zbus(property(emits_changed_signal = "const"))]
    fn id(&self) -> &'static str {
        self.alarm.kind.id()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn subject(&self) -> String {
        naming::subject(&self.shared.plan, self.alarm.subject).to_owned()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn subject_kind(&self) -> &'static str {
        self.alarm.subject.kind().name()
    }

    #[zbus(property)]
    fn priority(&self) -> &'static str {
        self.status().priority.name()
    }

    #[zbus(property)]
    fn phase(&self) -> &'static str {
        self.status().phase.name()
    }

    #[zbus(property)]
    fn acknowledged(&self) -> bool {
        self.status().acknowledged
    }

    #[zbus(property)]
    fn audio_paused(&self) -> bool {
        self.status().audio_paused
    }

    #[zbus(property)]
    fn since(&self) -> u64 {
        self.status().since.0
    }

    #[zbus(property)]
    fn occurrences(&self) -> u32 {
        self.status().occurrences
    }

    #[zbus(property)]
    fn text(&self) -> &'static str {
        text(self.alarm)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn condition(&self) -> &'static str {
        naming::definition(self.alarm.kind).map_or("", |definition| definition.condition)
    }

    #[zbus(property)]
    fn cause(&self) -> &'static str {
        self.status().cause.word
    }

    #[zbus(property)]
    fn cause_text(&self) -> String {
        naming::cause(&self.shared.plan, &self.status())
    }

    #[zbus(property)]
    fn cause_value(&self) -> Vec<f64> {
        value(&self.status())
    }

    #[zbus(property)]
    fn cause_unit(&self) -> &'static str {
        unit(&self.shared.plan, &self.status())
    }

    #[zbus(property)]
    fn caused_by(&self) -> &'static str {
        self.status().caused_by.map_or("", |kind| kind.id())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn procedure(&self) -> &'static str {
        procedure(self.alarm)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn latching(&self) -> bool {
        naming::definition(self.alarm.kind).is_some_and(|definition| definition.latching)
    }
}
