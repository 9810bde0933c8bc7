// SPDX-License-Identifier: MIT OR Apache-2.0
//! The vein around the drainage cannula: a Starling resistor that snaps.
//!
//! When transmural pressure falls below zero the wall is sucked onto the cannula's holes and flow breaks down. Suction
//! holds it there until the vein has refilled to half its filling pressure; then it lets go, flow returns, and the
//! line *kicks*. Emptying and refilling make a limit cycle of 1 to 5 Hz (domain physics 4.3 `[C]`; clinical picture
//! `[S106]`). A vein that cannot refill against the leak past the closed wall stays shut until the pump is slowed.

/// Whether the wall lies on the cannula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Wall {
    #[default]
    Free,
    SuckedOn,
}

/// State of the vein's wall. Its pressure is a state of the circuit's solver.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Vein {
    wall: Wall,
    /// How far the wall has followed: 0 open, 1 closed.
    closure: f64,
}

impl Vein {
    /// Transmural pressure below which the wall closes, in mmHg.
    pub(super) const COLLAPSE_BELOW: f64 = 0.0;
    /// Compliance of the vein around the tip, in mL/mmHg `[C]`.
    pub(super) const COMPLIANCE_ML: f64 = 2.0;
    /// The wall lets go at this fraction of the filling pressure `[C]`.
    const RELEASE_AT: f64 = 0.5;
    /// Added resistance when closed, in mmHg per L/min `[C]`.
    const CLOSED: f64 = 500.0;
    /// How fast the wall follows, in seconds `[C]`.
    const LAG_S: f64 = 0.04;

    /// The wall follows transmural pressure for `dt_s` seconds; `filling` is the pressure the vein refills to. In mmHg.
    pub(super) fn step(&mut self, dt_s: f64, transmural: f64, filling: f64) {
        self.wall = match self.wall {
            Wall::Free if transmural < Self::COLLAPSE_BELOW => Wall::SuckedOn,
            Wall::SuckedOn if transmural > Self::RELEASE_AT * filling.max(1.0) => Wall::Free,
            unchanged => unchanged,
        };
        let target = match self.wall {
            Wall::Free => 0.0,
            Wall::SuckedOn => 1.0,
        };
        self.closure += (target - self.closure) * dt_s / (Self::LAG_S + dt_s);
    }

    /// Added to the cannula, in mmHg per L/min. The area closes evenly, resistance grows late and steeply.
    pub(super) fn resistance(&self) -> f64 {
        Self::CLOSED * self.closure.powi(3)
    }
}
