// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tasks of the service thread share. Locks are held for a few lines, never across an `await`.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecmod_control::Outputs;
use rtrb::Producer;

use super::requests::Requests;
use crate::control_thread::attachment::Attachment;
use crate::control_thread::channels::{MAX_PORTS, Snapshot};
use crate::control_thread::statistics::Statistics;
use crate::hosts::registry::Registry;
use crate::plan::Plan;

/// Everything that is known on the service thread.
#[derive(Debug)]
pub struct Shared {
    /// Names and indices.
    pub plan: Plan,
    /// Of the control loop.
    pub statistics: Arc<Statistics>,
    /// The way to ask the core.
    pub requests: Requests,
    latest: Mutex<Snapshot>,
    registry: Mutex<Registry>,
    guests: Mutex<HashMap<usize, Guest>>,
    arrivals: Mutex<Producer<Attachment>>,
}

/// A connected host, by its port.
#[derive(Debug)]
pub struct Guest {
    /// Its process.
    pub pid: u32,
    /// What tells the control thread that it is gone.
    pub hung_up: Arc<AtomicBool>,
}

/// The control thread takes no more hosts at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Shared {
    /// With nobody connected yet, and the core as it was made.
    #[must_use]
    pub fn new(
        plan: Plan,
        initial: Outputs,
        statistics: Arc<Statistics>,
        requests: Requests,
        arrivals: Producer<Attachment>,
    ) -> Self {
        Self {
            registry: Mutex::new(Registry::new(&plan)),
            plan,
            statistics,
            requests,
            latest: Mutex::new(Snapshot { outputs: initial, moving: [false; MAX_PORTS] }),
            guests: Mutex::new(HashMap::new()),
            arrivals: Mutex::new(arrivals),
        }
    }

    /// The newest snapshot.
    pub fn latest(&self) -> MutexGuard<'_, Snapshot> {
        lock(&self.latest)
    }

    /// Ports and drivers.
    pub fn registry(&self) -> MutexGuard<'_, Registry> {
        lock(&self.registry)
    }

    /// The connected hosts.
    pub fn guests(&self) -> MutexGuard<'_, HashMap<usize, Guest>> {
        lock(&self.guests)
    }

    /// Hands a host to the control thread.
    ///
    /// # Errors
    /// [`Full`]: it should come again later.
    pub fn attach(&self, attachment: Attachment, pid: u32) -> Result<(), Full> {
        let guest = Guest { pid, hung_up: Arc::clone(&attachment.hung_up) };
        let port = attachment.port;
        lock(&self.arrivals).push(attachment).map_err(|_| Full)?;
        self.guests().insert(port, guest);
        Ok(())
    }
}

/// A panic in another task leaves these tables whole: each change is one statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
