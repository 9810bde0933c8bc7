// SPDX-License-Identifier: MIT OR Apache-2.0
//! One source of one signal: from the raw reading to a calibrated, checked, smoothed one.

use super::rate::{Pace, RateCheck};
use crate::{SignalSettings, SourceSettings};
use ecmod_quantities::{Cause, Monotonic, Quality, Reading, Seconds, Span};

/// How far a sample may lie ahead of `now`: it can be taken between the moment a tick reads the clock and the
/// moment it reads the sample.
const AHEAD: Span = Span::from_millis(10);

/// What is remembered of a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    /// The raw sample seen last, to tell a new one.
    seen: Option<Seen>,
    /// What became of it.
    reading: Reading,
    rate: RateCheck,
    filter: Filter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    sequence: u64,
    acquired: Monotonic,
    quality: Quality,
    cause: Cause,
}

/// A first-order low-pass, exact in steady state for any sample time. Empty after a gap.
#[derive(Debug, Clone, Copy)]
struct Filter {
    last: Option<(f64, Monotonic)>,
}

impl Source {
    pub(super) const NEW: Self =
        Self { seen: None, reading: Reading::NO_DATA, rate: RateCheck::new(), filter: Filter { last: None } };

    /// Takes the raw reading of this tick and says what the source is worth now.
    pub(super) fn take(
        &mut self,
        raw: &Reading,
        signal: &SignalSettings,
        source: &SourceSettings,
        now: Monotonic,
    ) -> Reading {
        let seen = Seen {
            sequence: raw.sequence(),
            acquired: raw.acquired(),
            quality: raw.quality(),
            cause: raw.cause(),
        };
        if self.seen != Some(seen) {
            self.seen = Some(seen);
            self.reading = self.judge(raw, signal, source, now);
        }
        let stale_at = self.reading.acquired().plus(signal.longest_age);
        if self.reading.value().is_some() && now > stale_at {
            return Reading::bad(Cause::Stale, stale_at, self.reading.sequence());
        }
        self.reading
    }

    fn judge(
        &mut self,
        raw: &Reading,
        signal: &SignalSettings,
        source: &SourceSettings,
        now: Monotonic,
    ) -> Reading {
        let (at, sequence) = (raw.acquired(), raw.sequence());
        let raw_value = match (raw.value(), raw.quality(), raw.cause()) {
            // Whoever doubts a value and does not say why has no idea of it.
            (None, _, Cause::None) | (_, Quality::Uncertain, Cause::None) => {
                self.restart();
                return Reading::bad(Cause::DriverFault, at, sequence);
            }
            (None, ..) => {
                self.restart();
                return *raw;
            }
            (Some(value), ..) => value,
        };
        let backwards = self.rate.last().is_some_and(|last| at < last);
        if at > now.plus(AHEAD) || backwards {
            self.restart();
            return Reading::bad(Cause::BadTime, now, sequence);
        }
        let value = source.gain * raw_value + source.offset;
        if !value.is_finite() {
            self.restart();
            return Reading::bad(Cause::NotFinite, at, sequence);
        }
        if !(signal.minimum..=signal.maximum).contains(&value) {
            self.filter.last = None;
            return Reading::bad(Cause::OutOfRange, at, sequence);
        }
        match self.rate.judge(value, at, signal.max_slew) {
            Pace::TooFast => return Reading::bad(Cause::Rate, at, sequence),
            Pace::NewLevel => self.filter.last = None,
            Pace::Continuous => {}
        }
        raw.with_value(self.filter.smooth(value, at, signal.filter, signal.longest_age))
    }

    /// Forgets the past: after a fault the next sample stands for itself.
    fn restart(&mut self) {
        self.rate = RateCheck::new();
        self.filter.last = None;
    }
}

impl Filter {
    fn smooth(&mut self, value: f64, at: Monotonic, time_constant: Seconds, longest_gap: Span) -> f64 {
        let smooth = match self.last {
            Some((last, then)) if at.since(then) <= longest_gap && time_constant > Seconds::ZERO => {
                let elapsed = at.since(then).seconds();
                last + (value - last) * elapsed / (time_constant.value() + elapsed)
            }
            Some(_) | None => value,
        };
        self.last = Some((smooth, at));
        smooth
    }
}
