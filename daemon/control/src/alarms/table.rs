// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the alarm engine shows: the alarms that are present, ranked, and the state of the sound.

use super::{Alarm, AlarmKind, AlarmSet, Priority};
use ecmod_quantities::Monotonic;

/// The most alarms that are shown at once; the engine loses none beyond them.
pub const ALARMS_SHOWN: usize = 96;

/// The alarms that are present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmTable {
    /// The alarms without gaps, the most important first: by priority, then causes before consequences, then the newest.
    pub list: [Option<AlarmStatus>; ALARMS_SHOWN],
    /// How many more there are than there is room for: those of the lowest rank.
    pub more: u16,
    /// Whether the sound is paused.
    pub audio: AudioState,
    /// Alarms of high priority that nobody has acknowledged, whether their condition lasts or not.
    pub unreviewed_high: u16,
    /// Alarms announced since the core was made: those that appeared, came again, or rose in priority.
    pub announced: u64,
    /// The kinds that are switched off.
    pub off: AlarmSet,
    /// Whether a planned transport was announced.
    pub transport: bool,
}

/// One alarm that is present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmStatus {
    /// Which one.
    pub alarm: Alarm,
    /// How soon somebody has to act.
    pub priority: Priority,
    /// Whether its condition lasts.
    pub phase: AlarmPhase,
    /// Whether somebody has seen it, at this priority.
    pub acknowledged: bool,
    /// Whether a pause keeps it silent.
    pub audio_paused: bool,
    /// When it was announced; of several times the last.
    pub since: Monotonic,
    /// How often its condition has come since it appeared.
    pub occurrences: u32,
    /// Why.
    pub cause: AlarmCause,
    /// Another alarm that is present and explains this one: to be dealt with first.
    pub caused_by: Option<AlarmKind>,
}

/// Whether the condition of an alarm lasts. Before its delay is over an alarm is pending, and not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmPhase {
    /// It lasts.
    Active,
    /// It is gone, and the alarm stays until somebody acknowledges or resets it.
    Latched,
}

/// Why an alarm is present: one word of its definition, and the value that goes with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmCause {
    /// One of [`crate::Definition::causes`], or the name of the [`ecmod_quantities::Cause`] of a reading.
    pub word: &'static str,
    /// The value that passed a limit, in the unit of what was measured, or the code of a drive.
    pub value: Option<f64>,
}

/// Whether the sound is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioState {
    /// It is not.
    On,
    /// The alarms that were there are silent; new ones and those that rise in priority sound all the same.
    Paused {
        /// Until when.
        until: Monotonic,
    },
}

impl AlarmTable {
    /// No alarm.
    pub const EMPTY: Self = Self {
        list: [None; ALARMS_SHOWN],
        more: 0,
        audio: AudioState::On,
        unreviewed_high: 0,
        announced: 0,
        off: AlarmSet::NONE,
        transport: false,
    };

    /// The alarms, the most important first.
    pub fn iter(&self) -> impl Iterator<Item = &AlarmStatus> {
        self.list.iter().flatten()
    }

    /// The status of this alarm, if it is present (and there is room to show it).
    #[must_use]
    pub fn find(&self, alarm: Alarm) -> Option<&AlarmStatus> {
        self.iter().find(|status| status.alarm == alarm)
    }

    /// Whether an alarm of this kind is present with a condition that lasts.
    #[must_use]
    pub fn is_active(&self, kind: AlarmKind) -> bool {
        self.iter().any(|status| status.alarm.kind == kind && status.phase == AlarmPhase::Active)
    }

    /// The highest priority of the alarms that are present.
    #[must_use]
    pub fn highest(&self) -> Option<Priority> {
        self.iter().map(|status| status.priority).max()
    }
}

impl AlarmPhase {
    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Latched => "latched",
        }
    }
}

impl AlarmCause {
    /// A cause without a value.
    #[must_use]
    pub const fn word(word: &'static str) -> Self {
        Self { word, value: None }
    }

    /// A cause with its value.
    #[must_use]
    pub const fn value(word: &'static str, value: f64) -> Self {
        Self { word, value: Some(value) }
    }
}

impl AudioState {
    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Paused { .. } => "paused",
        }
    }
}
