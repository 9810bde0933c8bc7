// SPDX-License-Identifier: MIT OR Apache-2.0
//! A speed sensor at the pump's rotor: a magnet that passes a Hall switch once in a revolution.
//!
//! It sees the rotor, not the motor: a coupling that has let go is a rotor that stands. The sensor holds a second line low as long as
//! it lives; a cut cable is pulled high.

use super::wires::{Wired, Wires};
use super::{DrivenBy, Level, Line};
use crate::words::u64_of;
use ecmod_quantities::{Monotonic, Rpm, Span};

const PULSE: usize = 0;
const ALIVE: usize = 1;
const LINES: [Line; 2] = [
    Line { name: "TACHO", driven_by: DrivenBy::Chip },
    Line { name: "TACHO_ALIVE", driven_by: DrivenBy::Chip },
];
/// A rotor slower than this does not turn.
const STANDS: Rpm = Rpm(1.0);

/// The sensor with the rotor before it.
#[derive(Debug, Clone)]
pub struct Tacho {
    wires: Wires,
    dead: bool,
    /// Of half a revolution, and when the present one ends; while the rotor turns.
    turning: Option<(Span, Monotonic)>,
    seen: Monotonic,
}

impl Tacho {
    /// Pulses in one revolution.
    pub const PULSES: u32 = 1;

    /// Before a rotor that stands.
    #[must_use]
    pub fn new() -> Self {
        let wires = Wires::new(&[Level::High, Level::Low]);
        Self { wires, dead: false, turning: None, seen: Monotonic::default() }
    }

    /// The rotor turns with this speed from `now` on.
    pub fn set_speed(&mut self, now: Monotonic, speed: Rpm) {
        self.settle(now);
        let speed = speed.value().abs();
        self.turning = (speed >= STANDS.value()).then(|| {
            let half = Span(u64_of(30e9 / speed));
            // What is left of the present half turn takes as much longer or shorter.
            let left = self.turning.map_or(1.0, |(was, ends)| ends.since(now).seconds() / was.seconds());
            (half, now.plus(Span(u64_of(left * half.seconds() * 1e9))))
        });
    }

    /// Whether the sensor is dead.
    pub fn set_dead(&mut self, now: Monotonic, dead: bool) {
        self.settle(now);
        self.dead = dead;
        self.wires.set(ALIVE, Level::from_bool(dead), now);
    }
}

impl Default for Tacho {
    fn default() -> Self {
        Self::new()
    }
}

impl Wired for Tacho {
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
        while let Some((half, ends)) = self.turning.filter(|(_, ends)| *ends <= now) {
            if !self.dead {
                let level = !self.wires.level(PULSE);
                self.wires.set(PULSE, level, ends);
            }
            self.turning = Some((half, ends.plus(half)));
        }
        self.seen = self.seen.max(now);
    }

    fn seen(&self) -> Monotonic {
        self.seen
    }

    fn next_event(&self) -> Option<Monotonic> {
        self.turning.map(|(_, ends)| ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips::LineChip;

    fn at(ms: u64) -> Monotonic {
        Monotonic(1_000_000_000 + ms * 1_000_000)
    }

    fn falls(tacho: &mut Tacho, ms: u64) -> Vec<u64> {
        let mut all = Vec::new();
        tacho.advance(at(ms), &mut |edge| {
            if edge.line == PULSE && edge.level == Level::Low {
                all.push((edge.at.0 - at(0).0) / 1_000_000);
            }
        });
        all
    }

    #[test]
    fn each_revolution_is_a_pulse_at_its_own_time() {
        let mut tacho = Tacho::new();
        tacho.set_speed(at(0), Rpm(3000.0));
        assert_eq!(falls(&mut tacho, 65), [10, 30, 50]);
        assert_eq!(tacho.next_change(), Some(at(70)));
    }

    #[test]
    fn a_speed_that_changes_goes_on_where_the_rotor_is_and_a_rotor_that_stands_gives_nothing() {
        let mut tacho = Tacho::new();
        tacho.set_speed(at(0), Rpm(3000.0));
        tacho.set_speed(at(5), Rpm(1500.0)); // half of the first half turn is left: 10 ms now
        assert_eq!(falls(&mut tacho, 60), [15, 55]);
        tacho.set_speed(at(60), Rpm(0.0));
        assert!(falls(&mut tacho, 5000).is_empty() && tacho.next_change().is_none());
    }

    #[test]
    fn a_sensor_that_is_dead_says_so_on_its_line_of_life_and_sees_no_rotor() {
        let mut tacho = Tacho::new();
        tacho.set_speed(at(0), Rpm(3000.0));
        tacho.set_dead(at(1), true);
        assert!(falls(&mut tacho, 500).is_empty());
        assert_eq!(tacho.level(at(500), ALIVE), Level::High);
        tacho.set_dead(at(501), false);
        assert_eq!((tacho.level(at(501), ALIVE), falls(&mut tacho, 600).len()), (Level::Low, 5));
    }
}
