// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarms that are present, as objects that come and go, and the signals that say so.
//!
//! What happened comes as news, one by one, so that an alarm that came and went between two looks is announced all the same.
//! What *is* comes from the newest snapshot, by which the objects are set right after each look: a session that begins late,
//! or that was too slow for the news, ends up with the same objects as every other.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecmod_control::{Alarm, AlarmStatus, AlarmTable};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, OwnedObjectPath};

use super::ALARMS;
use super::alarm::{self, AlarmObject, Shown};
use super::alarms::Alarms;
use super::publish::timely;
use crate::control_thread::news::{Change, News};
use crate::service::{Shared, naming};

/// The objects of this session, and what it has not told yet.
pub struct Presence<'c> {
    connection: &'c Connection,
    shared: Arc<Shared>,
    news: Receiver<News>,
    present: BTreeMap<Alarm, Object>,
}

struct Object {
    path: OwnedObjectPath,
    shown: Shown,
}

impl<'c> Presence<'c> {
    /// Hears all news from now on.
    #[must_use]
    pub fn new(connection: &'c Connection, shared: Arc<Shared>) -> Self {
        let news = shared.news.subscribe();
        Self { connection, shared, news, present: BTreeMap::new() }
    }

    /// Tells the news, and sets the objects right.
    ///
    /// # Errors
    /// The bus failed.
    pub async fn look(&mut self) -> zbus::Result<()> {
        loop {
            match self.news.try_recv() {
                Ok(news) => self.tell(&news).await?,
                Err(TryRecvError::Lagged(missed)) => {
                    tracing::warn!(
                        event = "bus.news_missed",
                        missed,
                        "the bus is too slow: {missed} changes of alarms were not announced on it"
                    );
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let table = self.shared.latest().outputs.alarms;
        self.set_right(&table).await
    }

    /// The objects and what they show, for the properties that announce their changes.
    pub fn shown(&self) -> impl Iterator<Item = (&OwnedObjectPath, AlarmStatus)> {
        self.present.values().map(|object| (&object.path, object.shown.get()))
    }

    async fn tell(&mut self, news: &News) -> zbus::Result<()> {
        let plan = &self.shared.plan;
        let status = news.status;
        let alarm = status.alarm;
        let Some(path) = alarm::path(plan, alarm) else { return Ok(()) };
        let id = alarm.kind.id();
        let subject = naming::subject(plan, alarm.subject).to_owned();
        let emitter = SignalEmitter::new(self.connection, ALARMS)?;
        let (priority, phase) = (status.priority.name(), status.phase.name());
        match news.change {
            Change::Raised => {
                self.appear(status).await?;
                let text = alarm::text(alarm);
                timely(Alarms::raised(&emitter, path.as_ref(), id, &subject, priority, text)).await
            }
            Change::Changed => {
                self.appear(status).await?;
                timely(Alarms::changed(&emitter, path.as_ref(), priority, phase, status.acknowledged)).await
            }
            Change::Gone => {
                self.disappear(alarm).await?;
                timely(Alarms::gone(&emitter, path.as_ref(), id, &subject)).await
            }
        }
    }

    async fn set_right(&mut self, table: &AlarmTable) -> zbus::Result<()> {
        let over: Vec<Alarm> =
            self.present.keys().filter(|alarm| table.find(**alarm).is_none()).copied().collect();
        for alarm in over {
            self.disappear(alarm).await?;
        }
        for status in table.iter() {
            self.appear(*status).await?;
        }
        Ok(())
    }

    /// Makes the object if there is none, and has it show this.
    async fn appear(&mut self, status: AlarmStatus) -> zbus::Result<()> {
        let alarm = status.alarm;
        if let Some(object) = self.present.get(&alarm) {
            object.shown.set(status);
            return Ok(());
        }
        let Some(path) = alarm::path(&self.shared.plan, alarm) else { return Ok(()) };
        let shown = Shown::new(status);
        let object = AlarmObject { shared: Arc::clone(&self.shared), alarm, status: shown.clone() };
        let server = self.connection.object_server();
        timely(server.at(path.clone(), object)).await?;
        self.present.insert(alarm, Object { path, shown });
        Ok(())
    }

    async fn disappear(&mut self, alarm: Alarm) -> zbus::Result<()> {
        let Some(object) = self.present.remove(&alarm) else { return Ok(()) };
        let server = self.connection.object_server();
        timely(server.remove::<AlarmObject, _>(object.path)).await.map(|_| ())
    }
}
