// SPDX-License-Identifier: MIT OR Apache-2.0
//! Chip models behind a real kernel's buses: what `virtual-machine/kernel` and the kernel's own `gpio-sim` offer to user
//! space. The console's programs then open real `/dev/spidev*`, `/dev/i2c-*` and `/dev/gpiochip*`. Runs as root, and only on a
//! kernel that has them (`cargo xtask vm-test`).
//!
//! - [`SpiBus`] and [`I2cBus`] answer transfers with [`chips`](crate::chips), or with a [`Fault`].
//! - [`Bank`] is a chip of GPIO lines. [`Lines`] lets a [`LineChip`](crate::chips::LineChip) read and drive such lines.
//! - [`Wired`]: the whole [`Board`](crate::chips::board::Board) on all of them.
//! - [`Recorder`] remembers every level that outputs take, with the kernel's time.
//!
//! Nothing here decides what a chip says. Threads end when their owner is dropped.

mod bank;
mod board;
mod exchange;
mod i2c;
mod lines;
mod recorder;
mod spi;

pub use bank::{Bank, Pin};
pub use board::Wired;
pub use i2c::I2cBus;
pub use lines::{Lines, Nudge};
pub use recorder::{Recorded, Recorder};
pub use spi::SpiBus;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use ecmod_quantities::Monotonic;

/// What goes wrong on a bus, for every transfer until it is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing: the chip answers.
    #[default]
    None,
    /// The transfer ends with this errno (positive).
    Errno(i32),
    /// Nobody answers, until the kernel gives up.
    Silent,
    /// The chip's output stays as it is: every byte read is this one. The chip itself is not reached.
    Stuck(u8),
}

/// The clock that the kernel stamps edges with.
#[must_use]
pub fn now() -> Monotonic {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let part = |value: i64| u64::try_from(value).unwrap_or_default();
    Monotonic(part(time.tv_sec).saturating_mul(1_000_000_000).saturating_add(part(time.tv_nsec)))
}

/// A thread that is told to end and waited for when its owner goes.
#[derive(Debug)]
struct Worker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// `work` looks at the flag at least every [`LONGEST_SLEEP`].
    fn start(name: &str, work: impl FnOnce(&AtomicBool) + Send + 'static) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&flag))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Worker {
    fn thread(&self) -> Option<&std::thread::Thread> {
        self.thread.as_ref().map(JoinHandle::thread)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the model has been told on stderr; the test sees that nobody answers.
            let _ = thread.join();
        }
    }
}

/// How long a thread may sleep before it looks whether it is to end.
const LONGEST_SLEEP: std::time::Duration = std::time::Duration::from_millis(20);

/// A model stays usable after a test's panic.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Until `at`, but not longer than [`LONGEST_SLEEP`].
fn pause_until(at: Option<Monotonic>) -> std::time::Duration {
    let left = at.map(|at| at.0.saturating_sub(now().0));
    left.map_or(LONGEST_SLEEP, std::time::Duration::from_nanos).min(LONGEST_SLEEP)
}
