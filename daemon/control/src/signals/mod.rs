// SPDX-License-Identifier: MIT OR Apache-2.0
//! From sources to roles: what the console goes by.
//!
//! Each source of a signal passes, per new sample: validity and time, calibration, range, rate, filter (`source`);
//! age is checked on every tick. Then the signal's sources become one reading (`vote`). Range and rate are judged
//! *after* calibration, because their limits are stated in what the operator sees.
//!
//! Calibration is `gain * (raw - zero) + offset`; `zeroing` finds zeros, without disturbing anything here.
//!
//! A signal counts its samples itself, so that its sequence grows also when a host restarts or a source changes.

mod rate;
mod source;
mod vote;
mod zeroing;

pub(crate) use vote::SWITCH_BACK;
pub(crate) use zeroing::Collector;

use crate::{MAX_SIGNALS, MAX_SOURCES, Role, SOURCES_PER_SIGNAL, Settings, SignalSettings, SourceSettings};
use ecmod_quantities::{Cause, Monotonic, PerSecond, Quality, Reading};
use source::Source;
use vote::{Choice, Verdict};

/// All signals.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    signals: [Signal; MAX_SIGNALS],
    /// Where each of [`Role::KNOWN`] is found.
    roles: [Option<u8>; Role::KNOWN.len()],
}

#[derive(Debug, Clone, Copy)]
struct Signal {
    sources: [Source; SOURCES_PER_SIGNAL],
    choice: Choice,
    /// Which sample of which source the latest reading was made of.
    origin: Origin,
    sequence: u64,
}

/// Identifies the sample (or, for a median, the samples) behind a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Origin {
    source: Option<u8>,
    sequence: u64,
    acquired: Monotonic,
}

/// The reading of a role as a controller may use it.
///
/// Good readings, and those uncertain ones whose cause does not put the value itself in doubt: a redundant source,
/// an outvoted third one, a value near zero. All others (estimates, missing calibration, ...) are shown only.
pub(crate) fn usable(reading: &Reading) -> Result<f64, Cause> {
    let value = reading.value().ok_or(reading.cause())?;
    match (reading.quality(), reading.cause()) {
        (Quality::Good, _)
        | (Quality::Uncertain, Cause::Redundant | Cause::Disagreement | Cause::NearZero) => Ok(value),
        (_, cause) => Err(cause),
    }
}

impl Pipeline {
    #[allow(clippy::large_stack_arrays)] // 30 kB, once, when a core is made: there is no heap to build it on
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut roles = [None; Role::KNOWN.len()];
        for (place, role) in roles.iter_mut().zip(Role::KNOWN) {
            let found = settings.signals.iter().position(|signal| signal.is_some_and(|s| s.role == role));
            *place = found.and_then(|index| u8::try_from(index).ok());
        }
        let mut pipeline = Self { signals: [Signal::NEW; MAX_SIGNALS], roles };
        for source in
            settings.signals.iter().flatten().flat_map(|signal| signal.sources.iter().flatten()).rev()
        {
            if let Some(zero) = source.zero {
                pipeline.set_zero(settings, source.index, zero);
            }
        }
        pipeline
    }

    /// From now on this is the zero of a source, in every signal that it is part of.
    pub(crate) fn set_zero(&mut self, settings: &Settings, source: u16, zero: f64) {
        self.each_place_of(settings, source, |place, from| place.set_zero(zero, from));
    }

    /// From now on this is what the driver says of the fastest change of a source, in the unit of the source.
    pub(crate) fn declare_slew(&mut self, settings: &Settings, source: u16, slew: Option<PerSecond>) {
        self.each_place_of(settings, source, |place, from| place.declare_slew(slew, from));
    }

    fn each_place_of(
        &mut self,
        settings: &Settings,
        index: u16,
        change: impl Fn(&mut Source, &SourceSettings),
    ) {
        for (signal, settings) in self.signals.iter_mut().zip(&settings.signals) {
            let Some(settings) = settings else { continue };
            for (place, from) in signal.sources.iter_mut().zip(&settings.sources) {
                if let Some(from) = from.as_ref().filter(|from| from.index == index) {
                    change(place, from);
                }
            }
        }
    }

    /// One reading and one active source per signal, from what was read.
    pub(crate) fn tick(
        &mut self,
        settings: &Settings,
        sources: &[Reading],
        now: Monotonic,
        readings: &mut [Reading; MAX_SIGNALS],
        active: &mut [Option<u8>; MAX_SIGNALS],
    ) {
        let sources = sources.get(..MAX_SOURCES).unwrap_or(sources);
        let places = readings.iter_mut().zip(active.iter_mut());
        for ((signal, settings), (reading, active)) in
            self.signals.iter_mut().zip(&settings.signals).zip(places)
        {
            let Some(settings) = settings else { continue };
            (*reading, *active) = signal.tick(settings, sources, now);
        }
    }

    /// The latest reading of a role; no data if no signal has it.
    pub(crate) fn reading(&self, role: Role, readings: &[Reading; MAX_SIGNALS]) -> Reading {
        self.place(role)
            .and_then(|index| readings.get(usize::from(index)))
            .copied()
            .unwrap_or(Reading::NO_DATA)
    }

    /// Whether a signal has this role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.place(role).is_some()
    }

    /// The index of the signal that has this role.
    pub(crate) fn place(&self, role: Role) -> Option<u8> {
        self.roles.get(role as usize).copied().flatten()
    }
}

impl Signal {
    const NEW: Self = Self {
        sources: [Source::NEW; SOURCES_PER_SIGNAL],
        choice: Choice::NEW,
        origin: Origin { source: None, sequence: 0, acquired: Monotonic(0) },
        sequence: 0,
    };

    fn tick(
        &mut self,
        settings: &SignalSettings,
        sources: &[Reading],
        now: Monotonic,
    ) -> (Reading, Option<u8>) {
        let mut fresh = [None; SOURCES_PER_SIGNAL];
        for ((place, source), from) in fresh.iter_mut().zip(&mut self.sources).zip(&settings.sources) {
            let Some(from) = from else { continue };
            let raw = sources.get(usize::from(from.index)).unwrap_or(&Reading::NO_DATA);
            *place = Some(source.take(raw, settings, from, now));
        }
        let Verdict { reading, source, sequence } = self.choice.decide(settings, &fresh, now);
        let origin = Origin { source, sequence, acquired: reading.acquired() };
        if reading.value().is_some() && origin != self.origin {
            self.origin = origin;
            self.sequence = self.sequence.wrapping_add(1);
        }
        (renumbered(&reading, self.sequence), source)
    }
}

/// The same reading with another sequence number.
fn renumbered(reading: &Reading, sequence: u64) -> Reading {
    let acquired = reading.acquired();
    match (reading.quality(), reading.value()) {
        (Quality::Good, Some(value)) => Reading::good(value, acquired, sequence),
        (Quality::Uncertain, Some(value)) => Reading::uncertain(value, reading.cause(), acquired, sequence),
        (_, None) | (Quality::Bad, _) => Reading::bad(reading.cause(), acquired, sequence),
    }
}

#[cfg(test)]
mod tests;
