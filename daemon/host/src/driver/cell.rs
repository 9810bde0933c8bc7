// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of one driver, shared by its own thread, the link thread and the watchdog.
//!
//! Whoever writes into the image does so under this lock, so that each slot has one writer at a time. The lock is never
//! held while the driver runs.

pub mod fallback;
pub mod local;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecmod_link::image::{HostImage, Sample};
use ecmod_link::message::{DriverEvent, DriverHello, DriverState, Hold, SelfTestReport, Slots, fit};
use ecmod_plugin::abi;
use ecmod_plugin::loaded::Descriptor;
use ecmod_quantities::{Cause, Monotonic, Reading};

use super::demands::{Change, Command};
use super::judge::Memory;
use super::self_test::SelfTest;
use super::tables::Tables;
use super::watch::Watch;
use crate::clock;
use crate::news::News;

/// One driver.
#[derive(Debug)]
pub struct Cell {
    /// Its name in the configuration.
    pub id: String,
    /// Whether it is inside the driver's code.
    pub watch: Arc<Watch>,
    /// What the daemon wants tested, and how it went.
    pub self_test: SelfTest,
    news: Arc<News>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    hello: DriverHello,
    tables: Arc<Tables>,
    signals: Vec<Signal>,
    commands: Vec<Command>,
    counts: Counts,
    image: Option<(Arc<HostImage>, Slots)>,
    /// Until then neither the keys of local control nor this host itself change anything.
    yields_until: Monotonic,
}

#[derive(Debug, Clone, Copy)]
struct Signal {
    newest: Option<Sample>,
    sequence: u64,
    memory: Memory,
}

/// What happened to a driver so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls of `cycle`.
    pub cycles: u64,
    /// Cycles beyond the budget.
    pub overruns: u64,
    /// Cycles that ended with an error.
    pub faults: u64,
    /// Times the instance was opened again.
    pub restarts: u64,
    /// Demands that were not passed on.
    pub refused_demands: u64,
    /// Samples that were replaced by "bad".
    pub refused_samples: u64,
}

impl Cell {
    /// A driver of which nothing but its name is known.
    #[must_use]
    pub fn new(id: &str, library: &str, news: Arc<News>) -> Self {
        let hello = DriverHello {
            id: id.to_owned(),
            model: String::new(),
            version: String::new(),
            abi: abi::ECMOD_ABI,
            licence: String::new(),
            description: String::new(),
            library: fit(library),
            hold: Hold::NotApplicable,
            state: DriverState::Opening,
            detail: String::new(),
            signals: Vec::new(),
            commands: Vec::new(),
            held: Vec::new(),
        };
        let state = State {
            hello,
            tables: Arc::default(),
            signals: Vec::new(),
            commands: Vec::new(),
            counts: Counts::default(),
            image: None,
            yields_until: Monotonic(0),
        };
        Self {
            id: id.to_owned(),
            watch: Arc::default(),
            self_test: SelfTest::default(),
            news,
            state: Mutex::new(state),
        }
    }

    /// The library was loaded.
    pub fn loaded(&self, descriptor: &Descriptor) {
        let mut state = self.lock();
        state.hello.model = fit(descriptor.id.as_str());
        state.hello.version = fit(descriptor.version.as_str());
        state.hello.abi = (abi::ECMOD_ABI_MAJOR << 16) | descriptor.minor;
        state.hello.licence = fit(descriptor.licence.as_str());
        state.hello.description = fit(descriptor.description.as_str());
        drop(state);
        self.news.hello();
    }

    /// The instance's tables. If they are others than before, the daemon is greeted anew; demands of commands that exist no
    /// more are forgotten.
    pub fn set_tables(&self, tables: Tables) -> Arc<Tables> {
        let mut state = self.lock();
        if *state.tables == tables && state.signals.len() == tables.signals.len() {
            return Arc::clone(&state.tables);
        }
        let tables = Arc::new(tables);
        state.image = None;
        let fresh = Signal { newest: None, sequence: 0, memory: Memory::default() };
        state.signals = vec![fresh; tables.signals.len()];
        state.commands = vec![Command::default(); tables.commands.len()];
        state.tables = Arc::clone(&tables);
        drop(state);
        self.news.hello();
        tables
    }

    /// What the driver is doing now, and why. True if that is news.
    pub fn set_state(&self, doing: DriverState, detail: &str) -> bool {
        let detail = fit(detail);
        let mut state = self.lock();
        if state.hello.state == doing && state.hello.detail == detail {
            return false;
        }
        state.hello.state = doing;
        state.hello.detail = detail;
        drop(state);
        self.news.event();
        true
    }

    /// How the device behaves without a link.
    pub fn set_hold(&self, hold: Hold) {
        let mut state = self.lock();
        if state.hello.hold != hold {
            state.hello.hold = hold;
            drop(state);
            self.news.event();
        }
    }

