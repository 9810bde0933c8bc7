// SPDX-License-Identifier: MIT OR Apache-2.0
//! A [`LineChip`] at the far side of a [`Bank`]'s lines. The kernel does not tell of an output's change, so outputs are looked
//! at every [`LOOK`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Thread;
use std::time::Duration;

use super::{Bank, Pin, Worker, lock, now, pause_until};
use crate::chips::{DrivenBy, LineChip};

/// How late the chip may see an output's change.
const LOOK: Duration = Duration::from_millis(1);

/// Serves a chip until dropped.
#[derive(Debug)]
pub struct Lines {
    worker: Worker,
}

/// Makes [`Lines`] look at its chip at once: something has changed it that is not one of its lines.
#[derive(Debug, Clone)]
pub struct Nudge(Thread);

impl Nudge {
    /// Now.
    pub fn now(&self) {
        self.0.unpark();
    }
}

impl Lines {
    /// Connects the chip's lines to the bank's lines of the same names. The chip stays the caller's too.
    ///
    /// # Errors
    /// The bank lacks one of the lines.
    pub fn new<C: LineChip + 'static>(bank: &Bank, chip: &Arc<Mutex<C>>) -> std::io::Result<Self> {
        let lines = lock(chip).lines().to_vec();
        let pins = lines
            .iter()
            .map(|line| Ok((bank.pin(line.name)?, line.driven_by)))
            .collect::<std::io::Result<Vec<_>>>()?;
        let chip: Arc<Mutex<dyn LineChip>> = Arc::<Mutex<C>>::clone(chip);
        let worker = Worker::start("line chip", move |stop| serve(&pins, &chip, stop))?;
        Ok(Self { worker })
    }

    /// For whoever changes the chip by another way than its lines.
    #[must_use]
    pub fn nudge(&self) -> Option<Nudge> {
        self.worker.thread().map(|thread| Nudge(thread.clone()))
    }
}

fn serve(pins: &[(Pin, DrivenBy)], chip: &Mutex<dyn LineChip>, stop: &AtomicBool) {
    {
        let mut chip = lock(chip);
        for (line, (pin, _)) in pins.iter().enumerate().filter(|(_, (_, by))| *by == DrivenBy::Chip) {
            pin.set(chip.level(now(), line));
        }
    }
    let mut seen = vec![None; pins.len()];
    while !stop.load(Ordering::Relaxed) {
        let next = {
            let mut chip = lock(chip);
            for (line, ((pin, by), seen)) in pins.iter().zip(&mut seen).enumerate() {
                let level = Some(pin.level());
                if *by == DrivenBy::Host && level != *seen {
                    *seen = level;
                    chip.drive(now(), line, level);
                }
            }
            chip.advance(now(), &mut |edge| {
                if let Some((pin, DrivenBy::Chip)) = pins.get(edge.line) {
                    pin.set(edge.level);
                }
            });
            chip.next_change()
        };
        std::thread::park_timeout(pause_until(next).min(LOOK));
    }
}
