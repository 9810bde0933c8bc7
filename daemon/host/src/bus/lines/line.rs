// SPDX-License-Identifier: MIT OR Apache-2.0
//! What drivers' threads and the reader thread share about one line. No two of its locks are ever held together by one thread but
//! the place's with the ring's inside.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ecmod_config::Line as Settings;
use ecmod_quantities::{Monotonic, Span};

use super::Wake;
use super::handle::Handle;
use super::ring::Ring;
use crate::bus::gate::PortState;
use crate::clock;

/// A line and all that is shared about it.
pub struct Line {
    /// What drivers call it.
    pub name: String,
    /// What it is configured as.
    pub settings: Settings,
    /// Its descriptor.
    pub place: Mutex<Place>,
    /// Rung when it was asked for, whatever came of it.
    pub opened: Condvar,
    /// Its newest edges.
    pub ring: Mutex<Ring>,
    /// Rung at every edge, and when the line is lost.
    pub arrived: Condvar,
    /// Whom an edge wakes.
    pub wakes: Mutex<Vec<Arc<dyn Wake>>>,
}

/// Where a line is.
pub struct Place {
    /// The descriptor.
    pub handle: Option<Arc<Handle>>,
    /// Whether there is one.
    pub state: PortState,
    /// Why there is no handle.
    pub reason: String,
    /// What a driver has set last, if that went well: it is set again when the line comes back.
    pub set: Option<bool>,
}

impl Line {
    /// One that was not asked for yet.
    pub fn new(name: &str, settings: &Settings) -> Self {
        let place = Place {
            handle: None,
            state: PortState::Waiting,
            reason: "not asked for yet".to_owned(),
            set: None,
        };
        Self {
            name: name.to_owned(),
            settings: settings.clone(),
            place: Mutex::new(place),
            opened: Condvar::new(),
            ring: Mutex::new(Ring::new(settings.has_edges())),
            arrived: Condvar::new(),
            wakes: Mutex::new(Vec::new()),
        }
    }

    /// Waits until the place is as wanted, at the latest until `deadline`.
    pub fn wait(&self, deadline: Monotonic, done: impl Fn(&Place) -> bool) -> MutexGuard<'_, Place> {
        let mut place = self.place();
        loop {
            let left = deadline.since(clock::now());
            if done(&place) || left == Span::ZERO {
                return place;
            }
            let wait = self.opened.wait_timeout(place, clock::duration(left));
            place = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Locks the place.
    pub fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the edges.
    pub fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the list of whom to wake.
    pub fn wakes(&self) -> MutexGuard<'_, Vec<Arc<dyn Wake>>> {
        self.wakes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
