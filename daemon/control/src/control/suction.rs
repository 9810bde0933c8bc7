// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simple detector of suction: more speed that gives no more flow.
//!
//! When the vein collapses on the cannula, dQ/dN falls to zero and below, and a flow controller would run the speed
//! up without end. The detector compares speed and flow with those of up to two seconds ago. When the speed rose
//! enough to be told from noise and the flow did not, it forbids raising for a while, longer each time, until flow
//! rises again. It never lowers the speed: that is for the venous pressure limiter.

use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm, Span};

/// Points that are kept, and their spacing: two seconds.
const POINTS: usize = 20;
const SPACING: Span = Span::from_millis(90);
/// Flow lags behind speed (motor, hydraulics, flow meter) by about this many points.
const LAG: usize = 4;
/// The rise of speed that is judged, expressed as the flow it should bring.
const EXPECTED: LitresPerMinute = LitresPerMinute(0.25);
/// The part of the expected flow that counts as none.
const NONE: f64 = 0.1;
/// The flow above that of the onset which ends suction.
const RECOVERY: LitresPerMinute = LitresPerMinute(0.1);
/// How long raising is forbidden the first time; doubled each time it was in vain.
const FIRST_WAIT: Span = Span::from_secs(3);
const LONGEST_WAIT: Span = Span::from_secs(48);

/// What the detector remembers.
#[derive(Debug, Clone)]
pub(super) struct Suction {
    /// The newest last.
    history: [Option<Point>; POINTS],
    onset: Option<Onset>,
    wait: Span,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    at: Monotonic,
    speed: Rpm,
    flow: LitresPerMinute,
}

#[derive(Debug, Clone, Copy)]
struct Onset {
    flow: LitresPerMinute,
    until: Monotonic,
}

/// Whether the speed may be raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raising {
    Allowed,
    InVain,
}

impl Suction {
    pub(super) const NEW: Self = Self { history: [None; POINTS], onset: None, wait: FIRST_WAIT };

    /// Takes a new flow sample with the speed applied at that time. `sensitivity` is the pump's usual dQ/dN in
    /// (L/min)/rpm.
    pub(super) fn observe(
        &mut self,
        at: Monotonic,
        speed: Rpm,
        flow: LitresPerMinute,
        sensitivity: f64,
    ) -> Raising {
        if let Some(onset) = self.onset {
            if flow > onset.flow + RECOVERY {
                *self = Self::NEW;
            } else if at < onset.until {
                return Raising::InVain;
            } else {
                self.history = [None; POINTS];
                self.onset = None;
            }
        }
        let newest = self.history.last().copied().flatten();
        if newest.is_some_and(|newest| at.since(newest.at) < SPACING) {
            return Raising::Allowed;
        }
        self.history.rotate_left(1);
        if let Some(place) = self.history.last_mut() {
            *place = Some(Point { at, speed, flow });
        }
        if self.in_vain(flow, sensitivity) {
            self.onset = Some(Onset { flow, until: at.plus(self.wait) });
            self.wait = Span(self.wait.0.saturating_mul(2)).min(LONGEST_WAIT);
            return Raising::InVain;
        }
        Raising::Allowed
    }

    fn in_vain(&self, flow: LitresPerMinute, sensitivity: f64) -> bool {
        let oldest = self.history.iter().flatten().next();
        let lagging = self.history.iter().rev().nth(LAG).copied().flatten();
        let (Some(oldest), Some(lagging)) = (oldest, lagging) else { return false };
        let expected = (lagging.speed - oldest.speed).value() * sensitivity;
        expected >= EXPECTED.value() && (flow - oldest.flow).value() <= NONE * expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: f64 = 1.6e-3;

    /// Runs the speed up by 10 rpm per 100 ms sample and says at which sample raising was found to be in vain.
    fn run_up(detector: &mut Suction, flow: impl Fn(Rpm) -> f64) -> Option<u64> {
        (0..100).find(|step| {
            let speed = Rpm(3000.0) + Rpm(10.0) * f64::from(u32::try_from(*step).unwrap());
            let at = Monotonic(step * 100_000_000);
            detector.observe(at, speed, LitresPerMinute(flow(speed)), USUAL) == Raising::InVain
        })
    }

    #[test]
    fn a_pump_that_answers_is_left_alone() {
        assert_eq!(run_up(&mut Suction::NEW, |speed| (speed.value() - 500.0) * USUAL), None);
        assert_eq!(run_up(&mut Suction::NEW, |speed| (speed.value() - 500.0) * USUAL * 0.3), None);
    }

    #[test]
    fn speed_without_flow_is_found_within_two_seconds() {
        assert!(run_up(&mut Suction::NEW, |_| 4.0).unwrap() <= 20);
        assert!(run_up(&mut Suction::NEW, |speed| 7.0 - speed.value() * 1e-3).unwrap() <= 20);
    }

    #[test]
    fn it_ends_when_flow_rises_or_after_a_while_that_doubles() {
        let mut detector = Suction::NEW;
        let found = run_up(&mut detector, |_| 4.0).unwrap() * 100_000_000;
        let mut observe = |ms: u64, flow| {
            detector.observe(Monotonic(found + ms * 1_000_000), Rpm(3200.0), LitresPerMinute(flow), USUAL)
        };
        assert_eq!(observe(2_900, 4.0), Raising::InVain);
        assert_eq!(observe(2_950, 4.2), Raising::Allowed);
        let mut detector = Suction::NEW;
        let found = Monotonic(run_up(&mut detector, |_| 4.0).unwrap() * 100_000_000);
        let mut again = |at| detector.observe(at, Rpm(3200.0), LitresPerMinute(4.0), USUAL);
        assert_eq!(again(found.plus(FIRST_WAIT)), Raising::Allowed);
        assert_eq!(detector.wait, Span::from_secs(6));
    }
}
