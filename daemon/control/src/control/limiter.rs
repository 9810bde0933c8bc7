// SPDX-License-Identifier: MIT OR Apache-2.0
//! One override controller: a pressure limit that yields a ceiling for the speed.
//!
//! A PI controller in incremental form on the room left to the limit. Far from the limit there is no ceiling; near it
//! the ceiling lets the speed rise only as fast as the room allows, beyond it the ceiling falls. It works from the
//! applied speed, so taking over and releasing are bumpless. A pressure that is not known yields no ceiling.

use crate::LimiterStatus;
use crate::signals::usable;
use ecmod_quantities::{Cause, MmHg, Monotonic, Reading, Rpm, Span};

/// Integral gain for the drainage pressure, rpm/(mmHg s): dP/dN is about 0.05 mmHg/rpm in the solved operating
/// points of the Rotaflow class, for a closed-loop time constant of about 1.7 s `[C]`.
pub(super) const VENOUS_GAIN: f64 = 12.0;
/// Integral gain for the pressures behind the pump, rpm/(mmHg s): dP/dN is about 0.12 mmHg/rpm `[C]`.
pub(super) const RETURN_GAIN: f64 = 5.0;
/// Proportional over integral gain, s.
const INTEGRAL_TIME: f64 = 0.15;
/// With more room than this there is no ceiling, mmHg.
const BAND: MmHg = MmHg(15.0);
/// The longest time between samples that is integrated over.
const LONGEST_GAP: Span = Span::from_millis(200);
/// A ceiling that holds the speed down by more than this is reported, and for this long after.
pub(super) const NOTICEABLE: Rpm = Rpm(1.0);
const REPORT: Span = Span::from_secs(1);

/// Which side the limit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The pressure shall not fall below it.
    Low,
    /// The pressure shall not rise above it.
    High,
}

/// The state of one limiter.
#[derive(Debug, Clone)]
pub(super) struct Limiter {
    side: Side,
    gain: f64,
    last: Option<Sample>,
    ceiling: Option<Rpm>,
    view: View,
    bound: Option<Monotonic>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    sequence: u64,
    at: Monotonic,
    room: MmHg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    NoLimit,
    Blind(Cause),
    Clear,
}

impl Limiter {
    pub(super) const fn new(side: Side, gain: f64) -> Self {
        Self { side, gain, last: None, ceiling: None, view: View::NoLimit, bound: None }
    }

    /// The ceiling for the speed, if there is one.
    pub(super) fn follow(
        &mut self,
        limit: Option<MmHg>,
        reading: Option<&Reading>,
        applied: Rpm,
    ) -> Option<Rpm> {
        let (Some(limit), Some(reading)) = (limit, reading) else {
            return self.stand_back(View::NoLimit);
        };
        let pressure = match usable(reading) {
            Ok(pressure) => MmHg(pressure),
            Err(cause) => return self.stand_back(View::Blind(cause)),
        };
        self.view = View::Clear;
        let room = match self.side {
            Side::Low => pressure - limit,
            Side::High => limit - pressure,
        };
        let sample = Sample { sequence: reading.sequence(), at: reading.acquired(), room };
        if self.last.is_some_and(|last| last.sequence == sample.sequence) {
            return self.ceiling;
        }
        let last = self.last.replace(sample).unwrap_or(sample);
        self.ceiling = (room < BAND).then(|| {
            let elapsed = sample.at.since(last.at).min(LONGEST_GAP).seconds();
            let change = (room - last.room).value() * INTEGRAL_TIME + room.value() * elapsed;
            applied + Rpm(self.gain * change)
        });
        self.ceiling
    }

    fn stand_back(&mut self, view: View) -> Option<Rpm> {
        (self.view, self.last, self.ceiling) = (view, None, None);
        None
    }

    /// What to say about it, given whether its ceiling binds now and whether that is the floor.
    pub(super) fn report(&mut self, binds: bool, at_floor: bool, now: Monotonic) -> LimiterStatus {
        if binds {
            self.bound = Some(now);
        }
        match self.view {
            View::NoLimit => LimiterStatus::Off,
            View::Blind(cause) => LimiterStatus::Blind(cause),
            View::Clear if self.bound.is_none_or(|bound| now.since(bound) >= REPORT) => {
                LimiterStatus::Watching
            }
            View::Clear if at_floor => LimiterStatus::AtFloor,
            View::Clear => LimiterStatus::Limiting,
        }
    }
}
