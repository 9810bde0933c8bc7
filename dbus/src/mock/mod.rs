// SPDX-License-Identifier: MIT OR Apache-2.0
//! A console that is made up: the objects of the contract with invented readings, on any bus.
//!
//! For tests of clients, and for trying a user interface where there is neither console nor simulator. Nothing here
//! says anything about how a real console behaves beyond the form of its interface.

mod alarm;
mod alarm_object;
mod alarms;
mod bus;
mod case;
mod console;
mod intervention;
mod limits;
mod model;
mod objects;
mod procedure;
mod self_test;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use zbus::{Connection, OwnedObjectPath, connection::Builder, fdo, object_server::SignalEmitter};

pub use alarm::MockAlarm;
use alarm_object::Alarm;
use alarms::Alarms;
pub use bus::PrivateBus;
use case::Case;
use console::Console;
use intervention::Intervention;
pub use intervention::MockIntervention;
use limits::Limits;
pub use model::{Model, Trouble};
use objects::{Driver, Port, Signal};
pub use procedure::MockProcedure;
use procedure::{Procedure, Procedures};
pub use self_test::MockSelfTest;
use self_test::SelfTest;

use crate::{ROOT, SERVICE, monotonic_now};

/// Period of the mock's frames.
pub const FRAME_PERIOD: Duration = Duration::from_millis(100);

const ALARMS: &str = "/org/ecmod/alarms";
const SELF_TEST: &str = "/org/ecmod/self_test";

/// The model, shared by the objects.
type Shared = Arc<Mutex<Model>>;

fn lock(model: &Shared) -> MutexGuard<'_, Model> {
    model.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A mock console on a bus; it leaves the bus when dropped.
pub struct Mock {
    connection: Connection,
    model: Shared,
}

impl Mock {
    /// Offers the objects on the bus at `address` and takes the service's name.
    ///
    /// # Errors
    /// When there is no bus, or the name is taken.
    pub async fn serve(address: &str) -> zbus::Result<Self> {
        let model: Shared = Arc::new(Mutex::new(Model::new(monotonic_now())));
        let connection = Builder::address(address).serve_at(ROOT, fdo::ObjectManager).build().await?;
        let server = connection.object_server();
        let names: Vec<&'static str> = lock(&model).signals.keys().copied().collect();
        for name in names {
            server.at(format!("{ROOT}/signals/{name}"), Signal { name, model: Arc::clone(&model) }).await?;
        }
        for (driver, port) in model::DRIVERS {
            server
                .at(format!("{ROOT}/drivers/{driver}"), Driver { driver, port, model: Arc::clone(&model) })
                .await?;
        }
        for (port, kind, device) in model::PORTS {
            server.at(format!("{ROOT}/ports/{port}"), Port { port, kind, device }).await?;
        }
        for (name, action) in intervention::KINDS {
            let own = Intervention { name, action, model: Arc::clone(&model) };
            server.at(format!("{ROOT}/interventions/{name}"), own).await?;
        }
        server.at(ALARMS, Alarms { model: Arc::clone(&model) }).await?;
        server.at(format!("{ROOT}/limits"), Limits { model: Arc::clone(&model) }).await?;
        server.at(SELF_TEST, SelfTest { model: Arc::clone(&model) }).await?;
        for (name, _) in procedure::all() {
            let own = Procedure { name, model: Arc::clone(&model) };
            server.at(format!("{ROOT}/procedures/{name}"), own).await?;
        }
        server.at(format!("{ROOT}/procedures"), Procedures { model: Arc::clone(&model) }).await?;
        server.at(format!("{ROOT}/case"), Case { model: Arc::clone(&model) }).await?;
        server.at(format!("{ROOT}/console"), Console { model: Arc::clone(&model) }).await?;
        connection.request_name(SERVICE).await?;
        Ok(Self { connection, model })
    }

    /// Looks at or changes the invented state.
    pub fn with<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        change(&mut lock(&self.model))
    }

    /// Lets `FRAME_PERIOD` of invented time pass and sends a frame.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn frame(&self) -> zbus::Result<()> {
        let (monotonic, sequence, readings, tested) = {
            let mut model = lock(&self.model);
            model.step(monotonic_now(), FRAME_PERIOD);
            (model.monotonic, model.sequence, model.readings(), model.finish_self_test())
        };
        if let Some(passed) = tested {
            SelfTest::finished(&SignalEmitter::new(&self.connection, SELF_TEST)?, passed).await?;
        }
        let emitter = SignalEmitter::new(&self.connection, format!("{ROOT}/console"))?;
        Console::frame(&emitter, monotonic, sequence, readings).await
    }

    /// Makes an alarm present, with its object and the signal; one that is there already is replaced.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn raise(&self, alarm: MockAlarm) -> zbus::Result<()> {
        let path = OwnedObjectPath::try_from(alarm.path())?;
        let (id, subject, priority, text) =
            (alarm.id.clone(), alarm.subject.clone(), alarm.priority, alarm.text.clone());
        self.with(|model| model.raise(alarm));
        let object = Alarm { path: path.as_str().to_owned(), model: Arc::clone(&self.model) };
        self.connection.object_server().at(&path, object).await?;
        Alarms::raised(&SignalEmitter::new(&self.connection, ALARMS)?, path, &id, &subject, priority, &text)
            .await
    }

    /// Lets the condition of the alarm at this path be gone: it stays as latched.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn latch(&self, path: &str) -> zbus::Result<()> {
        let changed = self.with(|model| {
            let alarm = model.alarms.iter_mut().find(|alarm| alarm.path() == path)?;
            alarm.phase = "latched";
            Some((alarm.priority, alarm.acknowledged))
        });
        let Some((priority, acknowledged)) = changed else {
            return Ok(());
        };
        let emitter = SignalEmitter::new(&self.connection, ALARMS)?;
        Alarms::changed(&emitter, OwnedObjectPath::try_from(path)?, priority, "latched", acknowledged).await
    }

    /// Lets the alarm at this path leave.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn end(&self, path: &str) -> zbus::Result<()> {
        let emitter = SignalEmitter::new(&self.connection, ALARMS)?;
        let left = self.with(|model| model.take_out(|alarm| alarm.path() == path));
        for alarm in left {
            alarms::gone(self.connection.object_server(), &emitter, &alarm).await?;
        }
        Ok(())
    }

    /// Sends frames at their period until the bus is gone.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn run(&self) -> zbus::Result<()> {
        let mut ticks = tokio::time::interval(FRAME_PERIOD);
        loop {
            ticks.tick().await;
            self.frame().await?;
        }
    }

    /// Leaves the bus now, as a daemon that ends.
    ///
    /// # Errors
    /// When the bus is gone already.
    pub async fn leave(self) -> zbus::Result<()> {
        self.connection.release_name(SERVICE).await?;
        self.connection.close().await
    }
}
