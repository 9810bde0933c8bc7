// SPDX-License-Identifier: MIT OR Apache-2.0
//! Discrete sensors and keys: level, bubbles, keys on a panel.
//!
//! Every line is pulled up, and low is what a healthy sensor does to it; so a cut cable reads as an alarm, or, for the
//! bubble detector and the keys, as what has no news. Therefore the bubble detector has a second line that it keeps low as
//! long as it lives.

use super::wires::{Wired, Wires};
use super::{DrivenBy, Level, Line};
use crate::circuit::Site;
use crate::words::u64_of;
use ecmod_quantities::{Monotonic, Span};
use serde::{Deserialize, Serialize};

/// The keys of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// Pauses the sound of alarms.
    Mute,
    /// Confirms.
    Confirm,
    /// Overrides every automatic intervention.
    Override,
    /// Raises the speed, where the pump's host serves the keys by itself.
    Raise,
    /// Lowers it.
    Lower,
}

impl Key {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Mute, Self::Confirm, Self::Override, Self::Raise, Self::Lower];

    const fn line(self) -> usize {
        match self {
            Self::Mute => KEY_MUTE,
            Self::Confirm => KEY_CONFIRM,
            Self::Override => KEY_OVERRIDE,
            Self::Raise => KEY_RAISE,
            Self::Lower => KEY_LOWER,
        }
    }
}

/// What one bubble detector sees.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bubbles {
    /// Bubbles that pass in a second.
    pub per_s: f64,
    /// The detector is dead.
    pub dead: bool,
}

/// What the sensors see and the fingers press.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scene {
    /// There is no liquid at the level sensors.
    pub level_low: bool,
    /// At the detectors of the drainage and of the return line.
    pub bubbles: [Bubbles; 2],
    /// Keys that are pressed, in the order of [`Key::ALL`].
    pub pressed: [bool; 5],
}

impl Scene {
    /// What the detector of this line sees, to be changed.
    pub const fn bubbles_mut(&mut self, site: Site) -> &mut Bubbles {
        let [drainage, back] = &mut self.bubbles;
        match site {
            Site::Drainage => drainage,
            Site::Return => back,
        }
    }
}

/// Lines, by their number here. Those of the return line's detector have no site in their name.
pub const LEVEL_A: usize = 0;
/// See [`LEVEL_A`].
pub const LEVEL_B: usize = 1;
/// See [`LEVEL_A`].
pub const BUBBLE: usize = 2;
/// See [`LEVEL_A`].
pub const BUBBLE_ALIVE: usize = 3;
/// See [`LEVEL_A`].
pub const KEY_MUTE: usize = 4;
/// See [`LEVEL_A`].
pub const KEY_CONFIRM: usize = 5;
/// See [`LEVEL_A`].
pub const KEY_OVERRIDE: usize = 6;
/// See [`LEVEL_A`].
pub const KEY_RAISE: usize = 7;
/// See [`LEVEL_A`].
pub const KEY_LOWER: usize = 8;
/// See [`LEVEL_A`].
pub const DRAINAGE_BUBBLE: usize = 9;
/// See [`LEVEL_A`].
pub const DRAINAGE_BUBBLE_ALIVE: usize = 10;

const LINES: [Line; 11] = {
    const fn line(name: &'static str) -> Line {
        Line { name, driven_by: DrivenBy::Chip }
    }
    [
        line("LEVEL_A"),
        line("LEVEL_B"),
        line("BUBBLE"),
        line("BUBBLE_ALIVE"),
        line("KEY_MUTE"),
        line("KEY_CONFIRM"),
        line("KEY_OVERRIDE"),
        line("KEY_RAISE"),
        line("KEY_LOWER"),
        line("DRAINAGE_BUBBLE"),
        line("DRAINAGE_BUBBLE_ALIVE"),
    ]
};

/// One bubble detector.
#[derive(Debug, Clone)]
struct Detector {
    line: usize,
    alive: usize,
    sees: Bubbles,
    /// When the present pulse ends.
    pulse_ends: Option<Monotonic>,
    /// When the next of many bubbles comes.
    next_bubble: Option<Monotonic>,
}

impl Detector {
    const fn new(line: usize, alive: usize) -> Self {
        let sees = Bubbles { per_s: 0.0, dead: false };
        Self { line, alive, sees, pulse_ends: None, next_bubble: None }
    }

    fn see(&mut self, now: Monotonic, sees: Bubbles, wires: &mut Wires) {
        wires.set(self.alive, Level::from_bool(sees.dead), now);
        if (sees.per_s - self.sees.per_s).abs() > 1e-9 {
            self.next_bubble = (sees.per_s > 0.0).then_some(now);
        }
        self.sees = sees;
    }

    fn pulse(&mut self, at: Monotonic, wires: &mut Wires) {
        if self.sees.dead {
            return;
        }
        wires.set(self.line, Level::Low, at);
        self.pulse_ends = Some(at.plus(Inputs::PULSE));
    }

    fn next_event(&self) -> Option<Monotonic> {
        [self.pulse_ends, self.next_bubble].into_iter().flatten().min()
    }

