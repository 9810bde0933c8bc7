// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a line says about each signal. Pure.
//!
//! # Which fault wins
//! For flows, in this order: sensor not plugged in, error byte, insufficient coupling, blanked without a reason
//! (the meter does so after a change of table), above or below what it can show, outside the signal's range. A
//! number that the meter itself marks as close to zero, or made with another table than the configured one, is uncertain.

use crate::line::{Field, Line};
use crate::status::Status;
use ecmod_plugin::quantities::Cause;

/// Range of the flow signals, L/min, both ways.
pub const FLOW_RANGE: (f64, f64) = (-20.0, 20.0);
/// Range of the coupling, %.
pub const QUALITY_RANGE: (f64, f64) = (0.0, 100.0);
/// Range of the calibration factor, %: the meter takes 0.50 to 1.50.
pub const FACTOR_RANGE: (f64, f64) = (50.0, 150.0);
/// Range of the board temperature, degC.
pub const TEMPERATURE_RANGE: (f64, f64) = (-40.0, 125.0);

/// What a signal gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// A value.
    Good(f64),
    /// A value that is to be trusted less.
    Uncertain(f64, Cause),
    /// No value.
    Bad(Cause),
}

/// A line, signal by signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcomes {
    /// Mean flow over 100 ms, 1 s, 10 s, L/min.
    pub flow: [Outcome; 3],
    /// Coupling, %.
    pub quality: Outcome,
    /// Board temperature, degC.
    pub temperature: Outcome,
    /// Calibration factor, % (100 is a factor of 1.00).
    pub factor: Outcome,
    /// Error byte.
    pub error: Outcome,
    /// Status byte.
    pub status: Outcome,
}

/// Why the meter itself says that it measures no flow.
#[must_use]
pub const fn fault(line: &Line) -> Option<Cause> {
    let status = Status(line.status);
    if status.disconnected() {
        Some(Cause::Disconnected)
    } else if line.error != 0 {
        Some(Cause::DeviceError)
    } else if status.weak_coupling() {
        Some(Cause::SignalLost)
    } else {
        None
    }
}

/// Evaluates a line. `settled` is what is given of it besides the flows (see [`crate::middle`]); `table` is the calibration table that
/// should be in use, if that is known.
#[must_use]
pub fn evaluate(line: &Line, settled: &Line, table: Option<u8>) -> Outcomes {
    let status = Status(line.status);
    let fault = fault(line);
    let doubt = if table.is_some_and(|table| table != status.table()) {
        Some(Cause::NotCalibrated)
    } else if status.near_zero() {
        Some(Cause::NearZero)
    } else {
        None
    };
    let flow = |field: Field<i32>| match (fault, value(field, 1000.0, FLOW_RANGE), doubt) {
        (Some(cause), _, _) => Outcome::Bad(cause),
        (None, Outcome::Good(flow), Some(cause)) => Outcome::Uncertain(flow, cause),
        (None, outcome, _) => outcome,
    };
    // A blanked coupling or factor has the reason that the flows have, if there is one.
    let other = |field: Field<i32>, divisor: f64, range| match (value(field, divisor, range), fault) {
        (Outcome::Bad(Cause::NotReady), Some(cause)) => Outcome::Bad(cause),
        (outcome, _) => outcome,
    };
    Outcomes {
        flow: line.flow.map(flow),
        quality: other(settled.coupling, 1.0, QUALITY_RANGE),
        temperature: other(settled.temperature, 1.0, TEMPERATURE_RANGE),
        factor: other(settled.factor, 1.0, FACTOR_RANGE), // hundredths are percent
        error: Outcome::Good(f64::from(settled.error)),
        status: Outcome::Good(f64::from(settled.status)),
    }
}

