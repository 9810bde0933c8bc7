// SPDX-License-Identifier: MIT OR Apache-2.0
//! A tubing clamp: two coils that move it, two switches that say where it is; without current it stays.
//!
//! Switches pull their line low; a pull-up makes it high otherwise, as it does when the cable is cut. Both coils at once
//! move nothing. Travel takes 200 ms `[C]`.

use super::wires::{Wired, Wires};
use super::{DrivenBy, Level, Line};
use crate::words::u64_of;
use ecmod_quantities::{Monotonic, Span};
use serde::{Deserialize, Serialize};

/// Which of its switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// Closed contact when the clamp is open.
    Open,
    /// Closed contact when the clamp is closed.
    Closed,
}

/// What is wrong, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fault {
    /// It does not move, whatever the coils do.
    pub jammed: bool,
    /// It closes by itself and stays closed, whatever the coils do.
    pub closes_by_itself: bool,
    /// The open switch makes no contact any more.
    pub open_switch_broken: bool,
    /// The closed switch makes no contact any more.
    pub closed_switch_broken: bool,
}

/// Lines, by their number in the clamp.
pub const OPEN_COIL: usize = 0;
/// See [`OPEN_COIL`].
pub const CLOSE_COIL: usize = 1;
/// See [`OPEN_COIL`].
pub const IS_OPEN: usize = 2;
/// See [`OPEN_COIL`].
pub const IS_CLOSED: usize = 3;

/// The clamp.
#[derive(Debug, Clone)]
pub struct Clamp {
    lines: [Line; 4],
    wires: Wires,
    fault: Fault,
    /// 0 open, 1 closed.
    position: f64,
    seen: Monotonic,
}

impl Clamp {
    /// From open to closed.
    pub const TRAVEL: Span = Span::from_millis(200);
    /// So close to an end its switch makes contact.
    const REACH: f64 = 0.03;

    /// Open. The names are those of open coil, close coil, open switch, closed switch.
    #[must_use]
    pub fn new(names: [&'static str; 4]) -> Self {
        let [open_coil, close_coil, is_open, is_closed] = names;
        let line = |name, driven_by| Line { name, driven_by };
        Self {
            lines: [
                line(open_coil, DrivenBy::Host),
                line(close_coil, DrivenBy::Host),
                line(is_open, DrivenBy::Chip),
                line(is_closed, DrivenBy::Chip),
            ],
            wires: Wires::new(&[Level::Low, Level::Low, Level::Low, Level::High]),
            fault: Fault::default(),
            position: 0.0,
            seen: Monotonic::default(),
        }
    }

    /// What is wrong with it from `now` on.
    pub fn set_fault(&mut self, now: Monotonic, fault: Fault) {
        self.settle(now);
        self.fault = fault;
        self.show(now);
    }

    /// How much of the tube is closed, 0 to 1.
    pub fn closed(&mut self, now: Monotonic) -> f64 {
        self.settle(now);
        self.position
    }

    /// The velocity that the coils give it, travels per second.
    fn velocity(&self) -> f64 {
        let on = |line| self.wires.level(line).is_high();
        let wanted = match (on(OPEN_COIL), on(CLOSE_COIL)) {
            _ if self.fault.closes_by_itself => f64::from(u8::from(self.position < 1.0)),
            (true, false) if self.position > 0.0 => -1.0,
            (false, true) if self.position < 1.0 => 1.0,
            _ => 0.0,
        };
        if self.fault.jammed { 0.0 } else { wanted / Self::TRAVEL.seconds() }
    }

    /// The next position at which something happens on the way.
    fn next_stop(&self) -> Option<(Monotonic, f64)> {
        let velocity = self.velocity();
        if velocity.abs() < f64::EPSILON {
            return None;
        }
        let stops = [0.0, Self::REACH, 1.0 - Self::REACH, 1.0];
        let ahead = |stop: &f64| (*stop - self.position) * velocity > 1e-9;
        let far = |stop: f64| (stop - self.position).abs();
        let stop = stops.into_iter().filter(ahead).min_by(|a, b| far(*a).total_cmp(&far(*b)))?;
        let after = Span(u64_of(far(stop) / velocity.abs() * 1e9).max(1));
        Some((self.seen.plus(after), stop))
    }

    fn show(&mut self, at: Monotonic) {
        // At the very edge of its reach a switch has let go of a clamp that leaves, and has caught one that comes.
        let margin = 1e-9 * -self.velocity().signum();
        let open = self.position < Self::REACH + margin && !self.fault.open_switch_broken;
        let closed = self.position > 1.0 - Self::REACH + margin && !self.fault.closed_switch_broken;
        self.wires.set(IS_OPEN, Level::from_bool(!open), at);
        self.wires.set(IS_CLOSED, Level::from_bool(!closed), at);
    }
}

impl Wired for Clamp {
    fn lines(&self) -> &[Line] {
        &self.lines
    }

