// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the daemon says unasked: `Frame` at its rate, `PropertiesChanged` at most once per look and object.
//!
//! Each look compares what the announcing properties are with what was last said of them, and puts all that differ into one
//! message per object. Ports and drivers are looked at only if the registry has changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ecmod_control::{
    AlarmTable, Annunciation, InterventionKind, InterventionStatus, Limits, Outputs, PatientClass,
};
use tokio::time::Instant;
use zbus::names::InterfaceName;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, Variant, fdo};

use super::pace::Pace;
use super::presence::Presence;
use super::reading::WireReading;
use super::{
    ALARMS, CONSOLE, LIMITS, PROCEDURES, ROOT, SELF_TEST, alarm, alarms, console, driver, intervention,
    limits, port, procedure, procedures, self_test, signal,
};
use crate::self_test::State;
use crate::service::Shared;

/// How often is looked for changes, at least.
const LOOK: Duration = Duration::from_millis(25);

/// How long one message may take to be sent; a bus that takes longer is left and joined again.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was said last.
pub struct Publisher<'c> {
    connection: &'c Connection,
    shared: Arc<Shared>,
    presence: Presence<'c>,
    /// The end of the self-test that was announced last.
    tested: u64,
    said: HashMap<String, HashMap<&'static str, Variant<'static>>>,
    seen: Seen,
    frames: u64,
}

/// What the latest look saw of that which seldom changes: what is the same has nothing to announce.
#[derive(Default)]
struct Seen {
    registry: Option<u64>,
    self_test: Option<u64>,
    procedures: Option<u64>,
    limits: Option<(Limits, PatientClass)>,
    interventions: Option<[InterventionStatus; InterventionKind::ALL.len()]>,
    alarms: Option<(AlarmTable, Annunciation)>,
}

impl Seen {
    /// Whether this is another one than before, which it is from now on.
    fn is_news<T: PartialEq>(seen: &mut Option<T>, now: T) -> bool {
        let is_news = seen.as_ref() != Some(&now);
        *seen = Some(now);
        is_news
    }
}

/// A change to be announced.
struct Change {
    path: String,
    interface: &'static str,
    values: HashMap<&'static str, Variant<'static>>,
}

impl<'c> Publisher<'c> {
    /// Begins with what is true now: those who connect from here on ask for it. The alarms that are present have their
    /// objects when this returns.
    ///
    /// # Errors
    /// The bus failed.
    pub async fn begin(connection: &'c Connection, shared: Arc<Shared>) -> zbus::Result<Self> {
        let mut publisher = Self {
            connection,
            presence: Presence::new(connection, Arc::clone(&shared)),
            tested: shared.self_test.report().finished.0,
            shared,
            said: HashMap::new(),
            seen: Seen::default(),
            frames: 0,
        };
        publisher.presence.look().await?;
        // The first look learns; nobody has asked yet what these were before.
        let _ = publisher.changes();
        Ok(publisher)
    }

    /// Publishes until the bus fails.
    ///
    /// # Errors
    /// Why it failed.
    pub async fn run(mut self, frame_period: Duration) -> zbus::Result<()> {
        let first = Instant::now();
        let mut interval = tokio::time::interval_at(first, frame_period / looks_per_frame(frame_period));
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut pace = Pace::new(first, frame_period);
        let vitals = Arc::clone(&self.shared.vitals);
        loop {
            tokio::select! {
                _ = interval.tick() => vitals.bus.turn(),
                () = vitals.bus.answer() => continue,
            }
            self.presence.look().await?;
            for change in self.changes() {
                self.send_change(change).await?;
            }
            self.say_tested().await?;
            if pace.is_due(Instant::now()) {
                self.send_frame().await?;
            }
        }
    }

    fn changes(&mut self) -> Vec<Change> {
        let shared = Arc::clone(&self.shared);
        let mut changes = Vec::new();
        let snapshot = *shared.latest();
        let values = console::Announced::new(&shared.plan, &snapshot).by_name();
        changes.extend(self.differing(CONSOLE.to_owned(), "org.ecmod.Console1", values));
        for (index, plan) in shared.plan.signals.iter().enumerate() {
            let path = format!("{ROOT}/signals/{}", plan.name);
            let values = signal::announced(&shared, plan, index, &snapshot.outputs);
            changes.extend(self.differing(path, "org.ecmod.Signal1", values));
        }
        self.changes_of_alarms(&shared, &snapshot.outputs, &mut changes);
        let registry = shared.registry();
        if Seen::is_news(&mut self.seen.registry, registry.generation) {
            for status in &registry.drivers {
                let path = format!("{ROOT}/drivers/{}", status.id);
                changes.extend(self.differing(path, "org.ecmod.Driver1", driver::announced(status)));
            }
            for status in &registry.ports {
                let path = format!("{ROOT}/ports/{}", status.name);
                changes.extend(self.differing(path, "org.ecmod.Port1", port::announced(status)));
            }
        }
        changes
    }

