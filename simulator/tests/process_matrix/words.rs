// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a row says: what happens to which process, and what must come of it in each mode.

use super::bed::Bed;
use crate::matrix::{Expected, Wanted};
use crate::support::Settings;
use ecmod_control::{AlarmKind, Mode};
use std::time::Duration;

/// Rows that are played in one room, one after the other.
pub struct Chapter {
    /// Of the table in the book, and of the test.
    pub heading: &'static str,
    /// The console that they are played on.
    pub console: Settings<'static>,
    /// Makes the room ready for them, before anything is looked at.
    pub prepare: fn(&mut Bed),
    pub rows: &'static [Row],
}

/// One fault.
pub struct Row {
    /// What goes wrong, in words.
    pub name: &'static str,
    /// Why it stands here: the requirement's words, an incident, a rule.
    pub origin: &'static str,
    /// Makes it go wrong, lets time pass, and mends it. Between rows faults of the simulator are cleared, setpoints are given again,
    /// alarms acknowledged and reset; all else a row puts right itself.
    pub play: fn(&mut Bed),
    /// What the true pump does, by mode.
    pub pump: [Pump; 3],
    /// The mode at the end; `None`: the same.
    pub ends_in: [Option<Mode>; 3],
    /// The annunciator sounds by itself, before anybody has told it to, at the latest after this time, s.
    pub own_sound: Option<f64>,
    /// Where it need not sound by itself, it may: a daemon that dies is back within the 300 ms that it waits for it, or a little later.
    pub may_sound: bool,
    /// The alarms that have to come.
    pub alarms: &'static [Wanted],
    /// Alarms that may come as well: consequences, of which the cause stands above.
    pub also: &'static [AlarmKind],
}

/// Longer than any answer takes, and shorter than anybody has to hear of.
pub const A_MOMENT: Duration = Duration::from_millis(150);

/// The process that is all devices and the patient: none of the console's own.
pub const DEVICES: &str = "devices";

/// The demo.
pub const DEMO: Settings<'static> =
    Settings { scenario: None, broker: None, journald: false, saboteurs: &[] };

impl Row {
    /// What is said of its alarms.
    pub const fn expected(&self) -> Expected {
        Expected { alarms: self.alarms, also: self.also }
    }

    /// To begin a row with: nothing moves the pump, and no alarm comes.
    pub const QUIET: Self = Self {
        name: "",
        origin: "",
        play: |_| {},
        pump: [Pump::Undisturbed; 3],
        ends_in: [None; 3],
        own_sound: None,
        may_sound: false,
        alarms: &[],
        also: &[],
    };
}

/// What the simulated pump's true speed does, millisecond by millisecond, from the fault until the room is itself again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pump {
    /// It moves by what it moves when it is left alone.
    Undisturbed,
    /// While the fault lasts nobody controls and the drive stands still at its speed; before and behind that it is undisturbed.
    Held,
    /// The mode goes on controlling, and nothing lowers the speed by more than its ripple.
    NotLowered,
    /// The mode goes on controlling, whichever way that needs.
    Controlled,
    /// An intervention lowers the speed within its bounds, and ends by itself.
    Limited,
    /// The drive or the pump fails by itself.
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
            Self::Fails => "fails by itself",
        }
    }
}
