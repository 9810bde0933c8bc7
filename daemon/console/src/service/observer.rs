// SPDX-License-Identifier: MIT OR Apache-2.0
//! Empties the control thread's rings and acts on what it finds: the newest snapshot for everybody, the state for the
//! journal, changes for the log and for the alarm log. It waits for nobody, so that a slow bus or disk does not hold it up.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use ecmod_control::{Fact, Outputs, Transition};
use ecmod_quantities::Monotonic;
use rtrb::Consumer;

use super::Shared;
use super::chronicle::Chronicle;
use super::deeds;
use super::lateness::Lateness;
use super::log_losses::LogLosses;
use crate::clock;
use crate::control_thread::attachment::Attachment;
use crate::control_thread::channels::Snapshot;
use crate::control_thread::news::News;
use crate::hosts::registry::PortState;
use crate::journal::conditions::Conditions;
use crate::journal::keeper::Keeper;
use crate::journal::memory::Memory;
use crate::journal::pace::Pace;
use crate::journal::zeros::Zero;
use crate::procedures::{Around, Seen};
use crate::record::entry::Stamp;

/// How often the rings are emptied; their 64 places are 64 ms at the shortest period.
pub const INTERVAL: Duration = Duration::from_millis(20);

/// The rings that it empties.
#[derive(Debug)]
pub struct Rings {
    /// Every tick.
    pub snapshots: Consumer<Snapshot>,
    /// Every change of the alarms.
    pub news: Consumer<News>,
    /// Hosts that are over.
    pub departures: Consumer<Attachment>,
}

/// What is known of the time before.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// What the journal said, so that it is not written again.
    pub memory: &'k Memory,
    /// The largest number of an intervention's recording.
    pub newest_recording: u64,
}

/// What the observer owns.
#[derive(Debug)]
pub struct Observer<'k> {
    shared: Arc<Shared>,
    rings: Rings,
    chronicle: Chronicle,
    journal: &'k Keeper,
    pace: Pace,
    conditions: Conditions,
    log_losses: LogLosses,
    transition: Option<Transition>,
    /// The number of the latest zeroing that was seen to end; numbers begin with 1.
    zeroings: u32,
    lateness: Lateness,
}

impl<'k> Observer<'k> {
    /// Nothing has been observed yet.
    #[must_use]
    pub fn new(shared: Arc<Shared>, rings: Rings, journal: &'k Keeper, known: Known<'_>) -> Self {
        Self {
            chronicle: Chronicle::new(Arc::clone(&shared), known.newest_recording),
            pace: Pace::knowing(known.memory.record.as_ref(), known.memory.origin(&shared.plan)),
            conditions: Conditions::new(known.memory),
            log_losses: LogLosses::default(),
            shared,
            rings,
            journal,
            transition: None,
            zeroings: 0,
            lateness: Lateness::new(clock::now()),
        }
    }

    /// Runs for ever.
    pub async fn run(&mut self) -> Infallible {
        let mut interval = tokio::time::interval(INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            interval.tick().await;
            let now = clock::now();
            self.look(now);
            let log = self.log_losses.look(ecmod_logging::lost(), &self.shared.registry().ports, now);
            self.conditions.tell(now, self.journal, (&self.shared.record, log), &self.shared.board);
        }
    }

    /// The daemon ends: the newest state goes to the journal, worth a write or not.
    pub fn finish(&mut self) {
        self.look(clock::now());
        self.chronicle.finish();
        if let Some(record) = self.shared.procedures.unsaved(Stamp::now()) {
            self.journal.submit_procedures(record);
        }
        let state = self.shared.latest().outputs.resume();
        if let Some(record) = self.pace.overdue(state, clock::now()) {
            self.journal.submit(record);
        }
    }

    /// Empties the rings once.
    pub fn look(&mut self, now: Monotonic) {
        while self.rings.departures.pop().is_ok() {}
        let mut newest = None;
        while let Ok(snapshot) = self.rings.snapshots.pop() {
            self.note_transition(&snapshot.outputs);
            self.chronicle.look(&snapshot.outputs);
            newest = Some(snapshot);
        }
        if let Some(snapshot) = newest {
            self.take(snapshot, now);
        }
        // Behind the snapshot, so that whoever hears the news finds it there.
        while let Ok(news) = self.rings.news.pop() {
            self.chronicle.note(&news);
            // Nobody has to listen.
            let _ = self.shared.news.send(news);
        }
    }

