// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plant tied to the machine's monotonic clock, with the scenario being played and everyone who watches.

use super::board::Shared;
use super::{LiveError, Options};
use crate::plant::{Extremes, Plant};
use crate::scenario::Player;
use ecmod_quantities::{Monotonic, Span};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How often the plant is advanced when nobody asks.
const PACE: Duration = Duration::from_millis(5);

/// Extremes over one period of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// End of the period, `CLOCK_MONOTONIC`, ns.
    pub t_ns: u64,
    /// Lowest pump speed, rpm.
    pub speed_min: f64,
    /// Highest pump speed, rpm.
    pub speed_max: f64,
    /// Lowest flow, L/min.
    pub flow_min: f64,
    /// Highest flow, L/min.
    pub flow_max: f64,
    /// Lowest venous pressure, mmHg.
    pub venous_min: f64,
    /// Steps of 1 ms in the period.
    pub steps: u64,
}

impl Bin {
    pub(super) fn of(extremes: &Extremes, end: Monotonic) -> Self {
        Self {
            t_ns: end.0,
            speed_min: extremes.speed.0.value(),
            speed_max: extremes.speed.1.value(),
            flow_min: extremes.flow.0.value(),
            flow_max: extremes.flow.1.value(),
            venous_min: extremes.venous_low.value(),
            steps: extremes.steps,
        }
    }
}

/// Someone who watches: extremes since they last looked, or period by period.
#[derive(Debug)]
pub(super) struct Observer {
    pub extremes: Extremes,
    period_steps: u64,
    bins: VecDeque<Bin>,
}

impl Observer {
    /// Bins kept for an observer that does not look; the oldest go first.
    const LONGEST: usize = 20_000;
}

/// Names an observer.
pub(super) type ObserverId = u64;

/// The plant in real time.
#[derive(Debug)]
pub struct World {
    /// Circuit, devices, faults.
    pub plant: Plant,
    player: Player,
    started: Monotonic,
    observers: BTreeMap<ObserverId, Observer>,
    next_observer: ObserverId,
    requests: BTreeMap<&'static str, u64>,
    board: Arc<Shared>,
}

impl World {
    /// At rest; time begins now.
    ///
    /// # Errors
    /// Too few descriptors.
    pub fn new(options: &Options) -> Result<Self, LiveError> {
        Ok(Self {
            plant: Plant::new(options.scenario.circuit.settings(), options.gas, options.seed),
            player: Player::new(&options.scenario),
            started: monotonic(),
            observers: BTreeMap::new(),
            next_observer: 1,
            requests: BTreeMap::new(),
            board: Shared::new(options.seed).map_err(LiveError::io("the board"))?,
        })
    }

    /// The board with chips and lines.
    pub(super) const fn board(&self) -> &Arc<Shared> {
        &self.board
    }

    /// When time began.
    #[must_use]
    pub const fn started(&self) -> Monotonic {
        self.started
    }

    /// Advances the plant to the present and does what the scenario has due on the way.
    pub fn catch_up(&mut self) {
        let present = monotonic().since(self.started);
        while self.plant.now().0 + Plant::STEP.0 <= present.0 {
            while let Some(due) = self.player.next_due(self.plant.now()) {
                // What the operator does is the runner's part: it plays the same file.
                let _operator = self.plant.perform(due);
            }
            self.plant.step();
            let now = self.started.plus(self.plant.now());
            for observer in self.observers.values_mut() {
                observer.extremes.add(self.plant.truth());
                if observer.period_steps > 0 && observer.extremes.steps >= observer.period_steps {
                    let full = core::mem::replace(&mut observer.extremes, Extremes::NONE);
                    if observer.bins.len() == Observer::LONGEST {
                        observer.bins.pop_front();
                    }
                    observer.bins.push_back(Bin::of(&full, now));
                }
            }
        }
        self.meet_board();
    }

    /// The board sees what is true now, and the circuit feels the board's clamps.
    pub(super) fn meet_board(&mut self) {
        let plant = &mut self.plant;
        let closed = self.board.with(|board, now| {
            if let Some(faults) = plant.take_board_faults() {
                board.set_faults(now, faults);
            }
            for happening in plant.take_happenings() {
                board.happen(now, happening);
            }
            board.observe(now, plant.truth());
            board.closed(now)
        });
        self.plant.set_clamped(closed);
    }

    /// Time of the simulation, for framing by silence.
    pub(super) fn time(&self) -> Span {
        monotonic().since(self.started)
    }

    /// A request of the host arrived on this line.
    pub(super) fn count_request(&mut self, line: &'static str) {
        *self.requests.entry(line).or_default() += 1;
    }

    /// Requests so far, by line.
    pub(super) const fn requests(&self) -> &BTreeMap<&'static str, u64> {
        &self.requests
    }

    /// Begins to watch; with `period_steps` of 0 there are no bins.
    pub(super) fn observe(&mut self, period_steps: u64) -> ObserverId {
        let id = self.next_observer;
        self.next_observer += 1;
        let observer = Observer { extremes: Extremes::NONE, period_steps, bins: VecDeque::new() };
        self.observers.insert(id, observer);
        id
    }

    /// Extremes since the last call or the beginning.
    pub(super) fn take_extremes(&mut self, id: ObserverId) -> Option<Bin> {
        self.catch_up();
        let now = self.started.plus(self.plant.now());
        let observer = self.observers.get_mut(&id)?;
        let taken = core::mem::replace(&mut observer.extremes, Extremes::NONE);
        Some(Bin::of(&taken, now))
    }

    /// The full periods since the last call.
    pub(super) fn take_bins(&mut self, id: ObserverId) -> VecDeque<Bin> {
        self.observers.get_mut(&id).map(|observer| core::mem::take(&mut observer.bins)).unwrap_or_default()
    }

    /// Watches no more.
    pub(super) fn forget(&mut self, id: ObserverId) {
        self.observers.remove(&id);
    }
}

/// Advances the plant for ever.
pub(super) async fn keep_pace(world: Rc<RefCell<World>>) {
    let mut ticks = tokio::time::interval(PACE);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        world.borrow_mut().catch_up();
    }
}

/// The machine's monotonic clock.
pub(crate) fn monotonic() -> Monotonic {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    // Monotonic time is never negative.
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or(0);
    Monotonic(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds))
}
