// SPDX-License-Identifier: MIT OR Apache-2.0
//! The serial interface: bytes into commands, and what is shifted out meanwhile.

/// What a complete command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Reset,
    StartFirst,
    StopFirst,
    StartSecond,
    StopSecond,
    /// Offset calibration of the first converter, system or self.
    CalibrateOffset,
    /// Data of the first or the second converter follow.
    ReadFirst,
    ReadSecond,
    /// These registers follow.
    ReadRegisters {
        first: usize,
        count: usize,
    },
    /// A register gets its value.
    WriteRegister {
        at: usize,
        value: u8,
    },
}

/// Where the interface stands within a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Expecting {
    /// An operation code; zeros mean nothing.
    #[default]
    Code,
    /// The number of registers less one.
    Count { first: usize, write: bool },
    /// Values for registers.
    Values { next: usize, left: usize },
    /// Nothing: a read goes on until all was shifted out.
    End,
}

/// The interface between two edges of the chip select.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interface {
    expecting: Expecting,
    out: Vec<u8>,
    at: usize,
}

impl Interface {
    /// The chip select became active: these are the data that come out by themselves.
    pub fn select(&mut self, direct: Vec<u8>) {
        *self = Self { expecting: Expecting::Code, out: direct, at: 0 };
    }

    /// From the next byte on this comes out, once.
    pub fn answer(&mut self, bytes: Vec<u8>) {
        (self.out, self.at) = (bytes, 0);
        self.expecting = Expecting::End;
    }

    /// Eight clocks: what comes out, whether that was the first byte of something, and the command that is complete.
    pub fn exchange(&mut self, byte: u8) -> (u8, Option<Command>) {
        let out = self.out.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        if self.expecting == Expecting::End {
            if self.at >= self.out.len() {
                self.select(Vec::new());
            }
            return (out, None);
        }
        if self.at >= self.out.len() {
            self.at = 0; // the same again
        }
        (out, self.take(byte))
    }

    fn take(&mut self, byte: u8) -> Option<Command> {
        match self.expecting {
            Expecting::End => None,
            Expecting::Code => match byte {
                0x06 | 0x07 => Some(Command::Reset),
                0x08 | 0x09 => Some(Command::StartFirst),
                0x0A | 0x0B => Some(Command::StopFirst),
                0x0C | 0x0D => Some(Command::StartSecond),
                0x0E | 0x0F => Some(Command::StopSecond),
                0x12 | 0x13 => Some(Command::ReadFirst),
                0x14 | 0x15 => Some(Command::ReadSecond),
                0x16 | 0x19 => Some(Command::CalibrateOffset),
                0x20..=0x5F => {
                    self.expecting =
                        Expecting::Count { first: usize::from(byte & 0x1F), write: byte >= 0x40 };
                    None
                }
                // Calibrations of gain and of the second converter change nothing here: the model's gain is exact.
                _ => None,
            },
            Expecting::Count { first, write } => {
                let count = usize::from(byte & 0x1F) + 1;
                if write {
                    self.expecting = Expecting::Values { next: first, left: count };
                    None
                } else {
                    Some(Command::ReadRegisters { first, count })
                }
            }
            Expecting::Values { next, left } => {
                self.expecting = if left > 1 {
                    Expecting::Values { next: next + 1, left: left - 1 }
                } else {
                    Expecting::Code
                };
                Some(Command::WriteRegister { at: next, value: byte })
            }
        }
    }
}