fn value(field: Field<i32>, divisor: f64, (low, high): (f64, f64)) -> Outcome {
    match field {
        Field::Value(number) => {
            let value = f64::from(number) / divisor;
            if (low..=high).contains(&value) { Outcome::Good(value) } else { Outcome::Bad(Cause::OutOfRange) }
        }
        Field::Blanked => Outcome::Bad(Cause::NotReady),
        Field::Overflow | Field::Underflow => Outcome::Bad(Cause::OutOfRange),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{Layout, parse};
    use crate::middle::Middles;
    use proptest::prelude::*;

    fn of(text: &str) -> Outcomes {
        alone(&parse(text.as_bytes(), Layout::Compact).unwrap(), None)
    }

    /// A line before which there was none.
    fn alone(line: &Line, table: Option<u8>) -> Outcomes {
        evaluate(line, &Middles::default().of(line), table)
    }

    #[test]
    fn the_five_lines_of_the_manual_mean_what_the_manual_says() {
        let good = of("00 00 100 0.99 7195 7193 6897 +41");
        assert_eq!(good.flow, [Outcome::Good(7.195), Outcome::Good(7.193), Outcome::Good(6.897)]);
        assert_eq!((good.quality, good.factor), (Outcome::Good(100.0), Outcome::Good(99.0)));
        assert_eq!(good.temperature, Outcome::Good(41.0));

        let backwards = of("00 04 100 1.00 -3588 -3590 -3589 +43");
        assert_eq!(backwards.flow[0], Outcome::Good(-3.588));
        assert_eq!(backwards.status, Outcome::Good(4.0));

        let weak = of("00 24 34 0.99 ------- ------- ------- +43");
        assert_eq!(weak.flow, [Outcome::Bad(Cause::SignalLost); 3]);
        assert_eq!(weak.quality, Outcome::Good(34.0));

        let hot = of("1A 41 --- ---- ------- ------- ------- +77");
        assert_eq!(hot.flow, [Outcome::Bad(Cause::DeviceError); 3]);
        assert_eq!(
            (hot.quality, hot.factor),
            (Outcome::Bad(Cause::DeviceError), Outcome::Bad(Cause::DeviceError))
        );
        assert_eq!((hot.temperature, hot.error), (Outcome::Good(77.0), Outcome::Good(26.0)));

        let unplugged = of("00 E0 --- ---- ------- ------- ------- +35");
        assert_eq!(unplugged.flow, [Outcome::Bad(Cause::Disconnected); 3]);
        assert_eq!(unplugged.quality, Outcome::Bad(Cause::Disconnected));
    }

    #[test]
    fn each_fault_has_its_cause() {
        let table = [
            ("00 40 100 1.00 20 10 10 +41", Outcome::Uncertain(0.02, Cause::NearZero)),
            ("00 00 100 1.00 ------- 10 10 +41", Outcome::Bad(Cause::NotReady)),
            ("00 00 100 1.00 ^^^^^^ 10 10 +41", Outcome::Bad(Cause::OutOfRange)),
            ("00 00 100 1.00 vvvvvv 10 10 +41", Outcome::Bad(Cause::OutOfRange)),
            ("00 00 100 1.00 20001 10 10 +41", Outcome::Bad(Cause::OutOfRange)),
            ("05 00 100 1.00 4000 10 10 +41", Outcome::Bad(Cause::DeviceError)),
            ("00 20 100 1.00 4000 10 10 +41", Outcome::Bad(Cause::SignalLost)),
            ("00 80 100 1.00 4000 10 10 +41", Outcome::Bad(Cause::Disconnected)),
            ("05 80 100 1.00 4000 10 10 +41", Outcome::Bad(Cause::Disconnected)),
        ];
        for (text, expected) in table {
            assert_eq!(of(text).flow[0], expected, "{text}");
        }
    }

    #[test]
    fn a_flow_made_with_another_calibration_table_is_uncertain() {
        let line = parse(b"00 04 100 1.00 4000 4000 4000 +41", Layout::Compact).unwrap();
        assert_eq!(alone(&line, Some(2)).flow[0], Outcome::Good(4.0));
        assert_eq!(alone(&line, Some(1)).flow[0], Outcome::Uncertain(4.0, Cause::NotCalibrated));
    }

    proptest! {
        #[test]
        fn no_line_makes_a_value_out_of_range(
            error in any::<u8>(), status in any::<u8>(), flow in any::<i32>(), other in any::<i32>(),
        ) {
            let line = Line {
                error, status, coupling: Field::Value(other), factor: Field::Value(other),
                flow: [Field::Value(flow); 3], temperature: Field::Value(other),
            };
            let outcomes = alone(&line, None);
            let ranged = [
                (outcomes.flow[0], FLOW_RANGE), (outcomes.quality, QUALITY_RANGE),
                (outcomes.factor, FACTOR_RANGE), (outcomes.temperature, TEMPERATURE_RANGE),
            ];
            for (outcome, (low, high)) in ranged {
                if let Outcome::Good(value) | Outcome::Uncertain(value, _) = outcome {
                    prop_assert!((low..=high).contains(&value));
                }
            }
            if error != 0 || status & 0xA0 != 0 {
                prop_assert!(matches!(outcomes.flow[0], Outcome::Bad(_)));
            }
        }
    }
}
