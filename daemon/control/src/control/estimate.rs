// SPDX-License-Identifier: MIT OR Apache-2.0
//! The virtual flow sensor: flow from the pump's speed and head.
//!
//! Advisory. It is shown when the flow meter is lost, and nothing is controlled by it. The head is the pressure
//! before the membrane minus the drainage pressure; the curve is the preset's fit, so expect 10 to 20 % `[C]`.

use crate::PumpPreset;
use crate::signals::usable;
use ecmod_quantities::{Cause, MmHg, Reading, Rpm};

/// Below this speed the curve says nothing: the pump is a leaky tube.
const SLOWEST: Rpm = Rpm(200.0);

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
mod tests {
    use super::*;
    use ecmod_quantities::{LitresPerMinute, Monotonic};

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
}
