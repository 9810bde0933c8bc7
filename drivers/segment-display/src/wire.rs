// SPDX-License-Identifier: MIT OR Apache-2.0
//! The three wires: sixteen bits, the highest first, taken in at each rising edge of the clock; the chip takes the last sixteen over
//! when LOAD rises (MAX7219/MAX7221 data sheet, table 1 and figure 1). Its shortest times are tens of nanoseconds: no GPIO line is faster.

use ecmod_plugin::{Error, LineLevel, OutputLine};

/// A line and what it was last driven to.
#[derive(Debug)]
struct Line {
    line: OutputLine,
    level: Option<LineLevel>,
}

impl Line {
    fn drive(&mut self, high: bool) -> Result<(), Error> {
        let level = if high { LineLevel::High } else { LineLevel::Low };
        if self.level == Some(level) {
            return Ok(());
        }
        self.level = None;
        self.line.set(level)?;
        self.level = Some(level);
        Ok(())
    }
}

/// The wires.
#[derive(Debug)]
pub struct Wire {
    data: Line,
    clock: Line,
    load: Line,
}

impl Wire {
    /// Drives nothing yet.
    #[must_use]
    pub fn new(data: OutputLine, clock: OutputLine, load: OutputLine) -> Self {
        let line = |line| Line { line, level: None };
        Self { data: line(data), clock: line(clock), load: line(load) }
    }

    /// Writes one register.
    ///
    /// # Errors
    /// What the host says. LOAD has not risen then, so the chip has taken nothing over; the bits of the next call push out the rest.
    pub fn send(&mut self, address: u8, value: u8) -> Result<(), Error> {
        self.load.drive(false)?;
        let word = (u16::from(address & 0x0F) << 8) | u16::from(value);
        for bit in (0..16).rev() {
            self.clock.drive(false)?;
            self.data.drive(word >> bit & 1 == 1)?;
            self.clock.drive(true)?;
        }
        self.load.drive(true)
    }
}
