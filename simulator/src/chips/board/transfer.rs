// SPDX-License-Identifier: MIT OR Apache-2.0
//! Transfers on the board's buses, and how they fail.

use super::{Board, BusFault, Chip};
use crate::chips::{Acknowledge, I2cChip as _, Level, SpiChip, Transfer};
use ecmod_quantities::Monotonic;

/// How a transfer on a bus ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Done,
    /// The bus controller reports an error.
    Error,
    /// Nobody acknowledged the address, or a byte.
    NotAcknowledged,
    /// It never ends.
    Silent,
}

/// One step of a transfer on I2C.
#[derive(Debug)]
pub enum I2cStep<'a> {
    /// Host to chip.
    Write(&'a [u8]),
    /// Chip to host.
    Read(&'a mut [u8]),
}

impl Board {
    /// One transfer under one chip select: `back` is as long as `out`. Chips that are not on SPI do not answer.
    pub fn spi(&mut self, now: Monotonic, chip: Chip, out: &[u8], back: &mut [u8]) -> Outcome {
        let stuck = match self.faults.bus.get(&chip) {
            Some(BusFault::Error) => return Outcome::Error,
            Some(BusFault::Silent) => return Outcome::Silent,
            Some(BusFault::Stuck(level)) => Some(*level),
            None => None,
        };
        self.collect(now);
        let target: &mut dyn SpiChip = match chip {
            Chip::Adc => &mut self.adc,
            Chip::SecondAdc => &mut self.second_adc,
            _ => match self.rtd(chip) {
                Some(rtd) => rtd,
                None => return Outcome::NotAcknowledged,
            },
        };
        target.select(now);
        for (out, back) in out.iter().zip(back) {
            let said = target.exchange(now, *out);
            *back = match stuck {
                None => said,
                Some(Level::Low) => 0x00,
                Some(Level::High) => 0xFF,
            };
        }
        target.deselect(now);
        self.collect(now);
        Outcome::Done
    }

    /// One transfer on the I2C bus, with a repeated start before each step but the first.
    pub fn i2c(&mut self, now: Monotonic, address: u8, steps: &mut [I2cStep<'_>]) -> Outcome {
        let named = [(Chip::Cabinet, &mut self.cabinet), (Chip::HeatSink, &mut self.heat_sink)];
        let Some((name, chip)) = named.into_iter().find(|(_, chip)| chip.address() == address) else {
            return Outcome::NotAcknowledged;
        };
        match self.faults.bus.get(&name) {
            Some(BusFault::Error) => return Outcome::Error,
            Some(BusFault::Silent) => return Outcome::Silent,
            Some(BusFault::Stuck(_)) | None => {}
        }
        let mut taken = Acknowledge::Ack;
        for step in steps {
            let transfer = if matches!(step, I2cStep::Read(_)) { Transfer::Read } else { Transfer::Write };
            taken = chip.start(now, transfer);
            match step {
                _ if taken == Acknowledge::Nack => break,
                I2cStep::Read(bytes) => bytes.iter_mut().for_each(|byte| *byte = chip.read(now)),
                I2cStep::Write(bytes) => {
                    if bytes.iter().any(|byte| chip.write(now, *byte) == Acknowledge::Nack) {
                        taken = Acknowledge::Nack;
                        break;
                    }
                }
            }
        }
        chip.stop(now);
        if taken == Acknowledge::Ack { Outcome::Done } else { Outcome::NotAcknowledged }
    }
}
