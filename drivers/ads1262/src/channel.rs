// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a conversion says of one transducer: a pressure, or why there is none. Pure.

use crate::conversion::Conversion;
use crate::convert;
use ecmod_plugin::quantities::Cause;

/// One transducer.
#[derive(Debug)]
pub struct Channel {
    mmhg_at_full_scale: f64,
    /// Volts at full scale at the channel's gain.
    volts_at_full_scale: f64,
    volts: Option<f64>,
    wires: Wires,
    missed: u32,
}

/// What the last test said of the wires.
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
}

/// How the wires are tested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WireTest {
    /// The reference in volts, which is full scale at gain 1.
    pub reference: f64,
    /// The test current.
    pub amperes: f64,
    /// More resistance is an open wire.
    pub open_ohm: f64,
}

impl Channel {
    /// A transducer with so many mmHg, and so many volts, at full scale.
    #[must_use]
    pub const fn new(mmhg_at_full_scale: f64, volts_at_full_scale: f64) -> Self {
        Self { mmhg_at_full_scale, volts_at_full_scale, volts: None, wires: Wires::Whole, missed: 0 }
    }

    /// The pressure at this share of full scale.
    #[must_use]
    pub const fn pressure(&self, share: f64) -> f64 {
        share * self.mmhg_at_full_scale
    }

    /// What a conversion is worth. The gravest reason comes first.
    pub fn judge(&mut self, conversion: &Conversion, doubts: Doubts, disagrees: bool) -> Verdict {
        self.missed = 0;
        let share = convert::share(conversion.code);
        let status = conversion.status;
        let alarm = self.alarm(conversion);
        self.volts = alarm.is_none().then_some(share * self.volts_at_full_scale);
        if status.reference_low() {
            Verdict::Bad(Cause::SignalLost)
        } else if self.wires == Wires::Open {
            Verdict::Bad(Cause::Disconnected)
        } else if let Some(cause) = alarm {
            Verdict::Bad(cause)
        } else if doubts.zero {
            Verdict::Bad(Cause::DeviceError)
        } else if disagrees {
            Verdict::Bad(Cause::Disagreement)
        } else if doubts.reference {
            Verdict::Uncertain(self.pressure(share), Cause::NotCalibrated)
        } else {
            Verdict::Good(self.pressure(share))
        }
    }

    /// A conversion got lost. One is no news; from the second in a row on there is no value.
    pub const fn missed(&mut self) -> bool {
        self.missed = self.missed.saturating_add(1);
        self.missed > 1
    }

    /// What a conversion with the test current says of the wires; `None` if it says nothing, since the reference is gone.
    pub fn test(&mut self, conversion: &Conversion, test: &WireTest) -> Option<Wires> {
        let status = conversion.status;
        if status.reference_low() {
            return None;
        }
        let volts = convert::share(conversion.code) * test.reference;
        // In an alarm the voltage without the current is not known, and only an input at an end says something.
        let too_much =
            self.volts.is_some_and(|before| convert::resistance(volts, before, test.amperes) > test.open_ohm);
        let at_an_end = conversion.is_clipped() || status.beyond_full_scale() || status.at_a_supply();
        self.wires = if at_an_end || too_much { Wires::Open } else { Wires::Whole };
        Some(self.wires)
    }

    /// What the last test said.
    #[must_use]
    pub const fn wires(&self) -> Wires {
        self.wires
    }

