// SPDX-License-Identifier: MIT OR Apache-2.0
//! The status flags of a gen 1 controller `[S143]`: what each means, and which value it spoils.

use ecmod_plugin::quantities::Cause;

/// The flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status(pub u16);

/// One flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// Its bit.
    pub mask: u16,
    /// What it says.
    pub meaning: &'static str,
}

macro_rules! flags {
    ($($mask:literal: $meaning:literal;)*) => {
        /// Every flag, from the lowest bit.
        pub const FLAGS: &[Flag] = &[$(Flag { mask: $mask, meaning: $meaning },)*];
    };
}

flags! {
    0x0001: "temperature above range";
    0x0002: "temperature below range";
    0x0004: "volumetric flow above range";
    0x0008: "volumetric flow below range";
    0x0010: "mass flow above range";
    0x0020: "mass flow below range";
    0x0040: "pressure above range";
    0x0080: "totaliser overflow";
    0x0100: "valve held: the controller does not regulate";
    0x0200: "converter (ADC) error";
    0x0400: "exhaust valve open";
    0x0800: "pressure limit exceeded";
    0x1000: "flow overflowed while totalising";
    0x2000: "measurement aborted";
}

impl Status {
    /// The flags from their two registers. They fit into one of the two, and which one depends on the device's word
    /// order: the other one is zero.
    #[must_use]
    pub const fn from_registers([first, second]: [u16; 2]) -> Self {
        Self(first | second)
    }

    const fn has(self, mask: u16) -> bool {
        self.0 & mask != 0
    }

    /// What spoils every measured value, if anything does.
    const fn general(self) -> Option<Cause> {
        if self.has(0x2200) { Some(Cause::DeviceError) } else { None }
    }

    /// Why the mass flow is no value, if it is none.
    #[must_use]
    pub fn flow_fault(self) -> Option<Cause> {
        self.general().or(self.has(0x0030).then_some(Cause::OutOfRange))
    }

    /// Why the pressure is no value, if it is none.
    #[must_use]
    pub fn pressure_fault(self) -> Option<Cause> {
        self.general().or(self.has(0x0040).then_some(Cause::OutOfRange))
    }

    /// Why the temperature is no value, if it is none.
    #[must_use]
    pub fn temperature_fault(self) -> Option<Cause> {
        self.general().or(self.has(0x0003).then_some(Cause::OutOfRange))
    }

    /// The flags that are set here and were not in `before`.
    pub fn new_since(self, before: Self) -> impl Iterator<Item = &'static Flag> {
        let news = self.0 & !before.0;
        FLAGS.iter().filter(move |flag| flag.mask & news != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_spoils_exactly_what_it_is_about() {
        let all = [
            (0x0001, None, None, Some(Cause::OutOfRange)),
            (0x0002, None, None, Some(Cause::OutOfRange)),
            (0x0004, None, None, None),
            (0x0008, None, None, None),
            (0x0010, Some(Cause::OutOfRange), None, None),
            (0x0020, Some(Cause::OutOfRange), None, None),
            (0x0040, None, Some(Cause::OutOfRange), None),
            (0x0080, None, None, None),
            (0x0100, None, None, None),
            (0x0200, Some(Cause::DeviceError), Some(Cause::DeviceError), Some(Cause::DeviceError)),
            (0x0400, None, None, None),
            (0x0800, None, None, None),
            (0x1000, None, None, None),
            (0x2000, Some(Cause::DeviceError), Some(Cause::DeviceError), Some(Cause::DeviceError)),
        ];
        assert_eq!(
            all.map(|(mask, ..)| mask).to_vec(),
            FLAGS.iter().map(|flag| flag.mask).collect::<Vec<_>>()
        );
        for (mask, flow, pressure, temperature) in all {
            let status = Status(mask);
            assert_eq!(status.flow_fault(), flow, "{mask:#06x}");
            assert_eq!(status.pressure_fault(), pressure, "{mask:#06x}");
            assert_eq!(status.temperature_fault(), temperature, "{mask:#06x}");
        }
    }

    #[test]
    fn flags_are_found_in_either_register_and_only_new_ones_are_news() {
        assert_eq!(Status::from_registers([0, 0x0200]), Status::from_registers([0x0200, 0]));
        let news: Vec<u16> = Status(0x0300).new_since(Status(0x0200)).map(|flag| flag.mask).collect();
        assert_eq!(news, [0x0100]);
    }
}
