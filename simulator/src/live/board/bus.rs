// SPDX-License-Identifier: MIT OR Apache-2.0
//! Transfers of the simulated buses, carried out on the board.

use super::Shared;
use crate::chips::board::{self, Chip, Outcome};
use ecmod_sim_link::server::{I2cPeer, Reply, SpiPeer};
use ecmod_sim_link::{I2cStep, SpiStep, errno};
use std::sync::Arc;

/// One chip on SPI.
pub(super) struct SpiChip {
    shared: Arc<Shared>,
    chip: Chip,
}

impl SpiChip {
    pub(super) const fn new(shared: Arc<Shared>, chip: Chip) -> Self {
        Self { shared, chip }
    }
}

impl SpiPeer for SpiChip {
    fn open(&mut self, mode: u8, max_hz: u32) -> Result<(), i32> {
        // All of them sample on the second edge of a clock that idles low; the thermometers' chips take mode 3 as well.
        let fits = match self.chip {
            Chip::Adc | Chip::SecondAdc => mode & 0x03 == 1 && max_hz <= 8_000_000,
            _ => matches!(mode & 0x03, 1 | 3) && max_hz <= 5_000_000,
        };
        if fits { Ok(()) } else { Err(errno::EINVAL) }
    }

    fn transfer(&mut self, _steps: &[SpiStep], out: &[u8], back: &mut [u8]) -> Reply {
        reply(self.shared.with(|board, now| board.spi(now, self.chip, out, back)))
    }
}

/// The I2C bus.
pub(super) struct I2cBus(Arc<Shared>);

impl I2cBus {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }
}

impl I2cPeer for I2cBus {
    fn transfer(&mut self, address: u16, steps: &[I2cStep], bytes: &mut [u8]) -> Reply {
        let Ok(address) = u8::try_from(address) else { return Reply::Errno(errno::ENXIO) };
        let mut rest = bytes;
        let mut parts = Vec::with_capacity(steps.len());
        for step in steps {
            let Some((part, behind)) = rest.split_at_mut_checked(usize::from(step.length)) else {
                return Reply::Errno(errno::EINVAL);
            };
            parts.push(if step.read { board::I2cStep::Read(part) } else { board::I2cStep::Write(part) });
            rest = behind;
        }
        reply(self.0.with(|board, now| board.i2c(now, address, &mut parts)))
    }
}

const fn reply(outcome: Outcome) -> Reply {
    match outcome {
        Outcome::Done => Reply::Done,
        Outcome::Error => Reply::Errno(errno::EIO),
        Outcome::NotAcknowledged => Reply::Errno(errno::ENXIO),
        Outcome::Silent => Reply::Silent,
    }
}