    /// A self test has ended: the daemon is to hear of it.
    pub fn tested(&self, report: SelfTestReport) {
        self.self_test.ended(report);
        self.news.event();
    }

    /// Changes the counters.
    pub fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock().counts);
    }

    /// The counters.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Judges and publishes what a cycle delivered.
    pub fn publish(&self, samples: &[abi::Sample], now: Monotonic) {
        let mut state = self.lock();
        let State { tables, signals, counts, image, .. } = &mut *state;
        let declared = tables.signals.iter().zip(signals.iter_mut());
        for (index, (sample, (declared, signal))) in samples.iter().zip(declared).enumerate() {
            let Some(reading) = signal.memory.judge(sample, declared.bounds(), now) else { continue };
            if reading.value().is_none() && sample.quality != abi::ECMOD_QUALITY_BAD {
                counts.refused_samples = counts.refused_samples.saturating_add(1);
            }
            signal.publish(reading, image.as_ref(), index);
        }
    }

    /// Marks all signals bad.
    pub fn publish_bad(&self, cause: Cause, now: Monotonic) {
        let mut state = self.lock();
        let State { signals, image, .. } = &mut *state;
        for (index, signal) in signals.iter_mut().enumerate() {
            signal.memory.marked(now);
            signal.publish(Reading::bad(cause, now, 0), image.as_ref(), index);
        }
    }

    /// Looks at the output slots and fills `demands` with what the driver is to be told. True if a value has changed since
    /// the last look.
    pub fn demands(&self, demands: &mut [abi::Demand]) -> bool {
        let now = clock::now();
        let mut state = self.lock();
        let State { tables, commands, counts, image, .. } = &mut *state;
        let mut changed = false;
        for (index, (command, declared)) in commands.iter_mut().zip(&tables.commands).enumerate() {
            changed |= command.take_untold();
            if let Some((image, slots)) = image.as_ref() {
                let change = command.take(image.demand(slots.outputs.start + index), declared.bounds(), now);
                changed |= change == Change::Value;
                if change == Change::Refused || command.take_refused_fallback() {
                    counts.refused_demands = counts.refused_demands.saturating_add(1);
                }
            }
            if let Some(demand) = demands.get_mut(index) {
                *demand = command.to_abi();
            }
        }
        changed
    }

    /// The image whose bell announces demands.
    #[must_use]
    pub fn image(&self) -> Option<Arc<HostImage>> {
        self.lock().image.as_ref().map(|(image, _)| Arc::clone(image))
    }

    /// From now on samples go into `image`; the newest ones do so at once. `greeted` is what the daemon was told: if the
    /// tables have changed since, or keys have changed a demand, nothing is attached and the daemon will be greeted again.
    pub fn attach(&self, image: &Arc<HostImage>, slots: &Slots, greeted: &DriverHello) {
        let mut state = self.lock();
        if greeted.signals != state.tables.signals || greeted.commands != state.tables.commands {
            return;
        }
        if state.yields(greeted, clock::now()) {
            return;
        }
        for (index, signal) in state.signals.iter().enumerate() {
            if let Some(sample) = signal.newest {
                image.publish(slots.inputs.start + index, sample);
            }
        }
        state.commands.iter_mut().for_each(Command::new_image);
        state.image = Some((Arc::clone(image), slots.clone()));
    }

    /// There is no daemon.
    pub fn detach(&self) {
        self.lock().image = None;
    }

    /// All that the daemon is told at the beginning.
    #[must_use]
    pub fn hello(&self) -> DriverHello {
        let state = self.lock();
        DriverHello {
            signals: state.tables.signals.clone(),
            commands: state.tables.commands.clone(),
            held: state.held(),
            ..state.hello.clone()
        }
    }

    /// What the daemon is told later.
    #[must_use]
    pub fn event(&self) -> DriverEvent {
        let state = self.lock();
        DriverEvent {
            id: self.id.clone(),
            state: state.hello.state,
            detail: state.hello.detail.clone(),
            hold: state.hello.hold,
            cycles: state.counts.cycles,
            overruns: state.counts.overruns,
            faults: state.counts.faults,
            restarts: state.counts.restarts,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signal {
    fn publish(&mut self, reading: Reading, image: Option<&(Arc<HostImage>, Slots)>, index: usize) {
        self.sequence = self.sequence.wrapping_add(1);
        let sample = Sample {
            value: reading.value().unwrap_or(0.0),
            t: reading.acquired(),
            quality: reading.quality().code(),
            cause: reading.cause().code(),
            sequence: self.sequence,
        };
        self.newest = Some(sample);
        if let Some((image, slots)) = image {
            image.publish(slots.inputs.start + index, sample);
        }
    }
}
