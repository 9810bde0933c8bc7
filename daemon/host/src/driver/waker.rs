// SPDX-License-Identifier: MIT OR Apache-2.0
//! What ends a driver's pause when an edge comes.
//!
//! A driver with commands waits for the doorbell of the daemon's image, which the host then rings itself; the others wait here.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use ecmod_quantities::{Monotonic, Span};

use super::cell::Cell;
use crate::bus::lines::Wake;
use crate::clock;

/// One for each driver.
#[derive(Debug)]
pub struct Waker {
    cell: Arc<Cell>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    woken: bool,
    /// Whether the pause is one at the doorbell.
    at_the_bell: bool,
}

impl Waker {
    /// For the driver of this cell.
    #[must_use]
    pub fn new(cell: Arc<Cell>) -> Self {
        Self { cell, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Whether an edge has come since this was asked last.
    pub fn take(&self) -> bool {
        std::mem::take(&mut self.lock().woken)
    }

    /// The driver is about to wait at the doorbell (or has come back from there). False if an edge has come already.
    pub fn at_the_bell(&self, waits: bool) -> bool {
        let mut state = self.lock();
        state.at_the_bell = waits;
        !state.woken
    }

    /// Waits for an edge, at the latest until `deadline`.
    pub fn wait(&self, deadline: Monotonic) {
        let mut state = self.lock();
        loop {
            let left = deadline.since(clock::now());
            if state.woken || left == Span::ZERO {
                return;
            }
            let wait = self.changed.wait_timeout(state, clock::duration(left));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Waker {
    fn wake(&self) {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.woken, true);
        let at_the_bell = state.at_the_bell;
        drop(state);
        if before {
            return;
        }
        self.changed.notify_all();
        if at_the_bell && let Some(image) = self.cell.image() {
            image.ring_host();
        }
    }
}
