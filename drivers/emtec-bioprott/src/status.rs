// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the meter's status byte and error byte mean for a value.
//!
//! The bits are derived from the examples of the manual, not from a table in it `[C]`: `E0` with no sensor
//! plugged in, `40` near zero flow, `24` with insufficient coupling, `00`/`04`/`08` with tables 1 to 3.
//! Bits 0 and 1 differ between devices; they are shown in the `status` signal and decide nothing.

/// The status byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u8);

impl Status {
    /// The sensor is not plugged in.
    #[must_use]
    pub const fn disconnected(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// The flow is too small to be told well from zero.
    #[must_use]
    pub const fn near_zero(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Too little ultrasound comes back: bad coupling, air, a tube of another kind.
    #[must_use]
    pub const fn weak_coupling(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// The calibration table in use, 1 to 8.
    #[must_use]
    pub const fn table(self) -> u8 {
        ((self.0 >> 2) & 0x07) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_bytes_of_the_manual_are_understood() {
        assert!(Status(0xE0).disconnected());
        assert!(Status(0x24).weak_coupling() && !Status(0x24).disconnected() && Status(0x24).table() == 2);
        assert!(Status(0x40).near_zero() && Status(0x40).table() == 1);
        assert_eq!((Status(0x00).table(), Status(0x04).table(), Status(0x08).table()), (1, 2, 3));
        assert!(!Status(0x04).near_zero() && !Status(0x04).weak_coupling());
    }
}
