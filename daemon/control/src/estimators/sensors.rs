// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether sensors can be believed that say of themselves that they are well: frozen, erratic, contradicting.
//!
//! Range and rate of a single sample are judged where samples come in; this looks at seconds. What is found raises an
//! alarm and stops nothing: a reading stays what it is, because a suspicion that takes a signal away costs more than it
//! saves (incident 5 asks never to act on a single corrupted sample, incident 4 never on a single symptom).

use super::contradiction::Contradictions;
use super::feedback::Feedback;
use super::filter::{LowPass, Newest};
use super::view::View;
use crate::signals::usable;
use crate::{MAX_SIGNALS, Role, Settings};
use ecmod_quantities::{Cause, Monotonic, Quantity, Reading, Rpm, Seconds, Span};

/// A pressure or a flow that is the same to the last bit for this long is frozen while the pump turns ...
const STILL: Span = Span::from_secs(60);
/// ... and for this long, if meanwhile the speed changed by [`MOVED`].
const STILL_WHILE_MOVED: Span = Span::from_secs(5);
const MOVED: f64 = 0.05;
/// So many samples are needed besides.
const SAMPLES: u32 = 25;
/// Slower than this nothing need move.
const TURNING: Rpm = Rpm(500.0);
/// Jumps that count, and how fast they are forgotten.
const JUMPS: f64 = 3.0;
const FORGETTING: Seconds = Seconds(20.0);

/// What is remembered of all sensors.
#[derive(Debug, Clone)]
pub(super) struct Sensors {
    stillness: [Stillness; MAX_SIGNALS],
    jumps: [Jumps; MAX_SIGNALS],
    feedback: Feedback,
    contradictions: Contradictions,
    speed: LowPass,
    newest_speed: Newest,
}

#[derive(Debug, Clone, Copy)]
struct Stillness {
    sequence: u64,
    bits: u64,
    since: Monotonic,
    samples: u32,
    /// The speed when it stood still first.
    speed: f64,
}

#[derive(Debug, Clone, Copy)]
struct Jumps {
    count: f64,
    at: Monotonic,
    jumping: bool,
}

/// By signal index, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Suspicions {
    pub(super) frozen: u64,
    pub(super) disagrees: u64,
    pub(super) erratic: u64,
}

impl Sensors {
    pub(super) const fn new() -> Self {
        Self {
            stillness: [Stillness { sequence: 0, bits: 0, since: Monotonic(0), samples: 0, speed: 0.0 };
                MAX_SIGNALS],
            jumps: [Jumps { count: 0.0, at: Monotonic(0), jumping: false }; MAX_SIGNALS],
            feedback: Feedback::NEW,
            contradictions: Contradictions::NEW,
            speed: LowPass::new(Seconds(0.5)),
            newest_speed: Newest::NEW,
        }
    }

    /// Looks at all signals.
    pub(super) fn take(&mut self, settings: &Settings, view: &View<'_>) -> Suspicions {
        if let Some(sample) = self.newest_speed.take(&view.reading(Role::PumpSpeed)) {
            self.speed.take(sample);
        }
        let speed = self.speed.value(view.now);
        let mut found = Suspicions::default();
        let states = self.stillness.iter_mut().zip(&mut self.jumps);
        let signals = settings.signals.iter().zip(view.readings).zip(states);
        for (index, ((signal, reading), (still, jumps))) in signals.enumerate() {
            let Some(signal) = signal else { continue };
            let bit = 1u64.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0);
            let analog = matches!(signal.quantity, Quantity::Pressure | Quantity::BloodFlow);
            if analog && still.frozen(reading, speed, view.now) {
                found.frozen |= bit;
            }
            if jumps.erratic(reading, view.now) {
                found.erratic |= bit;
            }
            if reading.cause() == Cause::Disagreement {
                found.disagrees |= bit;
            }
        }
        if self.feedback.frozen(&view.reading(Role::PumpSpeed), view.demand, view.now) {
            found.frozen |= bits(settings, &[Role::PumpSpeed]);
        }
        for role in self.contradictions.find(settings.preset, view, speed).into_iter().flatten() {
            found.disagrees |= bits(settings, &[role]);
        }
        found
    }
}

