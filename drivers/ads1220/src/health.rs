// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the checks say of the chip itself: supply, reference, zero, temperature. Pure.

use crate::channel::Doubts;
use crate::config::Reference;
use crate::convert;
use crate::schedule::Check;

/// With its inputs short the chip may measure no more than this.
pub const LARGEST_ZERO_MMHG: f64 = 5.0;
/// Below this the chip cannot measure.
const LEAST_REFERENCE: f64 = 0.75;
/// So many checks in a row decide.
const STRIKES: u32 = 2;

/// What a check measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// The chip's temperature in degC.
    Temperature(f64),
    /// The analogue supply in volts.
    Supply(f64),
    /// The reference in volts.
    Reference(f64),
    /// What it measures with its inputs short, in mmHg.
    Zero(f64),
    /// Nothing of the chip.
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
    reference: Reference,
    nominal: f64,
    tolerance: f64,
    mmhg_at_full_scale: f64,
    zero: Strikes,
    off: Strikes,
    none: Strikes,
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
    /// With what the reference is, its nominal voltage and its tolerance in percent, and mmHg at full scale of a channel.
    #[must_use]
    pub fn new(reference: Reference, nominal: f64, tolerance_percent: f64, mmhg_at_full_scale: f64) -> Self {
        Self {
            reference,
            nominal,
            tolerance: nominal * tolerance_percent / 100.0,
            mmhg_at_full_scale,
            zero: Strikes::default(),
            off: Strikes::default(),
            none: Strikes::default(),
        }
    }

    /// What concerns every channel.
    #[must_use]
    pub const fn doubts(&self) -> Doubts {
        Doubts { zero: self.zero.doubt, reference: self.off.doubt, no_reference: self.none.doubt }
    }

    /// Looks at a check's code.
    pub fn note(&mut self, check: Check, code: i32) -> (Measured, Option<Change>) {
        let share = convert::share(code);
        match check {
            Check::Temperature => (Measured::Temperature(convert::celsius(code)), None),
            Check::Supply => {
                let volts = convert::from_quarter(share);
                let is_reference = self.reference == Reference::Supply;
                (Measured::Supply(volts), if is_reference { self.note_reference(volts) } else { None })
            }
            Check::Reference => {
                let volts = convert::from_quarter(share);
                (Measured::Reference(volts), self.note_reference(volts))
            }
            Check::Zero => {
                let mmhg = share * self.mmhg_at_full_scale;
                (Measured::Zero(mmhg), self.note_zero(mmhg))
            }
            Check::CommonMode(_) => (Measured::Nothing, None),
        }
    }

    fn note_reference(&mut self, volts: f64) -> Option<Change> {
        self.none.count(volts < LEAST_REFERENCE);
        let wrong = (volts - self.nominal).abs() > self.tolerance;
        let changed = self.off.count(wrong);
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
                write!(f, "the reference is {volts:.3} V, out of its tolerance: pressures are doubtful")
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

    fn quarter(volts: f64) -> i32 {
        #[allow(clippy::cast_possible_truncation)]
        let code = (volts / 4.0 / 2.048 * 8_388_608.0) as i32;
        code
    }

    #[test]
    fn a_reference_out_of_tolerance_or_gone_is_a_doubt_after_two_checks_and_until_two_others() {
        let mut health = Health::new(Reference::Supply, 5.0, 5.0, 3125.0);
        let mut look = |volts| health.note(Check::Supply, quarter(volts)).1.is_some();
        let found = [4.6, 5.0, 4.6, 4.6, 5.0, 5.1].map(&mut look);
        assert_eq!(found, [false, false, false, true, false, true]);
        assert_eq!(health.doubts(), Doubts::default());
        for _ in 0..2 {
            health.note(Check::Supply, quarter(0.3));
        }
        assert!(health.doubts().no_reference);
    }

    #[test]
    fn the_supply_is_no_reference_where_pins_are() {
        let mut health = Health::new(Reference::Refp0Refn0, 3.0, 5.0, 3125.0);
        for _ in 0..3 {
            assert_eq!(health.note(Check::Supply, quarter(5.0)).1, None);
        }
        let (Measured::Reference(volts), None) = health.note(Check::Reference, quarter(3.0)) else {
            panic!("no reference")
        };
        assert!((volts - 3.0).abs() < 1e-5);
    }

    #[test]
    fn a_chip_that_measures_something_with_its_inputs_short_is_in_doubt() {
        let mut health = Health::new(Reference::Supply, 5.0, 5.0, 3125.0);
        #[allow(clippy::cast_possible_truncation)]
        let code = (10.0 / 3125.0 * 8_388_608.0) as i32;
        assert_eq!(health.note(Check::Zero, code).1, None);
        assert!(matches!(health.note(Check::Zero, code).1, Some(Change::ZeroLost(_))));
        assert!(health.doubts().zero);
    }
}
