// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a coil is energised, and what is wrong with the clamp. Pure: knows demands, switches and time, no line.
//!
//! A clamp that closes by mistake stops the blood, one that opens by mistake lets it run back: it moves once for each new
//! demand, never on its own, and never because software started again.
//!
//! ```text
//!            new demand, elsewhere
//! Resting -------------------------> Moving
//!    ^                                 | arrived
//!    +---------------------------------+ did not arrive in time; both switches; not readable; demand withdrawn
//! ```

use crate::switches::{Seen, Settled};
use ecmod_plugin::Demand;
use ecmod_plugin::quantities::{Monotonic, Span};

/// The same value counts as demanded anew if it was decided so much later; a demand that is merely refreshed does not.
const ANEW: Span = Span::from_secs(1);

/// One end of the clamp's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Blood can flow.
    Open,
    /// It cannot.
    Closed,
}

impl Position {
    /// What a command's value demands. What is between 0 and 1 is the nearer one; half is closed.
    #[must_use]
    pub fn demanded(value: f64) -> Self {
        if value < 0.5 { Self::Open } else { Self::Closed }
    }
}

/// What is wrong; its numbers are those of the signal `fault`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    /// It did not arrive in time.
    NotArrived = 1,
    /// Both switches are active.
    BothSwitches = 2,
    /// Neither switch is active, and it is not moving.
    Between = 3,
    /// A demand stood already when the driver was opened, and the clamp is elsewhere.
    NotCarriedOut = 4,
}

/// Where the clamp is; its numbers are those of the signal `actual_position`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Whereabouts {
    /// Open.
    Open = 0,
    /// Closed.
    Closed = 1,
    /// On its way.
    Moving = 2,
    /// Not known, or not where it was demanded.
    Fault = 3,
}

/// Decides.
#[derive(Debug, Clone, Copy)]
pub struct Motion {
    opened: Monotonic,
    mismatch: Span,
    state: State,
    taken: Option<Demand>,
    /// A fault that stays until the clamp is where it was demanded, or something is demanded anew.
    kept: Option<Fault>,
    travel: Option<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Resting,
    Moving { to: Position, since: Monotonic },
}

impl Motion {
    /// A clamp that may take `mismatch` to arrive.
    #[must_use]
    pub const fn new(opened: Monotonic, mismatch: Span) -> Self {
        Self { opened, mismatch, state: State::Resting, taken: None, kept: None, travel: None }
    }

    /// One look at demand and switches; returns towards where a coil is to be energised now. `settled` is `None` while the
    /// switches cannot be read, or have not stood still yet.
    pub fn step(
        &mut self,
        demand: Option<Demand>,
        settled: Option<Settled>,
        now: Monotonic,
    ) -> Option<Position> {
        let Some(settled) = settled else {
            self.give_up();
            return None; // a demand waits until it is known where the clamp is
        };
        match demand {
            None => {
                self.taken = None;
                self.kept = None;
                self.state = State::Resting;
            }
            Some(demand) => self.take(demand, settled.seen, now),
        }
        if let State::Moving { to, since } = self.state {
            if settled.seen == Seen::At(to) {
                self.travel = Some(settled.since.since(since));
                self.state = State::Resting;
            } else if settled.seen == Seen::Both || now.since(since) >= self.mismatch {
                self.give_up();
            }
        }
        let demanded = self.taken.map(|demand| Position::demanded(demand.value));
        if demanded.is_some_and(|demanded| settled.seen == Seen::At(demanded)) {
            self.kept = None;
        }
        match self.state {
            State::Resting => None,
            State::Moving { to, .. } => Some(to),
        }
    }

    /// A movement that cannot go on: its coil failed, or nobody sees where the clamp is.
    pub const fn give_up(&mut self) {
        if matches!(self.state, State::Moving { .. }) {
            self.state = State::Resting;
            self.kept = Some(Fault::NotArrived);
        }
    }

    /// Where it is.
    #[must_use]
    pub fn whereabouts(&self, settled: Settled, now: Monotonic) -> Whereabouts {
        match (self.fault(settled, now), self.state, settled.seen) {
            (Some(Fault::NotArrived | Fault::BothSwitches | Fault::Between), _, _) => Whereabouts::Fault,
            (_, State::Moving { .. }, _) | (_, _, Seen::Between) => Whereabouts::Moving,
            (_, State::Resting, Seen::At(Position::Open)) => Whereabouts::Open,
            (_, State::Resting, Seen::At(Position::Closed)) => Whereabouts::Closed,
            (_, State::Resting, Seen::Both) => Whereabouts::Fault,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn fault(&self, settled: Settled, now: Monotonic) -> Option<Fault> {
        match (settled.seen, self.state) {
            (Seen::Both, _) => Some(Fault::BothSwitches),
            (Seen::Between, State::Resting) if self.kept.is_none() => {
                (now.since(settled.since) >= self.mismatch).then_some(Fault::Between)
            }
            (Seen::Between | Seen::At(_), _) => self.kept,
        }
    }

    /// How long the last movement took that arrived.
    #[must_use]
    pub const fn travel(&self) -> Option<Span> {
        self.travel
    }

    fn take(&mut self, demand: Demand, seen: Seen, now: Monotonic) {
        let before = self.taken.replace(demand);
        let to = Position::demanded(demand.value);
        let is_there = seen == Seen::At(to);
        match before {
            // It stood before there was anybody to carry it out: the clamp may have been moved by hand since.
            None if demand.decided <= self.opened => {
                self.kept = (!is_there).then_some(Fault::NotCarriedOut);
                return;
            }
            Some(before) if !is_new(before, demand) => return,
            None | Some(_) => {}
        }
        self.kept = None;
        self.state = if is_there { State::Resting } else { State::Moving { to, since: now } };
    }
}

fn is_new(before: Demand, demand: Demand) -> bool {
    Position::demanded(before.value) != Position::demanded(demand.value)
        || (before.sequence != demand.sequence && demand.decided.since(before.decided) >= ANEW)
}

#[cfg(test)]
#[path = "motion_tests.rs"]
mod tests;