    fn take(&mut self, snapshot: Snapshot, now: Monotonic) {
        self.note_ports(&snapshot, now);
        self.note_zeroing(&snapshot.outputs);
        self.remember(&snapshot.outputs, now);
        self.guide(&snapshot.outputs, now);
        self.shared.publish(snapshot);
        self.report_overruns(now);
    }

    fn note_transition(&mut self, outputs: &Outputs) {
        let transition = outputs.transition;
        if self.transition.is_some_and(|before| before.count == transition.count) {
            return;
        }
        self.transition = Some(transition);
        let (state, mode, cause) = (outputs.state.name(), outputs.mode.name(), transition.cause.name());
        tracing::info!(event = "console.transition", state, mode, cause, "{state}, mode {mode}: {cause}");
    }

    fn note_ports(&self, snapshot: &Snapshot, now: Monotonic) {
        let mut registry = self.shared.registry();
        for port in registry.felt(&snapshot.moving, now) {
            let Some(port) = registry.ports.get(port) else { continue };
            let (name, pid) = (&port.name, port.pid);
            match port.state {
                PortState::Lost => {
                    tracing::warn!(event = "port.stands_still", port = %name, pid, "the port's host is connected and does not move; its readings are bad");
                }
                PortState::Connected | PortState::Waiting => {
                    tracing::info!(event = "port.moves", port = %name, pid, "the port's host moves again");
                }
            }
        }
    }

    /// New zeros count for the caller who asked, for D-Bus and for the journal.
    fn note_zeroing(&mut self, outputs: &Outputs) {
        let Some(ended) = outputs.zeroing.ended.filter(|ended| ended.number != self.zeroings) else { return };
        self.zeroings = ended.number;
        let signal = self.shared.plan.signals.get(usize::from(ended.signal));
        let signal = signal.map_or("", |signal| signal.name.as_str());
        let found = match ended.result {
            Ok(found) => found,
            Err(refusal) => {
                let code = refusal.code();
                tracing::warn!(
                    event = "signal.not_zeroed",
                    signal,
                    code,
                    "{signal} was not zeroed: {refusal}"
                );
                return;
            }
        };
        let taken = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        let mut zeros = self.shared.zeros();
        for zero in found.into_iter().flatten() {
            let Some(source) = self.shared.plan.sources.get(usize::from(zero.source)) else { continue };
            let source = source.endpoint.to_string();
            let (offset, noise) = (zero.zero, zero.noise.value());
            tracing::info!(event = "signal.zeroed", signal, %source, offset, noise, "{signal} is zeroed: {source} delivers {offset} at zero");
            zeros.keep(&source, Zero { value: offset, taken });
        }
        self.journal.submit_zeros(zeros.clone());
    }

    fn remember(&mut self, outputs: &Outputs, now: Monotonic) {
        if let Some(record) = self.pace.due(outputs.resume(), now) {
            self.journal.submit(record);
        }
    }

    /// The procedures look; what they have seen stands in the record, and what has changed in the journal.
    fn guide(&self, outputs: &Outputs, now: Monotonic) {
        let shared = &self.shared;
        let zeros = shared.zeros();
        let around = Around { plan: &shared.plan, self_test: shared.self_test.verdict(), zeros: &zeros };
        let seen = shared.procedures.look(outputs, around, now);
        drop(zeros);
        for Seen { action, target } in seen {
            deeds::note_other(shared, action, &target, "the console", "");
        }
        if let Some(record) = shared.procedures.unsaved(Stamp::now()) {
            self.journal.submit_procedures(record);
        }
    }

    fn report_overruns(&mut self, now: Monotonic) {
        let statistics = &self.shared.statistics;
        let total = statistics.overruns();
        let Some(verdict) = self.lateness.look(total, statistics.ticks(), now) else { return };
        self.shared.board.set(Fact::LoopOverrun, verdict.is_overrun);
        let new = verdict.new;
        if new > 0 {
            tracing::warn!(
                event = "control.overruns",
                new,
                total,
                "the control loop missed {new} deadlines; is the processor overloaded?"
            );
        }
    }
}
