// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pressure limit as an override controller: it yields a ceiling for the speed.
//!
//! A PI controller in incremental form on the room left to the limit. Far from the limit there is no ceiling; near it
//! the ceiling lets the speed rise only as fast as the room allows; at the limit it acts, and the ceiling falls where
//! the limit is passed. It works from the applied speed, so taking over and letting go are bumpless.
//!
//! Only from [`AT_LIMIT`] on does it lower anything, and only then does its longest duration run.

use super::context::{Context, Sensed};
use super::episode::{Ending, Push};
use super::{Corroboration, Inhibit, InterventionKind, Sign};
use crate::signals::usable;
use crate::{PumpPreset, Role, Settings};
use ecmod_quantities::{MmHg, Monotonic, Reading, Rpm, Span};

/// Integral gain for the drainage pressure, rpm/(mmHg s): dP/dN is about 0.05 mmHg/rpm in the solved operating
/// points of the Rotaflow class, for a closed-loop time constant of about 1.7 s `[C]`.
const VENOUS_GAIN: f64 = 12.0;
/// Integral gain for the pressures behind the pump, rpm/(mmHg s): dP/dN is about 0.12 mmHg/rpm `[C]`.
const RETURN_GAIN: f64 = 5.0;
/// Proportional over integral gain, s.
const INTEGRAL_TIME: f64 = 0.15;
/// With more room than this there is no ceiling.
const BAND: MmHg = MmHg(15.0);
/// With less room than this it acts.
const AT_LIMIT: MmHg = MmHg(2.0);
/// The longest time between samples that is integrated over.
const LONGEST_GAP: Span = Span::from_millis(200);
/// A ceiling that holds the speed down by more than this counts, and for this long after.
const NOTICEABLE: Rpm = Rpm(1.0);
const STILL_HOLDS: Span = Span::from_secs(1);
/// So many samples past the limit are needed before it acts: never on a single one.
const SAMPLES: u32 = 2;

/// Which side the limit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The pressure shall not fall below it.
    Low,
    /// The pressure shall not rise above it.
    High,
}

/// The state of one limit.
#[derive(Debug, Clone)]
pub(super) struct PressureLimit {
    kind: InterventionKind,
    role: Role,
    side: Side,
    gain: f64,
    last: Option<Sample>,
    ceiling: Option<Rpm>,
    /// Samples at or past the limit in a row.
    at_limit: u32,
    bound: Option<Monotonic>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    sequence: u64,
    at: Monotonic,
    room: MmHg,
}

impl PressureLimit {
    /// The drainage pressure shall not fall.
    pub(super) fn venous(settings: &Settings) -> Self {
        Self::new(InterventionKind::VenousPressureLow, Role::VenousPressure, Side::Low, VENOUS_GAIN, settings)
    }

    /// The pressure before the membrane shall not rise.
    pub(super) fn pre_membrane(settings: &Settings) -> Self {
        let kind = InterventionKind::PreMembranePressureHigh;
        Self::new(kind, Role::PreMembranePressure, Side::High, RETURN_GAIN, settings)
    }

    /// The pressure in the return line shall not rise.
    pub(super) fn arterial(settings: &Settings) -> Self {
        let kind = InterventionKind::ArterialPressureHigh;
        Self::new(kind, Role::ArterialPressure, Side::High, RETURN_GAIN, settings)
    }

    fn new(kind: InterventionKind, role: Role, side: Side, gain: f64, settings: &Settings) -> Self {
        let relative = settings.preset.nominal_sensitivity() / PumpPreset::RotaflowLike.nominal_sensitivity();
        Self { kind, role, side, gain: gain / relative, last: None, ceiling: None, at_limit: 0, bound: None }
    }

    pub(super) const fn kind(&self) -> InterventionKind {
        self.kind
    }

    /// The ceiling as it is now, if there is one; at least the floor.
    pub(super) fn ceiling(&self, context: &Context<'_>) -> Option<Rpm> {
        self.ceiling.map(|ceiling| ceiling.max(context.floor))
    }

    /// Looks at the pressure. `limit`: `None` if there is none.
    pub(super) fn sense(&mut self, limit: Option<MmHg>, context: &Context<'_>) -> Sensed {
        let (Some(limit), Some(reading)) = (limit, context.view.signal(self.role)) else {
            self.stand_back();
            return Sensed::inhibited(if limit.is_none() { None } else { Some(Inhibit::NoSignal) });
        };
        let pressure = match usable(&reading) {
            Ok(pressure) => MmHg(pressure),
            Err(cause) => {
                self.stand_back();
                return Sensed::inhibited(Some(Inhibit::SignalBad(cause)));
            }
        };
        let room = match self.side {
            Side::Low => pressure - limit,
            Side::High => limit - pressure,
        };
        self.follow(&reading, room, context.applied);
        let ceiling = self.ceiling(context);
        let holds = ceiling.is_some_and(|ceiling| ceiling + NOTICEABLE < context.target);
        if holds && self.at_limit >= SAMPLES {
            self.bound = Some(context.now);
        }
        let bound = self.bound.is_some_and(|bound| context.now.since(bound) < STILL_HOLDS);
        let past = room < MmHg::ZERO && self.at_limit >= SAMPLES;
        Sensed {
            push: match (bound, past) {
                (true, _) => Push::Wanted,
                (false, true) => Push::Present,
                (false, false) => Push::Calm,
            },
            ending: Ending::Eases,
            present: past || bound,
            value: pressure.value(),
            limit: limit.value(),
            corroboration: if self.at_limit >= SAMPLES {
                Corroboration::NONE.with(Sign::Persistence)
            } else {
                Corroboration::NONE
            },
            inhibit: None,
            off: false,
        }
    }

    fn follow(&mut self, reading: &Reading, room: MmHg, applied: Rpm) {
        let sample = Sample { sequence: reading.sequence(), at: reading.acquired(), room };
        if self.last.is_some_and(|last| last.sequence == sample.sequence) {
            return;
        }
        let last = self.last.replace(sample).unwrap_or(sample);
        self.at_limit = if room < AT_LIMIT { self.at_limit.saturating_add(1) } else { 0 };
        self.ceiling = (room < BAND).then(|| {
            let elapsed = sample.at.since(last.at).min(LONGEST_GAP).seconds();
            let change = (room - last.room).value() * INTEGRAL_TIME + room.value() * elapsed;
            let ceiling = applied + Rpm(self.gain * change);
            // What is not yet at the limit slows a rise, and lowers nothing.
            if self.at_limit >= SAMPLES { ceiling } else { ceiling.max(applied) }
        });
    }

    fn stand_back(&mut self) {
        (self.last, self.ceiling, self.at_limit, self.bound) = (None, None, 0, None);
    }
}
