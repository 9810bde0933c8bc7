// SPDX-License-Identifier: MIT OR Apache-2.0
//! The word for what lamp and sounder shall show: the highest priority of the alarms there are.
//!
//! Both are demanded afresh with every tick. That is the annunciator's heartbeat: it alarms by itself when it ends.

/// What a lamp or a sounder shall show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Annunciation {
    /// No alarm.
    #[default]
    None,
    /// An alarm of low priority.
    Low,
    /// An alarm of medium priority.
    Medium,
    /// An alarm of high priority.
    High,
}

impl Annunciation {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::None, Self::Low, Self::Medium, Self::High];

    /// The value of the commands `alarm_lamp` and `alarm_sound`, a code: 0 to 3.
    #[must_use]
    pub const fn value(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Low => 1.0,
            Self::Medium => 2.0,
            Self::High => 3.0,
        }
    }

    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
