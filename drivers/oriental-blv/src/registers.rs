// SPDX-License-Identifier: MIT OR Apache-2.0
//! The register map of the BLV / BLVD drive, as far as this driver uses it.
//!
//! All are holding registers, read with function 3. A value of 32 bits stands in two registers, *high word
//! first*; the addresses here are those of the high words. Two public user codes agree on the map and on the
//! word order (README, Sources).

/// The command word that the drive obeys (one register, the low half of a pair).
pub const COMMAND_WORD: u16 = 0x007D;
/// The present alarm code, two registers; 0 is no alarm.
pub const ALARM: u16 = 0x0080;
/// The speed that the drive is ramping to or holding, signed, rpm, two registers.
pub const COMMAND_SPEED: u16 = 0x00C8;
/// The measured speed of the motor, signed, rpm, two registers.
pub const FEEDBACK_SPEED: u16 = 0x00CE;
/// The load in percent of rated torque, two registers.
pub const LOAD: u16 = 0x0108;
/// Speed of operation data No. 0 in rpm, two registers.
pub const SPEED_NO_0: u16 = 0x0480;

/// Command word and alarm in one request: `0x007D..=0x0081`.
pub const STATUS_BLOCK: (u16, usize) = (COMMAND_WORD, 5);
/// Command speed and feedback speed in one request: `0x00C8..=0x00CF`.
pub const SPEED_BLOCK: (u16, usize) = (COMMAND_SPEED, 8);

/// Lowest speed the drive regulates, rpm.
pub const MINIMUM_RPM: u16 = 80;
/// Highest speed the drive regulates, rpm.
pub const MAXIMUM_RPM: u16 = 4000;

/// The command word and what its bits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandWord(pub u16);

impl CommandWord {
    /// Bits 0 to 2: which operation data (speed) is used.
    const SELECT: u16 = 0x0007;
    const FORWARD: u16 = 0x0008;
    const REVERSE: u16 = 0x0010;
    /// 1: decelerate to a stop along the ramp; 0: stop at once.
    const STOP_MODE: u16 = 0x0020;

    /// Run forward with operation data No. 0; if told to stop, along the ramp.
    pub const RUN: Self = Self(Self::FORWARD | Self::STOP_MODE);
    /// Decelerate along the ramp and stand.
    pub const STOP: Self = Self(Self::STOP_MODE);

    /// Whether a run bit is set, in either direction.
    #[must_use]
    pub const fn runs(self) -> bool {
        self.0 & (Self::FORWARD | Self::REVERSE) != 0
    }

    /// Whether the word tells the drive to run backwards.
    #[must_use]
    pub const fn reverses(self) -> bool {
        self.0 & Self::REVERSE != 0
    }

    /// Whether this word already does what `RUN` would do. The bits that only matter at a stop (stop mode,
    /// brake release) are left as whoever started the drive has set them.
    #[must_use]
    pub const fn runs_forward_with_no_0(self) -> bool {
        self.0 & (Self::FORWARD | Self::REVERSE | Self::SELECT) == Self::FORWARD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_public_user_code_are_understood() {
        // 0x28 forward, 0x30 reverse, 0x20 decelerating stop, 0x00 immediate stop [S154]; 0xA8 with brake release [S153].
        assert_eq!(CommandWord::RUN, CommandWord(0x28));
        assert_eq!(CommandWord::STOP, CommandWord(0x20));
        assert!(CommandWord(0xA8).runs_forward_with_no_0());
        assert!(CommandWord(0x30).reverses() && !CommandWord(0x30).runs_forward_with_no_0());
        assert!(!CommandWord(0x00).runs() && !CommandWord(0x20).runs());
    }

    #[test]
    fn another_operation_data_is_not_number_0() {
        assert!(!CommandWord(0x2A).runs_forward_with_no_0());
    }
}