    fn wires(&self) -> &Wires {
        &self.wires
    }

    fn wires_mut(&mut self) -> &mut Wires {
        &mut self.wires
    }

    fn settle(&mut self, now: Monotonic) {
        while let Some((at, stop)) = self.next_stop().filter(|(at, _)| *at <= now) {
            self.position = stop;
            self.seen = at;
            self.show(at);
        }
        self.position = (self.position + self.velocity() * now.since(self.seen).seconds()).clamp(0.0, 1.0);
        self.seen = self.seen.max(now);
    }

    fn seen(&self) -> Monotonic {
        self.seen
    }

    fn next_event(&self) -> Option<Monotonic> {
        self.next_stop().map(|(at, _)| at)
    }

    fn driven(&mut self, now: Monotonic, line: usize, level: Option<Level>) {
        if line == OPEN_COIL || line == CLOSE_COIL {
            // The coils' drivers are off while nobody drives their line.
            self.wires.follow(line, level.unwrap_or(Level::Low));
            self.show(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips::LineChip;

    fn at(ms: u64) -> Monotonic {
        Monotonic(ms * 1_000_000)
    }

    fn edges(clamp: &mut Clamp, ms: u64) -> Vec<(usize, u64, Level)> {
        let mut all = Vec::new();
        clamp.advance(at(ms), &mut |edge| all.push((edge.line, edge.at.0 / 1_000_000, edge.level)));
        all
    }

    fn clamp() -> Clamp {
        Clamp::new(["OPEN_COIL", "CLOSE_COIL", "OPEN", "CLOSED"])
    }

    #[test]
    fn it_travels_in_200_ms_and_the_switches_tell() {
        let mut clamp = clamp();
        clamp.drive(at(100), CLOSE_COIL, Some(Level::High));
        assert_eq!(clamp.next_change(), Some(at(106)));
        // The open switch opens 3 % on the way, the closed one closes 3 % before the end.
        assert_eq!(edges(&mut clamp, 500), [(IS_OPEN, 106, Level::High), (IS_CLOSED, 294, Level::Low)]);
        assert!((clamp.closed(at(500)) - 1.0).abs() < 1e-9);
        clamp.drive(at(500), CLOSE_COIL, None);
        assert!((clamp.closed(at(9000)) - 1.0).abs() < 1e-9, "it holds");
        clamp.drive(at(9000), OPEN_COIL, Some(Level::High));
        assert_eq!(edges(&mut clamp, 9999), [(IS_CLOSED, 9006, Level::High), (IS_OPEN, 9194, Level::Low)]);
    }

    #[test]
    fn without_current_or_with_both_coils_it_stays_where_it_is() {
        let mut clamp = clamp();
        clamp.drive(at(0), CLOSE_COIL, Some(Level::High));
        clamp.drive(at(100), CLOSE_COIL, Some(Level::Low));
        assert!((clamp.closed(at(900)) - 0.5).abs() < 1e-6);
        clamp.drive(at(900), CLOSE_COIL, Some(Level::High));
        clamp.drive(at(900), OPEN_COIL, Some(Level::High));
        assert!((clamp.closed(at(1900)) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_jammed_clamp_does_not_move_and_a_broken_switch_does_not_tell() {
        let mut clamp = clamp();
        clamp.set_fault(at(0), Fault { jammed: true, ..Fault::default() });
        clamp.drive(at(0), CLOSE_COIL, Some(Level::High));
        assert_eq!(edges(&mut clamp, 800), []);
        clamp.set_fault(at(800), Fault { open_switch_broken: true, ..Fault::default() });
        assert_eq!(edges(&mut clamp, 1200), [(IS_OPEN, 800, Level::High), (IS_CLOSED, 994, Level::Low)]);
    }

    #[test]
    fn a_clamp_that_closes_by_itself_tells_so_and_stays_closed() {
        let mut clamp = clamp();
        clamp.set_fault(at(100), Fault { closes_by_itself: true, ..Fault::default() });
        assert_eq!(edges(&mut clamp, 500), [(IS_OPEN, 106, Level::High), (IS_CLOSED, 294, Level::Low)]);
        clamp.drive(at(500), OPEN_COIL, Some(Level::High));
        assert!((clamp.closed(at(900)) - 1.0).abs() < 1e-9);
    }
}
