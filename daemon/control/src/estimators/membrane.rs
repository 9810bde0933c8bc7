// SPDX-License-Identifier: MIT OR Apache-2.0
//! The resistance of the membrane, and its trend: how a clot or an ageing coating shows.
//!
//! `dP = r1 Q + r2 Q^2`. The quotient dP/Q rises with the flow in a membrane that is as it was, so the resistance stated
//! here is `r1` with `r2 = 0.1 r1`, the shape of both membranes in the literature (7 and 0.7, 3.5 and 0.45) `[C]`: it does
//! not move with the flow. Both coefficients at once cannot be told from one operating point that hardly changes for days.
//!
//! The baseline is what the resistance was when the membrane was new: the average of its first hours. A console that is
//! started again with the same membrane remembers it.

use super::MembraneEstimate;
use super::filter::{LowPass, Newest, Sample};
use super::view::View;
use crate::Role;
use ecmod_quantities::{LitresPerMinute, MmHg, Monotonic, Seconds, Span};

/// `r2` over `r1`, min/L.
const SHAPE: f64 = 0.1;
/// Below this flow the pressure drop is too small to tell.
const LEAST_FLOW: LitresPerMinute = LitresPerMinute(1.0);
const SMOOTH: Seconds = Seconds(30.0);
const SMOOTH_GAP: Span = Span::from_secs(60);
const SETTLED: Span = Span::from_secs(60);
/// The baseline is learnt for this long, and counts after the first part of it.
const LEARNING: Span = Span::from_secs(6 * 3600);
const FIRST: Span = Span::from_secs(600);
/// The points of the trend, and their spacing: one hour.
const POINTS: usize = 12;
const SPACING: Span = Span::from_secs(300);
/// A baseline outside this is nonsense, mmHg/(L/min).
const POSSIBLE: core::ops::RangeInclusive<f64> = 0.5..=60.0;

/// What is remembered of the membrane.
#[derive(Debug, Clone)]
pub(super) struct Membrane {
    newest: Newest,
    drop: LowPass,
    flow: LowPass,
    resistance: LowPass,
    baseline: Option<f64>,
    /// Learnt for so long already; all of [`LEARNING`] if the baseline was remembered.
    learnt: Span,
    last: Option<Monotonic>,
    /// Resistances of the last hour, the newest last.
    trend: [Option<f64>; POINTS],
    next_point: Option<Monotonic>,
}

impl Membrane {
    pub(super) fn new(remembered: Option<f64>) -> Self {
        let baseline = remembered.filter(|baseline| POSSIBLE.contains(baseline));
        Self {
            newest: Newest::NEW,
            drop: LowPass::new(Seconds(1.0)),
            flow: LowPass::new(Seconds(1.0)),
            resistance: LowPass::patient(SMOOTH, SMOOTH_GAP),
            baseline,
            learnt: if baseline.is_some() { LEARNING } else { Span::ZERO },
            last: None,
            trend: [None; POINTS],
            next_point: None,
        }
    }

    /// The baseline that a restarted core should know.
    pub(super) fn remember(&self) -> Option<f64> {
        self.baseline.filter(|_| self.learnt >= FIRST)
    }

    /// Takes what was read.
    pub(super) fn take(&mut self, view: &View<'_>) -> MembraneEstimate {
        let now = view.now;
        if let (Some(sample), Some(before), Some(after)) = (
            self.newest.take(&view.reading(Role::BloodFlow)),
            view.value(Role::PreMembranePressure),
            view.value(Role::ArterialPressure),
        ) {
            let drop = self.drop.take(Sample { value: before - after, ..sample });
            let flow = self.flow.take(sample);
            self.learn(drop, flow, sample.at);
        }
        let resistance = self.resistance.settled(now, SETTLED);
        let baseline = self.remember();
        let ratio = resistance.zip(baseline).map(|(resistance, baseline)| resistance / baseline);
        let oldest = self.trend.iter().flatten().next();
        let whole = self.trend.iter().all(Option::is_some);
        let rise = resistance.zip(oldest.copied()).zip(baseline).filter(|_| whole);
        MembraneEstimate {
            drop: self.drop.value(now).map(MmHg),
            resistance,
            baseline,
            ratio,
            rise_per_hour: rise.map(|((resistance, oldest), baseline)| (resistance - oldest) / baseline),
        }
    }

