// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the speed that the drive reports is still measured, or stands still in its reports.
//!
//! A drive whose report stands still while the demand does may well be right. It is found by what cannot be:
//! - the demand has moved, and the report has not moved by a single digit;
//! - at this demand the report rippled all the time by several of its steps, as a turning rotor does, and stands still.
//!
//! Both go by what this drive is like: one that reports in steps is asked for a demand that moved by several of its steps, and
//! one that holds a rounded number for minutes, or flips between two of them, is not suspected for doing so.

use crate::signals::usable;
use ecmod_quantities::{Monotonic, Reading, Rpm, Span};

/// The demand has moved by so much: the larger of rpm, a part of it, and steps of the report `[C]`.
const MOVED: (f64, f64, f64) = (30.0, 0.01, 3.0);
/// The drive has had this long to follow, and this many samples to show it.
const FOLLOWS: Span = Span::from_secs(2);
const SAMPLES: u32 = 10;
/// A report stands still for this long before its own ripple tells.
const STILL: Span = Span::from_secs(60);
/// A ripple is more than flipping between two numbers: what spans two steps and more crosses at least one border of a step all
/// the time, and can stand still only if nobody measures it any more. It has been seen in so many windows of this length in a row.
const RIPPLE: f64 = 2.0;
/// Less than this is no ripple, however small the steps, rpm `[C]`.
const LEAST_RIPPLE: f64 = 0.2;
const WINDOW: Span = Span::from_secs(5);
const WINDOWS: u32 = 4;
/// A ripple belongs to a demand that has not moved by more than this, rpm, from this long on.
const SAME: Rpm = Rpm(30.0);
const SETTLED: Span = Span::from_secs(10);
/// Slower than this nothing need move.
const TURNING: Rpm = Rpm(500.0);

/// What the report has been like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feedback {
    still: Option<Still>,
    /// The smallest step that the report has made, rpm.
    step: f64,
    ripple: Option<Ripple>,
}

/// A report that has not moved.
#[derive(Debug, Clone, Copy)]
struct Still {
    value: f64,
    sequence: u64,
    samples: u32,
    since: Monotonic,
    /// What was demanded then, and since when it has been demanded to be another one.
    demand: Option<Rpm>,
    moved: Option<Monotonic>,
    frozen: bool,
}

/// What the report does by itself while the demand stays where it is.
#[derive(Debug, Clone, Copy)]
struct Ripple {
    demand: Rpm,
    since: Monotonic,
    /// The latest demand and when it last moved at all: a controller moves it all the time, an operator hardly ever. What
    /// the one makes the drive do says nothing of the other.
    latest: Rpm,
    stirred: Monotonic,
    by_controller: bool,
    /// The window that is open, and how many in a row had a ripple.
    opened: Monotonic,
    low: f64,
    high: f64,
    lively: u32,
}

impl Feedback {
    pub(super) const NEW: Self = Self { still: None, step: f64::INFINITY, ripple: None };

    /// Looks at the report of this tick; whether it is frozen.
    pub(super) fn frozen(&mut self, report: &Reading, demand: Option<Rpm>, now: Monotonic) -> bool {
        self.ripple = demand.map(|demand| Ripple::follow(self.ripple, demand, now));
        let Some(value) = usable(report).ok().filter(|speed| *speed >= TURNING.value()) else {
            self.still = None;
            return false;
        };
        let Some(mut still) = self.still.filter(|still| still.value.to_bits() == value.to_bits()) else {
            if let Some(still) = self.still {
                self.step = self.step.min((value - still.value).abs());
                if let Some(ripple) = &mut self.ripple {
                    ripple.note_change(&still, value, self.step, now);
                }
            }
            let sequence = report.sequence();
            let begins =
                Still { value, sequence, samples: 1, since: now, demand, moved: None, frozen: false };
            self.still = Some(begins);
            return false;
        };
        if still.sequence != report.sequence() {
            (still.sequence, still.samples) = (report.sequence(), still.samples.saturating_add(1));
        }
        // From the first demand on it counts.
        still.demand = still.demand.or(demand);
        let steps = if self.step.is_finite() { MOVED.2 * self.step } else { 0.0 };
        let far = Rpm(MOVED.0.max(MOVED.1 * value).max(steps));
        let moved = demand.zip(still.demand).is_some_and(|(demand, then)| (demand - then).abs() > far);
        still.moved = moved.then(|| still.moved.unwrap_or(now));
        let ignores = still.moved.is_some_and(|since| now.since(since) >= FOLLOWS);
        let stood = now.since(still.since);
        let lifeless = stood >= STILL && self.ripple.is_some_and(|ripple| ripple.lively >= WINDOWS);
        still.frozen |= still.samples >= SAMPLES && (ignores || lifeless);
        self.still = Some(still);
        still.frozen
    }
}

impl Ripple {
    const fn begin(demand: Rpm, now: Monotonic, by_controller: bool) -> Self {
        Self {
            demand,
            since: now,
            latest: demand,
            stirred: now,
            by_controller,
            opened: now,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            lively: 0,
        }
    }

