// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the checks say of the chip itself: supplies, reference, zero, temperature. Pure.

use crate::channel::Doubts;
use crate::conversion::Conversion;
use crate::convert;
use crate::schedule::Check;

/// With its inputs short the chip may measure no more than this.
pub const LARGEST_ZERO_MMHG: f64 = 5.0;
/// So many checks in a row decide.
const STRIKES: u32 = 2;

/// What a check measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// The chip's temperature in degC.
    Temperature(f64),
    /// The analogue supply in volts.
    AnalogSupply(f64),
    /// The digital supply in volts.
    DigitalSupply(f64),
    /// The channels' reference in volts.
    Reference(f64),
    /// What it measures with its inputs short, in mmHg.
    Zero(f64),
    /// Nothing that can be used: an alarm stood, or something else was not known yet.
    Nothing,
}

/// Something that changed, for the log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// With its inputs short the chip measures this, in mmHg.
    ZeroLost(f64),
    /// It measures nothing again, with its inputs short.
    ZeroFound,
    /// The reference left its tolerance; volts.
    ReferenceLost(f64),
    /// It is inside again.
    ReferenceFound(f64),
}

/// The state of the chip as far as its checks tell.
#[derive(Debug)]
pub struct Health {
    nominal_reference: f64,
    tolerance: f64,
    analog_supply: Option<f64>,
    zero: Strikes,
    reference: Strikes,
}

#[derive(Debug, Default)]
struct Strikes {
    doubt: bool,
    against: u32,
}

impl Strikes {
    /// One more finding; whether it changes the verdict.
    const fn count(&mut self, wrong: bool) -> bool {
        self.against = if wrong == self.doubt { 0 } else { self.against.saturating_add(1) };
        if self.against < STRIKES {
            return false;
        }
        (self.against, self.doubt) = (0, wrong);
        true
    }
}

impl Health {
    /// With the reference's nominal voltage and its tolerance in percent.
    #[must_use]
    pub fn new(nominal_reference: f64, tolerance_percent: f64) -> Self {
        Self {
            nominal_reference,
            tolerance: nominal_reference * tolerance_percent / 100.0,
            analog_supply: None,
            zero: Strikes::default(),
            reference: Strikes::default(),
        }
    }

    /// What concerns every channel.
    #[must_use]
    pub const fn doubts(&self) -> Doubts {
        Doubts { zero: self.zero.doubt, reference: self.reference.doubt }
    }

    /// Looks at a check's conversion. `mmhg_at_full_scale` is of the channel whose zero it is, if it is one's zero.
    ///
    /// The amplifier's absolute alarms say nothing here: the chip's own sources lie near its supplies.
    pub fn note(
        &mut self,
        check: Check,
        conversion: &Conversion,
        mmhg_at_full_scale: Option<f64>,
    ) -> (Measured, Option<Change>) {
        let share = convert::share(conversion.code);
        if conversion.status.reference_low() || conversion.is_clipped() {
            return (Measured::Nothing, None);
        }
        match check {
            Check::Temperature => {
                (Measured::Temperature(convert::celsius(share * convert::INTERNAL_REFERENCE)), None)
            }
            Check::DigitalSupply => (Measured::DigitalSupply(convert::supply(share)), None),
            Check::AnalogSupply => {
                let supply = convert::supply(share);
                self.analog_supply = Some(supply);
                (Measured::AnalogSupply(supply), None)
            }
            Check::Reference => {
                match self.analog_supply.and_then(|supply| convert::reference(supply, share)) {
                    Some(volts) => (Measured::Reference(volts), self.note_reference(volts)),
                    None => (Measured::Nothing, None),
                }
            }
            Check::Zero(_) => match mmhg_at_full_scale {
                // On a wire that is off the inputs' common mode is anything.
                Some(scale) if !conversion.status.at_a_supply() => {
                    (Measured::Zero(share * scale), self.note_zero(share * scale))
                }
                _ => (Measured::Nothing, None),
            },
        }
    }

    fn note_reference(&mut self, volts: f64) -> Option<Change> {
        let wrong = (volts - self.nominal_reference).abs() > self.tolerance;
        let changed = self.reference.count(wrong);
        changed.then_some(if wrong { Change::ReferenceLost(volts) } else { Change::ReferenceFound(volts) })
    }

    fn note_zero(&mut self, mmhg: f64) -> Option<Change> {
        let wrong = mmhg.abs() > LARGEST_ZERO_MMHG;
        let changed = self.zero.count(wrong);
        changed.then_some(if wrong { Change::ZeroLost(mmhg) } else { Change::ZeroFound })
    }
}

impl core::fmt::Display for Change {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::ZeroLost(mmhg) => {
                write!(f, "with its inputs short the chip measures {mmhg:.1} mmHg: replace it")
            }
            Self::ZeroFound => f.write_str("with its inputs short the chip measures nothing again"),
            Self::ReferenceLost(volts) => {
                write!(f, "the reference is {volts:.3} V, out of its tolerance: pressures are uncertain")
            }
            Self::ReferenceFound(volts) => {
                write!(f, "the reference is {volts:.3} V, within its tolerance again")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::Status;

    fn conversion(share: f64) -> Conversion {
        #[allow(clippy::cast_possible_truncation)]
        let code = (share * 2_147_483_648.0) as i32;
        Conversion { status: Status(0x40), code }
    }

    #[test]
    fn the_reference_is_found_by_measuring_the_supply_twice() {
        let mut health = Health::new(5.0, 5.0);
        assert_eq!(health.note(Check::Reference, &conversion(0.25), None).0, Measured::Nothing);
        health.note(Check::AnalogSupply, &conversion(0.5), None); // 5 V
        let (Measured::Reference(volts), None) = health.note(Check::Reference, &conversion(0.25), None)
        else {
            panic!("no reference")
        };
        assert!((volts - 5.0).abs() < 1e-6);
    }

    #[test]
    fn a_reference_out_of_tolerance_is_a_doubt_after_two_checks_and_until_two_others() {
        let mut health = Health::new(5.0, 5.0);
        health.note(Check::AnalogSupply, &conversion(0.5), None);
        let mut look = |share| health.note(Check::Reference, &conversion(share), None).1.is_some();
        // 5 / (4 * 0.23) = 5.43 V
        let found: Vec<bool> = [0.23, 0.25, 0.23, 0.23, 0.23, 0.25, 0.25].map(&mut look).to_vec();
        assert_eq!(found, [false, false, false, true, false, false, true]);
        assert_eq!(health.doubts(), Doubts::default());
    }

    #[test]
    fn a_chip_that_measures_something_with_its_inputs_short_is_in_doubt() {
        let mut health = Health::new(5.0, 5.0);
        let zero = conversion(10.0 / 6250.0);
        health.note(Check::Zero(0), &zero, Some(6250.0));
        let (Measured::Zero(mmhg), Some(Change::ZeroLost(_))) =
            health.note(Check::Zero(0), &zero, Some(6250.0))
        else {
            panic!("no doubt")
        };
        assert!((mmhg - 10.0).abs() < 1e-3 && health.doubts().zero);
        let floating = Conversion { status: Status(0x48), ..zero };
        assert_eq!(health.note(Check::Zero(0), &floating, Some(6250.0)).0, Measured::Nothing);
    }

    #[test]
    fn an_alarm_of_the_reference_spoils_a_check() {
        let mut health = Health::new(5.0, 5.0);
        let lost = Conversion { status: Status(0x50), code: 1 << 30 };
        assert_eq!(health.note(Check::AnalogSupply, &lost, None), (Measured::Nothing, None));
    }
}