    fn settle(&mut self, now: Monotonic, wires: &mut Wires) {
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            if self.pulse_ends == Some(at) {
                self.pulse_ends = None;
                wires.set(self.line, Level::High, at);
            }
            if self.next_bubble == Some(at) {
                self.pulse(at, wires);
                let period = Span(u64_of(1e9 / self.sees.per_s).max(1000));
                self.next_bubble = Some(at.plus(period));
            }
        }
    }
}

/// The sensors and keys.
#[derive(Debug, Clone)]
pub struct Inputs {
    wires: Wires,
    /// Of the drainage and of the return line.
    detectors: [Detector; 2],
    seen: Monotonic,
}

impl Inputs {
    /// How long a pulse of the bubble detector is `[C]`.
    pub const PULSE: Span = Span::from_millis(2);

    /// Liquid at the sensors, no bubble, no key.
    #[must_use]
    pub fn new() -> Self {
        use Level::{High, Low};
        Self {
            wires: Wires::new(&[Low, Low, High, Low, High, High, High, High, High, High, Low]),
            detectors: [
                Detector::new(DRAINAGE_BUBBLE, DRAINAGE_BUBBLE_ALIVE),
                Detector::new(BUBBLE, BUBBLE_ALIVE),
            ],
            seen: Monotonic::default(),
        }
    }

    /// What is to be seen from `now` on.
    pub fn set_scene(&mut self, now: Monotonic, scene: Scene) {
        self.settle(now);
        let low_while = |condition: bool| Level::from_bool(!condition);
        self.wires.set(LEVEL_A, low_while(!scene.level_low), now);
        self.wires.set(LEVEL_B, low_while(!scene.level_low), now);
        for (detector, sees) in self.detectors.iter_mut().zip(scene.bubbles) {
            detector.see(now, sees, &mut self.wires);
        }
        for (key, pressed) in Key::ALL.into_iter().zip(scene.pressed) {
            self.wires.set(key.line(), low_while(pressed), now);
        }
        self.settle(now);
    }

    /// One bubble passes in this line.
    pub fn bubble(&mut self, now: Monotonic, site: Site) {
        self.settle(now);
        let [drainage, back] = &mut self.detectors;
        let detector = match site {
            Site::Drainage => drainage,
            Site::Return => back,
        };
        detector.pulse(now, &mut self.wires);
    }
}

impl Default for Inputs {
    fn default() -> Self {
        Self::new()
    }
}

impl Wired for Inputs {
    fn lines(&self) -> &[Line] {
        &LINES
    }

    fn wires(&self) -> &Wires {
        &self.wires
    }

    fn wires_mut(&mut self) -> &mut Wires {
        &mut self.wires
    }

    fn settle(&mut self, now: Monotonic) {
        // One event after the other, whichever detector it belongs to: edges come in the order of their times.
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            for detector in &mut self.detectors {
                detector.settle(at, &mut self.wires);
            }
        }
        self.seen = self.seen.max(now);
    }

    fn seen(&self) -> Monotonic {
        self.seen
    }

    fn next_event(&self) -> Option<Monotonic> {
        self.detectors.iter().filter_map(Detector::next_event).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips::LineChip;

    fn at(ms: u64) -> Monotonic {
        Monotonic(ms * 1_000_000)
    }

    fn edges(inputs: &mut Inputs, ms: u64) -> Vec<(usize, u64, bool)> {
        let mut all = Vec::new();
        inputs
            .advance(at(ms), &mut |edge| all.push((edge.line, edge.at.0 / 1_000_000, edge.level.is_high())));
        all
    }

    #[test]
    fn a_bubble_is_a_low_pulse_with_its_own_times() {
        let mut inputs = Inputs::new();
        inputs.bubble(at(10), Site::Return);
        assert_eq!(edges(&mut inputs, 500), [(BUBBLE, 10, false), (BUBBLE, 12, true)]);
        inputs.bubble(at(600), Site::Drainage);
        assert_eq!(edges(&mut inputs, 900), [(DRAINAGE_BUBBLE, 600, false), (DRAINAGE_BUBBLE, 602, true)]);
    }

    #[test]
    fn many_bubbles_come_at_their_rate_until_they_end() {
        let mut inputs = Inputs::new();
        let mut scene = Scene::default();
        scene.bubbles_mut(Site::Return).per_s = 20.0;
        inputs.set_scene(at(100), scene);
        let falls: Vec<u64> =
            edges(&mut inputs, 299).iter().filter(|(_, _, high)| !high).map(|(_, ms, _)| *ms).collect();
        assert_eq!(falls, [100, 150, 200, 250]);
        inputs.set_scene(at(299), Scene::default());
        assert_eq!(edges(&mut inputs, 900), []);
    }

    #[test]
    fn level_keys_and_a_dead_detector_are_levels() {
        let mut inputs = Inputs::new();
        let mut scene = Scene { level_low: true, ..Scene::default() };
        scene.bubbles_mut(Site::Return).dead = true;
        scene.pressed[0] = true;
        inputs.set_scene(at(5), scene);
        assert_eq!(
            edges(&mut inputs, 6),
            [(LEVEL_A, 5, true), (LEVEL_B, 5, true), (BUBBLE_ALIVE, 5, true), (KEY_MUTE, 5, false)]
        );
        inputs.bubble(at(7), Site::Return);
        assert_eq!(edges(&mut inputs, 20), [], "a dead detector sees nothing");
    }
}
