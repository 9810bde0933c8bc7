// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simple detector of suction: more speed that gives no more flow.
//!
//! When the vein collapses on the cannula, dQ/dN falls to zero and below, and a flow controller would run the speed
//! up without end. The detector compares speed and flow with those of up to two seconds ago. When the speed rose
//! enough to be told from noise and the flow did not, it puts a ceiling on the flow controller.
//!
//! ```text
//!  Free --raised in vain--> Frozen --waited--> Probing --in vain, the wait doubles--> Frozen
//!    ^                        |                   |
//!    '-- flow rises, or the speed was lowered ----'
//! ```
//!
//! It never goes below the speed at which it noticed: lowering is for interventions. And it judges no rise below the
//! speed that is *given back* after an intervention had lowered it: that a closed line gives no flow for it is no reason
//! to leave the pump where the intervention left it.

use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm, Span};

/// Points that are kept, and their spacing: two seconds.
const POINTS: usize = 20;
const SPACING: Span = Span::from_millis(90);
/// Flow lags behind speed (motor, hydraulics, flow meter) by about this many points.
const LAG: usize = 4;
/// The rise of speed that is judged, and tried in a probe, expressed as the flow it should bring.
const EXPECTED: LitresPerMinute = LitresPerMinute(0.25);
/// The part of the expected flow that counts as none.
const NONE: f64 = 0.1;
/// The flow above that of the onset which ends suction.
const RECOVERY: LitresPerMinute = LitresPerMinute(0.1);
/// How long a probe may take to show flow.
const PROBE: Span = Span::from_secs(2);
/// How long to wait before the first probe; doubled each time a probe was in vain.
const FIRST_WAIT: Span = Span::from_secs(3);
const LONGEST_WAIT: Span = Span::from_secs(48);

/// What the detector remembers.
#[derive(Debug, Clone)]
pub(super) struct Suction {
    /// The newest last.
    history: [Option<Point>; POINTS],
    phase: Phase,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    at: Monotonic,
    speed: Rpm,
    flow: LitresPerMinute,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Free,
    Frozen { onset: Point, until: Monotonic, wait: Span },
    Probing { onset: Point, until: Monotonic, wait: Span },
}

impl Suction {
    pub(super) const fn new() -> Self {
        Self { history: [None; POINTS], phase: Phase::Free }
    }

    /// Takes a new flow sample with the speed applied at that time, and says up to which speed the flow controller
    /// may go; `None` for any. `sensitivity` is the pump's usual dQ/dN in (L/min)/rpm. Up to `given` nothing is judged.
    pub(super) fn observe(
        &mut self,
        at: Monotonic,
        speed: Rpm,
        flow: LitresPerMinute,
        sensitivity: f64,
        given: Option<Rpm>,
    ) -> Option<Rpm> {
        let sample = Point { at, speed, flow };
        let rise = Rpm(EXPECTED.value() / sensitivity);
        match self.phase {
            Phase::Frozen { onset, .. } | Phase::Probing { onset, .. }
                if flow > onset.flow + RECOVERY || speed < onset.speed - rise =>
            {
                *self = Self::new();
            }
            Phase::Frozen { onset, until, wait } if at >= until => {
                self.phase = Phase::Probing { onset, until: at.plus(PROBE), wait };
            }
            Phase::Probing { onset, until, wait } if at >= until => {
                let wait = Span(wait.0.saturating_mul(2)).min(LONGEST_WAIT);
                self.phase = Phase::Frozen { onset, until: at.plus(wait), wait };
            }
            Phase::Free => {
                let in_vain = self.in_vain(sample, sensitivity);
                if in_vain && given.is_none_or(|given| speed >= given) {
                    let (until, wait) = (at.plus(FIRST_WAIT), FIRST_WAIT);
                    self.phase = Phase::Frozen { onset: sample, until, wait };
                }
            }
            Phase::Frozen { .. } | Phase::Probing { .. } => {}
        }
        match self.phase {
            Phase::Free => None,
            Phase::Frozen { onset, .. } => Some(onset.speed),
            Phase::Probing { onset, .. } => Some(onset.speed + rise),
        }
    }