    fn changes_of_alarms(&mut self, shared: &Shared, outputs: &Outputs, changes: &mut Vec<Change>) {
        if Seen::is_news(&mut self.seen.alarms, (outputs.alarms, outputs.alarm_sound)) {
            let values = alarms::announced(&shared.plan, outputs);
            changes.extend(self.differing(ALARMS.to_owned(), "org.ecmod.Alarms1", values));
            changes.extend(self.changed_alarms());
        }
        if Seen::is_news(&mut self.seen.limits, (outputs.limits, outputs.class)) {
            let values = limits::announced(&shared.plan, outputs);
            changes.extend(self.differing(LIMITS.to_owned(), "org.ecmod.Limits1", values));
        }
        if Seen::is_news(&mut self.seen.interventions, outputs.interventions) {
            for status in &outputs.interventions {
                let path = format!("{ROOT}/interventions/{}", status.kind.name());
                let values = intervention::announced(status);
                changes.extend(self.differing(path, "org.ecmod.Intervention1", values));
            }
        }
        if Seen::is_news(&mut self.seen.self_test, shared.self_test.generation()) {
            let values = self_test::announced(&shared.self_test.report());
            changes.extend(self.differing(SELF_TEST.to_owned(), "org.ecmod.SelfTest1", values));
        }
        if Seen::is_news(&mut self.seen.procedures, shared.procedures.generation()) {
            let values = procedures::announced(shared);
            changes.extend(self.differing(PROCEDURES.to_owned(), "org.ecmod.Procedures1", values));
            for (index, id) in shared.procedures.ids().into_iter().enumerate() {
                let values = procedure::announced(shared, index);
                let path = format!("{PROCEDURES}/{id}");
                changes.extend(self.differing(path, "org.ecmod.Procedure1", values));
            }
        }
    }

    /// An object that has just been made was announced whole; one that is gone is forgotten.
    fn changed_alarms(&mut self) -> Vec<Change> {
        let shown: Vec<_> = self
            .presence
            .shown()
            .map(|(path, status)| (path.to_string(), alarm::announced(&self.shared.plan, &status)))
            .collect();
        let alarms = format!("{ALARMS}/");
        self.said
            .retain(|path, _| !path.starts_with(&alarms) || shown.iter().any(|(known, _)| known == path));
        let mut changes = Vec::new();
        for (path, values) in shown {
            let is_known = self.said.contains_key(&path);
            changes.extend(self.differing(path, "org.ecmod.Alarm1", values).filter(|_| is_known));
        }
        changes
    }

    /// Each test's end once.
    async fn say_tested(&mut self) -> zbus::Result<()> {
        let report = self.shared.self_test.report();
        if report.state != State::Finished || report.finished.0 == self.tested {
            return Ok(());
        }
        self.tested = report.finished.0;
        let emitter = SignalEmitter::new(self.connection, SELF_TEST)?;
        timely(self_test::SelfTest::finished(&emitter, report.passed())).await
    }

    fn differing(
        &mut self,
        path: String,
        interface: &'static str,
        values: Vec<(&'static str, Variant<'static>)>,
    ) -> Option<Change> {
        let said = self.said.entry(path.clone()).or_default();
        let mut differing = HashMap::new();
        for (name, value) in values {
            if said.get(name) == Some(&value) {
                continue;
            }
            if let Ok(copy) = value.try_clone() {
                said.insert(name, copy);
            }
            differing.insert(name, value);
        }
        (!differing.is_empty()).then_some(Change { path, interface, values: differing })
    }

    async fn send_change(&self, change: Change) -> zbus::Result<()> {
        let emitter = SignalEmitter::new(self.connection, change.path)?;
        let interface = InterfaceName::from_static_str(change.interface)?;
        timely(fdo::Properties::properties_changed(&emitter, interface, change.values, (&[][..]).into()))
            .await
    }

    async fn send_frame(&mut self) -> zbus::Result<()> {
        let shared = Arc::clone(&self.shared);
        let outputs = shared.latest().outputs;
        let readings: BTreeMap<&str, WireReading> = shared
            .plan
            .signals
            .iter()
            .zip(&outputs.readings)
            .map(|(plan, reading)| (plan.name.as_str(), WireReading::from(reading)))
            .collect();
        self.frames = self.frames.wrapping_add(1);
        let emitter = SignalEmitter::new(self.connection, CONSOLE)?;
        timely(console::Console::frame(&emitter, outputs.now.0, self.frames, readings)).await
    }
}

fn looks_per_frame(frame_period: Duration) -> u32 {
    let looks = frame_period.as_nanos().div_ceil(LOOK.as_nanos()).max(1);
    u32::try_from(looks).unwrap_or(u32::MAX)
}

/// The same, as long as it does not take too long.
pub(super) async fn timely<T, F: Future<Output = zbus::Result<T>>>(future: F) -> zbus::Result<T> {
    let late = |_| zbus::Error::InputOutput(Arc::new(std::io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(PATIENCE, future).await.map_err(late)?
}
