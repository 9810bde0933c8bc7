// SPDX-License-Identifier: MIT OR Apache-2.0
//! The board in real time: its chips, its I2C bus and its lines on simulated buses (crate `ecmod-sim-link`).
//!
//! Each socket has a thread of its own, so that neither the plant nor another chip delays a transfer. The thread of the lines
//! also lets the board's time pass: it sleeps until the board next changes by itself, and is woken when a transfer or a
//! fault has changed something. Edges carry the time at which they happened in the board, not that at which they were
//! told.
//!
//! | in the run directory | what |
//! |---|---|
//! | `adc.spi`, `venous_rtd.spi`, `arterial_rtd.spi`, `water_rtd.spi`, `room_rtd.spi` | SPI chips |
//! | `cabinet.i2c` | I2C bus |
//! | `lines` | line chip |

mod bus;
mod lines;

#[cfg(test)]
mod tests;

use super::monotonic;
use crate::chips::LineChip as _;
use crate::chips::board::{Board, Chip};
use ecmod_quantities::Monotonic;
use ecmod_sim_link::server::{I2cServer, SpiServer};
use rustix::event::{EventfdFlags, eventfd};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file of the lines' socket.
const LINES: &str = "lines";
/// The file of the I2C bus's socket.
const I2C: &str = "cabinet.i2c";

/// The file of an SPI chip's socket.
fn spi_file(chip: Chip) -> String {
    format!("{}.spi", chip.name())
}

/// The board, shared by those who serve it and the world that it measures.
#[derive(Debug)]
pub(crate) struct Shared {
    board: Mutex<Board>,
    /// Wakes the thread that lets the board's time pass.
    wake: OwnedFd,
}

impl Shared {
    /// A board, powered up.
    pub(super) fn new(seed: u64) -> io::Result<Arc<Self>> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Arc::new(Self { board: Mutex::new(Board::new(seed)), wake }))
    }

    /// Does something with the board, at the present time; whoever lets its time pass learns that there is news.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Board, Monotonic) -> T) -> T {
        let (result, news) = self.quietly(|board, now| {
            let planned = board.next_change();
            let result = act(board, now);
            (result, board.next_change() != planned)
        });
        if news {
            // A full counter wakes as well.
            let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
        }
        result
    }

    /// As [`Shared::with`], for whoever lets the board's time pass.
    fn quietly<T>(&self, act: impl FnOnce(&mut Board, Monotonic) -> T) -> T {
        // A panic of a model ends the thread that met it; the others go on.
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that the board's time never goes back.
        let now = monotonic();
        act(&mut board, now)
    }
}

/// Everything that serves the board; ends with it.
#[derive(Debug)]
#[allow(dead_code)] // they are there to be dropped
pub(super) struct Served {
    spi: Vec<SpiServer>,
    i2c: I2cServer,
    lines: lines::Server,
}

impl Served {
    /// The files of all sockets.
    pub(super) fn files() -> impl Iterator<Item = String> {
        Chip::SPI.into_iter().map(spi_file).chain([I2C.to_owned(), LINES.to_owned()])
    }

    /// Listens in this folder, in the places of an earlier run.
    pub(super) fn start(shared: &Arc<Shared>, folder: &Path) -> io::Result<Self> {
        let place = |name: &str| -> io::Result<PathBuf> {
            let path = folder.join(name);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(path),
            }
        };
        let spi = Chip::SPI.into_iter().map(|chip| {
            SpiServer::start(&place(&spi_file(chip))?, bus::SpiChip::new(Arc::clone(shared), chip))
        });
        Ok(Self {
            spi: spi.collect::<io::Result<_>>()?,
            i2c: I2cServer::start(&place(I2C)?, bus::I2cBus::new(Arc::clone(shared)))?,
            lines: lines::Server::start(place(LINES)?, Arc::clone(shared))?,
        })
    }
}
