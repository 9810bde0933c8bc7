// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console's [`Board`] on the kernel's buses: its SPI chips at `/dev/spidev0.0` and on, in the order of [`Chip::SPI`], its
//! thermometers on `/dev/i2c-1`, its lines on a `/dev/gpiochipN`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::{Bank, I2cBus, Lines, SpiBus, lock, now};
use crate::chips::LineChip;
use crate::chips::board::{Board, Chip, Faults, Happening};
use crate::circuit::Signals;

/// The addresses of [`Chip::Cabinet`] and [`Chip::HeatSink`].
const THERMOMETERS: [u8; 2] = [0x48, 0x49];

/// A board, wired; everything is gone when dropped.
pub struct Wired {
    board: Arc<Mutex<Board>>,
    lines: Option<Lines>,
    bank: Bank,
    spi: SpiBus,
    _i2c: I2cBus,
}

impl Wired {
    /// A board with nothing wrong; the seed is that of its noise.
    ///
    /// # Errors
    /// The kernel lacks one of the buses, or there is no right to them.
    pub fn new(seed: u64) -> std::io::Result<Self> {
        let mut board = Board::new(seed);
        // It begins to live now, not at the machine's start.
        board.observe(now(), &Signals::default());
        let names: Vec<&str> = board.lines().iter().map(|line| line.name).collect();
        let bank = Bank::new(&names)?;
        let board = Arc::new(Mutex::new(board));
        let lines = Lines::new(&bank, &board)?;
        let spi = SpiBus::new()?;
        for (select, chip) in (0..).zip(Chip::SPI) {
            let (board, nudge) = (Arc::clone(&board), lines.nudge());
            spi.attach_with(select, move |out: &[u8], back: &mut [u8]| {
                let outcome = lock(&board).spi(now(), chip, out, back);
                if let Some(nudge) = &nudge {
                    nudge.now();
                }
                outcome
            });
        }
        let i2c = I2cBus::new()?;
        for address in THERMOMETERS {
            let of_i2c = Arc::clone(&board);
            i2c.attach_with(address, move |steps| lock(&of_i2c).i2c(now(), address, steps));
        }
        Ok(Self { board, lines: Some(lines), bank, spi, _i2c: i2c })
    }

    /// What is true in the circuit from now on.
    pub fn observe(&self, truth: &Signals) {
        lock(&self.board).observe(now(), truth);
        self.nudge();
    }

    /// What is wrong on the board from now on, replaced as a whole.
    pub fn set_faults(&self, faults: Faults) {
        lock(&self.board).set_faults(now(), faults);
        self.nudge();
    }

    /// Something happens on the board.
    pub fn happen(&self, what: Happening) {
        lock(&self.board).happen(now(), what);
        self.nudge();
    }

    /// What has changed is to be seen on the lines at once.
    fn nudge(&self) {
        if let Some(nudge) = self.lines.as_ref().and_then(Lines::nudge) {
            nudge.now();
        }
    }

    /// How much the drainage and the return clamp close, 0 to 1.
    #[must_use]
    pub fn closed(&self) -> [f64; 2] {
        lock(&self.board).closed(now())
    }

    /// The device of its lines.
    #[must_use]
    pub fn chip(&self) -> PathBuf {
        self.bank.device()
    }

    /// Its lines.
    #[must_use]
    pub fn bank(&self) -> &Bank {
        &self.bank
    }

    /// Its SPI bus, to fail.
    #[must_use]
    pub fn spi(&self) -> &SpiBus {
        &self.spi
    }

    /// The chip of its lines is torn out.
    ///
    /// # Errors
    /// It is out already.
    pub fn unplug_lines(&mut self) -> std::io::Result<()> {
        self.lines = None;
        self.bank.unplug()
    }

    /// It is there again.
    ///
    /// # Errors
    /// It is there already.
    pub fn plug_lines(&mut self) -> std::io::Result<()> {
        self.bank.plug()?;
        self.lines = Some(Lines::new(&self.bank, &self.board)?);
        Ok(())
    }
}