impl Stillness {
    fn frozen(&mut self, reading: &Reading, speed: Option<f64>, now: Monotonic) -> bool {
        let (Ok(value), Some(speed)) = (usable(reading), speed) else {
            self.samples = 0;
            return false;
        };
        if self.sequence != reading.sequence() {
            self.sequence = reading.sequence();
            if self.samples == 0 || value.to_bits() != self.bits || speed < TURNING.value() {
                *self = Self { bits: value.to_bits(), since: now, samples: 0, speed, ..*self };
            }
            self.samples = self.samples.saturating_add(1);
        }
        let stood = now.since(self.since);
        let moved = (speed - self.speed).abs() > MOVED * self.speed.abs();
        self.samples >= SAMPLES && (stood >= STILL || (moved && stood >= STILL_WHILE_MOVED))
    }
}

impl Jumps {
    fn erratic(&mut self, reading: &Reading, now: Monotonic) -> bool {
        let elapsed = now.since(self.at).seconds();
        self.at = now;
        self.count -= self.count * (elapsed / (FORGETTING.value() + elapsed));
        let jumping = reading.cause() == Cause::Rate;
        if jumping && !self.jumping {
            self.count += 1.0;
        }
        self.jumping = jumping;
        // Three of them within the time of forgetting are left with two and something.
        self.count > JUMPS - 1.0
    }
}

/// The bits of the signals that have these roles.
fn bits(settings: &Settings, roles: &[Role]) -> u64 {
    let signals = settings.signals.iter().enumerate();
    let found = signals.filter(|(_, signal)| signal.is_some_and(|signal| roles.contains(&signal.role)));
    found.fold(0, |bits, (index, _)| {
        bits | 1u64.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Monotonic {
        Monotonic(1_000_000_000 + ms * 1_000_000)
    }

    /// When a signal counts as frozen that stands still from the beginning, in ms; the speed over time.
    fn frozen_after(speed: impl Fn(u64) -> f64, value: impl Fn(u64) -> f64) -> Option<u64> {
        let mut still = Stillness { sequence: 0, bits: 0, since: Monotonic(0), samples: 0, speed: 0.0 };
        (1..5000u64)
            .map(|n| n * 20)
            .find(|ms| still.frozen(&Reading::good(value(*ms), at(*ms), *ms), Some(speed(*ms)), at(*ms)))
    }

    #[test]
    fn a_value_that_does_not_move_is_frozen_after_a_minute_and_sooner_when_it_should_have() {
        let steady = frozen_after(|_| 3000.0, |_| -42.0).unwrap();
        assert!((60_000..60_100).contains(&steady), "{steady}");
        let moved = frozen_after(|ms| if ms > 6000 { 3300.0 } else { 3000.0 }, |_| -42.0).unwrap();
        assert!((6000..6100).contains(&moved), "{moved}");
    }

    #[test]
    fn what_moves_in_its_last_bit_or_belongs_to_a_standing_pump_is_not_frozen() {
        assert_eq!(frozen_after(|_| 3000.0, |ms| -42.0 + (ms % 40) as f64 * 1e-9), None);
        assert_eq!(frozen_after(|_| 0.0, |_| 4.0), None);
    }

    #[test]
    fn a_sensor_that_jumps_again_and_again_is_erratic_and_one_jump_is_not() {
        let mut jumps = Jumps { count: 0.0, at: at(0), jumping: false };
        let mut found = [false; 4];
        for (n, found) in (0u64..).zip(&mut found) {
            let bad = Reading::bad(Cause::Rate, at(n * 1000), n);
            *found = jumps.erratic(&bad, at(n * 1000));
            jumps.erratic(&Reading::good(1.0, at(n * 1000 + 500), n), at(n * 1000 + 500));
        }
        assert_eq!(found, [false, false, true, true]);
        assert!(!jumps.erratic(&Reading::good(1.0, at(60_000), 9), at(60_000)), "forgotten");
    }
}
