// SPDX-License-Identifier: MIT OR Apache-2.0
//! The words for the clamps on the lines: which one, and where it shall be. Their names are those on D-Bus.
//!
//! An operator moves them; no limiter and no mode does. Nothing is demanded of a clamp before somebody asked, so that a
//! restarted core leaves every clamp where it is.

use ecmod_quantities::Monotonic;

/// A clamp of the circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clamp {
    /// On the return line, between membrane and patient.
    Return,
    /// On the drainage line, between patient and pump.
    Drainage,
}

impl Clamp {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Return, Self::Drainage];

    /// The name of its command in configuration files: `return_clamp`, `drainage_clamp`.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::Return => "return_clamp",
            Self::Drainage => "drainage_clamp",
        }
    }

    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Drainage => "drainage",
        }
    }

    /// The clamp with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|clamp| clamp.name() == name)
    }
}

/// Where a clamp shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClampPosition {
    /// Blood can pass.
    Open,
    /// Nothing can pass.
    Closed,
}

impl ClampPosition {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Open, Self::Closed];

    /// The value of the command, a state: 0 open, 1 closed.
    #[must_use]
    pub const fn value(self) -> f64 {
        match self {
            Self::Open => 0.0,
            Self::Closed => 1.0,
        }
    }

    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// The position with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|position| position.name() == name)
    }
}

/// A demand of a clamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClampDemand {
    /// Where it is to be.
    pub position: ClampPosition,
    /// Counts what the operator asks of this clamp: the same position asked for again is a new demand, with which a clamp that stuck
    /// tries again.
    pub request: u32,
    /// When it was asked: a driver that was opened later than that finds a demand that stood already, and moves nothing.
    pub at: Monotonic,
}

/// What is demanded of each clamp. `None` demands nothing: the clamp stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClampDemands {
    /// Of [`Clamp::Return`].
    pub return_clamp: Option<ClampDemand>,
    /// Of [`Clamp::Drainage`].
    pub drainage_clamp: Option<ClampDemand>,
}

impl ClampDemands {
    /// What is demanded of this clamp.
    #[must_use]
    pub const fn of(&self, clamp: Clamp) -> Option<ClampDemand> {
        match clamp {
            Clamp::Return => self.return_clamp,
            Clamp::Drainage => self.drainage_clamp,
        }
    }

    pub(crate) const fn set(&mut self, clamp: Clamp, position: ClampPosition, at: Monotonic) {
        let place = match clamp {
            Clamp::Return => &mut self.return_clamp,
            Clamp::Drainage => &mut self.drainage_clamp,
        };
        let request = match place {
            Some(before) => before.request.wrapping_add(1),
            None => 1,
        };
        *place = Some(ClampDemand { position, request, at });
    }
}

/// Whether a demand would reach each clamp. A clamp that is not configured is not present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClampLinks {
    /// [`Clamp::Return`].
    pub return_clamp: bool,
    /// [`Clamp::Drainage`].
    pub drainage_clamp: bool,
}

impl ClampLinks {
    /// Whether a demand would reach this clamp.
    #[must_use]
    pub const fn has(&self, clamp: Clamp) -> bool {
        match clamp {
            Clamp::Return => self.return_clamp,
            Clamp::Drainage => self.drainage_clamp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for clamp in Clamp::ALL {
            assert_eq!(Clamp::from_name(clamp.name()), Some(clamp));
        }
        for position in ClampPosition::ALL {
            assert_eq!(ClampPosition::from_name(position.name()), Some(position));
        }
        assert_eq!((Clamp::from_name("arterial"), ClampPosition::from_name("shut")), (None, None));
    }
}
