// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's `org.ecmod.Alarms1`: requests about alarms, and the signals that tell of them.

use zbus::{ObjectPath, ObjectServer, OwnedObjectPath, object_server::SignalEmitter};

use super::alarm::{MAY_BE_OFF, MockAlarm};
use super::alarm_object::Alarm;
use super::console::{Fault, change};
use super::{Shared, lock, model::Model};
use crate::LogRecord;

pub(super) struct Alarms {
    pub(super) model: Shared,
}

/// The most records that one call of `Log` returns.
const MOST: usize = 1000;

impl Alarms {
    /// Changes alarms, and lets the objects of those leave that are gone.
    async fn leave(
        &self,
        server: &ObjectServer,
        emitter: &SignalEmitter<'_>,
        request: impl FnOnce(&mut Model) -> Result<Vec<MockAlarm>, Fault>,
    ) -> Result<(), Fault> {
        for alarm in change(&self.model, request)? {
            gone(server, emitter, &alarm).await?;
        }
        Ok(())
    }
}

/// Removes the object of an alarm and says so.
pub(super) async fn gone(
    server: &ObjectServer,
    emitter: &SignalEmitter<'_>,
    alarm: &MockAlarm,
) -> zbus::Result<()> {
    let path = OwnedObjectPath::try_from(alarm.path())?;
    server.remove::<Alarm, _>(&path).await?;
    Alarms::gone(emitter, path, &alarm.id, &alarm.subject).await
}

fn present(model: &Model, path: &ObjectPath<'_>) -> Result<(), Fault> {
    match model.alarm(path.as_str()) {
        Some(_) => Ok(()),
        None => Err(Fault::Refused("This alarm is no longer present. [ecmod.refused.no_such_alarm]".into())),
    }
}

#[zbus::interface(name = "org.ecmod.Alarms1")]
impl Alarms {
    async fn acknowledge(
        &self,
        alarm: ObjectPath<'_>,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Fault> {
        let request = |model: &mut Model| {
            present(model, &alarm)?;
            Ok(model.acknowledge(|other| other.path() == alarm.as_str()))
        };
        self.leave(server, &emitter, request).await
    }

    async fn acknowledge_all(
        &self,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Fault> {
        self.leave(server, &emitter, |model| Ok(model.acknowledge(|_| true))).await
    }

    fn pause_audio(&self) -> Result<(), Fault> {
        change(&self.model, |model| {
            model.pause(true);
            Ok(())
        })
    }

    fn resume_audio(&self) -> Result<(), Fault> {
        change(&self.model, |model| {
            model.pause(false);
            Ok(())
        })
    }

    async fn reset(
        &self,
        alarm: ObjectPath<'_>,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Fault> {
        let request = |model: &mut Model| {
            present(model, &alarm)?;
            let left = model.take_out(|other| other.path() == alarm.as_str() && other.phase == "latched");
            if left.is_empty() {
                let reason = "The condition of this alarm lasts. [ecmod.refused.condition_lasts]";
                return Err(Fault::Refused(reason.into()));
            }
            Ok(left)
        };
        self.leave(server, &emitter, request).await
    }

    async fn reset_all(
        &self,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Fault> {
        self.leave(server, &emitter, |model| Ok(model.take_out(|alarm| alarm.phase == "latched"))).await
    }

    async fn set_alarm_off(
        &self,
        id: &str,
        off: bool,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Fault> {
        let request = |model: &mut Model| {
            if !MAY_BE_OFF.contains(&id) {
                let reason = format!("{id} cannot be switched off. [ecmod.refused.never_off]");
                return Err(Fault::Refused(reason));
            }
            if off {
                model.off.insert(id.to_owned());
                return Ok(model.take_out(|alarm| alarm.id == id));
            }
            model.off.remove(id);
            Ok(Vec::new())
        };
        self.leave(server, &emitter, request).await
    }

    fn set_transport(&self, on: bool) -> Result<(), Fault> {
        change(&self.model, |model| {
            model.transport = on;
            Ok(())
        })
    }

    #[zbus(out_args("records"))]
    fn log(&self, after: u64, most: u32) -> Vec<LogRecord> {
        let most = usize::try_from(most).unwrap_or(MOST).min(MOST);
        let model = lock(&self.model);
        model.log.iter().filter(|record| record.number > after).take(most).cloned().collect()
    }

    #[zbus(signal)]
    pub(super) async fn raised(
        emitter: &SignalEmitter<'_>,
        alarm: OwnedObjectPath,
        id: &str,
        subject: &str,
        priority: &str,
        text: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    pub(super) async fn changed(
        emitter: &SignalEmitter<'_>,
        alarm: OwnedObjectPath,
        priority: &str,
        phase: &str,
        acknowledged: bool,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn gone(
        emitter: &SignalEmitter<'_>,
        alarm: OwnedObjectPath,
        id: &str,
        subject: &str,
    ) -> zbus::Result<()>;

    #[zbus(property)]
    fn ranked(&self) -> Vec<OwnedObjectPath> {
        let model = lock(&self.model);
        model.alarms.iter().filter_map(|alarm| OwnedObjectPath::try_from(alarm.path()).ok()).collect()
    }
    #[zbus(property)]
    fn more(&self) -> u32 {
        lock(&self.model).more
    }
    #[zbus(property)]
    fn highest_priority(&self) -> &str {
        lock(&self.model).highest_priority()
    }
    #[zbus(property)]
    fn audio_state(&self) -> &str {
        lock(&self.model).audio_state()
    }
    #[zbus(property)]
    fn audio_paused_until(&self) -> u64 {
        let model = lock(&self.model);
        if model.audio_paused_until > model.monotonic { model.audio_paused_until } else { 0 }
    }
    #[zbus(property)]
    fn unreviewed_high(&self) -> u32 {
        lock(&self.model).unreviewed_high()
    }
    #[zbus(property)]
    fn announced(&self) -> u64 {
        lock(&self.model).announced
    }
    #[zbus(property)]
    fn off(&self) -> Vec<String> {
        lock(&self.model).off.iter().cloned().collect()
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn may_be_off(&self) -> Vec<&str> {
        MAY_BE_OFF.to_vec()
    }
    #[zbus(property)]
    fn transport(&self) -> bool {
        lock(&self.model).transport
    }
}
