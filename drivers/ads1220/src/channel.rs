// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a code says of one transducer: a pressure, or why there is none. Pure.

use crate::convert;
use ecmod_plugin::quantities::Cause;

/// So many times the same code, and it is none of a living converter: its noise is hundreds of codes.
pub const FROZEN: u32 = 20;
/// The positive input is at half of the excitation; further away than this share of it, a wire of the excitation is off.
const COMMON_MODE: core::ops::RangeInclusive<f64> = 0.2..=0.8;
/// The current that finds an open wire.
const BURN_OUT_AMPERES: f64 = 10e-6;

/// One transducer.
#[derive(Debug)]
pub struct Channel {
    scale: Scale,
    /// Share of full scale at gain 1, without the current that tests the wires.
    before: Option<f64>,
    signal: Wires,
    excitation: Wires,
    last: Option<i32>,
    same: u32,
    missed: u32,
}

/// What a code is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// mmHg at full scale; negative where the multiplexer has the pins the other way round.
    pub mmhg: f64,
    /// The amplifier's gain.
    pub gain: f64,
    /// The reference in volts.
    pub reference: f64,
    /// The excitation divided by the reference.
    pub excitation_per_reference: f64,
    /// More resistance between the inputs is an open wire.
    pub open_ohm: f64,
}

/// What the last test said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wires {
    /// Not open, or not tested.
    Whole,
    /// Open.
    Open,
}

/// What is delivered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// A pressure in mmHg.
    Good(f64),
    /// A pressure to be trusted less.
    Uncertain(f64, Cause),
    /// No pressure.
    Bad(Cause),
}

/// What is known of the chip that concerns every channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Doubts {
    /// With its inputs short it measures something.
    pub zero: bool,
    /// The reference is not what it should be.
    pub reference: bool,
    /// There is no reference.
    pub no_reference: bool,
}

impl Channel {
    /// A transducer.
    #[must_use]
    pub const fn new(scale: Scale) -> Self {
        Self {
            scale,
            before: None,
            signal: Wires::Whole,
            excitation: Wires::Whole,
            last: None,
            same: 0,
            missed: 0,
        }
    }

    /// What a code is worth. The gravest reason comes first.
    pub fn judge(&mut self, code: i32, doubts: Doubts) -> Verdict {
        self.missed = 0;
        self.same = if self.last == Some(code) { self.same.saturating_add(1) } else { 0 };
        self.last = Some(code);
        let share = convert::share(code);
        let pressure = share * self.scale.mmhg;
        let clipped = convert::is_clipped(code);
        self.before = (!clipped).then_some(share / self.scale.gain);
        if doubts.no_reference {
            Verdict::Bad(Cause::SignalLost)
        } else if self.wires() == Wires::Open {
            Verdict::Bad(Cause::Disconnected)
        } else if clipped {
            Verdict::Bad(Cause::Saturated)
        } else if self.same >= FROZEN {
            Verdict::Bad(Cause::Frozen)
        } else if doubts.zero {
            Verdict::Bad(Cause::DeviceError)
        } else if doubts.reference {
            Verdict::Uncertain(pressure, Cause::NotCalibrated)
        } else {
            Verdict::Good(pressure)
        }
    }

    /// A conversion got lost. One is no news; from the second in a row on there is no value.
    pub const fn missed(&mut self) -> bool {
        self.missed = self.missed.saturating_add(1);
        self.missed > 1
    }

    /// A conversion at gain 1 with the test current on.
    pub fn test(&mut self, code: i32) {
        let volts = |share: f64| share * self.scale.reference;
        let ohm = |before| (volts(convert::share(code)) - volts(before)) / BURN_OUT_AMPERES;
        let too_much = self.before.is_some_and(|before| ohm(before) > self.scale.open_ohm);
        self.signal = if convert::is_clipped(code) || too_much { Wires::Open } else { Wires::Whole };
    }

    /// A conversion of the positive input against ground, at gain 1.
    pub fn test_common_mode(&mut self, code: i32) {
        let share = convert::share(code) / self.scale.excitation_per_reference;
        self.excitation = if COMMON_MODE.contains(&share) { Wires::Whole } else { Wires::Open };
    }

    /// What the last tests said.
    #[must_use]
    pub fn wires(&self) -> Wires {
        if self.signal == Wires::Whole && self.excitation == Wires::Whole {
            Wires::Whole
        } else {
            Wires::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> Channel {
        Channel::new(Scale {
            mmhg: 3125.0,
            gain: 64.0,
            reference: 5.0,
            excitation_per_reference: 1.0,
            open_ohm: 5000.0,
        })
    }

    fn code(share: f64) -> i32 {
        #[allow(clippy::cast_possible_truncation)]
        let code = (share * 8_388_608.0) as i32;
        code.clamp(-0x80_0000, 0x7F_FFFF)
    }

    #[test]
    fn every_doubt_has_its_cause_and_the_gravest_wins() {
        let none = Doubts::default();
        let reference = Doubts { reference: true, ..none };
        let zero = Doubts { zero: true, ..reference };
        let lost = Doubts { no_reference: true, ..zero };
        let table = [
            (0.02, none, Verdict::Good(62.5)),
            (-0.02, reference, Verdict::Uncertain(-62.5, Cause::NotCalibrated)),
            (0.02, zero, Verdict::Bad(Cause::DeviceError)),
            (1.0, zero, Verdict::Bad(Cause::Saturated)),
            (-1.0, none, Verdict::Bad(Cause::Saturated)),
            (1.0, lost, Verdict::Bad(Cause::SignalLost)),
        ];
        for (share, doubts, expected) in table {
            let found = channel().judge(code(share), doubts);
            let close = match (found, expected) {
                (Verdict::Good(a), Verdict::Good(b)) => (a - b).abs() < 1e-3,
                (Verdict::Uncertain(a, x), Verdict::Uncertain(b, y)) => (a - b).abs() < 1e-3 && x == y,
                (a, b) => a == b,
            };
            assert!(close, "{share}: {found:?}, not {expected:?}");
        }
    }

    #[test]
    fn a_bridge_passes_both_tests_and_an_open_wire_fails_one() {
        let mut channel = channel();
        channel.judge(code(0.02), Doubts::default());
        for (test, common_mode, expected) in [
            (0.0003 + 0.0007, 0.5, Wires::Whole), // 350 ohm
            (0.0003 + 0.012, 0.5, Wires::Open),   // 6 kohm
            (1.0, 0.5, Wires::Open),
            (0.001, 0.02, Wires::Open),
            (0.001, 0.99, Wires::Open),
            (0.001, 0.51, Wires::Whole),
        ] {
            channel.test(code(test));
            channel.test_common_mode(code(common_mode));
            assert_eq!(channel.wires(), expected, "{test} {common_mode}");
        }
    }

    #[test]
    fn an_overload_is_no_open_wire() {
        let mut channel = channel();
        channel.judge(code(1.0), Doubts::default());
        channel.test(code(0.04));
        assert_eq!(channel.wires(), Wires::Whole);
    }

    #[test]
    fn a_code_that_never_changes_is_frozen_until_it_does() {
        let mut channel = channel();
        for _ in 0..FROZEN {
            assert!(matches!(channel.judge(1000, Doubts::default()), Verdict::Good(_)));
        }
        assert_eq!(channel.judge(1000, Doubts::default()), Verdict::Bad(Cause::Frozen));
        assert!(matches!(channel.judge(1001, Doubts::default()), Verdict::Good(_)));
    }
}