    fn learn(&mut self, drop: f64, flow: f64, at: Monotonic) {
        let last = self.last.replace(at);
        if flow < LEAST_FLOW.value() {
            return;
        }
        let resistance = self.resistance.take(Sample { value: drop / (flow + SHAPE * flow * flow), at });
        if self.resistance.settled(at, SETTLED).is_none() {
            return;
        }
        self.follow(resistance, at);
        let elapsed = last.map_or(Span::ZERO, |last| at.since(last)).min(SMOOTH_GAP);
        if self.learnt >= LEARNING {
            return;
        }
        self.learnt = Span(self.learnt.0.saturating_add(elapsed.0)).min(LEARNING);
        let from = self.baseline.unwrap_or(resistance);
        let part = elapsed.seconds() / self.learnt.seconds().max(1.0);
        self.baseline =
            Some(from + (resistance - from) * part.min(1.0)).filter(|found| POSSIBLE.contains(found));
    }

    fn follow(&mut self, resistance: f64, at: Monotonic) {
        if self.next_point.is_some_and(|next| at < next) {
            return;
        }
        self.next_point = Some(at.plus(SPACING));
        self.trend.rotate_left(1);
        if let Some(place) = self.trend.last_mut() {
            *place = Some(resistance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs for some minutes, one sample a second: resistance over time, at this flow.
    fn run(
        membrane: &mut Membrane,
        from: u64,
        minutes: u64,
        flow: f64,
        resistance: impl Fn(u64) -> f64,
    ) -> u64 {
        for second in 0..minutes * 60 {
            let at = Monotonic((from + second) * 1_000_000_000);
            let drop = resistance(second / 60) * (flow + 0.1 * flow * flow);
            let (drop, flow) = (
                membrane.drop.take(Sample { value: drop, at }),
                membrane.flow.take(Sample { value: flow, at }),
            );
            membrane.learn(drop, flow, at);
        }
        from + minutes * 60
    }

    fn ratio(membrane: &Membrane, now: u64) -> Option<f64> {
        let now = Monotonic(now * 1_000_000_000);
        membrane.resistance.settled(now, SETTLED).zip(membrane.remember()).map(|(now, then)| now / then)
    }

    #[test]
    fn the_resistance_of_a_new_membrane_does_not_depend_on_the_flow() {
        let mut membrane = Membrane::new(None);
        let mut now = run(&mut membrane, 1, 30, 4.0, |_| 7.0);
        for flow in [1.5, 3.0, 5.5] {
            now = run(&mut membrane, now, 10, flow, |_| 7.0);
            let ratio = ratio(&membrane, now).unwrap();
            assert!((ratio - 1.0).abs() < 0.01, "{flow} L/min: {ratio}");
        }
    }

    #[test]
    fn a_clot_shows_against_the_baseline_and_a_remembered_baseline_is_not_learnt_again() {
        let mut membrane = Membrane::new(Some(7.0));
        let now = run(&mut membrane, 1, 20, 4.0, |_| 12.0);
        assert!((ratio(&membrane, now).unwrap() - 12.0 / 7.0).abs() < 0.01);
        assert_eq!(membrane.remember(), Some(7.0));
        assert_eq!(Membrane::new(Some(f64::NAN)).remember(), None);
    }

    #[test]
    fn no_flow_teaches_nothing() {
        let mut membrane = Membrane::new(None);
        let now = run(&mut membrane, 1, 30, 0.5, |_| 7.0);
        assert_eq!((ratio(&membrane, now), membrane.remember()), (None, None));
    }
}