    /// Goes on with this demand, or begins anew with it.
    fn follow(last: Option<Self>, demand: Rpm, now: Monotonic) -> Self {
        let Some(last) = last else { return Self::begin(demand, now, true) };
        let stirred = if demand == last.latest { last.stirred } else { now };
        let by_controller = now.since(stirred) < SETTLED;
        if (demand - last.demand).abs() > SAME || by_controller != last.by_controller {
            return Self { stirred, ..Self::begin(demand, now, by_controller) };
        }
        Self { latest: demand, stirred, ..last }
    }

    fn note_change(&mut self, still: &Still, value: f64, step: f64, now: Monotonic) {
        if now.since(self.since) < SETTLED || still.since < self.since {
            return;
        }
        if now.since(still.since) >= WINDOW {
            // It does stand still by itself.
            (self.opened, self.low, self.high, self.lively) = (now, value, value, 0);
            return;
        }
        self.low = self.low.min(value).min(still.value);
        self.high = self.high.max(value).max(still.value);
        if now.since(self.opened) >= WINDOW {
            let ripples = self.high - self.low >= (RIPPLE * step).max(LEAST_RIPPLE);
            let lively = if ripples { self.lively.saturating_add(1) } else { 0 };
            (self.opened, self.low, self.high, self.lively) = (now, value, value, lively);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many s the report is frozen; 20 samples a second, of this report at this demand.
    fn frozen_after(seconds: u64, report: impl Fn(f64) -> f64, demand: impl Fn(f64) -> f64) -> Option<f64> {
        let mut feedback = Feedback::NEW;
        let mut found = None;
        for n in 1..seconds * 20 {
            let (s, at) = (n as f64 / 20.0, Monotonic(n * 50_000_000));
            let report = Reading::good(report(s), at, n);
            if feedback.frozen(&report, Some(Rpm(demand(s))), at) {
                found = found.or(Some(s));
            }
        }
        found
    }

    /// The ripple of a rotor.
    fn ripple(s: f64) -> f64 {
        2.0 * (s * 7.3).sin() + (s * 1.9).cos()
    }

    #[test]
    fn a_report_that_stands_still_while_the_demand_moves_is_frozen_within_three_seconds() {
        let stuck = |s: f64| if s < 30.0 { 3000.0 + ripple(s) } else { 3001.7 };
        let demand = |s: f64| if s < 40.0 { 3000.0 } else { 3050.0 };
        let found = frozen_after(60, stuck, demand).unwrap();
        assert!((42.0..43.0).contains(&found), "{found}");
        // Frozen from the first sample on.
        assert!(frozen_after(60, |_| 3001.7, demand).is_some_and(|found| found < 43.0));
    }

    #[test]
    fn one_that_always_moved_and_stands_still_for_a_minute_is_frozen_though_nothing_is_demanded() {
        let stuck = |s: f64| if s < 60.0 { 3000.0 + ripple(s) } else { 3001.7 };
        let found = frozen_after(150, stuck, |_| 3000.0).unwrap();
        assert!((120.0..120.2).contains(&found), "{found}");
    }

    #[test]
    fn drives_that_report_rounded_numbers_or_steps_or_stand_are_not_suspected() {
        // To 1 rpm, well within a step for hours; and to 50 rpm, with a demand that moves by less.
        assert_eq!(frozen_after(4_000, |s| (3000.3 + 0.1 * ripple(s)).round(), |_| 3000.0), None);
        let coarse = |s: f64| ((3010.0 + 40.0 * (s / 9.0).sin()) / 50.0).round() * 50.0;
        assert_eq!(frozen_after(600, coarse, |s| 3010.0 + 40.0 * (s / 9.0).sin()), None);
        // One that drifts through many steps with a ripple that is smaller than one.
        let drifts = |s: f64| (3000.0 + s / 30.0 + 0.1 * ripple(s)).round();
        assert_eq!(frozen_after(4_000, |s| drifts(s.min(3_000.0)), |_| 3000.0), None);
        // A rotor whose ripple comes and goes about the border of a step.
        let border = |s: f64| (3000.45 + 0.2 * (s / 40.0).sin() + 0.05 * ripple(s)).round();
        assert_eq!(frozen_after(4_000, border, |_| 3000.0), None);
        // One that runs up with every number and then stays at one.
        let exact = |s: f64| (300.0 * s).min(3500.0);
        assert_eq!(frozen_after(600, exact, exact), None);
        // One that a controller moves to and fro, until an operator takes over.
        let taken_over = |s: f64| (3500.0 + if s < 200.0 { 5.0 * s.sin() } else { 0.0 }).round();
        assert_eq!(frozen_after(600, taken_over, taken_over), None);
        assert_eq!(frozen_after(300, |_| 0.0, |s| 10.0 * s), None);
    }

    #[test]
    fn one_that_follows_late_is_not_frozen() {
        let late = |s: f64| 3000.0 + ripple(s) + if s < 42.0 { 0.0 } else { 400.0 };
        assert_eq!(frozen_after(100, late, |s| if s < 40.0 { 3000.0 } else { 3400.0 }), None);
    }
}
