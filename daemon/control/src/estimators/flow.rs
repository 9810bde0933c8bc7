// SPDX-License-Identifier: MIT OR Apache-2.0
//! The virtual flow sensor: flow from the pump's speed and head, and how far the real one lies from it.
//!
//! Advisory. It is shown when the flow meter is lost, and nothing is controlled by it. The head is the pressure
//! before the membrane minus the drainage pressure; the curve is the preset's fit, so expect 10 to 20 % `[C]`.

use super::filter::{LowPass, Newest, Sample};
use super::view::View;
use crate::signals::usable;
use crate::{PumpPreset, Role};
use ecmod_quantities::{Cause, LitresPerMinute, MmHg, Reading, Rpm, Seconds, Span};

/// Below this speed the curve says nothing: the pump is a leaky tube.
const SLOWEST: Rpm = Rpm(200.0);
/// What the head may be wrong by without anything being wrong: two transducers of 5 mmHg.
const HEAD_TOLERANCE: MmHg = MmHg(10.0);
/// Less than this is compared with this: near zero flow a percentage says nothing.
const LEAST: LitresPerMinute = LitresPerMinute(1.0);
/// The deviation is that of this time, so that a step of the speed does not count.
const SMOOTH: Seconds = Seconds(3.0);
const SETTLED: Span = Span::from_secs(5);

/// Compares the flow meter with the virtual sensor.
#[derive(Debug, Clone)]
pub(super) struct FlowCheck {
    newest: Newest,
    deviation: LowPass,
}

impl FlowCheck {
    pub(super) const fn new() -> Self {
        Self { newest: Newest::NEW, deviation: LowPass::new(SMOOTH) }
    }

    /// By how much more is measured than speed and head give, in percent of the latter; 0 within what the pressures
    /// may be wrong by.
    pub(super) fn take(&mut self, preset: PumpPreset, view: &View<'_>) -> Option<f64> {
        let flow = view.reading(Role::BloodFlow);
        let (Some(speed), Some(inlet), Some(outlet)) =
            (view.speed(), view.value(Role::VenousPressure), view.value(Role::PreMembranePressure))
        else {
            self.deviation.clear();
            return None;
        };
        if speed < SLOWEST {
            self.deviation.clear();
            return None;
        }
        if let Some(sample) = self.newest.take(&flow) {
            let value = deviation(preset, LitresPerMinute(sample.value), speed, MmHg(outlet - inlet));
            self.deviation.take(Sample { value, ..sample });
        }
        self.deviation.settled(view.now, SETTLED)
    }
}

/// The deviation of one sample, in percent.
fn deviation(preset: PumpPreset, flow: LitresPerMinute, speed: Rpm, head: MmHg) -> f64 {
    let curve = preset.curve();
    let most = curve.flow(speed, head - HEAD_TOLERANCE);
    let least = curve.flow(speed, head + HEAD_TOLERANCE);
    let reference = curve.flow(speed, head).abs().max(LEAST);
    100.0 * ((flow - flow.within(least, most)) / reference)
}

/// The estimate; uncertain with [`Cause::Estimated`], or bad with the cause of what is missing.
pub(crate) fn estimate_flow(
    preset: PumpPreset,
    speed: &Reading,
    venous: &Reading,
    pre_membrane: &Reading,
) -> Reading {
    let parts = [speed, venous, pre_membrane];
    let sequence = parts.iter().fold(0u64, |sum, part| sum.wrapping_add(part.sequence()));
    let acquired = parts.iter().map(|part| part.acquired()).min().unwrap_or(speed.acquired());
    match (usable(speed), usable(venous), usable(pre_membrane)) {
        (Ok(speed), Ok(_), Ok(_)) if Rpm(speed) < SLOWEST => {
            Reading::bad(Cause::OutOfRange, acquired, sequence)
        }
        (Ok(speed), Ok(inlet), Ok(outlet)) => {
            let flow = preset.curve().flow(Rpm(speed), MmHg(outlet - inlet));
            Reading::uncertain(flow.value(), Cause::Estimated, acquired, sequence)
        }
        (Err(cause), _, _) | (_, Err(cause), _) | (_, _, Err(cause)) => {
            Reading::bad(cause, acquired, sequence)
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // what is not computed is exact
mod tests {
    use super::*;
    use ecmod_quantities::Monotonic;

    #[test]
    fn the_estimate_inverts_the_curve_and_says_that_it_is_one() {
        let preset = PumpPreset::RotaflowLike;
        let head = preset.curve().head(Rpm(3500.0), LitresPerMinute(4.0)).value();
        let at = |value, ms| Reading::good(value, Monotonic(ms), 1);
        let estimate = estimate_flow(preset, &at(3500.0, 30), &at(-60.0, 10), &at(head - 60.0, 20));
        assert!((estimate.value().unwrap() - 4.0).abs() < 1e-9);
        assert_eq!((estimate.good_value(), estimate.cause()), (None, Cause::Estimated));
        assert_eq!(estimate.acquired(), Monotonic(10), "as old as its oldest part");
    }

    #[test]
    fn without_a_pressure_or_a_turning_pump_there_is_no_estimate() {
        let good = Reading::good(300.0, Monotonic(5), 1);
        let lost = Reading::bad(Cause::Disconnected, Monotonic(5), 1);
        let estimate = |speed, venous| estimate_flow(PumpPreset::RotaflowLike, speed, venous, &good);
        assert_eq!(estimate(&good, &lost).cause(), Cause::Disconnected);
        assert_eq!(estimate(&lost, &good).cause(), Cause::Disconnected);
        let slow = Reading::good(100.0, Monotonic(5), 1);
        assert_eq!(
            (estimate(&slow, &good).value(), estimate(&slow, &good).cause()),
            (None, Cause::OutOfRange)
        );
    }

    #[test]
    fn a_deviation_is_what_the_pressures_cannot_explain() {
        let preset = PumpPreset::RotaflowLike;
        let at = |flow: f64, offset: f64| {
            let head = preset.curve().head(Rpm(3500.0), LitresPerMinute(4.0)) + MmHg(offset);
            deviation(preset, LitresPerMinute(flow), Rpm(3500.0), head)
        };
        assert_eq!(at(4.0, 0.0), 0.0);
        assert_eq!(at(4.0, 9.0), 0.0);
        assert!((at(2.0, 0.0) + 40.0).abs() < 3.0, "half of it is measured: {} %", at(2.0, 0.0));
        assert!(at(6.5, 0.0) > 45.0);
        assert!(at(-4.0, 0.0) < -150.0, "the wrong way round");
        let shut = preset.curve().head(Rpm(3500.0), LitresPerMinute::ZERO) + MmHg(8.0);
        assert_eq!(deviation(preset, LitresPerMinute::ZERO, Rpm(3500.0), shut), 0.0, "a clamped line");
    }
}
