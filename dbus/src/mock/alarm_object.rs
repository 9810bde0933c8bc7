// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's `org.ecmod.Alarm1`: one object for each alarm that is present.

use super::{Shared, alarm::MockAlarm, lock};
use crate::Maybe;

pub(super) struct Alarm {
    pub(super) path: String,
    pub(super) model: Shared,
}

impl Alarm {
    fn look<T: Default>(&self, look: impl FnOnce(&MockAlarm) -> T) -> T {
        lock(&self.model).alarm(&self.path).map(look).unwrap_or_default()
    }
}

#[zbus::interface(name = "org.ecmod.Alarm1")]
impl Alarm {
    #[zbus(property(emits_changed_signal = "const"))]
    fn id(&self) -> String {
        self.look(|alarm| alarm.id.clone())
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn subject(&self) -> String {
        self.look(|alarm| alarm.subject.clone())
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn subject_kind(&self) -> &str {
        self.look(|alarm| alarm.subject_kind)
    }
    #[zbus(property)]
    fn priority(&self) -> &str {
        self.look(|alarm| alarm.priority)
    }
    #[zbus(property)]
    fn phase(&self) -> &str {
        self.look(|alarm| alarm.phase)
    }
    #[zbus(property)]
    fn acknowledged(&self) -> bool {
        self.look(|alarm| alarm.acknowledged)
    }
    #[zbus(property)]
    fn audio_paused(&self) -> bool {
        let paused = lock(&self.model);
        paused.audio_paused_until > paused.monotonic
            && paused.alarm(&self.path).is_some_and(|alarm| alarm.audio_paused)
    }
    #[zbus(property)]
    fn since(&self) -> u64 {
        self.look(|alarm| alarm.since)
    }
    #[zbus(property)]
    fn occurrences(&self) -> u32 {
        self.look(|alarm| alarm.occurrences)
    }
    #[zbus(property)]
    fn text(&self) -> String {
        self.look(|alarm| alarm.text.clone())
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn condition(&self) -> &str {
        "what a test has said"
    }
    #[zbus(property)]
    fn cause(&self) -> String {
        self.look(|alarm| alarm.cause.clone())
    }
    #[zbus(property)]
    fn cause_text(&self) -> String {
        self.look(|alarm| alarm.cause_text.clone())
    }
    #[zbus(property)]
    fn cause_value(&self) -> Maybe {
        self.look(|alarm| Maybe(alarm.cause_value.map(|(value, _)| value)))
    }
    #[zbus(property)]
    fn cause_unit(&self) -> &str {
        self.look(|alarm| alarm.cause_value.map_or("", |(_, unit)| unit))
    }
    #[zbus(property)]
    fn caused_by(&self) -> String {
        self.look(|alarm| alarm.caused_by.clone())
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn procedure(&self) -> &str {
        self.look(|alarm| alarm.procedure)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn latching(&self) -> bool {
        self.look(|alarm| alarm.priority == "high")
    }
}
