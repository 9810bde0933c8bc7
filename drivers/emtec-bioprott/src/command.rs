// SPDX-License-Identifier: MIT OR Apache-2.0
//! The only bytes that may ever be sent to the meter.
//!
//! The manual warns that other letters can hang the meter until its power is cycled. So there is no function
//! that sends text: what can be sent is a [`Command`], and its bytes come from the match below.

use ecmod_plugin::{Error, Serial};

/// What the meter may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `I`: stop the stream.
    Idle,
    /// `R`: start the stream again.
    Restart,
    /// `Z`: take the present flow as zero. Only with the flow really at zero.
    Zero,
    /// `S`: print the status text (serial numbers, tube, medium, tables) once.
    StatusText,
    /// `T1` to `T7`: use this calibration table.
    Table(Table),
    /// `C0.50` to `C1.50`: use this calibration factor.
    Factor(Factor),
}

/// A calibration table the meter can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table(u8);

impl Table {
    /// Table `number`; `None` unless 1 to 7.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= 7 { Some(Self(number)) } else { None }
    }
}

/// A calibration factor the meter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor(u8);

impl Factor {
    /// A factor in hundredths; `None` unless 50 to 150.
    #[must_use]
    pub const fn from_hundredths(hundredths: u8) -> Option<Self> {
        if hundredths >= 50 && hundredths <= 150 { Some(Self(hundredths)) } else { None }
    }
}

/// The bytes of one command, ready to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes {
    bytes: [u8; 6],
    length: usize,
}

impl Bytes {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Command {
    /// The bytes of this command with the carriage return that ends it.
    #[must_use]
    pub const fn bytes(self) -> Bytes {
        match self {
            Self::Idle => short(b'I'),
            Self::Restart => short(b'R'),
            Self::Zero => short(b'Z'),
            Self::StatusText => short(b'S'),
            Self::Table(Table(number)) => Bytes { bytes: [b'T', digit(number), b'\r', 0, 0, 0], length: 3 },
            Self::Factor(Factor(hundredths)) => Bytes {
                bytes: [
                    b'C',
                    digit(hundredths / 100),
                    b'.',
                    digit(hundredths / 10 % 10),
                    digit(hundredths % 10),
                    b'\r',
                ],
                length: 6,
            },
        }
    }

    /// Sends this command.
    ///
    /// # Errors
    /// What the serial line reports.
    pub fn send(self, line: &Serial) -> Result<(), Error> {
        line.write(self.bytes().as_slice())
    }
}

const fn short(letter: u8) -> Bytes {
    Bytes { bytes: [letter, b'\r', 0, 0, 0, 0], length: 2 }
}

/// The ASCII digit of 0 to 9 (`Table` and `Factor` hold nothing larger).
const fn digit(value: u8) -> u8 {
    b'0' + value % 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Said once more, independently: the whitelist of the manual.
    fn allowed(bytes: &[u8]) -> bool {
        matches!(
            bytes,
            [b'I' | b'R' | b'Z' | b'S', b'\r']
                | [b'T', b'1'..=b'7', b'\r']
                | [b'C', b'0', b'.', b'5'..=b'9', b'0'..=b'9', b'\r']
                | [b'C', b'1', b'.', b'0'..=b'4', b'0'..=b'9', b'\r']
                | [b'C', b'1', b'.', b'5', b'0', b'\r']
        )
    }

    #[test]
    fn the_commands_are_those_of_the_manual() {
        assert_eq!(Command::Restart.bytes().as_slice(), b"R\r");
        assert_eq!(Command::Table(Table::new(3).unwrap()).bytes().as_slice(), b"T3\r");
        assert_eq!(Command::Factor(Factor::from_hundredths(97).unwrap()).bytes().as_slice(), b"C0.97\r");
        assert_eq!(Command::Factor(Factor::from_hundredths(150).unwrap()).bytes().as_slice(), b"C1.50\r");
    }

    proptest! {
        #[test]
        fn no_command_holds_a_byte_outside_the_whitelist(kind in 0u8..6, number in any::<u8>()) {
            let command = match kind {
                0 => Some(Command::Idle),
                1 => Some(Command::Restart),
                2 => Some(Command::Zero),
                3 => Some(Command::StatusText),
                4 => Table::new(number).map(Command::Table),
                _ => Factor::from_hundredths(number).map(Command::Factor),
            };
            if let Some(command) = command {
                prop_assert!(allowed(command.bytes().as_slice()), "{:?}", command);
            }
        }
    }
}
