// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the alarm engine is told once: presets of the responsible organisation, times, and what belongs to what.

use crate::{Limits, MAX_DRIVERS, MAX_SOURCES, PatientClass};
use ecmod_quantities::Span;

/// The bounds of [`AlarmSettings::audio_pause`]: a pause is always timed.
pub const AUDIO_PAUSE: (Span, Span) = (Span::from_secs(10), Span::from_secs(120));
/// The bounds of [`AlarmSettings::delay_percent`]: delays may be shortened, never lengthened.
pub const DELAY_PERCENT: (u8, u8) = (25, 100);

/// What the alarm engine is told once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmSettings {
    /// The class whose preset counts until an operator chooses.
    pub class: PatientClass,
    /// The presets of the responsible organisation, by [`PatientClass::ALL`]; no operator changes them.
    pub presets: [Limits; PatientClass::ALL.len()],
    /// How long a pause of the sound lasts: 120 s is customary `[K]`.
    pub audio_pause: Span,
    /// The delays of the catalogue are multiplied by this, in percent.
    pub delay_percent: u8,
    /// Whether the console begins in a planned transport ([`crate::Request::SetTransport`]).
    pub transport: bool,
    /// Whether running without mains, or without battery, is what this console always does; then their absence is no alarm.
    pub mains_expected: bool,
    /// Which driver delivers a source and which port has it, for one alarm per cause.
    pub topology: Topology,
}

/// What belongs to what, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topology {
    /// By source index: the driver that delivers it.
    pub sources: [Option<u16>; MAX_SOURCES],
    /// By driver index: its port.
    pub ports: [Option<u16>; MAX_DRIVERS],
    /// The driver that has the pump.
    pub pump: Option<u16>,
}

impl AlarmSettings {
    /// Adult, the presets of the core, 120 s.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            class: PatientClass::Adult,
            presets: PatientClass::ALL.map(Limits::preset),
            audio_pause: Span::from_secs(120),
            delay_percent: 100,
            transport: false,
            mains_expected: true,
            topology: Topology::UNKNOWN,
        }
    }

    /// The preset of a class.
    #[must_use]
    pub fn preset(&self, class: PatientClass) -> Limits {
        self.presets.get(class as usize).copied().unwrap_or_else(|| Limits::preset(class))
    }
}

impl Topology {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { sources: [None; MAX_SOURCES], ports: [None; MAX_DRIVERS], pump: None };

    /// The driver of a source.
    #[must_use]
    pub fn driver_of(&self, source: u16) -> Option<u16> {
        self.sources.get(usize::from(source)).copied().flatten()
    }

    /// The port of a driver.
    #[must_use]
    pub fn port_of(&self, driver: u16) -> Option<u16> {
        self.ports.get(usize::from(driver)).copied().flatten()
    }
}