    /// What the amplifier and the code say against the value.
    #[must_use]
    pub const fn alarm(&self, conversion: &Conversion) -> Option<Cause> {
        if conversion.is_clipped() || conversion.status.beyond_full_scale() {
            Some(Cause::Saturated)
        } else if conversion.status.at_a_supply() {
            Some(Cause::OutOfRange)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::Status;

    const TEST: WireTest = WireTest { reference: 5.0, amperes: 10e-6, open_ohm: 5000.0 };
    const NEW: u8 = 0x40;

    fn channel() -> Channel {
        Channel::new(6250.0, 5.0 / 32.0)
    }

    fn conversion(alarms: u8, share: f64) -> Conversion {
        #[allow(clippy::cast_possible_truncation)]
        let code = (share * 2_147_483_648.0) as i32;
        Conversion { status: Status(NEW | alarms), code }
    }

    #[test]
    fn every_alarm_has_its_cause_and_the_gravest_wins() {
        let none = Doubts::default();
        let zero = Doubts { zero: true, reference: true };
        let reference = Doubts { zero: false, reference: true };
        let table = [
            (0x00, 0.01, none, false, Verdict::Good(62.5)),
            (0x00, -0.01, reference, false, Verdict::Uncertain(-62.5, Cause::NotCalibrated)),
            (0x00, 0.01, none, true, Verdict::Bad(Cause::Disagreement)),
            (0x00, 0.01, zero, true, Verdict::Bad(Cause::DeviceError)),
            (0x08, 0.01, zero, true, Verdict::Bad(Cause::OutOfRange)),
            (0x04, 0.01, none, false, Verdict::Bad(Cause::OutOfRange)),
            (0x06, 0.01, none, false, Verdict::Bad(Cause::Saturated)),
            (0x00, 1.0, none, false, Verdict::Bad(Cause::Saturated)),
            (0x00, -1.0, none, false, Verdict::Bad(Cause::Saturated)),
            (0x1E, 1.0, none, false, Verdict::Bad(Cause::SignalLost)),
        ];
        for (alarms, share, doubts, disagrees, expected) in table {
            let found = channel().judge(&conversion(alarms, share), doubts, disagrees);
            let close = match (found, expected) {
                (Verdict::Good(a), Verdict::Good(b)) => (a - b).abs() < 1e-4,
                (Verdict::Uncertain(a, x), Verdict::Uncertain(b, y)) => (a - b).abs() < 1e-4 && x == y,
                (a, b) => a == b,
            };
            assert!(close, "{alarms:#04x} {share}: {found:?}, not {expected:?}");
        }
    }

    #[test]
    fn a_bridge_passes_the_wire_test_and_an_open_wire_does_not() {
        // 350 ohm make 3.5 mV at 10 uA; 100 mmHg are there all the time (2.5 mV).
        let table = [
            (0x00, (2.5e-3 + 3.5e-3) / 5.0, Some(Wires::Whole)),
            (0x00, (2.5e-3 + 30e-3) / 5.0, Some(Wires::Whole)),
            (0x00, (2.5e-3 + 60e-3) / 5.0, Some(Wires::Open)),
            (0x02, 1.0, Some(Wires::Open)),
            (0x0C, 0.0, Some(Wires::Open)),
            (0x10, 1.0, None),
        ];
        for (alarms, share, expected) in table {
            let mut channel = channel();
            channel.judge(&conversion(0, 2.5e-3 / (5.0 / 32.0)), Doubts::default(), false);
            assert_eq!(channel.test(&conversion(alarms, share), &TEST), expected, "{alarms:#04x} {share}");
        }
    }

    #[test]
    fn an_overload_is_no_open_wire() {
        let mut channel = channel();
        channel.judge(&conversion(0x02, 1.0), Doubts::default(), false);
        assert_eq!(channel.test(&conversion(0, 0.2 / 5.0), &TEST), Some(Wires::Whole));
    }

    #[test]
    fn an_open_wire_stays_disconnected_until_a_test_passes() {
        let mut channel = channel();
        channel.test(&conversion(0x02, 1.0), &TEST);
        let plausible = conversion(0, 0.01);
        assert_eq!(channel.judge(&plausible, Doubts::default(), false), Verdict::Bad(Cause::Disconnected));
        channel.test(&conversion(0, 0.001), &TEST);
        assert!(matches!(channel.judge(&plausible, Doubts::default(), false), Verdict::Good(_)));
    }

    #[test]
    fn one_lost_conversion_is_no_news_and_two_in_a_row_are_no_value() {
        let mut channel = channel();
        assert!(!channel.missed());
        channel.judge(&conversion(0, 0.0), Doubts::default(), false);
        assert!(!channel.missed());
        assert!(channel.missed());
    }
}
