// SPDX-License-Identifier: MIT OR Apache-2.0
//! When each alarm's condition is present, and why. The delays, and all that follows, are not decided here.
//!
//! The order is that of cause and consequence: what a lost host takes with it is not found once more signal by signal.

mod air;
mod baseline;
mod blood;
mod clamps;
mod console;
mod flow;
mod hosts;
mod lines;
mod power;
mod pressure;
mod pump;
mod reminder;
mod sensor;

use super::scene::{Case, Scene, Sink};
use ecmod_quantities::{Monotonic, Span};

/// For this long after the core was made, what is not there yet may still be coming.
const ARRIVING: Span = Span::from_secs(5);

/// What the conditions remember.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    /// The first tick.
    started: Option<Monotonic>,
    /// Since when support has been running.
    support: Option<Monotonic>,
    pump: pump::Memory,
    flow: flow::Memory,
    air: air::Memory,
    lines: lines::Memory,
    pressure: pressure::Memory,
    clamps: clamps::Memory,
    blood: blood::Memory,
    hosts: hosts::Memory,
    console: console::Memory,
}

impl Memory {
    pub(super) const NEW: Self = Self {
        started: None,
        support: None,
        pump: pump::Memory::NEW,
        flow: flow::Memory::NEW,
        air: air::Memory::NEW,
        lines: lines::Memory::NEW,
        pressure: pressure::Memory::NEW,
        clamps: clamps::Memory::NEW,
        blood: blood::Memory::NEW,
        hosts: hosts::Memory::NEW,
        console: console::Memory::NEW,
    };

    /// Finds every condition that is present now.
    pub(super) fn find(&mut self, scene: &Scene<'_>, sink: &mut Sink<'_>) {
        let started = *self.started.get_or_insert(scene.now);
        self.support = match scene.case() {
            Case::Running => self.support.or(Some(scene.now)),
            Case::None | Case::Ended => None,
        };
        let supported = self.support.map(|since| scene.now.since(since));
        let arriving = scene.now.since(started) < ARRIVING;
        console::find(scene, &mut self.console, arriving, sink);
        hosts::find(scene, &mut self.hosts, arriving, sink);
        sensor::find(scene, &self.hosts, arriving, sink);
        pump::find(scene, &mut self.pump, sink);
        clamps::find(scene, &mut self.clamps, sink);
        lines::find(scene, &mut self.lines, sink);
        air::find(scene, &mut self.air, sink);
        pressure::find(scene, &mut self.pressure, sink);
        flow::find(scene, &mut self.flow, supported, sink);
        blood::find(scene, &mut self.blood, supported, sink);
        power::find(scene, sink);
        reminder::find(scene, sink);
    }
}
