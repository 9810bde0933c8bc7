// SPDX-License-Identifier: MIT OR Apache-2.0
//! Alarm lamps and a sounder, which tells by a line of its own whether current flows through it.

use super::wires::{Wired, Wires};
use super::{DrivenBy, Level, Line};
use ecmod_quantities::{Monotonic, Span};

/// Lines, by their number here.
pub const LAMP_RED: usize = 0;
/// See [`LAMP_RED`].
pub const LAMP_YELLOW: usize = 1;
/// See [`LAMP_RED`].
pub const LAMP_CYAN: usize = 2;
/// See [`LAMP_RED`].
pub const SOUNDER: usize = 3;
/// See [`LAMP_RED`].
pub const SOUNDER_SENSE: usize = 4;

const LINES: [Line; 5] = [
    Line { name: "LAMP_RED", driven_by: DrivenBy::Host },
    Line { name: "LAMP_YELLOW", driven_by: DrivenBy::Host },
    Line { name: "LAMP_CYAN", driven_by: DrivenBy::Host },
    Line { name: "SOUNDER", driven_by: DrivenBy::Host },
    Line { name: "SOUNDER_SENSE", driven_by: DrivenBy::Chip },
];

/// Lamps and sounder.
#[derive(Debug, Clone)]
pub struct Panel {
    wires: Wires,
    dead: bool,
    /// The sense line becomes this, then.
    sense: Option<(Monotonic, Level)>,
    seen: Monotonic,
}

impl Panel {
    /// How long the current takes to rise or fall so far that it is sensed `[C]`.
    pub const CURRENT: Span = Span::from_micros(100);

    /// Dark and silent.
    #[must_use]
    pub fn new() -> Self {
        Self { wires: Wires::new(&[Level::Low; 5]), dead: false, sense: None, seen: Monotonic::default() }
    }

    /// Whether the sounder's coil is broken from `now` on.
    pub fn set_sounder_dead(&mut self, now: Monotonic, dead: bool) {
        self.settle(now);
        self.dead = dead;
        self.flow(now);
    }

    fn flow(&mut self, now: Monotonic) {
        let flows = Level::from_bool(self.wires.level(SOUNDER).is_high() && !self.dead);
        let was = self.sense.map_or(self.wires.level(SOUNDER_SENSE), |(_, level)| level);
        if flows != was {
            self.sense = Some((now.plus(Self::CURRENT), flows));
        }
    }
}

impl Default for Panel {
    fn default() -> Self {
        Self::new()
    }
}

impl Wired for Panel {
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
        if let Some((at, level)) = self.sense.filter(|(at, _)| *at <= now) {
            self.sense = None;
            self.wires.set(SOUNDER_SENSE, level, at);
        }
        self.seen = self.seen.max(now);
    }

    fn seen(&self) -> Monotonic {
        self.seen
    }

    fn next_event(&self) -> Option<Monotonic> {
        self.sense.map(|(at, _)| at)
    }

    fn driven(&mut self, now: Monotonic, line: usize, level: Option<Level>) {
        if line < SOUNDER_SENSE {
            self.wires.follow(line, level.unwrap_or(Level::Low));
            self.flow(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips::LineChip;

    #[test]
    fn current_is_sensed_while_the_sounder_sounds_and_not_when_it_is_dead() {
        let mut panel = Panel::new();
        let ms = |ms: u64| Monotonic(ms * 1_000_000);
        panel.drive(ms(1), SOUNDER, Some(Level::High));
        assert_eq!(panel.next_change(), Some(ms(1).plus(Panel::CURRENT)));
        assert_eq!(panel.level(ms(1), SOUNDER_SENSE), Level::Low);
        assert_eq!(panel.level(ms(2), SOUNDER_SENSE), Level::High);
        panel.drive(ms(3), SOUNDER, None);
        assert_eq!(panel.level(ms(4), SOUNDER_SENSE), Level::Low);
        panel.set_sounder_dead(ms(5), true);
        panel.drive(ms(6), SOUNDER, Some(Level::High));
        assert_eq!(panel.level(ms(9), SOUNDER_SENSE), Level::Low);
        let mut edges = 0;
        panel.advance(ms(9), &mut |_| edges += 1);
        assert_eq!(edges, 2);
    }
}
