// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the state journal keeps of the alarms, so that a restart loses none and the limits stay.

use super::{Alarm, AlarmSet, Priority};
use crate::{Limits, PatientClass};
use ecmod_quantities::Monotonic;

/// The most alarms that are kept: those of the highest rank.
pub const ALARMS_KEPT: usize = 24;

/// What the state journal keeps of limits and alarms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmMemory {
    /// The limits in force; `None` if they are not known, and the preset of the class counts.
    pub limits: Option<Limits>,
    /// The patient's class; `None` if it is not known.
    pub class: Option<PatientClass>,
    /// The kinds that are switched off.
    pub off: AlarmSet,
    /// The end of the pause of the sound, of the monotonic clock of this boot.
    pub paused_until: Option<Monotonic>,
    /// Whether a planned transport was announced; `None` if it is not known.
    pub transport: Option<bool>,
    /// The alarms that were present, the most important first.
    pub alarms: [Option<KeptAlarm>; ALARMS_KEPT],
}

/// An alarm that was present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptAlarm {
    /// Which one.
    pub alarm: Alarm,
    /// The priority it had.
    pub priority: Priority,
    /// Whether somebody had seen it.
    pub acknowledged: bool,
}

impl AlarmMemory {
    /// Nothing is known.
    pub const NOTHING: Self = Self {
        limits: None,
        class: None,
        off: AlarmSet::NONE,
        paused_until: None,
        transport: None,
        alarms: [None; ALARMS_KEPT],
    };
}

impl Default for AlarmMemory {
    fn default() -> Self {
        Self::NOTHING
    }
}
