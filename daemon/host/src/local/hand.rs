// SPDX-License-Identifier: MIT OR Apache-2.0
//! From two keys to a speed. Pure: levels, speeds and time in, a demand out.
//!
//! - A press goes one step from what is held, or, behind a restart of this host, from what is measured: never from a number that
//!   stands only here.
//! - The speed follows with the slew, and never leaves the bounds of the keys. What was outside before is not moved inside by itself, and
//!   a key moves it only towards them.
//! - Both keys at once are no press.
//! - A pump that stands is started by nothing less than [`START`] of "raise": then it goes to the lowest speed of the keys.

use ecmod_config::LocalControl;
use ecmod_quantities::{Monotonic, Span};

use super::key::{Key, Stroke};

/// How long "raise" is held to start a pump that stands `[C]`.
pub const START: Span = Span::from_secs(3);
/// A pump that turns no faster than this stands, rpm `[C]`.
pub const STANDING: f64 = 50.0;

/// One look moves the speed by no more than what its slew makes of this.
const LONGEST_STRIDE: Span = Span::from_millis(100);

/// What is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    /// The key that raises; `None`: it cannot be read.
    pub raise: Option<bool>,
    /// The key that lowers.
    pub lower: Option<bool>,
    /// What is demanded of the pump, rpm.
    pub held: Option<f64>,
    /// What it does, rpm.
    pub measured: Option<f64>,
    /// What its driver takes, rpm.
    pub range: (f64, f64),
}

/// What came of a look.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Move {
    /// What is to be demanded now, rpm; `None`: as before.
    pub demand: Option<f64>,
    /// Where a key has just sent it, rpm.
    pub target: Option<f64>,
    /// A key has just been found to be stuck.
    pub stuck: bool,
}

/// The way to where the keys have sent the speed.
#[derive(Debug, Clone, Copy)]
struct Ramp {
    present: f64,
    target: f64,
    since: Monotonic,
}

/// The hand on the keys.
#[derive(Debug, Clone)]
pub struct Hand {
    minimum: f64,
    maximum: f64,
    step: f64,
    slew: f64,
    raise: Key,
    lower: Key,
    ramp: Option<Ramp>,
}

impl Hand {
    /// No key has been seen.
    #[must_use]
    pub fn new(settings: &LocalControl) -> Self {
        Self {
            minimum: settings.minimum.value(),
            maximum: settings.maximum.value(),
            step: settings.step.value(),
            slew: settings.slew_rpm_per_s,
            raise: Key::UNKNOWN,
            lower: Key::UNKNOWN,
            ramp: None,
        }
    }

    /// The speed stays where it is, and each key has to be let go before it counts: a daemon demands.
    pub fn let_go(&mut self) {
        (self.raise, self.lower, self.ramp) = (Key::UNKNOWN, Key::UNKNOWN, None);
    }

    /// Whether the speed is on its way.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.ramp.is_some()
    }

    /// Whether a press of any key would count.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.raise.is_ready() || self.lower.is_ready()
    }

    /// Looks at the keys and moves on.
    pub fn look(&mut self, seen: &Seen, now: Monotonic) -> Move {
        let strokes = (self.raise.look(seen.raise, now), self.lower.look(seen.lower, now));
        let stuck = strokes.0 == Some(Stroke::Stuck) || strokes.1 == Some(Stroke::Stuck);
        let goes = |stroke: Option<Stroke>| matches!(stroke, Some(Stroke::Press | Stroke::Repeat));
        let target = match (self.raise.pressed_for(now), self.lower.pressed_for(now)) {
            (Some(held), None) if goes(strokes.0) => self.raised(seen, held, now),
            (None, Some(_)) if goes(strokes.1) => self.lowered(seen, now),
            _ => None,
        };
        Move { demand: self.advance(now), target, stuck }
    }

    /// Where a step begins: on the way, or what is held or measured, unless that is a pump that stands.
    fn from(&self, seen: &Seen) -> Option<f64> {
        let from = self.ramp.map(|ramp| ramp.target).or(seen.held).or(seen.measured);
        from.filter(|speed| *speed > STANDING)
    }

    fn raised(&mut self, seen: &Seen, held_for: Span, now: Monotonic) -> Option<f64> {
        let target = match self.from(seen) {
            Some(from) => (from + self.step).min(self.maximum.min(seen.range.1).max(from)),
            None if held_for >= START => self.minimum.max(seen.range.0),
            None => return None,
        };
        self.send(target, seen, now)
    }

    fn lowered(&mut self, seen: &Seen, now: Monotonic) -> Option<f64> {
        let from = self.from(seen)?;
        self.send((from - self.step).max(self.minimum.max(seen.range.0).min(from)), seen, now)
    }

    fn send(&mut self, target: f64, seen: &Seen, now: Monotonic) -> Option<f64> {
        let present = match self.ramp {
            Some(ramp) => ramp.present,
            None => seen.held.filter(|held| *held > STANDING).or(seen.measured).unwrap_or(0.0),
        };
        // below its lowest speed a driver knows only "stand"
        let present = present.max(seen.range.0);
        let since = self.ramp.map_or(now, |ramp| ramp.since);
        self.ramp = Some(Ramp { present, target, since });
        Some(target)
    }

    /// The next piece of the way.
    fn advance(&mut self, now: Monotonic) -> Option<f64> {
        let ramp = self.ramp.as_mut()?;
        // a look that comes late is no licence for a jump
        let most = self.slew * now.since(ramp.since).min(LONGEST_STRIDE).seconds();
        ramp.since = now;
        let way = (ramp.target - ramp.present).clamp(-most, most);
        let before = ramp.present;
        ramp.present = if (ramp.target - before).abs() <= most { ramp.target } else { before + way };
        let present = ramp.present;
        if present.to_bits() == ramp.target.to_bits() {
            self.ramp = None;
        }
        (present.to_bits() != before.to_bits() || self.ramp.is_none()).then_some(present)
    }
}

#[cfg(test)]
#[path = "hand_tests.rs"]
mod tests;
