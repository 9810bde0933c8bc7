// SPDX-License-Identifier: MIT OR Apache-2.0
//! One source of one signal: from the raw reading to a calibrated, checked, smoothed one.

use super::rate::{Limit, Pace, RateCheck};
use crate::{SignalSettings, SourceSettings, ZeroPolicy};
use ecmod_quantities::{Cause, Monotonic, PerSecond, Quality, Reading, Seconds, Span};

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
    /// What the source delivers at zero, if it was ever zeroed.
    zero: Option<f64>,
    /// The fastest change that its driver says is possible, in the signal's unit.
    declared: Option<PerSecond>,
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
    pub(super) const NEW: Self = Self {
        seen: None,
        reading: Reading::NO_DATA,
        rate: RateCheck::new(),
        filter: Filter { last: None },
        zero: None,
        declared: None,
    };

    /// Another zero. What is remembered moves with it, so that the signal goes on without a gap.
    pub(super) fn set_zero(&mut self, zero: f64, source: &SourceSettings) {
        let shift = source.gain * (self.zero.unwrap_or(0.0) - zero);
        self.zero = Some(zero);
        self.rate.shift(shift);
        self.filter.last = self.filter.last.map(|(value, at)| (value + shift, at));
    }

    /// Another statement of the driver; nonsense is none.
    pub(super) fn declare_slew(&mut self, slew: Option<PerSecond>, source: &SourceSettings) {
        let scaled = slew.map(|slew| PerSecond(slew.value() * source.gain.abs()));
        self.declared = scaled.filter(|slew| slew.is_finite() && slew.value() > 0.0);
    }

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

    /// What has a fault is not smoothed into what comes after it; but what was believed before it is still what the
    /// next sample has to follow from.
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
                self.filter.last = None;
                return Reading::bad(Cause::DriverFault, at, sequence);
            }
            (None, ..) => {
                self.filter.last = None;
                return *raw;
            }
            (Some(value), ..) => value,
        };
        let backwards = self.rate.last().is_some_and(|last| at < last);
        if at > now.plus(AHEAD) || backwards {
            // Whatever is wrong with the time, the past is no measure any more.
            self.rate = RateCheck::new();
            self.filter.last = None;
            return Reading::bad(Cause::BadTime, now, sequence);
        }
        let value = source.gain * (raw_value - self.zero.unwrap_or(0.0)) + source.offset;
        if !value.is_finite() {
            self.filter.last = None;
            return Reading::bad(Cause::NotFinite, at, sequence);
        }
        if !(signal.minimum..=signal.maximum).contains(&value) {
            self.filter.last = None;
            return Reading::bad(Cause::OutOfRange, at, sequence);
        }
        let slew = signal.max_slew.or(self.declared);
        let limit = slew.map(|slew| Limit { slew, longest_age: signal.longest_age });
        match self.rate.judge(value, at, limit) {
            Pace::TooFast => return Reading::bad(Cause::Rate, at, sequence),
            Pace::Unconfirmed => return Reading::bad(Cause::NotReady, at, sequence),
            Pace::NewLevel => self.filter.last = None,
            Pace::Continuous => {}
        }
        let value = self.filter.smooth(value, at, signal.filter, signal.longest_age);
        match (signal.zero, self.zero, raw.quality()) {
            (ZeroPolicy::Required, None, Quality::Good) => {
                Reading::uncertain(value, Cause::NotCalibrated, at, sequence)
            }
            (ZeroPolicy::Required | ZeroPolicy::Optional, ..) => raw.with_value(value),
        }
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