    /// Keeps the sample, and judges the rise of speed since the oldest one.
    fn in_vain(&mut self, sample: Point, sensitivity: f64) -> bool {
        let newest = self.history.last().copied().flatten();
        if newest.is_some_and(|newest| sample.at.since(newest.at) < SPACING) {
            return false;
        }
        self.history.rotate_left(1);
        if let Some(place) = self.history.last_mut() {
            *place = Some(sample);
        }
        let oldest = self.history.iter().flatten().next();
        let lagging = self.history.iter().rev().nth(LAG).copied().flatten();
        let (Some(oldest), Some(lagging)) = (oldest, lagging) else { return false };
        let expected = (lagging.speed - oldest.speed).value() * sensitivity;
        expected >= EXPECTED.value() && (sample.flow - oldest.flow).value() <= NONE * expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: f64 = 1.6e-3;

    fn at(ms: u64) -> Monotonic {
        Monotonic(ms * 1_000_000)
    }

    /// Runs the speed up by 15 rpm per 100 ms sample; at which time raising was found to be in vain, and the ceiling.
    fn run_up(detector: &mut Suction, flow: impl Fn(Rpm) -> f64) -> Option<(u64, Rpm)> {
        (0..100u32).find_map(|step| {
            let (ms, speed) = (u64::from(step) * 100, Rpm(3000.0 + 15.0 * f64::from(step)));
            let ceiling = detector.observe(at(ms), speed, LitresPerMinute(flow(speed)), USUAL, None)?;
            Some((ms, ceiling))
        })
    }

    #[test]
    fn a_pump_that_answers_is_left_alone() {
        assert_eq!(run_up(&mut Suction::new(), |speed| (speed.value() - 500.0) * USUAL), None);
        assert_eq!(run_up(&mut Suction::new(), |speed| (speed.value() - 500.0) * USUAL * 0.3), None);
    }

    #[test]
    fn speed_without_flow_is_found_within_two_seconds() {
        assert!(run_up(&mut Suction::new(), |_| 4.0).unwrap().0 <= 2_000);
        assert!(run_up(&mut Suction::new(), |speed| 7.0 - speed.value() * 1e-3).unwrap().0 <= 2_000);
    }

    #[test]
    fn it_ends_at_once_when_flow_rises_or_the_speed_was_lowered() {
        for (speed, flow) in [(Rpm(3200.0), 4.2), (Rpm(2800.0), 4.0)] {
            let mut detector = Suction::new();
            let (found, ceiling) = run_up(&mut detector, |_| 4.0).unwrap();
            assert_eq!(
                detector.observe(at(found + 100), ceiling, LitresPerMinute(4.0), USUAL, None),
                Some(ceiling)
            );
            assert_eq!(detector.observe(at(found + 200), speed, LitresPerMinute(flow), USUAL, None), None);
        }
    }

    #[test]
    fn what_is_given_back_is_not_judged_and_what_goes_beyond_it_is_at_once() {
        let (mut detector, given) = (Suction::new(), Rpm(3800.0));
        let found = (0..100u32).find_map(|step| {
            let (at, speed) = (at(u64::from(step) * 100), Rpm(3000.0 + 15.0 * f64::from(step)));
            detector.observe(at, speed, LitresPerMinute::ZERO, USUAL, (speed < given).then_some(given))
        });
        assert!((3800.0..3850.0).contains(&found.unwrap().value()), "{found:?}");
    }

    #[test]
    fn a_probe_in_vain_is_taken_back_and_the_wait_doubles() {
        let mut detector = Suction::new();
        let (found, ceiling) = run_up(&mut detector, |_| 4.0).unwrap();
        let mut observe =
            |ms| detector.observe(at(found + ms), ceiling, LitresPerMinute(4.0), USUAL, None).unwrap();
        for (ms, probing) in
            [(2_900, false), (3_000, true), (4_900, true), (5_000, false), (10_900, false), (11_000, true)]
        {
            let rise = if probing { Rpm(0.25 / USUAL) } else { Rpm::ZERO };
            assert_eq!(observe(ms), ceiling + rise, "{ms} ms after the onset");
        }
    }
}
