// SPDX-License-Identifier: MIT OR Apache-2.0
//! Level, bubbles, keys and clamps: the simulator's own chips, read as their drivers read them.
//!
//! A bubble holds its state for a second; a key is looked at every 10 ms; a clamp is moved once for each new demand, until its
//! switch says that it is there or its time is over.

use super::sensors::Sample;
use crate::chips::board;
use crate::chips::clamp::{self, Clamp};
use crate::chips::inputs::{self, Inputs, Key};
use crate::chips::{Level, LineChip as _};
use crate::circuit::Site;
use ecmod_control::{ClampDemand, ClampPosition, Role};
use ecmod_quantities::{Cause, Monotonic, Span};

/// A bubble's state lasts this long behind its pulse.
const HOLD: Span = Span::from_secs(1);
/// A clamp that is not there by now has failed.
const LONGEST_TRAVEL: Span = Span::from_secs(1);

/// One bubble detector, as its driver knows it.
#[derive(Debug, Clone, Copy, Default)]
struct Detector {
    seen: Option<Monotonic>,
    count: u32,
    dead: bool,
}

/// One clamp with what its driver is doing.
#[derive(Debug, Clone)]
struct Moved {
    clamp: Clamp,
    told: Option<ClampDemand>,
    /// Where it is being moved to, and until when.
    moving: Option<(ClampPosition, Monotonic)>,
}

/// Sensors and actuators on lines.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    inputs: Inputs,
    scene: inputs::Scene,
    /// Of the drainage and of the return line.
    detectors: [Detector; 2],
    clamps: [Moved; 2],
    sounder_dead: bool,
}

impl Moved {
    fn new() -> Self {
        Self {
            clamp: Clamp::new(["OPEN_COIL", "CLOSE_COIL", "IS_OPEN", "IS_CLOSED"]),
            told: None,
            moving: None,
        }
    }

    fn is(&mut self, now: Monotonic, line: usize) -> bool {
        // Its switches pull their line low.
        self.clamp.level(now, line) == Level::Low
    }

    fn command(&mut self, now: Monotonic, demand: Option<ClampDemand>) {
        if let Some(demand) = demand.filter(|_| demand != self.told) {
            self.told = Some(demand);
            self.moving = Some((demand.position, now.plus(LONGEST_TRAVEL)));
        }
        let Some((position, until)) = self.moving else { return };
        let (coil, other, switch) = match position {
            ClampPosition::Open => (clamp::OPEN_COIL, clamp::CLOSE_COIL, clamp::IS_OPEN),
            ClampPosition::Closed => (clamp::CLOSE_COIL, clamp::OPEN_COIL, clamp::IS_CLOSED),
        };
        let there = self.is(now, switch);
        if there || now >= until {
            self.moving = None;
        }
        self.clamp.drive(now, other, Some(Level::Low));
        self.clamp.drive(now, coil, Some(Level::from_bool(self.moving.is_some())));
    }

    /// 0 open, 1 closed, 2 moving, 3 fault.
    fn position(&mut self, now: Monotonic) -> f64 {
        match (self.is(now, clamp::IS_OPEN), self.is(now, clamp::IS_CLOSED)) {
            (true, false) => 0.0,
            (false, true) => 1.0,
            (false, false) if self.moving.is_some() => 2.0,
            _ => 3.0,
        }
    }
}

impl Panel {
    pub(super) fn new() -> Self {
        Self {
            inputs: Inputs::new(),
            scene: inputs::Scene::default(),
            detectors: [Detector::default(); 2],
            clamps: [Moved::new(), Moved::new()],
            sounder_dead: false,
        }
    }

    /// What is wrong with it from `now` on.
    pub(super) fn set_faults(&mut self, now: Monotonic, faults: &board::Faults) {
        self.scene = faults.scene;
        self.inputs.set_scene(now, faults.scene);
        for (moved, fault) in self.clamps.iter_mut().zip(faults.clamps) {
            moved.clamp.set_fault(now, fault);
        }
        for (detector, sees) in self.detectors.iter_mut().zip(faults.scene.bubbles) {
            detector.dead = sees.dead;
        }
        self.sounder_dead = faults.sounder_dead;
    }

    /// One bubble passes.
    pub(super) fn bubble(&mut self, now: Monotonic, site: Site) {
        self.inputs.bubble(now, site);
    }

    /// The demands for the drainage and for the return clamp.
    pub(super) fn command(&mut self, now: Monotonic, demands: [Option<ClampDemand>; 2]) {
        for (moved, demand) in self.clamps.iter_mut().zip(demands) {
            moved.command(now, demand);
        }
    }

    /// How much of the drainage and of the return tube the clamps close, 0 to 1.
    pub(super) fn closed(&mut self, now: Monotonic) -> [f64; 2] {
        let [drainage, back] = &mut self.clamps;
        [drainage.clamp.closed(now), back.clamp.closed(now)]
    }

    /// What the drivers say now.
    pub(super) fn look(&mut self, now: Monotonic) -> [Sample; 12] {
        let [drainage, back] = &mut self.detectors;
        self.inputs.advance(now, &mut |edge| {
            let detector = match edge.line {
                inputs::DRAINAGE_BUBBLE => &mut *drainage,
                inputs::BUBBLE => &mut *back,
                _ => return,
            };
            if !edge.level.is_high() {
                detector.seen = Some(edge.at);
                detector.count += 1;
            }
        });
        let state = |yes: bool| Ok(f64::from(u8::from(yes)));
        let bubble = |detector: &Detector| {
            if detector.dead {
                return [Err(Cause::SignalLost); 2];
            }
            let holds = detector.seen.is_some_and(|seen| now.since(seen) < HOLD);
            [state(holds), Ok(f64::from(detector.count))]
        };
        let [in_drainage, drainage_count] = bubble(drainage);
        let [in_return, return_count] = bubble(back);
        let pressed = |key: Key| {
            let mut keys = Key::ALL.into_iter().zip(self.scene.pressed);
            state(keys.any(|(known, pressed)| known == key && pressed))
        };
        let keys = [Key::Mute, Key::Confirm, Key::Override].map(pressed);
        let [drainage_clamp, return_clamp] = &mut self.clamps;
        let [mute, confirm, over] = keys;
        [
            (Role::ReturnBubble, in_return),
            (Role::DrainageBubble, in_drainage),
            (Role::ReturnBubbleCount, return_count),
            (Role::DrainageBubbleCount, drainage_count),
            (Role::LevelLow, state(self.scene.level_low)),
            (Role::DrainageClampPosition, Ok(drainage_clamp.position(now))),
            (Role::ReturnClampPosition, Ok(return_clamp.position(now))),
            (Role::KeyMute, mute),
            (Role::KeyConfirm, confirm),
            (Role::KeyOverride, over),
            (Role::SounderOk, state(!self.sounder_dead)),
            (Role::AlarmHeartbeatLost, state(false)),
        ]
    }
}
