// SPDX-License-Identifier: MIT OR Apache-2.0
//! The floor: the speed below which blood would run backwards, learnt where it shows.
//!
//! Only near zero flow does the pump say at which speed nothing flows; far from it the resistance of cannulae and
//! patient would have to be known. So it is learnt whenever the flow passes near zero: in `ZeroFlow` mode, during gross
//! air, at backflow, at a start. A clamped line shows no flow at *any* speed; there nothing is learnt.
//!
//! What is learnt only raises the floor of the settings, and by a bounded part: a wrong sensor must neither take the
//! floor away nor keep a pressure limit from acting.

use super::filter::Newest;
use crate::math::sqrt;
use crate::{PumpPreset, SpeedSettings};
use ecmod_quantities::{LitresPerMinute, Reading, Rpm};

/// Where it is learnt, either way from zero. Less than the first may be a clamped line.
const NEAR: (LitresPerMinute, LitresPerMinute) = (LitresPerMinute(0.03), LitresPerMinute(0.4));
/// The part of the way to a new sample that is gone: 5 s at 10 Hz.
const LEARNING: f64 = 0.02;
/// What is learnt counts between these parts of the settings' floor.
const LOWEST: f64 = 0.5;
const HIGHEST: f64 = 1.25;
/// So many samples before it counts.
const SAMPLES: u32 = 20;

/// What has been learnt.
#[derive(Debug, Clone)]
pub(super) struct FloorLearner {
    newest: Newest,
    learnt: Option<Rpm>,
    samples: u32,
}

impl FloorLearner {
    /// Goes on from what was learnt before, if it can be.
    pub(super) fn new(remembered: Option<Rpm>, configured: Rpm) -> Self {
        let learnt = remembered.filter(|speed| possible(*speed, configured));
        Self { newest: Newest::NEW, learnt, samples: if learnt.is_some() { SAMPLES } else { 0 } }
    }

    /// Looks at a sample of the flow.
    pub(super) fn take(&mut self, flow: &Reading, speed: Option<Rpm>, preset: PumpPreset, configured: Rpm) {
        let (Some(sample), Some(speed)) = (self.newest.take(flow), speed) else { return };
        let flow = LitresPerMinute(sample.value);
        if flow.abs() < NEAR.0 || flow.abs() > NEAR.1 {
            return;
        }
        // At zero flow the head is what the patient opposes; from here that is a N^2 less the losses of this small flow.
        let curve = preset.curve();
        let opposed = curve.head(speed, flow).value() - preset.circuit_loss(flow).value();
        let zero = Rpm(sqrt(opposed / curve.shutoff));
        if !possible(zero, configured) {
            return;
        }
        let from = self.learnt.unwrap_or(zero);
        self.learnt = Some(from + (zero - from) * LEARNING);
        self.samples = self.samples.saturating_add(1);
    }

    /// The speed at which nothing flows, once enough was seen.
    pub(super) fn zero_flow_speed(&self) -> Option<Rpm> {
        self.learnt.filter(|_| self.samples >= SAMPLES)
    }

    /// The floor in force.
    pub(super) fn floor(&self, configured: Rpm, limits: &SpeedSettings) -> Rpm {
        let learnt = self.zero_flow_speed().unwrap_or(configured);
        learnt.within(configured, configured * HIGHEST).min(limits.maximum).max(configured)
    }
}

fn possible(zero: Rpm, configured: Rpm) -> bool {
    (configured * LOWEST..=configured * HIGHEST).contains(&zero)
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // what is not computed is exact
mod tests {
    use super::*;
    use crate::Settings;
    use ecmod_quantities::Monotonic;

    const PRESET: PumpPreset = PumpPreset::RotaflowLike;

    fn after(samples: u32, flow: f64, speed: f64) -> FloorLearner {
        let configured = PRESET.static_floor();
        let mut learner = FloorLearner::new(None, configured);
        for n in 1..=u64::from(samples) {
            learner.take(&Reading::good(flow, Monotonic(n), n), Some(Rpm(speed)), PRESET, configured);
        }
        learner
    }

    fn floor(learner: &FloorLearner) -> f64 {
        learner.floor(PRESET.static_floor(), &Settings::for_pump(PRESET).speed).value()
    }

    #[test]
    fn a_higher_blood_pressure_raises_the_floor() {
        // At 95 mmHg mean arterial pressure the zero-flow speed is about 1675 rpm.
        let learner = after(300, -0.05, 1660.0);
        assert!((floor(&learner) - 1675.0).abs() < 20.0, "{}", floor(&learner));
    }

    #[test]
    fn a_lower_one_is_learnt_and_does_not_lower_the_floor() {
        let learner = after(300, 0.1, 1330.0);
        assert!(learner.zero_flow_speed().unwrap() < Rpm(1350.0));
        assert_eq!(floor(&learner), PRESET.static_floor().value());
    }

    #[test]
    fn a_clamped_line_full_flow_and_nonsense_teach_nothing() {
        for (flow, speed) in [(0.0, 1700.0), (0.02, 1700.0), (4.0, 3500.0), (0.2, 4000.0), (0.2, 100.0)] {
            assert_eq!(after(300, flow, speed).zero_flow_speed(), None, "{flow} L/min at {speed} rpm");
        }
    }

    #[test]
    fn some_samples_are_not_enough_and_what_is_remembered_counts_at_once_within_bounds() {
        assert_eq!(after(19, -0.1, 1600.0).zero_flow_speed(), None);
        let remembered = |speed| FloorLearner::new(Some(Rpm(speed)), PRESET.static_floor());
        assert_eq!(floor(&remembered(1600.0)), 1600.0);
        assert_eq!(floor(&remembered(3000.0)), PRESET.static_floor().value());
        assert_eq!(floor(&remembered(f64::NAN)), PRESET.static_floor().value());
    }
}
