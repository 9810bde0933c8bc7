// SPDX-License-Identifier: MIT OR Apache-2.0
//! What follows from several signals together. Advisory: no controller goes by an estimate, and none takes a reading
//! away. Alarms and interventions ask them for a second opinion.
//!
//! - `flow`: the virtual flow sensor, and how far the real one lies from it.
//! - `chatter`: the index of suction.
//! - `floor`: the speed below which blood runs backwards, learnt where it shows.
//! - `membrane`: resistance, baseline, trend.
//! - `sensors`: frozen and erratic ones; `contradiction`: those that contradict each other; `feedback`: the drive's own speed.
//! - `air`: second signs of air.
//!
//! All go by samples and their times, so that a tick more or less changes nothing.

mod air;
mod chatter;
mod contradiction;
mod feedback;
mod filter;
mod floor;
mod flow;
mod membrane;
mod memory;
mod output;
mod sensors;
mod view;

pub use memory::EstimatorMemory;
pub use output::{Estimates, MembraneEstimate};

pub(crate) use filter::Held;
pub(crate) use flow::estimate_flow;
pub(crate) use view::View;

use crate::interventions::Corroboration;
use crate::{Role, Settings, control};
use air::AirSigns;
use chatter::Chatter;
use ecmod_quantities::{LitresPerMinute, MmHg, Monotonic};
use floor::FloorLearner;
use flow::FlowCheck;
use membrane::Membrane;
use sensors::Sensors;

/// All estimators.
#[derive(Debug, Clone)]
pub(crate) struct Estimators {
    flow: FlowCheck,
    venous_chatter: Chatter,
    flow_chatter: Chatter,
    floor: FloorLearner,
    membrane: Membrane,
    sensors: Sensors,
    air: AirSigns,
}

impl Estimators {
    pub(crate) fn new(settings: &Settings, memory: &EstimatorMemory) -> Self {
        Self {
            flow: FlowCheck::new(),
            venous_chatter: Chatter::new(),
            flow_chatter: Chatter::new(),
            floor: FloorLearner::new(memory.zero_flow_speed, control::floor(settings)),
            membrane: Membrane::new(memory.membrane_baseline),
            sensors: Sensors::new(),
            air: AirSigns::new(),
        }
    }

    /// Goes on with what another console has learnt of the same patient and oxygenator. What it does not know is as it was.
    pub(crate) fn adopt(&mut self, settings: &Settings, memory: &EstimatorMemory) {
        if memory.zero_flow_speed.is_some() {
            self.floor = FloorLearner::new(memory.zero_flow_speed, control::floor(settings));
        }
        if memory.membrane_baseline.is_some() {
            self.membrane = Membrane::new(memory.membrane_baseline);
        }
    }

    /// Takes what was read.
    pub(crate) fn step(&mut self, settings: &Settings, view: &View<'_>) -> Estimates {
        let preset = settings.preset;
        let configured = control::floor(settings);
        let suspicions = self.sensors.take(settings, view);
        self.floor.take(&view.reading(Role::BloodFlow), view.speed(), preset, configured);
        self.air.take(preset, view);
        Estimates {
            flow_deviation: self.flow.take(preset, view),
            venous_chatter: self.venous_chatter.take(&view.reading(Role::VenousPressure), view.now).map(MmHg),
            flow_chatter: self
                .flow_chatter
                .take(&view.reading(Role::BloodFlow), view.now)
                .map(LitresPerMinute),
            zero_flow_speed: self.floor.zero_flow_speed(),
            floor: self.floor.floor(configured, &settings.speed),
            membrane: self.membrane.take(view),
            frozen: suspicions.frozen,
            disagrees: suspicions.disagrees,
            erratic: suspicions.erratic,
        }
    }

    /// The signs of air around a detection.
    pub(crate) fn air_around(&self, detection: Monotonic, now: Monotonic) -> Corroboration {
        self.air.around(detection, now)
    }

    /// Whether any sign of air could be seen.
    pub(crate) const fn can_corroborate_air(&self) -> bool {
        self.air.able()
    }

    /// What a restarted core should know.
    pub(crate) fn remember(&self) -> EstimatorMemory {
        EstimatorMemory {
            zero_flow_speed: self.floor.zero_flow_speed(),
            membrane_baseline: self.membrane.remember(),
        }
    }
}
