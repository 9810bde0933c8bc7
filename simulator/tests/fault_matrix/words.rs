// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a row of the matrix says: what goes wrong, and what must come of it in each mode.

use super::bed::Bed;
use crate::matrix::{Expected, Wanted};
use ecmod_control::{AlarmKind, Mode};

/// One fault.
pub struct Row {
    /// What goes wrong, in words.
    pub name: &'static str,
    /// Why it stands here: an alarm of the catalogue, an incident of the requirements.
    pub origin: &'static str,
    /// Makes it go wrong, and lets time pass.
    pub play: fn(&mut Bed),
    /// What the pump does, by mode.
    pub pump: [Pump; 3],
    /// The state at the end, by mode; `None`: support in the same mode.
    pub state: [Option<Mode>; 3],
    /// The alarms that have to come.
    pub alarms: &'static [Wanted],
    /// Alarms that may come as well: consequences, of which the cause stands above.
    pub also: &'static [AlarmKind],
}

impl Row {
    /// What is said of its alarms.
    pub const fn expected(&self) -> Expected {
        Expected { alarms: self.alarms, also: self.also }
    }
}

/// What the pump does while the fault lasts. Demand is what the core asks of the drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pump {
    /// As if nothing had happened: in Speed mode the demand does not move, else the flow stays at its setpoint.
    Undisturbed,
    /// The demand stands still at what it was.
    Held,
    /// The mode goes on controlling; nothing lowers the demand by more than the pump's own ripple.
    NotLowered,
    /// The mode goes on controlling, whichever way that needs.
    Controlled,
    /// An intervention lowers the demand within its bounds, and ends by itself.
    Limited,
    /// The demand is raised.
    Raised,
    /// The drive or the pump fails by itself: the speed falls, the demand does not.
    Fails,
}

impl Pump {
    /// For the table.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Undisturbed => "undisturbed",
            Self::Held => "speed held",
            Self::NotLowered => "controlled, not lowered",
            Self::Controlled => "controlled",
            Self::Limited => "limited, above the floor, for a bounded time",
            Self::Raised => "raised",
            Self::Fails => "fails by itself; demand kept",
        }
    }
}
